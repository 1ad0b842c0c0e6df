"""Tell the words of a sentence from names and other data that look like words.

A message has no marks around its data, and where no source line tells the template, ``held by anna`` and
``held by worker`` look alike. But what programmers write about failures is a small language.
"""

from __future__ import annotations

import re
from functools import lru_cache

from aat_reporters.signature import _vocabulary as words
from aat_reporters.signature._english import ENDING_NAMES, FIRST_NAMES, NAMED, WORDS
from aat_reporters.signature._kept import REACH
from aat_reporters.signature._masks import MAX_MESSAGE, folded, mask

__all__ = ["sentence", "template"]

#: Words of one message whose surroundings are looked at.
_MAX_LOOKS = 24

#: Words of one message, besides those that belong to a sentence, that are judged; what follows is data.
_MAX_JUDGED = 64

_TOKEN = re.compile(r"[\w.:/@$#'’+~\\-]+(?:={1,2}(?![^\s,;)]))?")
_LETTER = re.compile(r"[^\W\d_]")
_EDGES = ".:,'’/-#="
_HUMP = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_JOINT = re.compile(r"[-/_]")

#: Names of code: qualified ones, and types of errors.
_CODE = re.compile(
    r"(?:\w+\.)+[A-Z]\w*\Z|(?:[a-z]\w*/){2,9}[A-Z]\w*\Z|(?:[A-Za-z]\w*\.){2,9}[A-Za-z]\w*\Z|\w+(?:::\w+)+\Z|\w*(?:Error|Exception)\Z|\w+:(?:Class|Module|NilClass)\Z"
)
#: What stands in front of a sentence like a type, ``Refusal: order 7 closed``.
_TITLE = re.compile(r"[A-Z][A-Za-z]{2,60}:\Z")

#: What a value is called, at the beginning of a text, with the value.
_LABEL = re.compile(r"[a-z]{3,24} (\*(?![^\s,;:])|[^\s*]{1,60})")

#: Endings that words of a sentence have and names seldom do, from five letters on.
_ENGLISH = re.compile(
    r"[a-z]{2,}(?:ed|ing|able|ible|less|ful|tion|sion|ment|ness|ly|ity|ance|ence|ancy|ency|ship|ous|ive|ism|ist"
    r"|ize|ise|ate|ify|ure|age|wards?)s?\Z"
)
#: Characters before a word in which such a noun is looked for.
_NOUN_REACH = 28

_LAST_WORD = re.compile(r"([A-Za-z]{2,24})[\s:=#]{1,2}[\[(<]?\Z")

#: The same before the second part of a name, as in ``customer Ann Lee``.
_WORD_BEFORE_NAME = re.compile(r"([A-Za-z]{2,24})[\s:=#]{1,2}[\[(<]?(?:(?:\*|[A-Z][\w'’.-]{0,20}) )?\Z")
_ANY_WORD = re.compile(r"[a-z]{2,24}")
_MAY_NAME = re.compile(r": \S+\Z|I[Dd]\W|.\b[A-Z](?![A-Z])", re.S)

#: A name within a sentence: one capital letter in front, or alone.
_PROPER = re.compile(r"[A-Z](?:[a-z][\w'’-]*)?\Z")
#: A first name cut to its letter, as in ``K. Smith``.
_INITIAL = re.compile(r"[^\W\d_a-z]\.\Z")
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
    text = masked.text[: 2 * MAX_MESSAGE]
    if not everywhere and not _MAY_NAME.search(text) and NAMED.isdisjoint(_ANY_WORD.findall(text.lower())):
        return text
    identity = frozenset((*masked.names, *masked.codes))
    return folded(_TOKEN.sub(_Judge(text, identity, everywhere=everywhere), text))


class _Judge:
    """Decide about one word after the other of a text: called with a match, it gives what is written."""

    __slots__ = ("_everywhere", "_identity", "_left", "_looks", "_text")

    def __init__(self, text: str, identity: frozenset[str], *, everywhere: bool) -> None:
        self._text = text
        self._identity = identity
        self._everywhere = everywhere
        self._left = _MAX_JUDGED
        self._looks = _MAX_LOOKS

    def __call__(self, match: re.Match[str]) -> str:
        token, start = match.group(), match.start()
        core = token.strip(_EDGES)
        is_bracketed = start > 0 and self._text[start - 1] in "[("
        if core.isalpha() and not is_bracketed and self._belongs(core, match):
            # Most words go this way, and none of what follows can matter for them.
            return token
        if not _LETTER.search(token) or core in self._identity or token in self._identity:
            return token
        self._left -= 1
        if self._left < 0:
            return "*"
        if self._is_known(match, core) or not self._is_data(match, core, is_bracketed=is_bracketed):
            return token
        if _INITIAL.match(token) and self._text[match.end() : match.end() + 1] == " ":
            return "*"
        head, _, tail = token.partition(core)
        return f"{head.rstrip(':')}*{tail.lstrip('/=')}"

    def _is_known(self, match: re.Match[str], core: str) -> bool:
        is_label = match.start() == 0 and _is_label(self._text)
        is_title = match.start() == 0 and _TITLE.match(match.group())
        is_key = _IS_KEY.match(self._text, match.end())
        return bool(is_label or is_title or is_key or words.TECHNICAL_NAME.fullmatch(core))

    def _is_data(self, match: re.Match[str], core: str, *, is_bracketed: bool) -> bool:
        before = self._text[max(0, match.start() - REACH) : match.start()]
        after = self._text[match.end() : match.end() + REACH]
        is_named = _is_noun_before(before, core) or (not after and before.endswith(": "))
        is_proper = match.start() > 0 and bool(_PROPER.match(core))
        if not (self._everywhere or is_named or is_proper):
            return False
        is_name = is_named and (_JOINED.match(core) or (is_bracketed and after[:1] in ("]", ")")))
        if not is_name and self._belongs(core, match):
            return False
        self._looks -= 1
        if self._looks < 0:
            return True
        return not (words.is_name_before(before) or words.NAME_AFTER.match(after))

    def _belongs(self, core: str, match: re.Match[str]) -> bool:
        if len(core) < 2:
            # An article, and no letter that names something.
            after = self._text[match.end() : match.end() + 2]
            is_article = core == match.group() and (core == "a" or (match.start() == 0 and core in "AI"))
            return is_article and after[:1] == " " and after[1:].isalpha()
        return _is_of_sentence(core) and not (core in FIRST_NAMES and match.start() > 0)


def _is_label(text: str) -> bool:
    """Say whether a text begins with what a value is called, for names have verbs behind them."""
    found = _LABEL.match(text)
    if found is None:
        return False
    core = found[1].strip(_EDGES)
    return core == "*" or len(core) == 1 or not (core and _is_of_sentence(core))


def _is_noun_before(before: str, core: str) -> bool:
    notation = _WORD_BEFORE_NAME if core[0].isupper() else _LAST_WORD
    found = notation.search(before, max(0, len(before) - _NOUN_REACH))
    return found is not None and (found[1].lower() in NAMED or found[1].endswith(("ID", "Id")))


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
