"""Find the frame that an error belongs to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import TypeVar

from aat_reporters.signature._failure import Frame

__all__ = [
    "MAX_FRAMES",
    "immediate_caller",
    "is_endless_recursion",
    "kept_ends",
    "recursive_functions",
    "site",
]

T = TypeVar("T")

#: Frames that take part, from either end; the middle of a deep recursion says nothing new.
_OUTERMOST = 50
_INNERMOST = 150
MAX_FRAMES = _OUTERMOST + _INNERMOST

#: Innermost frames among which a recursion's cycle is looked for.
CYCLE = 60

#: What engines call a stack that ran out, in lower case: parts of types, and of messages.
_ENDLESS_TYPES = re.compile(r"recursionerror|stackoverflow|systemstackerror")
_ENDLESS_WORDS = re.compile(
    r"maximum recursion depth|maximum call stack size|too much recursion"
    r"|stack (?:overflow|exceeds|level too deep)"
)

#: Characters of a message in which those words are looked for.
_MAX_WORDS = 200


def kept_ends(frames: Sequence[T]) -> Sequence[T]:
    """Drop the middle of more frames than take part; outermost first, as in a report."""
    if len(frames) <= MAX_FRAMES:
        return frames
    return [*frames[:_OUTERMOST], *frames[-_INNERMOST:]]


def site(frames: Iterable[Frame]) -> Frame | None:
    """Give the innermost in-app frame, or the innermost of all if none is in-app.

    An anonymous function is no place of its own: the named in-app function around or above it lends
    its name.

    Args:
        frames: innermost first.
    """
    first: Frame | None = None
    anonymous: Frame | None = None
    for frame in frames:
        first = first or frame
        if not frame.is_in_app:
            continue
        if frame.function:
            return frame if anonymous is None else _named(anonymous, frame)
        anonymous = anonymous or frame
    return anonymous or first


def _named(anonymous: Frame, named: Frame) -> Frame:
    """Keep the anonymous frame's statement under the name of the function above it."""
    if not anonymous.code:
        return named
    return Frame(
        module=named.module,
        function=named.function,
        code=anonymous.code,
        offset=anonymous.offset,
    )


def immediate_caller(frames: Sequence[Frame]) -> Frame | None:
    """Give the in-app frame that called the innermost one, if both are in-app."""
    if len(frames) > 1 and frames[0].is_in_app and frames[1].is_in_app:
        return frames[1]
    return None


def is_endless_recursion(kind: str, message: str) -> bool:
    """Say whether the stack ran out, so that where exactly it did is chance."""
    text = message[:_MAX_WORDS].lower()
    # One of two words stands in all of them, and finding none is the usual case.
    if ("recursion" in text or "stack" in text) and _ENDLESS_WORDS.search(text):
        return True
    return _is_endless_type(kind)


@lru_cache(maxsize=1024)
def _is_endless_type(kind: str) -> bool:
    return bool(_ENDLESS_TYPES.search(kind.lower()))


def recursive_functions(frames: Sequence[Frame]) -> tuple[str, ...]:
    """Give the functions that repeat among the innermost frames, sorted."""
    seen: set[str] = set()
    repeated: set[str] = set()
    for frame in frames[:CYCLE]:
        name = f"{frame.module}:{frame.function}"
        (repeated if name in seen else seen).add(name)
    in_app = {f"{frame.module}:{frame.function}" for frame in frames[:CYCLE] if frame.is_in_app}
    return tuple(sorted(repeated & in_app or repeated))
