"""Make a report of what somebody else has put into words: scrub it, find its source, print its stack."""

from __future__ import annotations

import traceback
from collections.abc import Iterator, Mapping

from aat_reporters.frames import Frame, FrameReader
from aat_reporters.redaction import Redaction
from aat_reporters.stack_text import CAUSE, CONTEXT

__all__ = ["Teller"]

#: Levels of causes and members that are read.
MAX_LEVELS = 8

#: Frames read of one exception, and exceptions of one list.
MAX_FRAMES = 200
MAX_FAILURES = 50


class Teller:
    """Read what edges tell where they have no exception at hand; used by one thread."""

    def __init__(self, reader: FrameReader, redaction: Redaction) -> None:
        self._reader = reader
        self._redaction = redaction

    def read(self, told: Mapping[str, object]) -> dict[str, object]:
        """Give the keys of a report, free of secrets."""
        plain = {key: value for key, value in told.items() if value is not None and key not in _STRUCTURED}
        clean = self._redaction.mapping(plain)
        clean["error"] = self._redaction.text(str(told.get("error") or "(no message)"))
        clean["context"] = self.context(told)
        if isinstance(told.get("fingerprint"), str):
            clean["fingerprint"] = [clean["fingerprint"]]
        if told.get("frames"):
            clean["frames"] = [frame.facts() for frame in self._frames(told)]
        for key in ("causes", "exceptions"):
            if told.get(key):
                clean[key] = [self._failure(entry, MAX_LEVELS) for entry in _mappings(told[key])]
        stack = told.get("stack")
        if stack is not None:
            told_text = stack if isinstance(stack, str) else "".join(self._printed(stack))
            clean["stack"] = self._redaction.text(told_text)
        return clean

    def context(self, told: Mapping[str, object]) -> dict[str, object]:
        """Give where it happened: as told, else by the innermost frame of the program's own."""
        given = told.get("context")
        context = self._redaction.mapping(given) if isinstance(given, Mapping) else {}
        if context.get("file"):
            return context | {"file": self._reader.shown(str(context["file"]))}
        frames = self._frames(told)
        if not frames:
            return context
        frame = next((one for one in reversed(frames) if one.in_app), frames[-1])
        return {"file": frame.shown_file, "line": frame.line, "function": frame.function} | context

    def _failure(self, entry: Mapping[str, object], levels: int) -> dict[str, object]:
        failure: dict[str, object] = {
            "type": _text(entry.get("type")),
            "error": self._redaction.text(_text(entry.get("error"))),
            "frames": [frame.facts() for frame in self._frames(entry)],
        }
        cause = entry.get("cause")
        if isinstance(cause, Mapping) and levels:
            failure |= {"cause": self._failure(cause, levels - 1), "relation": entry.get("relation")}
        if entry.get("exceptions") and levels:
            members = _mappings(entry["exceptions"])
            failure["exceptions"] = [self._failure(member, levels - 1) for member in members]
        return failure

    def _frames(self, entry: Mapping[str, object]) -> list[Frame]:
        return [self._frame(raw) for raw in _mappings(entry.get("frames"), MAX_FRAMES)]

    def _frame(self, raw: Mapping[str, object]) -> Frame:
        line = raw.get("line")
        return self._reader.told(
            _text(raw.get("file")),
            line if isinstance(line, int) else 0,
            _text(raw.get("function")),
            module=_text(raw.get("module")),
            code=_text(raw.get("code")),
        )

    def _printed(self, stack: object) -> Iterator[str]:
        """Print exceptions, the oldest first, as the interpreter does."""
        between = {"cause": CAUSE, "context": CONTEXT}
        for number, entry in enumerate(_mappings(stack)):
            if number:
                yield between.get(_text(entry.get("relation")), "\n")
            frames = self._frames(entry)
            if frames:
                yield "Traceback (most recent call last):\n"
                yield from traceback.StackSummary.from_list([frame.summary for frame in frames]).format()
            yield _text(entry.get("error")) + "\n"


#: Keys that are read by their structure and not as mere values.
_STRUCTURED = frozenset({"error", "context", "frames", "causes", "exceptions", "stack"})


def _mappings(value: object, most: int = MAX_FAILURES) -> list[Mapping[str, object]]:
    """Give the mappings of a list; of more than can be kept, the last ones."""
    entries = value if isinstance(value, list | tuple) else ()
    return [entry for entry in entries[-most:] if isinstance(entry, Mapping)]


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
