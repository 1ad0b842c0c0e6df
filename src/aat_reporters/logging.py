"""Report what a program logs at ERROR: one line in ``LOGGING``.

"handlers": {"errors": {"class": "aat_reporters.logging.ErrorReportHandler", "level": "ERROR"}}
"""

from __future__ import annotations

import logging
from logging import LogRecord

from aat_reporters.opening import open_reporter
from aat_reporters.reporter import Reporter

__all__ = ["TOLD", "ErrorReportHandler"]

#: Attribute of a record that another edge reports better, from its framework's own signals; set by that
#: edge in a filter of the framework's logger.
TOLD = "_aat_is_told"

#: Loggers whose records say something about the reporting itself; reporting them would go round in circles.
#: Not ``asyncio``: there a program's own tasks are mourned, and what the background thread logs is ignored
#: because of its thread.
OWN_LOGGERS = ("aat_reporters", "aat_consumer", "nats")
_BELOW_OWN = tuple(f"{name}." for name in OWN_LOGGERS)


class ErrorReportHandler(logging.Handler):
    """Report each record, with its exception if it carries one; takes microseconds and no lock.

    Safe in forked children and from any thread. ``dictConfig`` may run again: handlers with equal
    settings share one background thread. ``flush`` and ``close`` do not wait, because logging calls
    them while it holds its own lock; use ``Reporter.flush`` to wait.

    Args:
        level: the lowest level that is reported.
        reporter: one that is open already, instead of settings.
        settings: fields of ReporterSettings or Connection; the rest comes from ``AAT`` in Django's
            settings, where they are loaded, and from the environment.

    Raises:
        SettingsError: a setting is unknown, mistyped or outside its limits; ``dictConfig`` shows it
            as the cause of its ValueError.
    """

    def __init__(
        self, level: int | str = logging.ERROR, *, reporter: Reporter | None = None, **settings: object
    ) -> None:
        self._is_owner = reporter is None
        self._reporter = open_reporter(settings) if reporter is None else reporter
        super().__init__(level)

    def createLock(self) -> None:  # noqa: N802  # the name that logging calls
        """Make none: what emit does needs none, and a lock held at a fork would stop the child."""
        self.lock = None

    def handle(self, record: LogRecord) -> bool:
        """Filter and emit, without the lock that logging.Handler takes here."""
        if not self.filters:
            self.emit(record)
            return True
        # Python 3.12 lets a filter give another record.
        passed: object = self.filter(record)
        if isinstance(passed, LogRecord):
            record = passed
        if passed:
            self.emit(record)
        return bool(passed)

    def emit(self, record: LogRecord) -> None:
        """Report a record, unless it is about the reporting itself or another edge reports it."""
        name = record.name
        if name in OWN_LOGGERS or name.startswith(_BELOW_OWN) or TOLD in record.__dict__:
            return
        self._reporter.report_record(record)

    def flush(self) -> None:
        """Do nothing: the background thread sends as soon as it can."""

    def close(self) -> None:
        """Give the reporter back without waiting."""
        if self._is_owner:
            self._reporter.close(wait=False)
        super().close()
