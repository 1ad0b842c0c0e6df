"""Replace bracketed collections of data in a message: lists, mappings, JSON, reprs of objects."""

from __future__ import annotations

import re

from aat_reporters.signature import _vocabulary as words
from aat_reporters.signature._kept import REACH, Kept
from aat_reporters.signature._values import QUOTE

__all__ = ["codes_within", "without_collections"]

#: Codes kept of one collection or quote.
_MAX_INNER_CODES = 4

_INNER_CODE = re.compile(
    r"""(?i:\b(?:http_?)?(?:status(?:_?code)?|errno|exit_?code|code|kind|sqlstate)['"]?\s?[:=]>?\s?['"]?)"""
    r"""(-?\d{1,6}|(?:StatusCode\.)?[A-Z][A-Za-z_]{2,40})\b"""
    r"""|(?i:\b(?:Errno:? |os error |(?:status|response|http) ?\[?)|error ?\[?)(-?\d{1,5})\b"""
)

#: ``[SQL: ...]`` and its like are sentences, not lists.
_TITLED = re.compile(r"\s?[A-Za-z_ ]{1,40}:")

_CLOSING = {"[": "]", "{": "}"}


def without_collections(text: str, kept: Kept) -> str:
    """Replace each outermost bracketed collection of data, keeping codes that stand in it."""
    if "{" not in text and "[" not in text:
        return text
    quoted = _quoted_openings(text)
    opened: list[str] = []
    written: list[str] = []
    start = done = 0
    for position, character in enumerate(text):
        if character in _CLOSING:
            if not opened:
                if position in quoted:
                    continue
                start = position
            opened.append(_CLOSING[character])
        elif opened and character == opened[-1]:
            opened.pop()
            if not opened:
                inner = text[start + 1 : position]
                if _is_collection(text[start], inner, text[max(0, start - REACH) : start], kept):
                    written.append(text[done:start])
                    written.append("*" + codes_within(inner, kept))
                    done = position + 1
    if opened and _is_collection(text[start], text[start + 1 :], text[max(0, start - REACH) : start], kept):
        # It was cut, by us or by who wrote it.
        written.append(text[done:start])
        written.append("*" + codes_within(text[start + 1 :], kept))
        done = len(text)
    written.append(text[done:])
    return "".join(written)


def _quoted_openings(text: str) -> set[int]:
    """Find brackets that a quotation opens and does not close, as in ``unexpected token '{'``."""
    found: set[int] = set()
    for quote in QUOTE.finditer(text):
        for opening, closing in _CLOSING.items():
            last = quote.start() + quote[0].rfind(closing)
            inside = range(max(last, quote.start()), quote.end())
            found.update(position for position in inside if text[position] == opening)
    return found


def codes_within(data: str, kept: Kept) -> str:
    """Keep the statuses and error numbers that stand in what is masked as a whole.

    Returns:
        What to write behind the mask, behind a word that protects a number from being masked later.
    """
    written: list[str] = []
    for found in _INNER_CODE.findall(data)[:_MAX_INNER_CODES]:
        code = kept.code("".join(found))
        written.append(f" errno {code}" if code[-1:].isdigit() else f" {code}")
    return "".join(written)


def _is_collection(opening: str, inner: str, before: str, kept: Kept) -> bool:
    if opening == "{":
        return not inner.strip() or any(mark in inner for mark in ":=,'\"") or inner.strip().isdigit()
    if before[-1:].isalnum() and before[-3:] != "map":
        return False
    stripped = inner.strip()
    if not stripped:
        return True
    head = stripped[0]
    if head in "'\"([{<" or stripped.startswith(
        ("b'", "None", "True", "False", "datetime", "Decimal", "UUID")
    ):
        return True
    if head.isdigit() or head == "-":
        return not (kept.may_look(before) and words.is_code_before(before + opening))
    return before[-3:] == "map" or ("," in inner and not _TITLED.match(inner))
