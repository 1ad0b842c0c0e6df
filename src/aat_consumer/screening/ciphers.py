"""Try rotations, mirrors and alphabets on words that no language knows."""

from __future__ import annotations

import itertools
import re
import string
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import pairwise

from aat_consumer.screening.alphabets import BRAILLE, MORSE, NATO
from aat_consumer.screening.encodings import decode_blobs

__all__ = ["break_ciphers", "turned_blobs"]

#: Longest line that is tried; longer ones are cut into pieces of this size.
LINE_CHARACTERS = 1_000

#: Most blobs of one text that are tried backwards.
TURNED_BLOBS = 8

#: Most lines of one text that are tried.
LINES = 40

#: Known words that a line must gain before it counts as deciphered.
GAINED_WORDS = 3

#: Share of a line's words that must be known afterwards.
KNOWN_SHARE = 0.4

#: Shortest word that counts; shorter ones appear by accident.
WORD_CHARACTERS = 3

_WORD = re.compile(r"[^\W\d_]{3,24}")
_LINE = re.compile(r"[^\n]{12,}")
_MORSE_LINE = re.compile(r"(?:[.\-·−–•]{1,6}[ ]{1,3}(?:[/|][ ]?)?){8,}[.\-·−–•]{1,6}")
_BRAILLE_LINE = re.compile("[\u2800-\u283f ,.]{6,}")
_NATO_LINE = re.compile(r"(?:\b(?:" + "|".join(NATO) + r")\b[\s,.\-/]{0,4}){5,}", re.IGNORECASE)
_LOWER = string.ascii_lowercase
_PRINTABLE = "".join(chr(code) for code in range(33, 127))


def _shift(distance: int) -> dict[int, int]:
    turned = _LOWER[distance:] + _LOWER[:distance]
    return str.maketrans(_LOWER + _LOWER.upper(), turned + turned.upper())


_ATBASH = ("atbash", str.maketrans(_LOWER + _LOWER.upper(), _LOWER[::-1] + _LOWER.upper()[::-1]))
_ROT47 = ("rot47", str.maketrans(_PRINTABLE, _PRINTABLE[47:] + _PRINTABLE[:47]))
_KEYBOARD = (
    "keyboard",
    str.maketrans("йцукенгшщзхъфывапролджэячсмитьбю", "qwertyuiop[]asdfghjkl;'zxcvbnm,."),
)
#: Name and table of each rotation by the distance that it turns back.
_SHIFTS = tuple(
    ("rot13" if distance == 13 else f"caesar{26 - distance}", _shift(distance)) for distance in range(26)
)
_PIG = re.compile(r"\b([A-Za-z]{2,24})(?:ay)\b")
_ROWS = ("qwertyuiop[", "asdfghjkl;'", "zxcvbnm,./")
_SHIFTED = (
    str.maketrans("".join(row[1:] for row in _ROWS), "".join(row[:-1] for row in _ROWS)),
    str.maketrans("".join(row[:-1] for row in _ROWS), "".join(row[1:] for row in _ROWS)),
)
_BLOB = re.compile(r"[A-Za-z0-9+/=_\-]{24,4000}")


def break_ciphers(text: str, *, known: frozenset[str]) -> Iterator[tuple[int, int, str, str]]:
    """Yield start, end, cipher and plain text of every line that reads like language once turned.

    Args:
        text: what may hold enciphered lines.
        known: common words of any language, in lower case.
    """
    for match in _MORSE_LINE.finditer(text):
        yield match.start(), match.end(), "morse", _morse(match[0])
    for match in _BRAILLE_LINE.finditer(text):
        plain = "".join(BRAILLE.get(one, " ") for one in match[0])
        yield match.start(), match.end(), "braille", plain
    for match in _NATO_LINE.finditer(text):
        words = re.findall("[a-z]+", match[0].lower())
        yield match.start(), match.end(), "spelling-alphabet", "".join(NATO[word] for word in words)
    for number, match in enumerate(_LINE.finditer(text)):
        if number >= LINES:
            return
        for start in range(match.start(), match.end(), LINE_CHARACTERS):
            line = text[start : min(start + LINE_CHARACTERS, match.end())]
            for name, plain in _turned(line, known):
                yield start, start + len(line), name, plain


