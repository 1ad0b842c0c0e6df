"""Choose the lines of a message that say what went wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator

__all__ = ["telling_lines"]

#: Non-empty lines that take part; what follows is details.
_MAX_LINES = 3

#: Lines that are looked at for them.
_MAX_LOOKED_AT = 40

_HANGING = re.compile(r"\s+\S+\s*\Z")

#: What points at a place in the line above, as parsers write it: ``^``, ``~~^~~``, ``-----^``, ``  |   ^``.
_POINTER = re.compile(r"[\s|~.\u2026-]{0,400}\^[\s^~-]{0,400}\Z")

#: The margin of a quoted source, with nothing in it.
_MARGIN = re.compile(r"\s*\|\s*\Z")

#: What may differ between lines that say the same of other things.
_VARYING = re.compile(r"""'[^']{0,80}'|"[^"]{0,80}"|[^\s\d]{0,40}\d\S*|\b[A-Z]\S*""")
_WORD = re.compile(r"[a-z]{2}")


def telling_lines(text: str) -> list[str]:
    """Give the first lines of a message that take part in its template, stripped.

    Left out are a list that hangs below a sentence, a name a line; the source that a parser quotes, with
    what points at a place in it; and lines that say of another thing what one before them said.
    """
    if "\n" not in text:
        return [text.strip()] if text.strip() else []
    found: list[str] = []
    said: set[str] = set()
    for line in _without_quoted_source(text.split("\n", _MAX_LOOKED_AT)):
        shape = _VARYING.sub("*", line.strip())
        if shape in said:
            continue
        if _WORD.search(shape):
            said.add(shape)
        found.append(line.strip())
        if len(found) == _MAX_LINES:
            break
    return found


def _without_quoted_source(lines: list[str]) -> Iterator[str]:
    """Give the lines but empty ones, lists of names, and a quoted line with its pointer."""
    for index, line in enumerate(lines):
        below = lines[index + 1] if index + 1 < len(lines) else ""
        is_quoted = index > 0 and _POINTER.match(below)
        is_empty = not line.strip() or _MARGIN.match(line)
        if not (is_quoted or is_empty or _POINTER.match(line) or _HANGING.match(line)):
            yield line
