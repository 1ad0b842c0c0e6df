"""Tell words that programs use to say what went wrong from names and other data."""

from __future__ import annotations

import re
from functools import lru_cache

from aat_reporters.signature._english import ENDING_NAMES, WORDS

__all__ = ["is_of_sentence"]

_HUMP = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_JOINT = re.compile(r"[-/_]")

#: Names of code: qualified ones, and types of errors.
_CODE = re.compile(
    r"(?:\w+\.)+[A-Z]\w*\Z|(?:[a-z]\w*/){2,9}[A-Z]\w*\Z|(?:[A-Za-z]\w*\.){2,9}[A-Za-z]\w*\Z|\w+(?:::\w+)+\Z|\w*(?:Error|Exception)\Z|\w+:(?:Class|Module|NilClass)\Z|(?:this|self)(?:\.[A-Za-z]\w*)+\Z"
)
#: Endings that words of a sentence have and names seldom do, from five letters on.
_ENGLISH = re.compile(
    r"[a-z]{2,}(?:ed|ing|able|ible|less|ful|tion|sion|ment|ness|ly|ity|ance|ence|ancy|ency|ship|ous|ive|ism|ist"
    r"|ize|ise|ate|ify|ure|age|wards?)s?\Z"
)

_PREFIXES = ("un", "in", "non", "dis", "mis", "re", "over", "under", "pre", "sub", "de")
_ENDINGS = (
    ("s", ""), ("es", ""), ("ies", "y"), ("ed", ""), ("ed", "e"), ("ing", ""), ("ing", "e"), ("er", ""),
    ("tor", "t"), ("sor", "s"), ("tor", "te"),
)  # fmt: skip


@lru_cache(maxsize=4096)
def is_of_sentence(core: str) -> bool:
    """Say whether a word is one that sentences about failures are made of, or names code."""
    if _is_word(core) or _CODE.match(core):
        return True
    parts = [
        hump for part in _JOINT.split(core) for hump in (_HUMP.findall(part) if part.isalpha() else [part])
    ]
    return len(parts) > 1 and all(_is_word(part) for part in parts)


def _is_word(word: str) -> bool:
    lower = word.lower()
    if _is_listed(lower):
        return True
    has_ending = len(word) >= 5 and word[1:].islower() and _ENGLISH.match(lower)
    if has_ending and lower not in ENDING_NAMES:
        return True
    return any(lower.startswith(prefix) and _is_listed(lower[len(prefix) :]) for prefix in _PREFIXES)


def _is_listed(word: str) -> bool:
    return word in WORDS or any(
        word.endswith(ending) and word[: -len(ending)] + instead in WORDS for ending, instead in _ENDINGS
    )
