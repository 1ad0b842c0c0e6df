"""Read Rust panics and backtraces, and the causes that anyhow and eyre print."""

from __future__ import annotations

import re

from aat_reporters.signature._failure import Failure, Frame
from aat_reporters.signature._file_names import stable_name
from aat_reporters.signature._site import kept_ends

__all__ = ["parse"]

_PANIC = re.compile(
    r"(?:thread )?'[^'\n]{0,200}'(?: \(\d+\))? panicked at (?:'(?P<old>.*)', )?(?P<file>[^\n]{1,4"
    r"00}?):(?P<line>\d{1,9}):\d{1,9}:?\s*(?P<new>[\s\S]*)"
)
_FRAME = re.compile(r"\s*(?P<number>\d{1,6}): (?:0x[0-9a-f]{1,16} - )?(?P<function>[^\n]{1,600}?)\s*\Z")
_PLACE = re.compile(r"\s+at (?P<file>[^\n]{1,500}?)(?::\d{1,9}){1,2}\s*\Z")
_HASH = re.compile(r"::h[0-9a-f]{16}\Z")
_CLOSURE = re.compile(
    r"(?:::\{\{?closure\}?\}(?:#\d+)?|::\{closure#\d+\}|::\{async_\w+#\d+\}|::\{\{vtable\.shim\}\})+"
)
_LIBRARY = re.compile(
    r"<?(?:&?(?:mut )?)?(?:std|core|alloc|proc_macro|tokio|futures(?:_\w+)?|hyper|actix(?:_\w+)*"
    r"|axum(?:_\w+)?|tower(?:_\w+)?|rayon(?:_\w+)?|anyhow|eyre"
    r"|color_eyre|backtrace|tracing(?:_\w+)*|serde(?:_\w+)?|reqwest|diesel|sqlx(?:_\w+)?|clap"
    r"|async_std|mio|crossbeam(?:_\w+)?|test|panic_unwind|log|rocket)::"
    r"|rust_begin_unwind|__rust|_start\b|__libc|start_thread|main\Z|clone3?\Z|<unknown>|_rust"
    r"|___rust|BaseThreadInitThunk|RtlUserThreadStart|rust_panic"
)
_LIBRARY_FILE = re.compile(r"/rustc/|/\.cargo/|/rustlib/|/registry/src/|\\\.cargo\\")
_CAUSES = re.compile(r"\A\s*Caused by:\s*\Z")
_NUMBERED = re.compile(r"\s*(?:\d{1,3}: )?(.{1,900})\Z")
_NOT_SAID = ("note:", "stack backtrace:", "Stack backtrace:", "Location:")


def parse(lines: list[str], error: str) -> Failure | None:
    """Read a panic or a printed error chain."""
    frames, rest = _frames(lines)
    text = "\n".join(rest)
    panic = _PANIC.search(text)
    if panic is None and not (frames and any("backtrace:" in line.lower() for line in lines)):
        return None
    if panic is not None:
        said = _first_paragraph(panic["old"] if panic["old"] is not None else panic["new"])
        if not frames:
            file = panic["file"]
            frames = [
                Frame(
                    module=stable_name(file),
                    function="",
                    is_in_app=not _LIBRARY_FILE.search(file),
                )
            ]
        return Failure(type="", message=_said(error, said), frames=_kept(frames))
    said, cause = _chain(rest)
    return Failure(type="", message=_said(error, said), frames=_kept(frames), cause=cause)


def _said(error: str, said: str) -> str:
    """Prefer the report's wording, without where the panic happened."""
    found = _PANIC.search(error)
    if found is not None:
        return _first_paragraph(found["old"] if found["old"] is not None else found["new"]) or said
    return error.strip() or said


def _first_paragraph(text: str) -> str:
    kept: list[str] = []
    for line in text.split("\n")[:6]:
        if line.startswith(_NOT_SAID):
            break
        kept.append(line)
    return "\n".join(kept).strip()


def _frames(lines: list[str]) -> tuple[list[Frame], list[str]]:
    frames: list[Frame] = []
    rest: list[str] = []
    in_trace = False
    function = ""
    for line in lines:
        if line.strip().lower() == "stack backtrace:":
            in_trace = True
            continue
        if not in_trace:
            rest.append(line)
            continue
        if found := _FRAME.match(line):
            if function:
                frames.append(_frame(function, ""))
            function = found["function"]
        elif function and (place := _PLACE.match(line)):
            frames.append(_frame(function, place["file"]))
            function = ""
    if function:
        frames.append(_frame(function, ""))
    return frames, rest


def _chain(rest: list[str]) -> tuple[str, Failure | None]:
    """Split what anyhow prints into the error and its causes."""
    said: list[str] = []
    causes: list[str] = []
    in_causes = False
    for line in rest:
        if _CAUSES.match(line):
            in_causes = True
        elif in_causes and line.strip() and (found := _NUMBERED.match(line)):
            causes.append(found[1])
        elif line.strip() and not in_causes:
            said.append(line.strip())
    cause: Failure | None = None
    for message in reversed(causes[:8]):
        cause = Failure(type="", message=message, cause=cause)
    return "\n".join(said).removeprefix("Error: "), cause


def _kept(frames: list[Frame]) -> tuple[Frame, ...]:
    return tuple(reversed(kept_ends(list(reversed(frames)))))


def _frame(function: str, file: str) -> Frame:
    name = _CLOSURE.sub("", _HASH.sub("", function.strip()))
    return Frame(
        module="",
        function=name,
        is_in_app=not _LIBRARY.match(name) and not _LIBRARY_FILE.search(file),
    )
