"""Cut a stack's text into lines, and take a type off the front of a message."""

from __future__ import annotations

import re

__all__ = ["folded_lines", "split_header", "split_type"]

#: Characters of a stack that are read, from either end; languages differ in where the innermost frame is.
_HEAD = _TAIL = 32_768

#: Characters of one line, and lines, that are read.
_MAX_LINE = 1_000
_MAX_LINES = 1_500

_LEAD = re.compile(
    r"(?:(?:error: )?Uncaught (?:\(in promise\):? )?|Unhandled exception[.:]? |Unhandled rejection:? "
    r"|Exception in thread \"[^\"\n]{0,100}\" "
    r"|PHP )",
    re.I,
)
_TYPE = re.compile(
    r"((?:[A-Za-z_$][\w$]{0,100}(?:\.|::|\\|/)){0,12}[A-Za-z_$][\w$]{0,100})(?: \[[A-Z][A-Z0-9_]{"
    r"2,60}\])?(?::\s+|:?\s*\Z)"
)
_ENDS_LIKE_TYPE = re.compile(
    r"(?:Error|Exception|Failure|Fault|Exit|Interrupt|Warning|Iteration|Timeout|NotFound"
    r"|DoesNotExist|Denied|Abort)\d?\Z"
)
_NOT_TYPE = frozenset(
    {
        "error",
        "warning",
        "fatal",
        "panic",
        "exception",
        "failure",
        "timeout",
        "abort",
        "interrupt",
        "fault",
        "exit",
    }
)


def folded_lines(text: str) -> list[str]:
    """Split a stack into lines; a long one loses its middle, an endless line its end."""
    if len(text) > _HEAD + _TAIL:
        text = text[:_HEAD] + "\n" + text[-_TAIL:]
    lines = text.splitlines()
    if len(lines) > _MAX_LINES:
        lines = lines[: _MAX_LINES // 2] + lines[-_MAX_LINES // 2 :]
    return [line[:_MAX_LINE].rstrip() for line in lines]


def split_header(lines: list[str]) -> tuple[str, str]:
    """Split what stands above a stack's frames into type and message.

    A logger's own line, or the source that Node prints, may stand before it.
    """
    for index, line in enumerate(lines):
        kind, message = split_type(line)
        if kind:
            return kind, "\n".join([message, *lines[index + 1 :]])
    return split_type("\n".join(lines), is_typed=len(lines) == 1)


def split_type(text: str, *, is_typed: bool = False) -> tuple[str, str]:
    """Split ``Type: message``.

    Args:
        text: an error as a publisher wrote it.
        is_typed: the text is known to begin with a type, so that any name will do.

    Returns:
        The type, empty if the text does not begin with one, and the message.
    """
    lead = _LEAD.match(text)
    body = text[lead.end() :] if lead else text
    match = _TYPE.match(body)
    if match is None or (match[1].lower() in _NOT_TYPE and match[1] != "Error"):
        return "", text
    name = match[1]
    last = re.split(r"[.:\\/]", name)[-1]
    if _ENDS_LIKE_TYPE.search(last) or is_typed or (last != name and last[:1].isupper() and "/" not in name):
        return name, body[match.end() :]
    return "", text
