"""Read the stacks that other languages write, so that a shell or browser may report like Python.

One module a family; each takes the lines and gives a failure, or None for a text that is not its.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from aat_reporters.signature._failure import Failure
from aat_reporters.signature.stacks import (
    dotnet,
    go,
    javascript,
    jvm,
    lua,
    native,
    others,
    perl,
    php,
    python,
    ruby,
    rust,
    shell,
)
from aat_reporters.signature.stacks._lines import folded_lines, split_type

__all__ = ["folded_lines", "parse", "python", "split_type"]

Parser = Callable[[list[str], str], Failure | None]

#: The order matters: the first that recognises its own frames wins, the loosest pattern comes last. Beside
#: each stands what its stacks hold in any case, so that most are passed over with a look at the whole text.
_PARSERS: tuple[tuple[Parser, tuple[str, ...]], ...] = (
    (python.parse, ('File "', "Traceback (")),
    (go.parse, (".go:", ".s:")),
    (rust.parse, ("panicked at", "backtrace:")),
    (php.parse, ("#", "atal error:", "Parse error:", "Warning:", "Notice:", "Deprecated:")),
    (jvm.parse, ("at ",)),
    (native.parse, ("0x", " pc ", "# ")),
    (javascript.parse, ("at ", "@")),
    (dotnet.parse, ("at ", "bei ", "à ", "в ", "en ")),
    (ruby.parse, (":in ",)),
    (perl.parse, (" line ",)),
    (lua.parse, (" in ",)),
    (others.parse, ("",)),
)

#: Every notation of a place has a number, but those of compiled code without debugging symbols.
_MAY_HOLD_FRAMES = re.compile(r"\d|^[ \t]{0,20}(?:at|bei|à|в|en) ", re.M)


def parse(stack: str, error: str, *, line: int | None = None) -> Failure | None:
    """Read a stack.

    Args:
        stack: the text as it was published.
        error: what the report says went wrong; its wording is preferred to the stack's own.
        line: the failing line, by which a shell's list of callers is told from a stack.

    Returns:
        The failure, innermost frame first; None if no family knows the text.
    """
    if ("\n" not in stack and len(stack) < 12) or not _MAY_HOLD_FRAMES.search(stack):
        return None
    lines = folded_lines(stack)
    for read, hints in _PARSERS:
        if not any(hint in stack for hint in hints):
            continue
        failure = read(lines, error)
        if failure is not None:
            return failure
    return shell.parse(lines, error, line=line)
