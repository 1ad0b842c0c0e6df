"""Read what Lua's ``debug.traceback`` prints."""

from __future__ import annotations

import re

from aat_reporters.signature._failure import Failure, Frame
from aat_reporters.signature._file_names import stable_name
from aat_reporters.signature._site import kept_ends
from aat_reporters.signature.stacks._wording import settle

__all__ = ["parse"]

_FRAME = re.compile(
    r"\s*(?P<file>\[C\]|[^\s:]{1,300}):(?:(?P<line>\d{1,9}):)? in (?:(?:function|method|upvalue|local|field"
    r"|global|metamethod) (?:'(?P<function>[^']{1,200})'|<[^>]{1,400}>)|main chunk|\?)\s*\Z"
)

#: Where it failed, which Lua writes before the message.
_PLACE = re.compile(r"(?:lua[\d.]{0,5}: )?(?P<file>[^\s:]{1,300}):(?P<line>\d{1,9}): ")


def parse(lines: list[str], error: str) -> Failure | None:
    """Read a traceback; what handled the error stands above what raised it."""
    found = [(match, index) for index, line in enumerate(lines) if (match := _FRAME.match(line))]
    if not found:
        return None
    said = next((line.strip() for line in lines[: found[0][1]] if line.strip() != "stack traceback:"), "")
    text = error.strip() or said
    place = _PLACE.match(text) or _PLACE.match(said)
    frames = [match for match, _ in found]
    if place is not None:
        where = (place["file"], place["line"])
        raised = [index for index, match in enumerate(frames) if (match["file"], match["line"]) == where]
        frames = frames[raised[0] if raised else 0 :]
    kind, message = settle(_PLACE.sub("", text, count=1), kind="", said=_PLACE.sub("", said, count=1))
    kept = tuple(reversed(kept_ends([_frame(match) for match in reversed(frames)])))
    return Failure(type=kind, message=message, frames=kept)


def _frame(match: re.Match[str]) -> Frame:
    is_native = match["file"] == "[C]"
    return Frame(module=stable_name(match["file"]), function=match["function"] or "", is_in_app=not is_native)
