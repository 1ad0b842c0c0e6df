"""Describe a segment by numbers that stand for its words and for the concepts of the rules."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

from aat_consumer.screening.classes import Classes
from aat_consumer.screening.lexicon import UNKNOWN
from aat_consumer.screening.segments import Segment

__all__ = ["features"]

#: Letters by which forms of one word are taken together.
STEM_CHARACTERS = 4

#: Longest word that is described; a longer one is data.
WORD_CHARACTERS = 20

#: Concepts between two that are still described as a pair.
PAIR_DISTANCE = 4

#: The concepts of a word that stands for none.
_NONE = (UNKNOWN,)

#: Sizes from which on a segment counts as longer.
SIZES = (4, 8, 14, 24)


def features(segment: Segment, *, classes: Classes) -> frozenset[int]:
    """Return what describes a segment; equal in every process and on every machine."""
    names = _of_words(segment)
    names += _of_groups("c", [word.concepts for word in segment.words if word.concepts != _NONE])
    names += _of_groups("k", [found for word in segment.words if (found := classes.of(word.text))])
    first = segment.words[0]
    names += [f"f {one}" for one in first.concepts]
    names += [f"g {one}" for one in classes.of(first.text)]
    names += [f"q {segment.is_question}", f"n {sum(len(segment.words) > size for size in SIZES)}"]
    return frozenset([zlib.crc32(one.encode("utf-8", "replace")) for one in names])


def _of_words(segment: Segment) -> list[str]:
    """Return each word, its stem, and each pair of neighbours."""
    names: list[str] = []
    before = "^"
    for word in segment.words:
        text = word.text
        if text and text != UNKNOWN and len(text) <= WORD_CHARACTERS:
            names += (f"w {text}", f"s {text[:STEM_CHARACTERS]}", f"b {before} {text}")
            before = text
        elif word.concepts and word.concepts[0] != UNKNOWN and (not text or text == UNKNOWN):
            before = f"<{word.concepts[0]}>"
    return names


def _of_groups(kind: str, groups: Sequence[Sequence[str]]) -> list[str]:
    """Return each class that a word belongs to, each two in order, and each three neighbours."""
    names: list[str] = []
    for place, group in enumerate(groups):
        nearby = [one for later in groups[place + 1 : place + 1 + PAIR_DISTANCE] for one in later]
        for one in group:
            lead = f"{kind} {one}"
            names.append(lead)
            names += [f"{lead} {other}" for other in nearby]
        if place >= 2:
            names.append(f"{kind} {groups[place - 2][0]} {groups[place - 1][0]} {group[0]}")
    return names
