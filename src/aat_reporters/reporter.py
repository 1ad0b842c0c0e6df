"""Report errors by hand, and give every edge the one way in."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from logging import LogRecord
from types import TracebackType
from typing import Any

from aat_reporters.capture import capture_raised, claim, innermost
from aat_reporters.context import current
from aat_reporters.counters import Stats
from aat_reporters.plain import plain_mapping
from aat_reporters.publishing import Publisher
from aat_reporters.records import NOTHING, capture_record, error_of, here, place_of
from aat_reporters.settings import ReporterSettings
from aat_reporters.shared import PUBLISHERS

__all__ = ["Reporter"]

#: Seconds that ``flush`` waits unless told otherwise.
FLUSH_TIMEOUT = 5.0


class Reporter:
    """Publish errors in the background; safe to use from any thread, and after a fork.

    Make one with ``open``. Nothing here raises into the program, or waits, but for ``flush`` and
    ``close``.
    """

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher
        self._is_open = True

    @classmethod
    def open(cls, **settings: object) -> Reporter:
        """Open a reporter; equal settings share one background thread and connection.

        Args:
            settings: fields of ReporterSettings or Connection; the rest comes from the environment.

        Raises:
            SettingsError: a setting is unknown, mistyped or outside its limits.
        """
        return cls.from_settings(ReporterSettings.resolve(settings, environment=os.environ))

    @classmethod
    def from_settings(cls, settings: ReporterSettings) -> Reporter:
        """Open a reporter with settings that are resolved already, as edges do."""
        return cls(PUBLISHERS.acquire(settings))

    @property
    def settings(self) -> ReporterSettings:
        """Give the settings in force."""
        return self._publisher.settings

    def report(self, error: BaseException | str, /, **context: object) -> None:
        """Report an exception, or a message where there is none.

        Args:
            error: an exception, raised or not, or a message.
            context: facts for whoever looks for the cause, such as ``request_id``; and ``fingerprint``, a
                list of words that replace the signature, ``"{{ default }}"`` among them for it.
        """
        if isinstance(error, BaseException):
            place = here(1, "") if error.__traceback__ is None else None
            self.report_raised(error, context=context, logged=place)
        else:
            self._accept(None, None, None, "ERROR", here(1, str(error)), context)

    def report_raised(
        self,
        error: BaseException,
        *,
        trace: object = None,
        level: str = "ERROR",
        logged: tuple[Any, ...] | None = None,
        context: Mapping[str, object] | None = None,
    ) -> None:
        """Report an exception as an edge sees it; the second edge that sees it does nothing.

        Args:
            error: the exception.
            trace: its traceback where it is not the exception's own.
            level: name of the level it was logged at.
            logged: the place to show where the exception has no traceback.
            context: what the edge knows.
        """
        self._accept(error, trace, None, level, logged, context)

    def report_told(
        self,
        report: Mapping[str, object],
        *,
        level: str = "ERROR",
        context: Mapping[str, object] | None = None,
    ) -> None:
        """Report what another program or library has put into words, where there is no exception at hand.

        Args:
            report: ``error``, and as far as they are known ``type``, ``stack``, ``frames``, ``causes``,
                ``fingerprint``, ``logger`` and ``context`` with ``file``, ``line``, ``function``; plain
                values, not changed afterwards.
            level: name of its level.
            context: what the edge knows beside it.
        """
        self._accept(None, None, None, level, None, context, report)

    def report_record(self, record: LogRecord) -> None:
        """Report a log record, as the exception it carries or as its message."""
        error, trace = error_of(record)
        self._accept(error, trace, record, record.levelname, None, None)

    def _accept(
        self,
        error: BaseException | None,
        trace: object,
        record: LogRecord | None,
        level: str,
        logged: tuple[Any, ...] | None,
        context: Mapping[str, object] | None,
        told: Mapping[str, object] | None = None,
    ) -> None:
        publisher = self._publisher
        calling = publisher.calling
        if calling.is_inside:
            # A destructor or a hook of the user's reports while this thread is at it.
            publisher.counters.drop("reported while reporting")
            return
        calling.is_inside = True
        try:
            if error is not None and not claim(error, id(publisher), time.monotonic()):
                return
            if publisher.is_full:
                publisher.overflow(_place(error, trace, record, logged))
                return
            raised = capture_raised(error, trace) if error is not None else None
            if record is not None:
                logged, extra = capture_record(record, has_error=error is not None)
                created = record.created
            else:
                extra = plain_mapping(context) if context else NOTHING
                created = time.time()
            bound = current()
            publisher.submit(
                (created, level, raised, logged, plain_mapping(bound) if bound else NOTHING, extra, told)
            )
        except Exception:
            # The one broad except: whatever a strange exception or record does, the program goes on.
            publisher.counters.drop("could not be captured")
        finally:
            calling.is_inside = False

    def flush(self, timeout: float = FLUSH_TIMEOUT) -> bool:
        """Wait until every error so far is acknowledged by the server, or on disk.

        Call it before ``os._exit``, or at the end of a function whose process is frozen.

        Args:
            timeout: seconds to wait at most.

        Returns:
            False when the time was up, or something is neither acknowledged nor on disk.
        """
        return self._publisher.flush(timeout)

    def stats(self) -> Stats:
        """Give what became of the errors of this process, of all reporters with these settings."""
        return self._publisher.stats()

    def close(self, *, wait: bool = True) -> None:
        """Give the reporter back; the last one with these settings sends or spools what is left.

        Args:
            wait: up to ``exit_timeout`` seconds; without, the background thread does it later.
        """
        if not self._is_open:
            return
        self._is_open = False
        if PUBLISHERS.release(self._publisher):
            if wait:
                self._publisher.finish(self.settings.exit_timeout)
            else:
                self._publisher.retire()

    def __enter__(self) -> Reporter:
        """Give the reporter itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the reporter."""
        self.close()


def _place(
    error: BaseException | None, trace: object, record: LogRecord | None, logged: tuple[Any, ...] | None
) -> tuple[str, object, int]:
    """Tell where an error comes from that nobody has room for."""
    if error is not None:
        return innermost(error, trace)
    if record is not None:
        return place_of(record)
    return (logged[1], logged[4], logged[5]) if logged is not None else ("", None, 0)
