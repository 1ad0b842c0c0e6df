"""Read the frames of Python facts, from the innermost outwards, as far as they can matter."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from aat_reporters.signature._failure import Frame, Roots
from aat_reporters.signature._file_names import stable_name
from aat_reporters.signature._in_app import is_in_app
from aat_reporters.signature._plain_facts import mapping_of, sequence_of, text_of
from aat_reporters.signature._site import CYCLE, kept_ends
from aat_reporters.signature._statement import MAX_CODE

__all__ = ["folded", "read_frames"]

#: Modules that are called after how they were started.
_UNNAMED = frozenset({"", "__main__", "__mp_main__", "__console__"})

#: Frames remembered; a line that fails does so again and again. Each takes about 1 KiB.
_MAX_FRAMES_KNOWN = 2_048

#: Characters of a frame's texts together up to which they are used as they come.
_MAX_READY = 800

_FOLDED = re.compile(r"\.<locals>\.<(?:listcomp|setcomp|dictcomp|genexpr|lambda)>")

#: Comprehensions that are part of the function around them since 3.12, and had a frame before.
_INLINED = ("<listcomp>", "<setcomp>", "<dictcomp>")


def read_frames(value: object, roots: Roots, *, whole: bool) -> tuple[Frame, ...]:
    """Read frames, innermost first.

    Args:
        value: the list of a report's frames, outermost first.
        roots: where code comes from.
        whole: as many as the cycle of a recursion needs; else the site and its caller are enough.
    """
    kept = kept_ends(sequence_of(value))
    frames: list[Frame] = []
    wanted = 0
    for index in range(len(kept) - 1, -1, -1):
        raw = kept[index]
        if type(raw) is not dict and not isinstance(raw, Mapping):
            continue
        if not raw.get("code"):
            raw = _counted_from_function(raw, kept[:index])
        frame = _frame(raw, roots)
        frames.append(frame)
        wanted += frame.is_in_app
        if len(frames) >= CYCLE if whole else wanted >= 2:
            break
    return tuple(frames)


def _counted_from_function(raw: Mapping[str, object], around: Sequence[object]) -> Mapping[str, object]:
    """Count the lines of a comprehension from the beginning of the function that it stands in."""
    name = text_of(raw.get("qualname"))
    if not name.endswith(_INLINED):
        return raw
    for outer in reversed(around):
        frame = mapping_of(outer)
        outer_name = text_of(frame.get("qualname"))
        if folded(outer_name) != folded(name):
            break
        if not outer_name.endswith(_INLINED):
            return {**raw, "first_line": frame.get("first_line")}
    return raw


def _frame(raw: Mapping[str, object], roots: Roots) -> Frame:
    get = raw.get
    file, module, code = get("file"), get("module"), get("code")
    function = get("qualname") or get("function")
    if not (
        isinstance(file, str)
        and isinstance(module, str)
        and isinstance(function, str)
        and isinstance(code, str)
        and len(file) + len(module) + len(function) + len(code) <= _MAX_READY
    ):
        # Cut here, for the cache below keeps what it is asked with.
        file, module, code = text_of(file), text_of(module), text_of(code, MAX_CODE)
        function = text_of(get("qualname")) or text_of(get("function"))
    offset = None
    if not code:
        line, first = get("line"), get("first_line")
        offset = line - first if isinstance(line, int) and isinstance(first, int) else None
    decided = get("in_app")
    decided = decided if isinstance(decided, bool) else None
    return _made(file, module, function, code, offset, decided, roots)


@lru_cache(maxsize=_MAX_FRAMES_KNOWN)
def _made(
    file: str,
    module: str,
    function: str,
    code: str,
    offset: int | None,
    decided: bool | None,
    roots: Roots,
) -> Frame:
    file, module = text_of(file), text_of(module)
    return Frame(
        module=module if module not in _UNNAMED else stable_name(file).removesuffix(".py"),
        function=folded(text_of(function)),
        code=text_of(code, MAX_CODE).strip(),
        offset=offset,
        is_in_app=is_in_app(file, module, roots) if decided is None else decided,
    )


def folded(function: str) -> str:
    """Drop comprehensions and lambdas from a qualified name: since 3.12 many have no frame of their own."""
    return _FOLDED.sub("", function) if "<" in function else function
