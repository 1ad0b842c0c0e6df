"""Read what is left of an exception that structlog has formatted, to a text or to a list; pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from aat_reporters.chains import told_chain

__all__ = ["told_of_formatted"]

#: What every formatted traceback begins with, behind the margin of a group.
_TRACEBACK = "Traceback (most recent call last)"

_FRAME = re.compile(r'^  File "(.+)", line (\d+), in (.+)$', re.M)
_BETWEEN_TRACEBACKS = re.compile(
    r"\n\n(The above exception was the direct cause|During handling of the above exception).+:\n\n"
)

#: Causes and contexts that are read of a formatted one.
_MAX_CHAIN = 8


def told_of_formatted(formatted: object) -> dict[str, object] | None:
    """Tell what is left of an exception that was formatted; None for anything else."""
    if isinstance(formatted, str):
        return _told_text(formatted) if _TRACEBACK in formatted else None
    if isinstance(formatted, list) and formatted and all(_is_formatted(entry) for entry in formatted):
        return _told_list(formatted[:_MAX_CHAIN])
    return None


def _told_text(formatted: str) -> dict[str, object]:
    """Tell a traceback's text by its frames, so that it is signed as the exception would be."""
    *before, last = _BETWEEN_TRACEBACKS.split(formatted)
    entries = [_entry(last, is_cause=False)]
    # What stands between two tracebacks says how the older one led to the newer.
    for text, relation in zip(before[-2::-2], before[::-2], strict=False):
        entries.append(_entry(text, is_cause=relation.startswith("The above")))
    if any(entry["exc_type"] == "" for entry in entries):
        # A group: each line has a margin, and its own headline stands before its members.
        margins = [line.strip(" |") for line in formatted.splitlines()]
        return {
            "error": next((line for line in margins if "Group: " in line), margins[-1]),
            "stack": formatted,
        }
    return {**_told_list(entries[:_MAX_CHAIN]), "stack": formatted}


def _entry(text: str, *, is_cause: bool) -> dict[str, Any]:
    """Read one traceback into what ``dict_tracebacks`` would have made of it."""
    lines = text.splitlines()
    last = max((number for number, line in enumerate(lines) if line[:1] == " "), default=0)
    kind, _, value = "\n".join(lines[last + 1 :]).partition(": ")
    frames = [
        {"filename": file, "lineno": int(line), "name": name} for file, line, name in _FRAME.findall(text)
    ]
    return {"exc_type": kind, "exc_value": value, "frames": frames, "is_cause": is_cause}


def _is_formatted(entry: object) -> bool:
    return isinstance(entry, dict) and "exc_type" in entry and "exc_value" in entry


def _told_list(formatted: list[dict[str, Any]]) -> dict[str, object]:
    """Tell what ``dict_tracebacks`` made: exceptions, the last one first, each with its frames."""
    relations = ["cause" if entry.get("is_cause") else "context" for entry in formatted[1:]]
    return told_chain([_failure(entry) for entry in formatted], [*relations, ""])


def _failure(entry: Mapping[str, Any]) -> dict[str, object]:
    frames = [
        {"file": frame.get("filename"), "line": frame.get("lineno"), "function": frame.get("name")}
        for frame in entry.get("frames") or ()
        if isinstance(frame, dict)
    ]
    return {"type": str(entry["exc_type"]), "error": str(entry["exc_value"]), "frames": frames}
