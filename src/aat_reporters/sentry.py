"""Report the errors that Sentry's SDK collects: ``sentry_sdk.init(transport=ErrorReportTransport())``."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import sentry_sdk
from sentry_sdk.envelope import Envelope
from sentry_sdk.transport import Transport, make_transport

from aat_reporters.logging import OWN_LOGGERS
from aat_reporters.opening import open_reporter
from aat_reporters.plain import plain
from aat_reporters.records import error_of
from aat_reporters.reporter import Reporter
from aat_reporters.sentry_events import caller, facts_of_event, told_of_event
from aat_reporters.sentry_matching import exception_at_hand, is_said_by, record_at_hand

__all__ = ["ErrorReportTransport"]

#: Sentry's names of the levels that are errors.
_LEVELS = {"error": "ERROR", "fatal": "CRITICAL"}


class ErrorReportTransport(Transport):
    """Report error events; sessions, transactions, logs and client reports are none.

    Give ``sentry_sdk.init`` an instance: of a class, Sentry makes one only where there is a DSN. Events
    come here after ``before_send`` and everything else that Sentry does to them.

    Args:
        options: of Sentry's client, where it makes the transport itself.
        forward: send everything to Sentry too, as its own transport does; needs a DSN.
        reporter: one that is open already, instead of settings.
        settings: fields of ReporterSettings or Connection; the rest comes from ``AAT`` in Django's
            settings, where they are loaded, and from the environment.

    Raises:
        SettingsError: a setting is unknown, mistyped or outside its limits.
    """

    def __init__(
        self,
        options: dict[str, Any] | None = None,
        *,
        forward: bool = False,
        reporter: Reporter | None = None,
        **settings: object,
    ) -> None:
        super().__init__(options)
        self._is_forwarding = forward
        self._is_owner = reporter is None
        self._reporter = open_reporter(settings) if reporter is None else reporter

    def capture_envelope(self, envelope: Envelope) -> None:
        """Report what is an error event in it; called on the thread where the error happened."""
        event: Any = envelope.get_event()
        if event is not None:
            try:
                self._report(event)
            except Exception:
                # The one broad except: before_send and integrations may make anything of an event.
                self._reporter.count_lost()
        sentry = self._sentry()
        if sentry is not None:
            sentry.capture_envelope(envelope)

    def _report(self, event: Mapping[str, Any]) -> None:
        level = _LEVELS.get(event.get("level") or "error")
        name = event.get("logger") or ""
        if level is None or name.partition(".")[0] in OWN_LOGGERS:
            return
        values = (event.get("exception") or {}).get("values")
        record = record_at_hand(name) if name else None
        if record is not None and is_said_by(event, record):
            facts = facts_of_event(event)
            # The record has the same by itself.
            facts.pop("extra", None)
            self._reporter.report_record(record, context=facts)
        elif not values:
            self._report_message(event, level, name)
        else:
            context = facts_of_event(event)
            if message := _message(event)[1]:
                context = {"log_message": message, **context}
            logged = error_of(record)[0] if record is not None else None
            error = exception_at_hand(values, logged)
            if error is not None:
                self._reporter.report_raised(error, level=level, context=context)
            else:
                told = told_of_event(values)
                self._reporter.report_told({"logger": name, **told}, level=level, context=context)

    def _report_message(self, event: Mapping[str, Any], level: str, name: str) -> None:
        template, formatted, arguments = _message(event)
        logged = (name, template, arguments, formatted, *caller(), "")
        self._reporter.report_logged(logged, level=level, context=facts_of_event(event))

    def _sentry(self) -> Transport | None:
        """Give Sentry's own transport, made when the client's options can be known: after this one."""
        if not self._is_forwarding:
            return None
        made: Transport | None = self.__dict__.get("_to_sentry")
        if made is None:
            client = sentry_sdk.get_client()
            if client.transport is not self or not client.options["dsn"]:
                return None
            # Two threads may come here at once; the first one's stays.
            made = self.__dict__.setdefault(
                "_to_sentry", make_transport({**client.options, "transport": None})
            )
            self.parsed_dsn = made.parsed_dsn if made is not None else None
        return made

    def flush(self, timeout: float, callback: Any = None) -> None:
        """Wait until all is acknowledged, or on disk.

        Args:
            timeout: seconds to wait at most.
            callback: of Sentry, for what it still has to send itself.
        """
        deadline = time.monotonic() + timeout
        sentry = self._sentry()
        if sentry is not None:
            sentry.flush(timeout, callback)
        self._reporter.flush(max(deadline - time.monotonic(), 0.0))

    def kill(self) -> None:
        """Stop sending to Sentry, and give the reporter back without waiting."""
        sentry = self._sentry()
        if sentry is not None:
            sentry.kill()
        if self._is_owner:
            self._reporter.close(wait=False)

    def is_healthy(self) -> bool:
        """Tell Sentry whether to go on as usual."""
        sentry = self._sentry()
        return sentry is None or sentry.is_healthy()

    def record_lost_event(
        self, reason: str, data_category: Any = None, item: Any = None, **more: Any
    ) -> None:
        """Let Sentry count what it dropped itself, for its own statistics."""
        sentry = self._sentry()
        if sentry is not None:
            sentry.record_lost_event(reason, data_category, item, **more)


def _message(event: Mapping[str, Any]) -> tuple[str, str | None, tuple[object, ...]]:
    """Give an event's template, its formatted message, and what was put in."""
    entry = event.get("logentry") or {}
    template = entry.get("message") or event.get("message") or entry.get("formatted")
    formatted = entry.get("formatted") or event.get("message")
    params = entry.get("params")
    return (
        template if isinstance(template, str) else "",
        formatted if isinstance(formatted, str) else None,
        tuple(plain(value) for value in params) if isinstance(params, list | tuple) else (),
    )
