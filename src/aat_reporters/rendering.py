"""Turn a snapshot into a signature and a report, in the background thread.

Secrets go first: signatures and the report are made of scrubbed text, so that ``exact`` is the hash
of the fields as they are published.
"""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from aat_reporters.frames import Frame, FrameReader
from aat_reporters.plain import plain_mapping
from aat_reporters.redaction import Redaction
from aat_reporters.report import rfc3339
from aat_reporters.settings import ReporterSettings
from aat_reporters.signature import exact, facts_of, report_fields, stable
from aat_reporters.snapshots import Logged, Raised, Snapshot
from aat_reporters.stack_text import headline, stack_text, type_name
from aat_reporters.telling import Teller
from aat_reporters.wire import SCHEMA, message_id

__all__ = ["Rendered", "Renderer"]

#: Keys of the context that edges and users may set and that this module sets itself.
_PLACE_KEYS = ("file", "line", "function")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A report that is ready to be published under an id.

    Args:
        id: the message id by which repeats are dropped.
        signature: the stable one.
        report: what is published.
    """

    id: str
    signature: str
    report: dict[str, object]


class Renderer:
    """Make signatures and reports by one reporter's settings; used by one thread at a time."""

    def __init__(self, settings: ReporterSettings) -> None:
        self._settings = settings
        self._redaction = Redaction(keys=settings.scrub_keys, emails=settings.scrub_emails)
        self._reader = FrameReader(settings, self._redaction)
        self._teller = Teller(self._reader, self._redaction)
        self._runtime = f"{platform.python_implementation()} {platform.python_version()}"

    def scrubbed(self, text: str) -> str:
        """Give a text without secrets, for what is logged of a failure here."""
        return self._redaction.text(text)

    def signature(self, snapshot: Snapshot) -> str:
        """Give the stable signature."""
        return stable(self.facts(snapshot))

    def facts(self, snapshot: Snapshot) -> dict[str, object]:
        """Give what the stable signature is made of."""
        known: dict[str, object] = {
            "root": self._settings.project_root,
            "stdlib": self._reader.stdlib,
            "prefix": self._reader.prefix,
            "fingerprint": self._redaction.value(_words(snapshot.extra.get("fingerprint"))),
        }
        if snapshot.told is not None:
            told = facts_of(self._teller.read(snapshot.told))
            return {**known, **told, "fingerprint": known["fingerprint"] or told.get("fingerprint")}
        raised, logged = snapshot.raised, snapshot.logged
        if logged is not None:
            known["log"] = self._log_facts(logged)
        if raised is not None:
            known |= self._raised_facts(raised)
            known["context"] = self._place(snapshot, shown=False)
            return known
        assert logged is not None
        place = self._reader.place(logged.file, logged.line, logged.function)
        return known | {
            "error": self._message(logged),
            "type": "",
            "stack": "",
            "frames": None,
            "cause": None,
            "relation": None,
            "exceptions": None,
            "context": {
                "file": place.file,
                "line": place.line,
                "function": place.function,
                "module": place.module,
                "code": place.code,
            },
        }

    def render(self, snapshot: Snapshot, signature: str) -> Rendered | None:
        """Make the report of a snapshot.

        Returns:
            None when ``before_send`` dropped it.
        """
        settings = self._settings
        identity = message_id(
            settings.namespace,
            environment=settings.environment,
            signature=signature,
            release=settings.release,
        )
        report: Mapping[str, object] | None = self._report(snapshot, identity)
        if settings.before_send is not None:
            report = settings.before_send(dict(report or {}))
            if report is None:
                return None
            if not isinstance(report, Mapping) or not isinstance(report.get("error"), str):
                raise TypeError("before_send must give a report with an error, or None")
        final = dict(report or {})
        final["signature"] = {"exact": exact(final), "stable": signature}
        return Rendered(id=identity, signature=signature, report=final)

    def _report(self, snapshot: Snapshot, identity: str) -> dict[str, object]:
        settings = self._settings
        raised, logged = snapshot.raised, snapshot.logged
        scrub = self._redaction.text
        told = self._teller.read(snapshot.told) if snapshot.told is not None else {}
        report: dict[str, object] = {
            "error": scrub(headline(raised, raised.message)) if raised else self._message(logged),
            "stack": self._stack(snapshot),
            **told,
            "timestamp": rfc3339(datetime.fromtimestamp(snapshot.time, UTC)),
            "context": self._context(snapshot),
            "schema": SCHEMA,
            "id": identity,
            # Type, frames, causes: what the consumer needs to come to the same signature.
            **report_fields(self.facts(snapshot)),
            "level": snapshot.level,
            "logger": logged.logger if logged else told.get("logger", ""),
            "environment": settings.environment,
            "server": settings.server,
            "runtime": self._runtime,
        }
        if settings.release:
            report["release"] = settings.release
        return report

    def _stack(self, snapshot: Snapshot) -> str:
        if snapshot.raised is not None:
            return stack_text(snapshot.raised, frames=self._frames, scrub=self._redaction.text)
        return self._redaction.text(snapshot.logged.stack) if snapshot.logged else ""

    def _context(self, snapshot: Snapshot) -> dict[str, object]:
        given = {**snapshot.bound, **snapshot.extra}
        given.pop("fingerprint", None)
        context = self._redaction.mapping(plain_mapping(given))
        for key in _PLACE_KEYS:
            if key in context:
                context[f"given_{key}"] = context.pop(key)
        if snapshot.raised is not None and snapshot.logged is not None and snapshot.logged.template:
            context.setdefault("log_message", self._message(snapshot.logged))
        if snapshot.told is not None:
            return {**self._teller.context(snapshot.told), **context}
        return {**self._place(snapshot, shown=True), **context}

    def _place(self, snapshot: Snapshot, *, shown: bool) -> dict[str, object]:
        """Give file, line and function of the innermost frame that is the program's own."""
        frames = self._frames(snapshot.raised) if snapshot.raised else []
        if not frames and snapshot.raised is not None:
            frames = self._member_frames(snapshot.raised)
        if not frames and snapshot.logged is not None and snapshot.logged.file:
            logged = snapshot.logged
            frames = [self._reader.place(logged.file, logged.line, logged.function)]
        if not frames:
            return {}
        frame = next((one for one in reversed(frames) if one.in_app), frames[-1])
        file = frame.shown_file if shown else frame.file
        return {"file": file, "line": frame.line, "function": frame.function}

    def _member_frames(self, raised: Raised) -> list[Frame]:
        """Borrow a place from a group's member or the cause where the exception itself was never raised."""
        others = [*raised.members, *([raised.cause] if raised.cause else [])]
        return next((self._frames(other) for other in others if other.points), [])

    def _frames(self, raised: Raised) -> list[Frame]:
        resolve = self._reader.resolve
        return [resolve(code, offset, module) for code, offset, module in raised.points]

    def _raised_facts(self, raised: Raised) -> dict[str, object]:
        return {
            "type": type_name(raised),
            "error": self._redaction.text(raised.message),
            "stack": "",
            "frames": [frame.facts() for frame in self._frames(raised)],
            "cause": self._raised_facts(raised.cause) if raised.cause else None,
            "relation": raised.relation or None,
            "exceptions": [self._raised_facts(member) for member in raised.members] or None,
        }

    def _log_facts(self, logged: Logged) -> dict[str, object]:
        facts: dict[str, object] = {
            "template": self._redaction.text(logged.template),
            "message": self._message(logged),
            "logger": logged.logger,
        }
        if logged.message is not None or logged.arguments:
            facts["args"] = len(logged.arguments) if isinstance(logged.arguments, tuple | dict) else 0
        return facts

    def _message(self, logged: Logged | None) -> str:
        """Format a log record's message; arguments are plain by now, or the message came formatted."""
        if logged is None:
            return ""
        text = logged.message
        if text is None:
            arguments = logged.arguments
            if isinstance(arguments, dict):
                # Behind "%(password)s" there may stand anything, so they are known by their names.
                arguments = self._redaction.mapping(arguments)
            try:
                text = logged.template % arguments if arguments else logged.template
            except (TypeError, ValueError, KeyError, OverflowError):
                text = logged.template
        return self._redaction.text(text) or "(no message)"


def _words(fingerprint: object) -> object:
    """Take a fingerprint of one word, as people write it, for a list of one."""
    return [fingerprint] if isinstance(fingerprint, str) else fingerprint
