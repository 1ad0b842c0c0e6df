"""Tell the words of a sentence from names and other data that look like words.

A message has no marks around its data, and where no source line tells the template, ``held by anna`` and
``held by worker`` look alike. But what programmers write about failures is a small language.
"""

from __future__ import annotations

import re
from functools import lru_cache

from aat_reporters.signature import _vocabulary as words
from aat_reporters.signature._english import FIRST_NAMES, NAMED, WORDS
from aat_reporters.signature._kept import REACH
from aat_reporters.signature._masks import MAX_MESSAGE, folded, mask

__all__ = ["sentence", "template"]

#: Words of one message whose surroundings are looked at.
_MAX_LOOKS = 24

_TOKEN = re.compile(r"[\w.:/@$#'’+~\\-]+(?:={1,2}(?![^\s,;)]))?")
_LETTER = re.compile(r"[^\W\d_]")
_EDGES = ".:,'’/-#="
_HUMP = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_JOINT = re.compile(r"[-/_]")

#: Names of code: qualified ones, and types of errors.
_CODE = re.compile(
    r"(?:\w+\.)+[A-Z]\w*\Z|(?:[A-Za-z]\w*\.){2,9}[A-Za-z]\w*\Z|\w+(?:::\w+)+\Z|\w*(?:Error|Exception)\Z|\w+:(?:Class|Module|NilClass)\Z"
)
#: What stands in front of a sentence like a type, ``Refusal: order 7 closed``.
_TITLE = re.compile(r"[A-Z][A-Za-z]{2,60}:\Z")

#: Endings that words of a sentence have and names seldom do, from five letters on.
_ENGLISH = re.compile(
    r"[a-z]{2,}(?:ed|ing|able|ible|less|ful|tion|sion|ment|ness|ly|ity|ance|ence|ancy|ency|ship|ous|ive|ism|ist"
    r"|ize|ise|ate|ify|ure|age|wards?)s?\Z"
)
#: Characters before a word in which such a noun is looked for.
_NOUN_REACH = 28

_LAST_WORD = re.compile(r"([A-Za-z]{2,24})[\s:=#]{1,2}[\[(<]?\Z")
_JOINED = re.compile(r"(?!(?:[A-Za-z]\w*\.){2}[A-Za-z]\w*\Z)\w+(?:[-_.@/+]\w*)+\Z")

#: What stands behind the key of a value, and the name of a function that is called.
_IS_KEY = re.compile(r"\(|=[^\s=,;)]")

_PREFIXES = ("un", "in", "non", "dis", "mis", "re", "over", "under", "pre", "sub", "de")
_ENDINGS = (
    ("s", ""), ("es", ""), ("ies", "y"), ("ed", ""), ("ed", "e"), ("ing", ""), ("ing", "e"), ("er", ""),
    ("or", ""),
)  # fmt: skip


@lru_cache(maxsize=1024)
def sentence(message: str) -> str:
    """Reduce a message to its sentence: what masks leave, without words that belong to none.

    For messages of a known place alone: it brings ``no tea left`` and ``no milk left`` together, which
    another function keeps apart, or another type.

    Args:
        message: as :func:`aat_reporters.signature._masks.mask` takes it.
    """
    return _without_names(message, everywhere=True)


@lru_cache(maxsize=1024)
def template(message: str) -> str:
    """Reduce a message without a place: what masks leave, without the names of users, jobs and the like.

    Args:
        message: as :func:`aat_reporters.signature._masks.mask` takes it.
    """
    return _without_names(message, everywhere=False)


def _without_names(message: str, *, everywhere: bool) -> str:
    masked = mask(message)
    identity = frozenset((*masked.names, *masked.codes))
    text = masked.text[: 2 * MAX_MESSAGE]
    looks = iter(range(_MAX_LOOKS))

    def replaced(match: re.Match[str]) -> str:
        token = match.group()
        if not _LETTER.search(token):
            return token
        core = token.strip(_EDGES)
        if match.start() == 0 and _TITLE.match(token):
            return token
        after = text[match.end() : match.end() + REACH]
        if (
            core in identity
            or token in identity
            or _IS_KEY.match(after)
            or words.TECHNICAL_NAME.fullmatch(core)
        ):
            return token
        before = text[max(0, match.start() - REACH) : match.start()]
        is_named = _is_noun_before(before)
        if not (everywhere or is_named):
            return token
        is_name = is_named and (_JOINED.match(core) or (before[-1:] in "[(" and after[:1] in ("]", ")")))
        if not is_name and _belongs(core, match, after):
            return token
        if next(looks, None) is not None and (
            words.NAME_BEFORE.search(before) or words.NAME_AFTER.match(after)
        ):
            return token
        head, _, tail = token.partition(core)
        return f"{head.rstrip(':')}*{tail.lstrip('/=')}"

    return folded(_TOKEN.sub(replaced, text))


def _is_noun_before(before: str) -> bool:
    found = _LAST_WORD.search(before, max(0, len(before) - _NOUN_REACH))
    word = found[1].lower() if found else ""
    return word in NAMED or word.endswith("id")


def _belongs(core: str, match: re.Match[str], after: str) -> bool:
    if len(core) < 2:
        # An article, and no letter that names something.
        is_article = (core == "a" or match.start() == 0) and after[:1] == " " and after[1:2].isalpha()
        return not core or is_article
    return _is_of_sentence(core) and not (core in FIRST_NAMES and match.start() > 0)


@lru_cache(maxsize=4096)
def _is_of_sentence(core: str) -> bool:
    if _is_word(core) or _CODE.match(core):
        return True
    parts = [
        hump for part in _JOINT.split(core) for hump in (_HUMP.findall(part) if part.isalpha() else [part])
    ]
    return len(parts) > 1 and all(_is_word(part) for part in parts)


def _is_word(word: str) -> bool:
    lower = word.lower()
    if _is_listed(lower) or (word.islower() and len(word) >= 5 and _ENGLISH.match(word)):
        return True
    return any(lower.startswith(prefix) and _is_listed(lower[len(prefix) :]) for prefix in _PREFIXES)


def _is_listed(word: str) -> bool:
    return word in WORDS or any(
        word.endswith(ending) and word[: -len(ending)] + instead in WORDS for ending, instead in _ENDINGS
    )
