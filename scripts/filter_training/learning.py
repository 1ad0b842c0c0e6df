"""Train spaCy's text categoriser on segments; the same examples and seed give the same bytes."""

from __future__ import annotations

import collections
import math
import random
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from thinc.api import Adam, fix_random_seed

from aat_consumer.screening.nlp import Categoriser, categoriser_pipeline, features_doc
from filter_training.examples import Example, Features, Row

__all__ = ["Model", "chosen", "log_odds", "score_of", "train"]

EPOCHS = 6
LEARNING_RATE = 0.001
BATCH = 512

#: Examples that must share a feature before it is learned.
SEEN = 3

#: The loss is scaled so that Adam's epsilon does not matter.
LOSS_SCALE = 100.0

#: Log odds from which a sentence of an attack is kept as an example even if another one is more telling.
TELLING = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """Hold what training gives: the features that count, and the weights as thinc writes them."""

    known: tuple[int, ...]
    weights: bytes

    def categoriser(self) -> Categoriser:
        """Return the model as the filter uses it."""
        return Categoriser(known=self.known, weights=self.weights)


def train(examples: Sequence[Example], *, seed: int) -> Model:
    """Return the model trained on segments."""
    counts: collections.Counter[int] = collections.Counter()
    for one, _ in examples:
        counts.update(one)
    known = frozenset(number for number, count in counts.items() if count >= SEEN)
    fix_random_seed(seed)
    nlp = categoriser_pipeline()
    model = nlp.get_pipe("textcat").model
    kept = [(one & known, is_attack) for one, is_attack in examples if one & known]
    docs = [features_doc(nlp.vocab, one) for one, _ in kept]
    truth = np.asarray([[is_attack, not is_attack] for _, is_attack in kept], dtype="float32")
    optimizer = Adam(LEARNING_RATE, use_averages=True)
    order = list(range(len(docs)))
    chance = random.Random(seed)
    for _ in range(EPOCHS):
        chance.shuffle(order)
        for start in range(0, len(order), BATCH):
            batch = order[start : start + BATCH]
            guess, backprop = model([docs[place] for place in batch], is_train=True)
            backprop((guess - truth[batch]) * np.float32(LOSS_SCALE / len(batch)))
            model.finish_update(optimizer)
    with model.use_params(optimizer.averages):
        return Model(known=tuple(sorted(known)), weights=model.to_bytes())


def chosen(rows: Sequence[Row], *, generated: Sequence[Example], seed: int) -> list[Example]:
    """Return the examples of rows without the sentences of an attack that say nothing.

    An attack is often wrapped in small talk. Each half of the attacks is read by a model of the other
    half; of each row the most telling sentence stays, and every other one that tells.
    """
    found: dict[Example, None] = {}
    for row in rows:
        if not row.is_attack:
            found |= dict.fromkeys(row.examples())
    harmless = [*found, *generated]
    attacks = [row for row in rows if row.is_attack]
    halves = [zlib.crc32(row.group.encode()) % 2 for row in attacks]
    for half in (0, 1):
        others = [
            one for row, place in zip(attacks, halves, strict=True) if place != half for one in row.examples()
        ]
        categoriser = train([*dict.fromkeys(others), *harmless], seed=seed).categoriser()
        for row, place in zip(attacks, halves, strict=True):
            if place == half:
                examples = row.examples()
                odds = [log_odds(score) for score in categoriser.scores([one for one, _ in examples])]
                least = min(max(odds, default=0.0), TELLING)
                kept = (example for example, one in zip(examples, odds, strict=True) if one >= least)
                found |= dict.fromkeys(kept)
    return [*found, *generated]


def log_odds(score: float) -> float:
    """Return the log odds of a probability, bounded."""
    score = min(max(score, 1e-6), 1.0 - 1e-6)
    return math.log(score / (1.0 - score))


def score_of(segments: Sequence[Features], *, categoriser: Categoriser) -> float:
    """Return the log odds of the most telling segment of a text."""
    return max(map(log_odds, categoriser.scores(segments)), default=-14.0)
