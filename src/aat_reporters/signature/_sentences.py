"""Tell the words of a sentence from names and other data that look like words.

A message has no marks around its data, and where no source line tells the template, ``held by anna`` and
``held by worker`` look alike. But what programmers write about failures is a small language.
"""

from __future__ import annotations

import re
from functools import lru_cache

from aat_reporters.signature import _vocabulary as words
from aat_reporters.signature._english import FIRST_NAMES, NAMED
from aat_reporters.signature._kept import REACH
from aat_reporters.signature._languages import FOREIGN_NAMED, is_english
from aat_reporters.signature._masks import MAX_MESSAGE, MaskedMessage, folded, mask
from aat_reporters.signature._phrases import without_phrases
from aat_reporters.signature._words import is_of_sentence

__all__ = ["sentence", "template"]

#: Words of one message whose surroundings are looked at.
_MAX_LOOKS = 24

#: Words of one message, besides those that belong to a sentence, that are judged; what follows is data.
_MAX_JUDGED = 64

_TOKEN = re.compile(r"[\w.:/@$#'’+~\\-]+(?:={1,2}(?![^\s,;)]))?")
_LETTER = re.compile(r"[^\W\d_]")
_EDGES = ".:,'’/-#="

#: What stands in front of a sentence like a type, ``Refusal: order 7 closed``.
_TITLE = re.compile(r"[A-Z][A-Za-z]{2,60}(?:\.[A-Za-z]{2,60}){0,3}:\Z")

#: What a value is called, at the beginning of a text, with the value.
_LABEL = re.compile(r"[a-z]{3,24} (\*(?![^\s,;:])|[^\s*]{1,60})")

#: Characters before a word in which such a noun is looked for.
_NOUN_REACH = 28

_LAST_WORD = re.compile(r"(?<![\w.])([A-Za-z]{2,24})[\s:=#]{1,2}[\[(<]?\Z")

#: The same before the second part of a name, as in ``customer Ann Lee``.
_WORD_BEFORE_NAME = re.compile(
    r"(?<![\w.])([A-Za-z]{2,24})[\s:=#]{1,2}[\[(<]?(?:(?:\*|[A-Z][\w'’.-]{0,20}) )?\Z"
)
_ANY_WORD = re.compile(r"[a-z]{2,24}")
_MAY_NAME = re.compile(r": \S+\Z|I[Dd]\W|.\b[A-Z](?![A-Z])", re.S)

#: A name within a sentence: one capital letter in front, or alone.
_PROPER = re.compile(r"[A-Z](?:[a-z][\w'’-]*)?\Z")
#: What a sentence begins behind, with a capital that says nothing.
_STARTS = (". ", ": ", "; ", "! ", "? ")

#: A first name cut to its letter, as in ``K. Smith``.
_INITIAL = re.compile(r"(?:[^\W\d_a-z]|Dr|Jr|Mr|Mrs|Ms|Prof|Sr|St)\.\Z")
_JOINED = re.compile(r"(?!(?:[A-Za-z]\w*\.){2}[A-Za-z]\w*\Z)\w+(?:[-_.@/+]\w*)+\Z")
_HUMPED = re.compile(r"[a-z]+[A-Z]\w*\Z")

#: What stands behind the key of a value, and the name of a function that is called.
_IS_KEY = re.compile(r"\(|=[^\s=,;)]")


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
    if not is_english(text):
        judge = _Judge(text, masked, everywhere=False, is_english=False)
        return folded(_TOKEN.sub(judge, text))
    found = frozenset(_ANY_WORD.findall(text.lower()))
    text = without_phrases(text, found, frozenset(masked.names), everywhere=everywhere)
    if not everywhere and not _MAY_NAME.search(text) and NAMED.isdisjoint(found):
        return folded(text)
    judge = _Judge(text, masked, everywhere=everywhere, is_english=True)
    return folded(_TOKEN.sub(judge, text))


class _Judge:
    """Decide about one word after the other of a text: called with a match, it gives what is written."""

    __slots__ = ("_everywhere", "_identity", "_is_english", "_left", "_looks", "_text")

    def __init__(self, text: str, masked: MaskedMessage, *, everywhere: bool, is_english: bool) -> None:
        self._text = text
        self._identity = frozenset((*masked.names, *masked.codes))
        self._everywhere = everywhere
        self._is_english = is_english
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
        if not self._is_english:
            # A capital says little in other languages, and most words behind a noun are part of the sentence.
            may_be_name = core[0].isupper() or _JOINED.match(core)
            return bool(may_be_name) and _is_noun_before(before, core, FOREIGN_NAMED)
        is_named = _is_noun_before(before, core, NAMED) or (not after and before.endswith(": "))
        is_proper = bool(before) and before[-2:] not in _STARTS and bool(_PROPER.match(core))
        if not (self._everywhere or is_named or is_proper):
            return False
        is_joined = _JOINED.match(core) or _HUMPED.match(core)
        is_name = is_named and (is_joined or (is_bracketed and after[:1] in ("]", ")")))
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
        return is_of_sentence(core) and not (core in FIRST_NAMES and match.start() > 0)


def _is_label(text: str) -> bool:
    """Say whether a text begins with what a value is called, for names have verbs behind them."""
    found = _LABEL.match(text)
    if found is None:
        return False
    core = found[1].strip(_EDGES)
    return core == "*" or len(core) == 1 or not (core and is_of_sentence(core))


def _is_noun_before(before: str, core: str, nouns: frozenset[str]) -> bool:
    notation = _WORD_BEFORE_NAME if core[0].isupper() else _LAST_WORD
    found = notation.search(before, max(0, len(before) - _NOUN_REACH))
    return found is not None and (found[1].lower() in nouns or found[1].endswith(("ID", "Id")))
