"""Report what a program logs at ERROR through structlog: a processor before ``format_exc_info``.

structlog.configure(processors=[..., ErrorReportProcessor(), structlog.processors.format_exc_info, ...])
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Mapping, MutableMapping
from contextvars import ContextVar
from logging import LogRecord
from types import FrameType
from typing import Any

import structlog

from aat_reporters.capture import MAX_MESSAGE, message_of
from aat_reporters.formatted import told_of_formatted
from aat_reporters.opening import open_reporter
from aat_reporters.plain import plain
from aat_reporters.records import EVENT_KEYS, error_in
from aat_reporters.reporter import Reporter

__all__ = ["ErrorReportProcessor"]

logger = logging.getLogger(__name__)

_LEVELS = {"error": "ERROR", "exception": "ERROR", "critical": "CRITICAL", "fatal": "CRITICAL"}
_LOWER_LEVELS = frozenset({"debug", "info", "notset", "trace", "warn", "warning"})

#: Keys of an event that a report holds elsewhere, or that say nothing of the error.
_NO_CONTEXT = (EVENT_KEYS - {"exception"}) | {"positional_args", "stack", "_logger", "_name"}

#: Packages between the program's call and us; executors run what async loggers log.
_BETWEEN = frozenset(
    {"aat_reporters", "asyncio", "concurrent", "logging", "sentry_sdk", "structlog", "threading"}
)

#: Packages between structlog's call of a logger and a handler of ours.
_HANDLING = frozenset({"aat_reporters", "logging", "sentry_sdk"})

#: Where structlog keeps the frame of an awaited call, which runs on another thread; since 23.3, by a name
#: that is not public. Without it such messages are signed without their place.
_AWAITED: ContextVar[FrameType] | None = getattr(structlog.contextvars, "_ASYNC_CALLING_STACK", None)

#: File, line and function.
_Place = tuple[str, int, str]


class ErrorReportProcessor:
    """Report events at ERROR and above, and pass every event on unchanged.

    Put it behind what filters and before what formats exceptions. Where the event then goes to
    logging, and there to a handler of ours with the same settings, it stays one report.

    Args:
        reporter: one that is open already, instead of settings.
        settings: fields of ReporterSettings or Connection; the rest comes from ``AAT`` in Django's
            settings, where they are loaded, and from the environment.

    Raises:
        SettingsError: a setting is unknown, mistyped or outside its limits.
    """

    def __init__(self, *, reporter: Reporter | None = None, **settings: object) -> None:
        self._reporter = open_reporter(settings) if reporter is None else reporter
        self._has_warned = False

    def __call__(
        self, logger: object, method_name: str, event_dict: MutableMapping[str, Any]
    ) -> MutableMapping[str, Any]:
        """Report an event if it is an error; one that came from plain logging is the handler's."""
        level = _level(method_name, event_dict)
        if level and "_record" not in event_dict:
            try:
                self._report(logger, level, event_dict)
            except Exception:
                # The one broad except: whatever a strange event does, the program goes on.
                self._reporter.count_lost()
        return event_dict

    def _report(self, origin: object, level: str, event: Mapping[str, Any]) -> None:
        reporter = self._reporter
        said, place = event.get("event"), _caller()
        error, trace = error_in(event.get("exc_info"))
        if error is None and isinstance(said, BaseException):
            error, trace = said, said.__traceback__
        told = told_of_formatted(event.get("exception")) if error is None else None
        if told is not None:
            self._warn()
            error, trace = _at_hand(str(told["error"]))
        message = message_of(said) if isinstance(said, BaseException) else str(plain(said))[:MAX_MESSAGE]
        context = {**structlog.contextvars.get_contextvars(), **event}
        ours = _NO_CONTEXT if told is None else _NO_CONTEXT | {"exception"}
        context = {key: value for key, value in context.items() if key not in ours}
        name, stack = event.get("logger") or getattr(origin, "name", ""), event.get("stack")
        name, stack = name if type(name) is str else "", stack if type(stack) is str else ""
        logged = (name, message, _arguments(event), None, *place, stack)
        if error is not None:
            reporter.report_raised(error, trace=trace, level=level, logged=logged, context=context)
        elif told is not None:
            context = {"log_message": message, **context}
            reporter.report_told({"logger": name, **told}, level=level, context=context)
        else:
            reporter.report_logged(logged, level=level, context=context)
        reporter.expect_echo(_echo(event, message, place))

    def _warn(self) -> None:
        if not self._has_warned:
            self._has_warned = True
            logger.warning(
                "ErrorReportProcessor stands behind format_exc_info, which leaves it a text; put it before"
            )


def _level(method_name: str, event: Mapping[str, Any]) -> str:
    """Give the level's name if it is an error's: what the event says, else the method that was called."""
    named = event.get("level")
    if type(named) is str:
        named = named.lower()
        if named in _LEVELS or named in _LOWER_LEVELS:
            return _LEVELS.get(named, "")
    return _LEVELS.get(method_name, "")


def _arguments(event: Mapping[str, Any]) -> object:
    """Give what stands for the template's ``%s``, where nobody has put it in yet."""
    arguments = event.get("positional_args")
    return tuple(plain(argument) for argument in arguments) if type(arguments) is tuple else ()


def _caller() -> _Place:
    """Find where the program called structlog; empty where that was on another thread."""
    frame = _AWAITED.get(None) if _AWAITED is not None else None
    found = _outside(_BETWEEN, frame or sys._getframe(1))
    return ("", 0, "") if found is None else (found.f_code.co_filename, found.f_lineno, found.f_code.co_name)


def _outside(packages: frozenset[str], start: FrameType) -> FrameType | None:
    frame: FrameType | None = start
    while frame is not None:
        name = frame.f_globals.get("__name__")
        if type(name) is not str or name.partition(".")[0] not in packages:
            return frame
        frame = frame.f_back
    return None


def _echo(event: Mapping[str, Any], message: str, place: _Place) -> Callable[[LogRecord], bool]:
    """Recognise the log record that structlog makes of an event: from the same call, with the same words.

    Nothing is kept of the event, so it must be told by its looks. That structlog itself calls logging,
    on behalf of that very line of the program, keeps other records from being taken for it.
    """
    identity = id(event)

    def is_echo(record: LogRecord) -> bool:
        made: object = record.msg
        if isinstance(made, dict):
            words = made.get("event")
            is_same = id(made) == identity or (type(words) is str and words == message)
        else:
            is_same = isinstance(made, str) and any(words in made for words in _renderings(message))
        if not is_same:
            return False
        frame = _outside(_HANDLING, sys._getframe(1))
        name = frame.f_globals.get("__name__", "") if frame is not None else ""
        return str(name).partition(".")[0] == "structlog" and _caller() == place

    return is_echo


def _renderings(message: str) -> tuple[str, ...]:
    """Give how renderers write a text: as it is, in JSON, by its ``repr``."""
    quoted = (json.dumps(message), json.dumps(message, ensure_ascii=False), repr(message))
    return (message, *(text[1:-1] for text in quoted))


def _at_hand(headline: str) -> tuple[BaseException | None, object]:
    """Give the exception that is being handled, if it is the one that was formatted."""
    error = sys.exception()
    if error is None:
        return None, None
    name, message = type(error).__name__, message_of(error)
    # Behind the message may stand notes, before the name its module.
    words = headline.removeprefix(f"{type(error).__module__}.")
    is_same = words.startswith(f"{name}: {message}" if message else name)
    return (error, error.__traceback__) if is_same else (None, None)
