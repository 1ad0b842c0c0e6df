"""Read what the first letters of lines spell, and words written without vowels."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from aat_consumer.screening.views import View, substitute

__all__ = ["add_vowels", "read_acrostics", "skeletons"]

#: Lines whose first letters may spell something; more are a log.
LEAST_LINES, MOST_LINES = 6, 60

#: Mean length that the words of an acrostic have at least; chance spells shorter ones.
WORD_CHARACTERS = 3.0

#: Words without a vowel that a text must have, and the share of its words that they must be.
BARE_WORDS, BARE_SHARE = 4, 0.5

#: Longest text that is tried: nobody writes more without vowels.
CHARACTERS = 2_000

_WORD = re.compile(r"[^\W\d_]{1,24}")
_BARE = re.compile(r"\b[a-z][bcdfghjklmnpqrstvwxz]{1,14}\b", re.IGNORECASE)
_VOWELS = re.compile("[aeiouy]")


def skeletons(word: str) -> tuple[str, ...]:
    """Return a lower-case word without its vowels, and with only a vowel at its beginning."""
    return tuple(dict.fromkeys((word[:1] + _VOWELS.sub("", word[1:]), _VOWELS.sub("", word))))


def add_vowels(view: View, *, skeletons: Mapping[str, str]) -> View:
    """Return the view with words that lack their vowels written out, or the same view.

    Args:
        view: what may be abbreviated.
        skeletons: the word that is meant by each group of consonants.
    """
    if len(view.text) > CHARACTERS:
        return view
    bare = [match[0].lower() for match in _BARE.finditer(view.text)]
    words = len(_WORD.findall(view.text))
    meant = sum(one in skeletons for one in bare)
    if meant < BARE_WORDS or meant < BARE_SHARE * words:
        return view
    return substitute(view, _BARE, lambda match: skeletons.get(match[0].lower()), name="without-vowels")


def read_acrostics(text: str, *, known: Collection[str]) -> Iterator[tuple[int, int, str, str]]:
    """Yield start, end, name and text of what the first letters of the lines of a text spell."""
    lines = text.splitlines()
    if not LEAST_LINES <= len(lines) <= MOST_LINES:
        return
    for first in range(3):
        spelled = _spelled(lines[first:], known)
        if spelled:
            yield 0, len(text), "acrostic", spelled
            return


def _spelled(lines: list[str], known: Collection[str]) -> str:
    """Return the words that the initials make, those of one paragraph to a word; empty if they make none."""
    words = [""]
    for line in lines:
        letter = next((one for one in line if one.isalpha()), "")
        if letter:
            words[-1] += letter.lower()
        elif words[-1]:
            words.append("")
    words = [word for word in words if word]
    if len(words) == 1:
        words = _cut(words[0], known)
    if len(words) < 2 or sum(map(len, words)) < WORD_CHARACTERS * len(words):
        return ""
    return " ".join(words) if all(word in known for word in words) else ""


def _cut(letters: str, known: Collection[str]) -> list[str]:
    """Return the fewest known words that a run of letters is made of; none if it is not."""
    best: list[list[str] | None] = [[]] + [None] * len(letters)
    for end in range(1, len(letters) + 1):
        for start in range(max(0, end - 16), end - 1):
            before = best[start]
            if before is not None and letters[start:end] in known:
                held = best[end]
                if held is None or len(before) + 1 < len(held):
                    best[end] = [*before, letters[start:end]]
    return best[-1] or []
