"""Take what a report needs from a log record, on the calling thread, and keep nothing of the record."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from logging import LogRecord
from types import MappingProxyType
from typing import Any

from aat_reporters.capture import MAX_MESSAGE, message_of
from aat_reporters.plain import plain, plain_mapping

__all__ = ["EVENT_KEYS", "NOTHING", "capture_record", "error_in", "error_of", "here", "place_of"]

#: An empty mapping that is shared, because making one for each error costs.
NOTHING: Mapping[str, object] = MappingProxyType({})

_EMPTY = vars(LogRecord("", 0, "", 0, "", (), None))

#: Attributes every LogRecord has; whatever else it carries came as ``extra``.
_RECORD_KEYS = frozenset(_EMPTY) | {"message", "asctime", "taskName"}
_RECORD_SIZE = len(_EMPTY)

#: Attributes that structlog adds to records and that say nothing of the error.
_FOREIGN_KEYS = frozenset({"_logger", "_name", "_record", "_from_structlog", "fingerprint"})

#: Keys of structlog's event that the record says already.
EVENT_KEYS = frozenset({"event", "exc_info", "level", "logger", "timestamp", "stack_info", "exception"})

#: Types whose text never changes and whose ``%`` formatting runs no code of the user.
_FORMATTABLE = frozenset({str, int, float, bool, type(None)})


def error_of(record: LogRecord) -> tuple[BaseException | None, object]:
    """Find the exception of a log record and its traceback, also where structlog put it."""
    info: object = record.exc_info
    if info is None:
        message: object = record.msg
        if type(message) is dict:
            info = message.get("exc_info")
        elif isinstance(message, BaseException):
            # logger.error(exc): the message is the exception.
            info = message
    return error_in(info)


def error_in(info: object) -> tuple[BaseException | None, object]:
    """Find the exception and its traceback in an ``exc_info``: True, a tuple, or an exception."""
    if type(info) is tuple and len(info) == 3 and isinstance(info[1], BaseException):
        return info[1], info[2]
    if info is True:
        info = sys.exception()
    if isinstance(info, BaseException):
        return info, info.__traceback__
    return None, None


def capture_record(record: LogRecord, *, has_error: bool) -> tuple[tuple[Any, ...], Mapping[str, object]]:
    """Take a log record and its ``extra``.

    The message is formatted here only if it is the error itself and holds objects that may change;
    next to an exception such objects appear as ``<module.Class>``.

    Returns:
        What ``snapshots.thaw`` makes a Logged of, and the extra as plain values.
    """
    template: object = record.msg
    arguments: object = record.args
    message: str | None = None
    if type(template) is not str:
        template, message = _odd_template(record)
        arguments = ()
    elif type(arguments) is dict and all(type(value) in _FORMATTABLE for value in arguments.values()):
        arguments = plain_mapping(arguments)
    elif arguments and not _is_formattable(arguments):
        if has_error:
            arguments = _stand_ins(arguments)
        else:
            message = _formatted(record)
            arguments = ()
    is_bare = len(record.__dict__) == _RECORD_SIZE and type(record.msg) is not dict
    extra = NOTHING if is_bare else _extra(record)
    logged = (
        record.name,
        template if len(template) <= MAX_MESSAGE else template[:MAX_MESSAGE],
        arguments,
        message,
        record.pathname,
        record.lineno,
        record.funcName,
        record.stack_info,
    )
    return logged, extra


def here(depth: int, message: str) -> tuple[Any, ...]:
    """Describe the caller's place for a message, or for an exception that was never raised.

    Args:
        depth: callers to go up.
        message: what is reported.
    """
    frame = sys._getframe(depth + 1)
    code = frame.f_code
    return ("", message, (), message, code.co_filename, frame.f_lineno, code.co_name, "")


def place_of(record: LogRecord) -> tuple[str, object, int]:
    """Give the place of a log call: template, file, line."""
    return record.msg if type(record.msg) is str else "", record.pathname, record.lineno


def _extra(record: LogRecord) -> Mapping[str, object]:
    attributes = record.__dict__
    extra = {key: attributes[key] for key in attributes.keys() - _RECORD_KEYS - _FOREIGN_KEYS}
    message: object = record.msg
    if type(message) is dict:
        extra |= {key: value for key, value in message.items() if key not in EVENT_KEYS}
    if "fingerprint" in attributes:
        extra["fingerprint"] = attributes["fingerprint"]
    return plain_mapping(extra) if extra else NOTHING


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
    return plain_mapping(arguments) if isinstance(arguments, dict) else ()


def _argument(argument: object) -> object:
    return message_of(argument) if isinstance(argument, BaseException) else plain(argument)


def _formatted(record: LogRecord) -> str:
    try:
        return record.getMessage()[:MAX_MESSAGE]
    except Exception:
        # Wrong arguments for the template, or a user's __str__ that raises.
        return record.msg[:MAX_MESSAGE] if type(record.msg) is str else str(plain(record.msg))


def _odd_template(record: LogRecord) -> tuple[str, str]:
    """Handle a message that is no string: an exception, or structlog's dict of an event."""
    message: object = record.msg
    if isinstance(message, BaseException):
        text = message_of(message)
    elif type(message) is dict:
        text = str(plain(message.get("event", "")))
    else:
        text = _formatted(record)
    return text[:MAX_MESSAGE], text[:MAX_MESSAGE]
