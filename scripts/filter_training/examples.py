"""Turn labelled rows and generated texts into segments to learn from."""

from __future__ import annotations

import gzip
import json
import random
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aat_consumer.screening.classes import load_classes
from aat_consumer.screening.features import features
from aat_consumer.screening.limits import Deadline, Limits
from aat_consumer.screening.reading import Reader
from aat_consumer.screening.segments import cut
from filter_training.expand import expand

__all__ = ["Example", "Features", "Row", "generated", "read_rows"]

Features = frozenset[int]
#: A segment and whether it steers an agent.
Example = tuple[Features, bool]

#: Share of a segment's features that its payload must have before the segment counts as part of it.
PAYLOAD_SHARE = 0.6

#: Texts made of each family of templates, at least, and of each template in it.
TEXTS_PER_FAMILY, TEXTS_PER_TEMPLATE = 300, 60

#: Files of templates, and whether their texts are attacks.
TEMPLATES = (
    ("attacks", True),
    ("orders", True),
    ("orders_languages", True),
    ("operations", True),
    ("operations_languages", True),
    ("harmless", False),
    ("harmless_tools", False),
    ("harmless_orders", False),
)

#: Share of the generated texts that are also read inside an error report.
CARRIED = 0.5

#: Reading is not a race here.
LIMITS = Limits(seconds=60.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """Hold one labelled text.

    Args:
        id: its name.
        is_attack: its label.
        source: where it came from: rows of one source are never on both sides of a fold.
        kind: what kind of text it is, for the report.
        group: rows with one payload stay together when examples are chosen.
        segments: of the whole text, as the filter reads it.
        payload: of the attacker's own words, where they are known.
    """

    id: str
    is_attack: bool
    source: str
    kind: str
    evasion: str
    group: str
    segments: tuple[Features, ...]
    payload: tuple[Features, ...]

    def examples(self) -> list[Example]:
        """Return what can be learned of the row: of an attack only what the attacker wrote."""
        if not self.is_attack:
            return [(one, False) for one in self.segments]
        payload = self.payload or self.segments
        found = dict.fromkeys((*payload, *_of_payload(self.segments, payload)))
        return [(one, True) for one in found]


def segments_of(text: str, *, reader: Reader) -> tuple[Features, ...]:
    """Return the features of every segment of every reading, each once; none of what cannot be read."""
    found: dict[Features, None] = {}
    try:
        for reading in reader.read(text, deadline=Deadline(LIMITS.seconds)):
            segments = cut(reading.view.text, reading.stream, known=reader.lexicon.known)
            found |= dict.fromkeys(features(one, classes=load_classes()) for one in segments)
    except OverflowError:
        return ()
    return tuple(found)


def read_rows(paths: Iterable[Path], *, reader: Reader) -> Iterator[Row]:
    """Yield the rows of JSONL files but those held out: id, text, label, and more where known."""
    for path in paths:
        text = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        for line in text.decode("utf-8").split("\n"):
            if not line:
                continue
            row: dict[str, Any] = json.loads(line)
            if row.get("held_out"):
                continue
            payload = row.get("payload") or ""
            yield Row(
                id=str(row["id"]),
                is_attack=bool(row["label"]),
                source=str(row.get("source") or row.get("family") or path.stem),
                kind=str(row.get("kind") or row.get("family") or ""),
                evasion=str(row.get("evasion") or ""),
                group=payload or row["text"],
                segments=segments_of(row["text"], reader=reader),
                payload=segments_of(payload, reader=reader) if payload else (),
            )


def generated(*, seed: int, reader: Reader) -> list[Example]:
    """Return segments of texts made of the templates beside this module, alone and inside reports."""
    chance = random.Random(seed)
    carriers = _table("carriers")
    found: dict[Example, None] = {}
    for name, is_attack in TEMPLATES:
        table = _table(name)
        for templates in table["families"].values():
            for _ in range(max(TEXTS_PER_FAMILY, TEXTS_PER_TEMPLATE * len(templates))):
                text = expand(chance.choice(templates), slots=table["slots"], chance=chance)
                if chance.random() < 0.5:
                    text = text[:1].upper() + text[1:]
                segments = segments_of(text, reader=reader)
                if chance.random() < CARRIED:
                    carrier = chance.choice(carriers["families"]["carriers"])
                    carrier = expand(carrier, slots=carriers["slots"], chance=chance, kept="text")
                    around = segments_of(carrier.replace("{text}", text), reader=reader)
                    segments = (*segments, *(_of_payload(around, segments) if is_attack else around))
                found |= dict.fromkeys((one, is_attack) for one in segments)
    return list(found)


def _of_payload(segments: Iterable[Features], payload: Sequence[Features]) -> Iterator[Features]:
    """Yield the segments of a whole text that mostly consist of the attacker's own words."""
    words = frozenset().union(*payload)
    for one in segments:
        if len(one & words) > PAYLOAD_SHARE * len(one):
            yield one


def _table(name: str) -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name(f"{name}.toml").read_text(encoding="utf-8"))
