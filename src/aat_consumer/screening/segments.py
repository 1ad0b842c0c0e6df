"""Cut what was read into segments short enough that a sentence of an attacker is not diluted.

A whole text teaches a classifier the carriers and sources that it came in; a sentence or a quoted
string is the attacker's own words.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from aat_consumer.screening.lexicon import START, UNKNOWN
from aat_consumer.screening.symbols import Word

__all__ = ["Segment", "cut"]

#: Words and entities of one segment; a longer sentence is read in overlapping halves of this.
SEGMENT_WORDS = 40

#: Fewest words and entities that say anything.
SHORTEST_WORDS = 2

#: Words up to which a sentence is also read together with the one behind it.
PAIRED_WORDS = 12

#: Most segments of one text; a report of 48 KB of prose stays below.
SEGMENTS = 1_200

#: The concepts of a word that stands for none.
_NOTHING = (UNKNOWN,)

#: Ends of sentences, lines and quotations. An apostrophe between letters is none.
_CUT = re.compile(
    r"[.!?;](?=[\s'\"”»)\]]|$)|[。！？।]|\n+|[\"“”«»`]|(?<![^\W\d_])'|'(?![^\W\d_])|(?<=\w): +(?=['\"A-Z])"
)


@dataclass(frozen=True, slots=True)
class Segment:
    """Hold the words of one segment, with its place in the view.

    Args:
        words: words and entities in order.
        is_question: whether it ends with a question mark.
    """

    words: tuple[Word, ...]
    start: int
    end: int
    is_question: bool

    def key(self) -> str:
        """Return what two segments share that say the same.

        One string and no tuples: those of a long text would set off the garbage collector, which looks
        through all that spaCy holds.
        """
        return "\0".join(
            [
                "?" if self.is_question else ".",
                *[
                    word.text if word.concepts == _NOTHING else f"{word.text}\1{' '.join(word.concepts)}"
                    for word in self.words
                ],
            ]
        )


def cut(text: str, stream: Sequence[Word], *, known: Collection[str]) -> Iterator[Segment]:
    """Yield the segments of a text, single ones and neighbours together.

    Args:
        text: the view that was read.
        stream: its words and entities in order, marks of clauses among them.
        known: words of any language; what holds too few of them is data and left out.
    """
    cuts = [match.start() for match in _CUT.finditer(text)]
    groups: dict[int, list[Word]] = {}
    place = 0
    for word in stream:
        if word.text != START and START not in word.concepts:
            while place < len(cuts) and cuts[place] <= word.start:
                place += 1
            groups.setdefault(place, []).append(word)
    found = 0
    before: tuple[Word, ...] = ()
    for place, group in groups.items():
        words = tuple(group)
        is_question = place < len(cuts) and text[cuts[place]] in "?？"
        if not any(word.concepts != _NOTHING or word.text in known for word in words):
            continue
        parts = [words, before + words] if before and len(before) <= PAIRED_WORDS else [words]
        for part in parts:
            for first in range(0, max(1, len(part) - SEGMENT_WORDS // 2), SEGMENT_WORDS // 2):
                window = part[first : first + SEGMENT_WORDS]
                if len(window) >= SHORTEST_WORDS and found < SEGMENTS:
                    found += 1
                    yield Segment(window, window[0].start, window[-1].end, is_question)
        before = words[: PAIRED_WORDS + 1]
