"""Name the classes and functions around a line of source, as ``__qualname__`` would; pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

__all__ = ["qualified"]

_OPENING = re.compile(r"([ \t]*)(class|def|async\s+def)\s+(\w+)")

#: Lines above that are looked at; a longer function is named without what is around it.
MAX_LINES = 5_000


def qualified(lines: Sequence[str], line: int, function: str) -> str:
    """Give a function's qualified name.

    It goes by indentation, for nothing here may run or compile the program's source; what it cannot
    find stays the plain name.

    Args:
        lines: of the source file.
        line: within the function, counted from 1.
        function: its plain name.
    """
    if function == "<module>":
        return function
    above = [_OPENING.match(text) for text in reversed(lines[max(line - MAX_LINES, 0) : line])]
    openings = [(len(found[1].expandtabs()), found[2], found[3]) for found in above if found]
    if function.startswith("<"):
        # A comprehension or lambda has no line that opens it.
        text = lines[line - 1].expandtabs() if 0 < line <= len(lines) else ""
        margin = len(text) - len(text.lstrip())
    else:
        while openings and (openings[0][1] == "class" or openings[0][2] != function):
            openings.pop(0)
        if not openings:
            return function
        margin = openings.pop(0)[0]
    name = function
    for indent, kind, opened in openings:
        if indent < margin:
            name = f"{opened}.{name}" if kind == "class" else f"{opened}.<locals>.{name}"
            margin = indent
    return name
