"""Report errors by hand, and give every edge the one way in."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from logging import LogRecord
from types import TracebackType
from typing import Any

from aat_reporters.capture import capture_raised, claim, innermost
from aat_reporters.context import carried, current, gathered
from aat_reporters.counters import Stats
from aat_reporters.local_variables import local_variables
from aat_reporters.plain import plain, plain_mapping
from aat_reporters.publishing import Publisher
from aat_reporters.records import NOTHING, capture_record, error_of, here, place_of
from aat_reporters.settings import ReporterSettings
from aat_reporters.shared import PUBLISHERS

__all__ = ["Reporter"]

#: Reads an exception's traceback, whatever its class makes of the attribute.
_TRACEBACK = vars(BaseException)["__traceback__"]

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
            # Without asking the exception, whose class may answer with another one.
            is_raised = _TRACEBACK.__get__(error) is not None
            self.report_raised(error, context=context, logged=None if is_raised else here(1, ""))
        else:
            message = error if type(error) is str else str(plain(error))
            self._accept(None, None, None, "ERROR", here(1, message), context)

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

    def pass_over(self, error: BaseException) -> None:
        """Have no edge report an exception, whichever sees it within 60 seconds.

        For what is no error, such as a client that went away, and for a stand-in of an error that is
        reported itself, such as a copy that a framework logs.

        Args:
            error: the exception, which a server or framework may log on its way.
        """
        # A strange class of exception must not raise anything else.
        with suppress(Exception):
            claim(error, self._publisher.destination, time.monotonic())

    def report_logged(
        self,
        logged: tuple[Any, ...],
        *,
        level: str = "ERROR",
        context: Mapping[str, object] | None = None,
    ) -> None:
        """Report a message as an edge sees it, which knows where it was logged.

        Args:
            logged: what ``snapshots.thaw`` makes a Logged of.
            level: name of the level it was logged at.
            context: what the edge knows.
        """
        self._accept(None, None, None, level, logged, context)

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
                ``exceptions``, ``fingerprint``, ``logger`` and ``context`` with ``file``, ``line``,
                ``function``; plain values, not changed afterwards. ``stack`` is a text or, to be
                printed in the background, a list of exceptions, the oldest first, each with ``error``,
                ``frames`` and its ``relation`` to the one before: ``cause``, ``context`` or none.
            level: name of its level.
            context: what the edge knows beside it.
        """
        self._accept(None, None, None, level, None, context, report)

    def report_record(self, record: LogRecord, *, context: Mapping[str, object] | None = None) -> None:
        """Report a log record, as the exception it carries or as its message.

        Args:
            record: what was logged; the second edge that sees it on this thread does nothing.
            context: what the edge knows beside the record.
        """
        error, trace = error_of(record)
        if error is None and self._is_known(record):
            return
        self._accept(error, trace, record, record.levelname, None, context)

    def expect_echo(self, is_echo: Callable[[LogRecord], bool] | None) -> None:
        """Expect a log record of what this thread has just reported; it will not be reported again.

        Args:
            is_echo: tells whether a record is the one; asked about records of this thread without an
                exception until it says so, or until the next call. None when nothing is expected.
        """
        self._publisher.last_logged.is_echo = is_echo

    def _is_known(self, record: LogRecord) -> bool:
        """Tell whether this thread has reported this very record, or the event that it was made of."""
        last = self._publisher.last_logged
        # An id comes again for another object, but not with the same time.
        identity = (id(record), record.created)
        if last.record == identity:
            return True
        last.record = identity
        is_echo = last.is_echo
        if is_echo is None or not is_echo(record):
            return False
        last.is_echo = None
        return True

    def count_lost(self) -> None:
        """Count an error that an edge could not take, among those dropped."""
        self._publisher.counters.drop("could not be captured")

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
        inside, thread = publisher.inside, threading.get_ident()
        if thread in inside:
            # A destructor or a hook of the user's reports while this thread is at it.
            publisher.counters.drop("reported while reporting")
            return
        inside.add(thread)
        try:
            if error is not None and not claim(error, publisher.destination, time.monotonic()):
                return
            if len(publisher.queue) >= publisher.queue_size:
                if _has_fingerprint(record, context):
                    # Its place does not tell which error it is.
                    publisher.counters.drop("queue full")
                else:
                    publisher.overflow(_place(error, trace, record, logged))
                return
            raised = capture_raised(error, trace) if error is not None else None
            if record is not None:
                logged, extra = capture_record(record, has_error=error is not None)
                created = record.created
                if context:
                    extra = {**extra, **plain_mapping(context)}
            else:
                extra = plain_mapping(context) if context else NOTHING
                created = time.time()
            if error is not None and publisher.settings.local_variables:
                extra = {**extra, "local_variables": local_variables(error, trace)}
            bound, sources = current()
            if record is not None and "request" in record.__dict__:
                sources = (*sources, *carried(record.__dict__["request"]))
            if sources:
                bound = gathered(bound, sources)
            publisher.submit(
                (created, level, raised, logged, plain_mapping(bound) if bound else NOTHING, extra, told)
            )
        except Exception:
            # The one broad except: whatever a strange exception or record does, the program goes on.
            publisher.counters.drop("could not be captured")
        finally:
            inside.discard(thread)

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


def _has_fingerprint(record: LogRecord | None, context: Mapping[str, object] | None) -> bool:
    return (record is not None and "fingerprint" in record.__dict__) or "fingerprint" in (context or ())
