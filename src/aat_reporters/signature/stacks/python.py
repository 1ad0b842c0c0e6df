"""Read Python tracebacks: chains, groups, carets and repeated lines."""

from __future__ import annotations

import re

from aat_reporters.signature._failure import Failure, Frame, Roots
from aat_reporters.signature._file_names import stable_name
from aat_reporters.signature._in_app import is_in_app
from aat_reporters.signature._site import kept_ends
from aat_reporters.signature.stacks._lines import split_type
from aat_reporters.signature.stacks._wording import settle

__all__ = ["parse"]

_UNKNOWN = Roots()

_HEADER = "Traceback (most recent call last)"
_FRAME = re.compile(r'\s*File "([^"\n]{1,500})", line (\d{1,9})(?:, in (.{1,300}))?\Z')
_CARETS = re.compile(r"\s*[~^]+[~^\s]*\Z")
_GROUP_BAR = re.compile(r"\s*(?:\|\s?|\+-?[-+]?-{4,}.*\Z|\+ )")
_MEMBER = re.compile(r"\s*\+(?:-\+)?-{4,} (?:\d{1,6}|\.\.\.) -{4,}")
_GROUP_END = re.compile(r"\s*\+-{20,}\s*\Z")
_DIRECT = "The above exception was the direct cause"
_DURING = "During handling of the above exception"
_FOLDED = re.compile(r"<(?:listcomp|setcomp|dictcomp|genexpr|lambda)>\Z")


def parse(lines: list[str], error: str, *, roots: Roots = _UNKNOWN) -> Failure | None:
    """Read a traceback; the last exception is the one reported, the explicit ones before it its causes.

    Args:
        lines: the text.
        error: what the report says.
        roots: where code comes from, if the text is of the reporting process's own program.
    """
    if not any(_HEADER in line or _FRAME.match(line) for line in lines):
        return None
    main, members = _split_group(lines, roots)
    failure: Failure | None = None
    is_cause = False
    block: list[str] = []
    for line in [*main, _DURING]:
        if line.startswith((_DIRECT, _DURING)):
            read = _block(block, roots)
            if read is not None:
                failure = _with_cause(read, failure if is_cause else None)
            is_cause = line.startswith(_DIRECT)
            block = []
        else:
            block.append(line)
    if failure is None:
        return None
    kind, message = settle(error, kind=failure.type, said=failure.message)
    return Failure(type=kind, message=message, frames=failure.frames, cause=failure.cause, members=members)


def _with_cause(failure: Failure, cause: Failure | None) -> Failure:
    return Failure(type=failure.type, message=failure.message, frames=failure.frames, cause=cause)


def _split_group(lines: list[str], roots: Roots) -> tuple[list[str], tuple[Failure, ...]]:
    """Take the members of a printed exception group off; deeper groups count as their members."""
    if not any(_MEMBER.match(line) for line in lines):
        return lines, ()
    main: list[str] = []
    blocks: list[list[str]] = []
    for line in lines:
        if _MEMBER.match(line):
            blocks.append([])
        elif not _GROUP_END.match(line):
            (blocks[-1] if blocks else main).append(_GROUP_BAR.sub("", line, count=1))
    members = [_block([_GROUP_BAR.sub("", line) for line in block], roots) for block in blocks]
    return main, tuple([member for member in members if member is not None])


def _block(lines: list[str], roots: Roots) -> Failure | None:
    """Read one traceback: frames, then the exception's own lines."""
    frames: list[Frame] = []
    said: list[str] = []
    pending: tuple[str, str] | None = None
    for line in [*lines, ""]:
        found = _FRAME.match(line)
        if pending is not None:
            has_code = found is None and line.startswith("    ") and not _CARETS.match(line)
            frames.append(_frame(*pending, code=line.strip() if has_code else "", roots=roots))
            pending = None
            if has_code:
                continue
        if found:
            pending = (found[1], found[3] or "")
            said = []
        elif not line.strip() or _CARETS.match(line) or _HEADER in line:
            continue
        elif said or (frames and line[:1] not in (" ", "\t")):
            said.append(line)
    if not frames and not said:
        return None
    kind, message = split_type("\n".join(said).strip(), is_typed=True)
    return Failure(type=kind, message=message, frames=tuple(reversed(kept_ends(frames))))


def _module(file: str, roots: Roots) -> str:
    """Give the module's name as far as the path tells it."""
    folder = roots.project.rstrip("/")
    if folder and file.startswith(folder + "/"):
        return file[len(folder) + 1 :].removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    return stable_name(file).removesuffix(".py")


def _frame(file: str, function: str, *, code: str, roots: Roots) -> Frame:
    return Frame(
        module=_module(file, roots),
        function=_FOLDED.sub("", function),
        code=code,
        is_in_app=is_in_app(file, "", roots),
    )
