"""Read Ruby backtraces, with backticks before 3.4 and class names since."""

from __future__ import annotations

import re

from aat_reporters.signature._failure import Failure, Frame
from aat_reporters.signature._file_names import stable_name
from aat_reporters.signature._site import kept_ends
from aat_reporters.signature.stacks._wording import settle

__all__ = ["parse"]

_FRAME = re.compile(
    r"\s*(?:from |\d{1,5}: from |at )?(?P<file>[^\s:'`\"][^:\n]{0,400}|[A-Za-z]:[^:\n]{1,400}"
    r"|<internal:[^>\n]{1,100}>):(?P<line>\d{1,9}):in [`'](?P<method>[^'\n]{1,200})'(?::\s?(?P<sa"
    r"id>.*))?\Z"
)
_TYPE = re.compile(r"(?P<said>.*?) ?\((?P<type>[A-Z]\w*(?:::\w+)*)\)\s*\Z", re.S)
_AROUND = re.compile(r"(?:(?:block|rescue|ensure|else)(?: \(\d+ levels\))? in )+")
_LIBRARY = re.compile(
    r"/gems/|/lib/ruby/|/ruby/\d|<internal:|/vendor/bundle/|/rubygems/|/bundler/|^\(eval"
    r"|/\.rbenv/|/\.rvm/|/\.asdf/"
)
_NUMBERED = re.compile(r"\s+\d{1,6}: from ")
_CAUSE_LINE = re.compile(r"(?:Caused by:?|Cause:)\s*")


def parse(lines: list[str], error: str) -> Failure | None:
    """Read a backtrace; the exceptions that ``full_message`` prints behind it are its causes."""
    failures: list[Failure] = []
    frames: list[Frame] = []
    places: list[str] = []
    said: list[str] = []
    header = False

    def finish() -> None:
        if frames:
            failures.append(_failure(frames, places, "\n".join(said)))

    for line in _innermost_first(lines):
        found = _FRAME.match(line)
        if found is None:
            if line.strip() and (header or not frames) and not _CAUSE_LINE.match(line):
                said.append(line.strip())
            continue
        if found["said"] is not None and _TYPE.match(found["said"] or " ") and frames:
            finish()
            frames, places, said = [], [], []
        if found["said"] is not None:
            said, header = [found["said"]], True
        else:
            header = False
        frames.append(_frame(found["file"], found["method"]))
        places.append(f"{found['file']}:{found['line']}")
    finish()
    if not failures:
        return None
    failure: Failure | None = None
    for one in reversed(failures[:8]):
        failure = Failure(type=one.type, message=one.message, frames=one.frames, cause=failure)
    if failure is None:
        return None
    text = error.partition("\n\n")[0]
    typed = _TYPE.match(text)
    if typed and typed["type"] == failure.type:
        text = typed["said"]
    kind, message = settle(text, kind=failure.type, said=failure.message)
    return Failure(type=kind, message=message, frames=failure.frames, cause=failure.cause)


def _innermost_first(lines: list[str]) -> list[str]:
    """Turn a backtrace round that Ruby printed with the most recent call last."""
    above = [line for line in lines if _NUMBERED.match(line)]
    if not above:
        return lines
    rest = [line for line in lines if not _NUMBERED.match(line) and not line.startswith("Traceback (")]
    return [*rest, *reversed(above)]


def _failure(frames: list[Frame], places: list[str], said: str) -> Failure:
    kind, message = "", said
    # The type ends the first line; error_highlight puts a snippet behind it.
    first, _, _rest = said.partition("\n")
    for text in (first, said):
        if found := _TYPE.match(text):
            kind, message = found["type"], found["said"]
            break
    outermost_first = list(reversed(_without_builtins(frames, places)))
    return Failure(type=kind, message=message, frames=tuple(reversed(kept_ends(outermost_first))))


def _without_builtins(frames: list[Frame], places: list[str]) -> list[Frame]:
    """Drop methods written in C: they stand at the place of their caller."""
    kept = [
        frame
        for index, frame in enumerate(frames)
        if index + 1 == len(frames)
        or places[index] != places[index + 1]
        or frame.function == frames[index + 1].function
        or frames[index + 1].function.startswith("<")
    ]
    return kept or frames


def _frame(file: str, method: str) -> Frame:
    return Frame(
        module=stable_name(file),
        function=_AROUND.sub("", method),
        is_in_app=not _LIBRARY.search(file),
    )
