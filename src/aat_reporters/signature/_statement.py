"""Write a source line so that reformatting it changes nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

__all__ = ["MAX_CODE", "statement"]

#: Characters of a source line that take part.
MAX_CODE = 400


def _notation(quotes: str) -> re.Pattern[str]:
    """Give the tokens of a line in which literals end that begin with one of some quotes."""
    literals = "|".join([rf"{quote}(?:[^{quote}\\]|\\.){{0,400}}+{quote}" for quote in quotes]) or "(?!)"
    return re.compile(
        rf"(?P<text>[rbfuRBFU]{{0,2}}(?:{literals}))"
        r"|(?P<comment>\#.*)|(?P<space>\s+)|(?P<word>\w+)|(?P<other>.)",
        re.S,
    )


_NOTATIONS = {quotes: _notation(quotes) for quotes in ("\"'", '"', "'", "")}


def _tokens(code: str) -> Iterator[re.Match[str]]:
    """Give the tokens of a line.

    Where one literal does not end, no later one with that quote does: it is not looked for again, which would
    take a multiple of the time.
    """
    quotes, position = "\"'", 0
    while position < len(code):
        for match in _NOTATIONS[quotes].finditer(code, position):
            yield match
            position = match.end()
            if match.lastgroup == "other" and match.group() in quotes:
                quotes = quotes.replace(match.group(), "")
                break


def _with_double_quotes(literal: str) -> str:
    if literal.endswith("'") and '"' not in literal and "\\" not in literal:
        return literal.replace("'", '"')
    return literal


@lru_cache(maxsize=2048)
def statement(code: str) -> str:
    """Drop comments, spaces that mean nothing, the kind of quotes and a trailing comma.

    It reads tokens by itself because ``tokenize`` and ``ast.unparse`` write f-strings differently
    from one Python to the next, and a signature must not.
    """
    written: list[str] = []
    was_word = pending_space = False
    for match in _tokens(code[:MAX_CODE]):
        kind = match.lastgroup
        token = match.group()
        if kind == "comment":
            break
        if kind == "space":
            pending_space = True
            continue
        is_word = kind in ("word", "text")
        if pending_space and is_word and was_word:
            written.append(" ")
        if token in (")", "]", "}") and written and written[-1] == ",":
            written.pop()
        written.append(_with_double_quotes(token) if kind == "text" else token)
        was_word, pending_space = is_word, False
    return "".join(written)
