"""Keep the logging edge from reporting again what Celery tells by a signal; imports nothing of Celery.

Everything is logged all the same: a filter of Celery's loggers marks records and drops none.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from logging import LogRecord

from aat_reporters.logging import TOLD

__all__ = ["watch"]

#: Functions in which Celery logs what it tells by a signal as well.
_TOLD_BY_SIGNAL = frozenset({"on_timeout", "on_unknown_task", "on_invalid_task"})

#: What the worker's parent process logs of a task that failed, or whose process is gone.
_TASK_FAILED = "on_failure"

#: Methods of a group's results that raise again what a task raised; they raise TimeoutError themselves.
_COLLECTING = frozenset({"join", "join_native"})

#: Loggers of those functions, and of chords.
_LOGGERS = (
    "celery.app.builtins",
    "celery.backends.base",
    "celery.backends.redis",
    "celery.worker.consumer.consumer",
    "celery.worker.request",
)


def watch(name: str, told_by_log: Callable[[BaseException], bool]) -> None:
    """Watch Celery's loggers; another call under the same name takes the place of this one.

    Args:
        name: of the watch.
        told_by_log: reports what a task failed of, unless a signal told it; True where the record needs
            no report any more.
    """
    watching = _Watch(name, told_by_log)
    for logger in map(logging.getLogger, _LOGGERS):
        for earlier in [one for one in logger.filters if isinstance(one, _Watch) and one.name == name]:
            logger.removeFilter(earlier)
        logger.addFilter(watching)


class _Watch(logging.Filter):
    def __init__(self, name: str, told_by_log: Callable[[BaseException], bool]) -> None:
        super().__init__(name)
        self._told_by_log = told_by_log

    def filter(self, record: LogRecord) -> bool:
        """Mark a record that needs no report."""
        if record.levelno >= logging.ERROR and self._is_told(record):
            setattr(record, TOLD, True)
        return True

    def _is_told(self, record: LogRecord) -> bool:
        arguments = record.args
        if record.funcName == _TASK_FAILED and isinstance(arguments, tuple):
            # The exception itself; exc_info holds one that carries it over from another process.
            failed = next((one for one in arguments if isinstance(one, BaseException)), None)
            return failed is not None and self._told_by_log(failed)
        return record.funcName in _TOLD_BY_SIGNAL or _is_of_part(record)


def _is_of_part(record: LogRecord) -> bool:
    """Tell whether a chord fails because a task in it did, which was reported when it failed."""
    error = record.exc_info[1] if record.exc_info else None
    if error is None or type(error).__name__ in ("ChordError", "TimeoutError"):
        return type(error).__name__ == "ChordError"
    step = error.__traceback__
    while step is not None and step.tb_frame.f_code.co_name not in _COLLECTING:
        step = step.tb_next
    return step is not None
