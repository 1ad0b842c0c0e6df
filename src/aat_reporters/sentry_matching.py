"""Find the exception or log record of a Sentry event where it is still at hand on this thread.

What is reported by itself is signed and claimed by itself, so that no other edge reports it again.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator, Mapping, Sequence
from logging import LogRecord
from types import FrameType, TracebackType
from typing import Any

from aat_reporters.capture import MAX_RAISED, message_of
from aat_reporters.records import error_of

__all__ = ["exception_at_hand", "is_said_by", "record_at_hand"]

#: Frames beyond which Sentry leaves out a stack altogether.
_MAX_STACK = 100

#: Frames above us in which a log record is looked for.
_MAX_DEPTH = 60

_HANDLE = logging.Handler.handle.__code__

#: What Sentry puts at the end of a text that it cut.
_CUT = "..."


def record_at_hand(name: str) -> LogRecord | None:
    """Give the record that Sentry's handler is handling, which called us.

    Args:
        name: of the logger that the event names.
    """
    frame: FrameType | None = sys._getframe(1)
    for _ in range(_MAX_DEPTH):
        if frame is None:
            break
        if frame.f_code is _HANDLE:
            record = frame.f_locals.get("record")
            return record if isinstance(record, LogRecord) and record.name == name else None
        frame = frame.f_back
    return None


def is_said_by(event: Mapping[str, Any], record: LogRecord) -> bool:
    """Tell whether an event says what its record does, and nothing of it was scrubbed."""
    values = (event.get("exception") or {}).get("values")
    error, _ = error_of(record)
    if not _says(event.get("logentry") or {}, record):
        return False
    if not values:
        # structlog hands the exception on inside of the message, where Sentry does not look.
        return error is None or not record.exc_info
    return error is not None and _is_same(values, error)


def _says(entry: Mapping[str, Any], record: LogRecord) -> bool:
    """Compare the message; Sentry has asked the user's objects for their words just before."""
    try:
        template, message = str(record.msg), record.getMessage()
    except Exception:
        # Arguments that do not fit the template, or a user's __str__ that raises.
        return False
    if not _is_same_text(entry.get("message"), template):
        return False
    formatted = entry.get("formatted")
    if formatted is not None:
        return _is_same_text(formatted, message)
    return not record.args or list(entry.get("params") or ()) == list(record.args)


def exception_at_hand(
    values: Sequence[Mapping[str, Any]], logged: BaseException | None = None
) -> BaseException | None:
    """Give the exception that an event's values describe, if it is the one being handled or printed.

    Args:
        values: of the event's ``exception``.
        logged: one that a log record carries.
    """
    # What ends a program is kept there by the interpreter before it calls any hook.
    for error in (logged, sys.exception(), getattr(sys, "last_value", None)):
        if isinstance(error, BaseException) and _is_same(values, error):
            return error
    return None


def _is_same(values: Sequence[Mapping[str, Any]], error: BaseException) -> bool:
    """Compare type, text and presence of a stack, of the exception and all that hangs on it.

    ``before_send`` may have removed a secret from any of them; then the exception itself must not be
    reported, but what is left in the event.
    """
    reachable = list(_reachable(error, set(), isinstance(error, BaseExceptionGroup)))
    live = [(type(one).__qualname__, _text(one), _has_stack(one)) for one in reachable]
    told = [(value.get("type"), value.get("value") or "", _has_frames(value)) for value in values]
    return (
        bool(told)
        and all(any(_is_pair(one, other) for other in live) for one in told)
        and all(any(_is_pair(other, one) for other in told) for one in live)
    )


def _is_pair(told: tuple[Any, Any, bool], live: tuple[str, str, bool]) -> bool:
    return told[0] == live[0] and _is_same_text(told[1], live[1]) and told[2] == live[2]


def _is_same_text(told: object, live: str) -> bool:
    if not isinstance(told, str):
        return False
    # Behind the message may stand notes.
    return told == live or told.startswith(live + "\n") or _is_cut(told, live)


def _is_cut(told: str, live: str) -> bool:
    return told.endswith(_CUT) and len(told) > len(_CUT) and live.startswith(told[: -len(_CUT)])


def _reachable(error: BaseException, seen: set[int], is_group: bool) -> Iterator[BaseException]:
    """Walk as Sentry does: the cause or context, and the members where the outermost is a group."""
    if id(error) in seen or len(seen) >= MAX_RAISED:
        return
    seen.add(id(error))
    yield error
    other = error.__cause__ if error.__suppress_context__ else error.__context__
    if other is not None:
        yield from _reachable(other, seen, is_group)
    if is_group and isinstance(error, BaseExceptionGroup):
        for member in error.exceptions:
            yield from _reachable(member, seen, is_group)


def _text(error: BaseException) -> str:
    """Give an exception's text as Sentry does, which prefers two attributes."""
    for name in ("message", "detail"):
        value = getattr(error, name, "")
        if value:
            return str(value)
    return message_of(error)


def _has_stack(error: BaseException) -> bool:
    trace: TracebackType | None = error.__traceback__
    for _ in range(_MAX_STACK + 1):
        if trace is None:
            break
        trace = trace.tb_next
    else:
        return False
    return error.__traceback__ is not None


def _has_frames(value: Mapping[str, Any]) -> bool:
    return bool((value.get("stacktrace") or {}).get("frames"))
