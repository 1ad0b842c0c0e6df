"""Take what a report needs from an exception or log record, on the calling thread, in constant time.

No lock, no I/O, no source is read, no traceback formatted; no exception, frame or record is kept,
only code objects, numbers and strings. Everything else happens in the background thread.
The classes are named tuples because a frozen dataclass costs three times as much to make (measured).
"""

from __future__ import annotations

import sys
from collections import deque
from logging import LogRecord
from types import CodeType, TracebackType
from typing import NamedTuple

from aat_reporters.context import current
from aat_reporters.plain import Plain, plain, plain_mapping

__all__ = [
    "Logged",
    "Raised",
    "Snapshot",
    "capture_log",
    "capture_raised",
    "claim",
    "error_of",
    "here",
    "innermost",
    "snapshot",
]

#: Frames kept of a long traceback: where it was entered, and the end where it was raised.
HEAD_FRAMES = 50
TAIL_FRAMES = 150

#: Causes and contexts followed.
MAX_CHAIN = 8

#: Exceptions kept of one group, and of one error with everything that hangs on it.
MAX_MEMBERS = 50
MAX_RAISED = 64

#: Characters kept of a message; reports hold 256 KiB in all.
MAX_MESSAGE = 16_384

MAX_NOTES = 10

#: Seconds in which an exception that a second edge sees is the same error. An instance that is raised
#: again later is a new one.
CLAIM_SECONDS = 60.0

_MARK = "__aat_reported__"

#: Attributes every LogRecord has; whatever else it carries came as ``extra``.
_RECORD_KEYS = frozenset(vars(LogRecord("", 0, "", 0, "", (), None))) | {"message", "asctime", "taskName"}
_RECORD_SIZE = len(vars(LogRecord("", 0, "", 0, "", (), None)))

#: Types whose text never changes and whose ``%`` formatting runs no code of the user.
_FORMATTABLE = frozenset({str, int, float, bool, type(None)})


#: One frame: the code object, the offset of the instruction, and the module's ``__name__``.
Point = tuple[CodeType, int, object]


class Raised(NamedTuple):
    """One exception with what led to it."""

    module: str
    name: str
    message: str
    points: tuple[Point, ...]
    left_out: int = 0
    notes: tuple[str, ...] = ()
    relation: str = ""
    cause: Raised | None = None
    members: tuple[Raised, ...] = ()


class Logged(NamedTuple):
    """What a log record adds, or the place from which a message was reported."""

    logger: str
    template: str
    arguments: object
    message: str | None
    file: str
    line: int
    function: str
    stack: str = ""


class Snapshot(NamedTuple):
    """One error as the calling thread left it."""

    number: int
    time: float
    level: str
    raised: Raised | None
    logged: Logged | None
    bound: dict[str, Plain]
    extra: dict[str, Plain]


def claim(error: BaseException, owner: int, now: float) -> bool:
    """Mark an exception as reported by this owner; False when it already was, a moment ago.

    Django's middleware, its signal and its log record all see one exception: the first wins.
    """
    try:
        marks: tuple[tuple[int, float], ...] = error.__dict__.get(_MARK, ())
        for marked_by, marked_at in marks:
            if marked_by == owner and now - marked_at < CLAIM_SECONDS:
                return False
        error.__dict__[_MARK] = (*[mark for mark in marks if mark[0] != owner], (owner, now))
    except (AttributeError, TypeError, ValueError):
        # A class that forbids attributes: its repeats have one message id anyway.
        return True
    return True


def capture_raised(error: BaseException, trace: object = None) -> Raised:
    """Take an exception, its traceback, notes, causes and group members.

    Args:
        error: the exception.
        trace: its traceback where it differs from ``error.__traceback__``.
    """
    if not isinstance(trace, TracebackType):
        trace = error.__traceback__
    if error.__cause__ is None and error.__context__ is None and not isinstance(error, BaseExceptionGroup):
        return _one(error, trace)
    return _chained(error, trace, {id(error)}, MAX_CHAIN)


def _one(error: BaseException, trace: TracebackType | None) -> Raised:
    kind = type(error)
    points: list[Point] = []
    while trace is not None and len(points) < HEAD_FRAMES:
        frame = trace.tb_frame
        points.append((frame.f_code, trace.tb_lasti, frame.f_globals.get("__name__")))
        trace = trace.tb_next
    left_out = 0
    if trace is not None:
        tail, left_out = _tail(trace)
        points += tail
    notes = getattr(error, "__notes__", None)
    return Raised(
        kind.__module__,
        kind.__qualname__,
        _text(error),
        tuple(points),
        left_out,
        tuple(note[:MAX_MESSAGE] for note in notes[:MAX_NOTES] if type(note) is str)
        if type(notes) is list
        else (),
    )


def _tail(trace: TracebackType | None) -> tuple[list[Point], int]:
    """Keep the last frames of a traceback that a recursion made long."""
    last: deque[TracebackType] = deque(maxlen=TAIL_FRAMES)
    seen = 0
    while trace is not None:
        last.append(trace)
        seen += 1
        trace = trace.tb_next
    tail = [(one.tb_frame.f_code, one.tb_lasti, one.tb_frame.f_globals.get("__name__")) for one in last]
    return tail, seen - len(tail)