def _turned(line: str, known: frozenset[str]) -> Iterator[tuple[str, str]]:
    """Yield the readings of one line that gain enough known words."""
    words_of_line = set(_WORD.findall(line.lower()))
    unknown = {word for word in words_of_line if word not in known}
    if len(unknown) < GAINED_WORDS and not any(one in line for one in "$%&*"):
        return
    words = " ".join(unknown)
    for name, table in (*_likely_tables(line), *_likely_shifts(unknown, known)):
        turned = line.translate(table) if name == "rot47" else words.translate(table)
        if _reads(turned, known, of=None if name == "rot47" else len(unknown)):
            yield name, line.lower().translate(table) if name == "keyboard" else line.translate(table)
    if _reads(words[::-1], known, of=len(unknown)):
        yield "reversed", line[::-1]
        yield "reversed-words", re.sub(r"\w+", lambda match: match[0][::-1], line)
    pig = _PIG.sub(lambda match: _from_pig(match[1], known), words)
    if pig != words and _reads(pig, known, of=len(unknown)):
        yield "pig-latin", _PIG.sub(lambda match: _from_pig(match[1].lower(), known), line)
    for table in _SHIFTED if 2 * len(unknown) > len(words_of_line) else ():
        turned = line.lower().translate(table)
        if _reads(turned, known, of=None):
            yield "keyboard-shift", turned


def _likely_tables(line: str) -> Iterator[tuple[str, dict[int, int]]]:
    """Yield the alphabets of which a line may be: rot47 is full of marks, the keyboard has other letters."""
    yield _ATBASH
    if sum(map(line.count, ":;<=>?@")) >= GAINED_WORDS:
        yield _ROT47
    if not line.isascii():
        yield _KEYBOARD


def _likely_shifts(unknown: Iterable[str], known: frozenset[str]) -> Iterator[tuple[str, dict[int, int]]]:
    """Yield the rotations that make enough known words of unknown ones.

    The steps between its letters are the same in every rotation of a word, so one look tells which.
    """
    by_steps = _by_steps(known)
    gained: Counter[int] = Counter()
    for word in unknown:
        firsts = by_steps.get(_steps(word))
        if firsts:
            gained.update({(ord(first) - ord(word[0])) % len(_LOWER) for first in firsts})
    for distance, words in gained.items():
        if distance and words >= GAINED_WORDS:
            yield _SHIFTS[distance]


@lru_cache(maxsize=2)
def _by_steps(known: frozenset[str]) -> dict[bytes, str]:
    """Return for the steps of each known word the letters with which such words begin."""
    found: dict[bytes, str] = {}
    for word in known:
        if len(word) >= WORD_CHARACTERS and word.isascii() and word.isalpha():
            steps = _steps(word)
            found[steps] = found.get(steps, "") + word[0]
    return found


def _steps(word: str) -> bytes:
    """Return how far each letter stands behind the one before, around the alphabet."""
    if not word.isascii():
        return b""
    codes = word.encode("ascii")
    return bytes([(behind - before) % 26 for before, behind in pairwise(codes)])


def _from_pig(word: str, known: frozenset[str]) -> str:
    """Return the word of which the first consonants were moved behind it."""
    word = word.lower()
    ends = [word[:-1]] if word.endswith(("w", "y")) else []
    ends += [word[-size:] + word[:-size] for size in range(1, min(5, len(word)))]
    return next((one for one in ends if one in known), ends[0])


def turned_blobs(text: str, *, known: frozenset[str]) -> Iterator[tuple[int, int, str, str]]:
    """Yield what blobs hold that were rotated or written backwards, where that is language.

    Args:
        text: what may hold such blobs.
        known: common words of any language, in lower case.
    """
    for match in itertools.islice(_BLOB.finditer(text), TURNED_BLOBS):
        for name, turned in (
            ("reversed", match[0][::-1]),
            ("rot13", match[0].translate(_SHIFTS[13][1])),
        ):
            for _, _, kind, plain in decode_blobs(turned):
                if _reads(plain, known, of=None):
                    yield match.start(), match.end(), f"{name}+{kind}", plain


def _reads(text: str, known: frozenset[str], *, of: int | None) -> bool:
    words = set(_WORD.findall(text.lower()))
    hits = [word for word in words if word in known]
    return (
        len(hits) >= GAINED_WORDS
        and sum(map(len, hits)) >= GAINED_WORDS * (WORD_CHARACTERS + 1)
        and len(hits) >= KNOWN_SHARE * min(len(words), of or len(words))
    )


def _morse(line: str) -> str:
    line = re.sub("[·•]", ".", re.sub("[−–]", "-", line))
    words = re.split(r" *[/|] *| {3,}", line)
    return " ".join("".join(MORSE.get(code, "") for code in word.split()) for word in words)
