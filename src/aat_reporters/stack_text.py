"""Print a captured exception as the interpreter prints tracebacks, from what capture kept of it."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator

from aat_reporters.capture import HEAD_FRAMES
from aat_reporters.frames import Frame
from aat_reporters.snapshots import Raised

__all__ = ["CAUSE", "CONTEXT", "headline", "stack_text", "type_name"]

#: What tracebacks print between an exception and the one that it led to.
CAUSE = "\nThe above exception was the direct cause of the following exception:\n\n"
CONTEXT = "\nDuring handling of the above exception, another exception occurred:\n\n"

Resolve = Callable[[Raised], list[Frame]]
Scrub = Callable[[str], str]


def type_name(raised: Raised) -> str:
    """Name an exception's type as tracebacks do: without its module for builtins and ``__main__``.

    ``__mp_main__`` is what the main module is called in a spawned child.
    """
    if raised.module in ("builtins", "__main__", "__mp_main__"):
        return raised.name
    return f"{raised.module}.{raised.name}"


def headline(raised: Raised, message: str) -> str:
    """Give the line with which a traceback ends."""
    return f"{type_name(raised)}: {message}" if message else type_name(raised)


def stack_text(raised: Raised, *, frames: Resolve, scrub: Scrub) -> str:
    """Print an exception with its causes and the members of groups.

    Args:
        raised: what was captured.
        frames: resolves the frames of one exception.
        scrub: removes secrets from messages and notes; source lines come scrubbed.
    """
    return "".join(_chain(raised, frames, scrub, ""))


def _chain(raised: Raised, frames: Resolve, scrub: Scrub, base: str) -> Iterator[str]:
    """Print at a depth of groups; base is the margin under which this one stands, empty at the top."""
    margin = f"{base}| " if base else ""
    if raised.cause is not None:
        yield from _chain(raised.cause, frames, scrub, base)
        yield _indented(CAUSE if raised.relation == "cause" else CONTEXT, margin)
    if raised.members:
        yield from _group(raised, frames, scrub, base)
    else:
        yield _indented("".join(_single(raised, frames, scrub, "Traceback")), margin)


def _single(raised: Raised, frames: Resolve, scrub: Scrub, title: str) -> Iterator[str]:
    resolved = frames(raised)
    if resolved:
        yield f"{title} (most recent call last):\n"
        head = resolved[:HEAD_FRAMES] if raised.left_out else resolved
        yield from traceback.StackSummary.from_list([frame.summary for frame in head]).format()
        if raised.left_out:
            yield f"  [{raised.left_out} frames left out]\n"
            tail = resolved[HEAD_FRAMES:]
            yield from traceback.StackSummary.from_list([frame.summary for frame in tail]).format()
    yield scrub(headline(raised, raised.message)) + "\n"
    for note in raised.notes:
        yield scrub(note) + "\n"


def _group(raised: Raised, frames: Resolve, scrub: Scrub, base: str) -> Iterator[str]:
    text = _indented(
        "".join(_single(raised, frames, scrub, "Exception Group Traceback")), f"{base or '  '}| "
    )
    yield text if base else text.replace("  | ", "  + ", 1)
    base = base or "  "
    for number, member in enumerate(raised.members, 1):
        yield f"{base}{'+-+' if number == 1 else '  +'}---------------- {number} ----------------\n"
        yield from _chain(member, frames, scrub, base + "  ")
    if not raised.members[-1].members:
        # A group at the end of a group closes both.
        yield f"{base}  +------------------------------------\n"


def _indented(text: str, margin: str) -> str:
    if not margin:
        return text
    return "".join(f"{margin}{line}\n" for line in text.splitlines())
