"""Take what a report needs from an exception, on the calling thread, in constant time.

No lock, no I/O, no source is read, no traceback formatted; no exception or frame is kept, only code
objects, numbers and strings. Everything else happens in the background thread.
"""

from __future__ import annotations

from collections import deque
from types import TracebackType
from typing import Any

__all__ = ["capture_raised", "claim", "innermost", "leaves", "message_of"]

#: Frames kept of a long traceback: where it was entered, and the end where it was raised.
HEAD_FRAMES = 50
TAIL_FRAMES = 150

#: Causes and contexts followed.
MAX_CHAIN = 8

#: Exceptions kept of one group, and of one error with everything that hangs on it.
MAX_MEMBERS = 50
MAX_RAISED = 64

#: Characters kept of a message, so that a full queue of long ones stays below 100 MB.
MAX_MESSAGE = 8_192

MAX_NOTES = 10

#: Seconds in which an exception that a second edge sees is the same error. An instance that is raised
#: again later is a new one.
CLAIM_SECONDS = 60.0

_MARK = "__aat_reported__"


def claim(error: BaseException, owner: int, now: float) -> bool:
    """Mark an exception as reported by this owner; False when it already was, a moment ago.

    Django's middleware, its signal and its log record all see one exception: the first wins. A group
    of which every member was reported is reported itself, whatever task group wrapped it on its way.
    """
    if isinstance(error, BaseExceptionGroup):
        members = [_claim_alone(member, owner, now) for member in leaves(error)]
        return _claim_alone(error, owner, now) and any(members)
    return _claim_alone(error, owner, now)


def leaves(error: BaseException) -> list[BaseException]:
    """Give the exceptions in a group and in its groups; of another exception, itself.

    Of a group that is larger than MAX_RAISED, some are given, and groups that were not opened.
    """
    found: list[BaseException] = []
    waiting = [error]
    for _ in range(MAX_RAISED):
        if not waiting:
            break
        one = waiting.pop()
        if isinstance(one, BaseExceptionGroup):
            waiting += one.exceptions[:MAX_MEMBERS]
        else:
            found.append(one)
    return (found + waiting)[:MAX_RAISED]


def _claim_alone(error: BaseException, owner: int, now: float) -> bool:
    attributes = error.__dict__
    marks = attributes.get(_MARK)
    if marks is None:
        attributes[_MARK] = ((owner, now),)
        return True
    for marked_by, marked_at in marks:
        if marked_by == owner and now - marked_at < CLAIM_SECONDS:
            return False
    attributes[_MARK] = (*[mark for mark in marks if mark[0] != owner], (owner, now))
    return True


def capture_raised(error: BaseException, trace: object = None) -> tuple[Any, ...]:
    """Take an exception, its traceback, notes, causes and group members.

    Args:
        error: the exception.
        trace: its traceback where it differs from ``error.__traceback__``.

    Returns:
        What ``snapshots.thaw`` makes a Raised of.
    """
    if not isinstance(trace, TracebackType):
        trace = error.__traceback__
    if error.__cause__ is None and error.__context__ is None and not isinstance(error, BaseExceptionGroup):
        return (*_alone(error, trace), "", None, ())
    return _with_others(error, trace, {id(error)}, MAX_CHAIN)


def _alone(error: BaseException, trace: TracebackType | None) -> tuple[Any, ...]:
    points: list[object] = []
    add = points.append
    left = HEAD_FRAMES
    while trace is not None and left:
        frame = trace.tb_frame
        add(frame.f_code)
        add(trace.tb_lasti)
        add(frame.f_globals.get("__name__"))
        trace = trace.tb_next
        left -= 1
    left_out = 0
    if trace is not None:
        left_out = _add_tail(points, trace)
    notes: object = getattr(error, "__notes__", None)
    kind = type(error)
    return (
        kind.__module__,
        kind.__qualname__,
        message_of(error),
        tuple(points),
        left_out,
        () if notes is None else _texts(notes),
    )


def _add_tail(points: list[object], trace: TracebackType) -> int:
    """Add the last frames of a traceback that a recursion made long; give the number left out."""
    last: deque[TracebackType] = deque(maxlen=TAIL_FRAMES)
    seen = 0
    one: TracebackType | None = trace
    while one is not None:
        last.append(one)
        seen += 1
        one = one.tb_next
    for one in last:
        points += (one.tb_frame.f_code, one.tb_lasti, one.tb_frame.f_globals.get("__name__"))
    return seen - len(last)


def _with_others(
    error: BaseException, trace: TracebackType | None, seen: set[int], depth: int
) -> tuple[Any, ...]:
    # The cause before the members, as tracebacks do: what both lead to stands there.
    relation, other = "cause", error.__cause__
    if other is None and not error.__suppress_context__:
        relation, other = "context", error.__context__
    cause: tuple[Any, ...] | None = None
    if other is None or id(other) in seen or not depth or len(seen) >= MAX_RAISED:
        relation = ""
    else:
        seen.add(id(other))
        cause = _with_others(other, other.__traceback__, seen, depth - 1)
    members: list[tuple[Any, ...]] = []
    if isinstance(error, BaseExceptionGroup) and depth:
        for member in error.exceptions[:MAX_MEMBERS]:
            if id(member) not in seen and len(seen) < MAX_RAISED:
                seen.add(id(member))
                members.append(_with_others(member, member.__traceback__, seen, depth - 1))
    return (*_alone(error, trace), relation, cause, tuple(members))


def message_of(error: BaseException) -> str:
    """Give an exception's message, whatever its class does, cut to MAX_MESSAGE characters."""
    try:
        text = str(error)
    except Exception:
        # The user's __str__ may raise anything; the error itself must still be reported.
        return f"<unprintable {type(error).__qualname__}>"
    if type(text) is not str:
        text = str.__str__(text)
    return text if len(text) <= MAX_MESSAGE else text[:MAX_MESSAGE]


def innermost(error: BaseException, trace: object) -> tuple[str, object, int]:
    """Give the place of an exception and keep no more of it: its class, code object, offset."""
    last = trace if isinstance(trace, TracebackType) else error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    if last is None:
        return type(error).__qualname__, None, 0
    return type(error).__qualname__, last.tb_frame.f_code, last.tb_lasti


def _texts(notes: object) -> tuple[str, ...]:
    if not isinstance(notes, list):
        return ()
    return tuple(note[:MAX_MESSAGE] for note in notes[:MAX_NOTES] if type(note) is str)
