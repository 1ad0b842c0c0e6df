"""Read PHP stack traces, exceptions before them and plain warnings."""

from __future__ import annotations

import re

from aat_reporters.signature._failure import Failure, Frame
from aat_reporters.signature._file_names import stable_name
from aat_reporters.signature._site import kept_ends
from aat_reporters.signature.stacks._wording import settle

__all__ = ["parse"]

_FRAME = re.compile(
    r"\s*#\d{1,6} (?:(?P<internal>\[internal function\])|(?P<main>\{main\})"
    r"|(?P<file>[^\n]{1,500}?)\((?P<line>\d{1,9})\))(?:: (?P<call>.{1,900}))?\Z"
)
_THROWN = re.compile(
    r"(?:.{0,80}?(?:Fatal error|Warning|Notice|Parse error|Deprecated"
    r"|Recoverable fatal error): {1,3})?(?:(?P<next>Next) |Uncaught )?"
    r"(?P<type>[A-Za-z_\\][\w\\]{0,200})(?:\(code: -?\d+\))?: (?P<said>.*) (?:in"
    r"|at) (?P<file>[^\s][^\n]{0,400}?)(?::| on line )(?P<line>\d{1,9})\)?\s*\Z",
    re.S,
)
_PLAIN = re.compile(
    r"(?:PHP )?(?P<type>Fatal error|Warning|Notice|Parse error|Deprecated"
    r"|Recoverable fatal error): {1,3}(?P<said>.*) in (?P<file>\S[^\n]{0,400}?)(?: on line "
    r"|:)(?P<line>\d{1,9})\s*\Z",
    re.S,
)
_LARAVEL = re.compile(r".{0,40}\[object\] \(")
_ARGUMENTS = re.compile(r"\(.*\Z", re.S)
_CLOSURE = re.compile(r"\{closure(?::(?P<outer>[^}]*?)(?:\(\))?:\d+)?\}")
_LIBRARY = re.compile(
    r"[/\\]vendor[/\\]|\[internal|phar://|[/\\]wp-includes[/\\]|[/\\]wp-admin[/\\]|[/\\]pear[/\\]"
)

#: The file of a function that PHP brings along.
_BUILTIN = "[internal function]"


def parse(lines: list[str], error: str) -> Failure | None:
    """Read a trace. PHP prints the innermost exception first and what it led to as ``Next``."""
    blocks: list[tuple[list[str], list[re.Match[str]]]] = [([], [])]
    for line in lines:
        text = line.strip()
        if found := _FRAME.match(line):
            blocks[-1][1].append(found)
        elif text.startswith("Next ") and blocks[-1][1]:
            blocks.append(([text], []))
        elif (
            text and not blocks[-1][1] and not text.startswith(("Stack trace:", "[stacktrace]", "thrown in"))
        ):
            blocks[-1][0].append(text)
    if not any(frames for _, frames in blocks):
        return _without_trace(lines, error)
    failure: Failure | None = None
    for said, matches in blocks:
        failure = _failure("\n".join(said), matches, failure)
    if failure is None:
        return None
    kind, message = settle(_said_alone(error), kind=failure.type, said=failure.message)
    return Failure(type=kind, message=message, frames=failure.frames, cause=failure.cause)


def _said_alone(error: str) -> str:
    found = _THROWN.match(error) or _PLAIN.match(error)
    return found["said"] if found else error


def _without_trace(lines: list[str], error: str) -> Failure | None:
    found = _PLAIN.match(lines[0]) if lines else None
    if found is None:
        return None
    kind, message = settle(_said_alone(error), kind=found["type"], said=found["said"])
    return Failure(type=kind, message=message, frames=(_frame("", found["file"]),))


def _failure(header: str, matches: list[re.Match[str]], cause: Failure | None) -> Failure:
    thrown = _THROWN.match(_LARAVEL.sub("", header))
    kind, said, file = (thrown["type"], thrown["said"], thrown["file"]) if thrown else ("", header, "")
    frames: list[Frame] = []
    for match in matches:
        # What is called at a place is defined, and fails, in the file of the frame before. What fails at the
        # very place where it is called has no lines of its own.
        is_builtin = not frames and thrown and (file, thrown["line"]) == (match["file"], match["line"])
        call = "{main}" if match["main"] else match["call"] or ""
        frames.append(_frame(call, _BUILTIN if is_builtin else file))
        file = match["file"] or match["internal"] or file
    kept = tuple(reversed(kept_ends(list(reversed(frames)))))
    return Failure(type=kind.lstrip("\\"), message=said, frames=kept, cause=cause)


def _frame(call: str, file: str) -> Frame:
    name = _ARGUMENTS.sub("", call)
    if closure := _CLOSURE.search(call):
        name = closure["outer"] or name[: closure.start()].rstrip("\\>-:")
        name = "" if "{" in name else name
    is_method = "->" in name or "::" in name
    return Frame(
        module="" if is_method else stable_name(file),
        function=re.sub(r"->|::", "::", name) if name else "",
        is_in_app=not _LIBRARY.search(file),
    )
