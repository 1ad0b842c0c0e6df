"""Train spaCy's text categoriser on segments; the same examples and seed give the same bytes."""

from __future__ import annotations

import collections
import math
import random
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from thinc.api import Adam, fix_random_seed

from aat_consumer.screening.nlp import Categoriser, categoriser_pipeline, features_doc
from filter_training.examples import Example, Features, Row

__all__ = ["Model", "chosen", "log_odds", "score_of", "train"]

EPOCHS = 6

#: Rounds of the models that only choose between the sentences of an attack.
CHOOSING_EPOCHS = 2

LEARNING_RATE = 0.001
BATCH = 512

#: Examples that must share a feature before it is learned.
SEEN = 3

#: The loss is scaled so that Adam's epsilon does not matter.
LOSS_SCALE = 100.0

#: Log odds from which a sentence of an attack is kept as an example even if another one is more telling.
TELLING = 0.0


Numbers = npt.NDArray[np.generic]


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """Hold what training gives: the features that count, and the weights as thinc writes them."""

    known: tuple[int, ...]
    weights: bytes

    def categoriser(self) -> Categoriser:
        """Return the model as the filter uses it."""
        return Categoriser(known=self.known, weights=self.weights)


def train(examples: Sequence[Example], *, seed: int, epochs: int = EPOCHS) -> Model:
    """Return the model trained on segments."""
    counts: collections.Counter[int] = collections.Counter()
    for one, _ in examples:
        counts.update(one)
    known = frozenset(number for number, count in counts.items() if count >= SEEN)
    fix_random_seed(seed)
    nlp = categoriser_pipeline()
    model = nlp.get_pipe("textcat").model
    layers = {node.name: node for node in model.walk()}
    kept = [(one & known, is_attack) for one, is_attack in examples if one & known]
    counted = layers["extract_ngrams"].predict([features_doc(nlp.vocab, one) for one, _ in kept])
    inputs = Inputs(*(np.asarray(part) for part in counted))
    truth = np.asarray([[is_attack, not is_attack] for _, is_attack in kept], dtype="float32")
    optimizer = Adam(LEARNING_RATE, use_averages=True)
    order = list(range(len(kept)))
    chance = random.Random(seed)
    for _ in range(epochs):
        chance.shuffle(order)
        for start in range(0, len(order), BATCH):
            batch = order[start : start + BATCH]
            raw, back_to_table = layers["resizable(sparse_linear)"](inputs.of(batch), is_train=True)
            guess, back_to_raw = layers["softmax_activation"](raw, is_train=True)
            back_to_table(back_to_raw((guess - truth[batch]) * np.float32(LOSS_SCALE / len(batch))))
            model.finish_update(optimizer)
    with model.use_params(optimizer.averages):
        return Model(known=tuple(sorted(known)), weights=model.to_bytes())


class Inputs:
    """Hold what the first layer makes of every example, so that it is made once and not in every round."""

    def __init__(self, keys: Numbers, values: Numbers, lengths: Numbers) -> None:
        self._keys, self._values, self._lengths = keys, values, lengths
        self._starts = np.concatenate([[0], np.cumsum(lengths)])

    def of(self, places: Sequence[int]) -> tuple[Numbers, Numbers, Numbers]:
        """Return keys, values and lengths of some examples, one behind the other."""
        parts = [slice(self._starts[place], self._starts[place + 1]) for place in places]
        keys = np.concatenate([self._keys[part] for part in parts])
        return keys, np.concatenate([self._values[part] for part in parts]), self._lengths[places]


def chosen(rows: Sequence[Row], *, generated: Sequence[Example], seed: int) -> dict[str, list[Example]]:
    """Return the examples of each row by its id, without the sentences of an attack that say nothing.

    An attack is often wrapped in small talk. Each half of the attacks is read by a model of the other
    half; of each row the most telling sentence stays, and every other one that tells.
    """
    found = {row.id: row.examples() for row in rows}
    harmless = list(dict.fromkeys(one for row in rows if not row.is_attack for one in found[row.id]))
    attacks = [row for row in rows if row.is_attack]
    halves = [zlib.crc32(row.group.encode()) % 2 for row in attacks]
    for half in (0, 1):
        others = [
            one for row, place in zip(attacks, halves, strict=True) if place != half for one in row.examples()
        ]
        examples = [*dict.fromkeys(others), *harmless, *generated]
        categoriser = train(examples, seed=seed, epochs=CHOOSING_EPOCHS).categoriser()
        for row, place in zip(attacks, halves, strict=True):
            if place == half:
                odds = [log_odds(score) for score in categoriser.scores([one for one, _ in row.examples()])]
                least = min(max(odds, default=0.0), TELLING)
                found[row.id] = [
                    example for example, one in zip(row.examples(), odds, strict=True) if one >= least
                ]
    return found


def log_odds(score: float) -> float:
    """Return the log odds of a probability, bounded."""
    score = min(max(score, 1e-6), 1.0 - 1e-6)
    return math.log(score / (1.0 - score))


def score_of(segments: Sequence[Features], *, categoriser: Categoriser) -> float:
    """Return the log odds of the most telling segment of a text."""
    return max(map(log_odds, categoriser.scores(segments)), default=-14.0)