def _chained(error: BaseException, trace: TracebackType | None, seen: set[int], depth: int) -> Raised:
    raised = _one(error, trace)
    members: list[Raised] = []
    if isinstance(error, BaseExceptionGroup) and depth:
        for member in error.exceptions[:MAX_MEMBERS]:
            if id(member) not in seen and len(seen) < MAX_RAISED:
                seen.add(id(member))
                members.append(_chained(member, member.__traceback__, seen, depth - 1))
    relation, other = "cause", error.__cause__
    if other is None and not error.__suppress_context__:
        relation, other = "context", error.__context__
    if other is None or id(other) in seen or not depth or len(seen) >= MAX_RAISED:
        return raised._replace(members=tuple(members))
    seen.add(id(other))
    cause = _chained(other, other.__traceback__, seen, depth - 1)
    return raised._replace(relation=relation, cause=cause, members=tuple(members))


def _text(error: BaseException) -> str:
    try:
        text = str(error)
    except Exception:
        # The user's __str__ may raise anything; the error itself must still be reported.
        return f"<unprintable {type(error).__qualname__}>"
    if type(text) is not str:
        text = str.__str__(text)
    return text if len(text) <= MAX_MESSAGE else text[:MAX_MESSAGE]


def capture_log(record: LogRecord, *, has_error: bool) -> tuple[Logged, dict[str, Plain]]:
    """Take a log record and its ``extra``.

    The message is formatted here only if it is the error itself and holds objects that may change;
    next to an exception such objects appear as ``<module.Class>``.
    """
    template = record.msg
    arguments: object = record.args
    message: str | None = None
    if type(template) is not str:
        template, arguments, message = _odd_template(record)
    elif arguments and not _is_formattable(arguments):
        if has_error:
            arguments = _stand_ins(arguments)
        else:
            message = _formatted(record)
            arguments = ()
    attributes = record.__dict__
    extra: dict[str, Plain] = {}
    if len(attributes) > _RECORD_SIZE:
        extra = plain_mapping({key: attributes[key] for key in attributes.keys() - _RECORD_KEYS})
    logged = Logged(
        record.name,
        template[:MAX_MESSAGE],
        arguments,
        message,
        record.pathname,
        record.lineno,
        record.funcName or "",
        record.stack_info or "",
    )
    return logged, extra


def here(depth: int, message: str) -> Logged:
    """Describe the caller's place for a message or an exception that was never raised.

    Args:
        depth: callers to go up.
        message: what is reported.
    """
    frame = sys._getframe(depth + 1)
    code = frame.f_code
    return Logged("", message, (), message, code.co_filename, frame.f_lineno, code.co_name)


def snapshot(
    number: int,
    time: float,
    level: str,
    raised: Raised | None,
    logged: Logged | None,
    extra: dict[str, Plain],
) -> Snapshot:
    """Complete a snapshot with what the context variables of the calling thread hold."""
    context = current()
    return Snapshot(number, time, level, raised, logged, plain_mapping(context) if context else {}, extra)


def error_of(record: LogRecord) -> tuple[BaseException | None, object]:
    """Find the exception of a log record and its traceback, also where structlog put it."""
    info = record.exc_info
    if info is None and type(record.msg) is dict:
        found = record.msg.get("exc_info")
        if isinstance(found, BaseException):
            return found, found.__traceback__
        info = (
            found if type(found) is tuple and len(found) == 3 else sys.exc_info() if found is True else None
        )
    if type(info) is tuple and isinstance(info[1], BaseException):
        return info[1], info[2]
    if isinstance(record.msg, BaseException):
        # logger.error(exc): the message is the exception.
        return record.msg, record.msg.__traceback__
    return None, None


def innermost(
    error: BaseException | None, trace: object, record: LogRecord | None
) -> tuple[str, object, int]:
    """Give the place of an error without keeping more of it: kind, code object or file, position."""
    if error is not None:
        last = trace if isinstance(trace, TracebackType) else error.__traceback__
        while last is not None and last.tb_next is not None:
            last = last.tb_next
        if last is not None:
            return type(error).__qualname__, last.tb_frame.f_code, last.tb_lasti
        return type(error).__qualname__, None, 0
    if record is not None:
        return record.msg if type(record.msg) is str else "", record.pathname, record.lineno
    return "", None, 0


def _is_formattable(arguments: object) -> bool:
    if type(arguments) is tuple:
        # A loop, for a generator takes twice as long and every record comes by here.
        for argument in arguments:  # noqa: SIM110
            if type(argument) not in _FORMATTABLE:
                return False
        return True
    return False


def _stand_ins(arguments: object) -> object:
    if type(arguments) is tuple:
        return tuple(
            argument if type(argument) in _FORMATTABLE else _argument(argument) for argument in arguments
        )
    if isinstance(arguments, dict):
        return plain_mapping(arguments)
    return ()


def _argument(argument: object) -> Plain:
    return _text(argument) if isinstance(argument, BaseException) else plain(argument)


def _formatted(record: LogRecord) -> str:
    try:
        return record.getMessage()[:MAX_MESSAGE]
    except Exception:
        # Wrong arguments for the template, or a user's __str__ that raises.
        return record.msg[:MAX_MESSAGE] if type(record.msg) is str else str(plain(record.msg))


def _odd_template(record: LogRecord) -> tuple[str, object, str | None]:
    """Handle a message that is no string: an exception, or structlog's dict of an event."""
    if isinstance(record.msg, BaseException):
        text = _text(record.msg)
        return text, (), text
    if type(record.msg) is dict:
        text = str(record.msg.get("event", ""))[:MAX_MESSAGE]
        return text, (), text
    text = _formatted(record)
    return text, (), text
