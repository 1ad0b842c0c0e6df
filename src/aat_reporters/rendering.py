"""Turn a snapshot into a signature and a report, in the background thread.

Secrets go first: signatures and the report are made of scrubbed text, so that ``exact`` is the hash
of the fields as they are published.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from aat_reporters.frames import Frame, FrameReader
from aat_reporters.plain import plain_mapping
from aat_reporters.redaction import Redaction
from aat_reporters.report import rfc3339
from aat_reporters.settings import ReporterSettings
from aat_reporters.signature import RULES, Rules, exact, facts_of, report_fields
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


def _ignore(_problem: str) -> None:
    """Tell nobody."""


class Renderer:
    """Make signatures and reports by one reporter's settings; used by one thread at a time.

    Args:
        settings: of the reporter.
        rules: by which signatures are made.
        hook_failed: told what is wrong each time the fingerprint of the settings cannot be used.
    """

    def __init__(
        self,
        settings: ReporterSettings,
        *,
        rules: Rules = RULES,
        hook_failed: Callable[[str], None] = _ignore,
    ) -> None:
        self._settings = settings
        self._rules = rules
        self._hook_failed = hook_failed
        self._redaction = Redaction(keys=settings.scrub_keys, emails=settings.scrub_emails)
        self._reader = FrameReader(settings, self._redaction)
        self._teller = Teller(self._reader, self._redaction)
        self._runtime = f"{platform.python_implementation()} {platform.python_version()}"

    def scrubbed(self, text: str) -> str:
        """Give a text without secrets, for what is logged of a failure here."""
        return self._redaction.text(text)

    def signature(self, snapshot: Snapshot) -> str:
        """Give the stable signature."""
        return self._rules.sign(self.facts(snapshot))

    def fingerprinted(self, snapshot: Snapshot, signature: str) -> Snapshot:
        """Let the fingerprint of the settings change a snapshot's signature.

        Args:
            snapshot: of an error.
            signature: what it would be reported under.

        Returns:
            A snapshot with the words that the hook gave; the same one where it gave none, failed, or gave
            anything but a list of words, which ``hook_failed`` is told.
        """
        hook = self._settings.fingerprint
        if hook is None:
            return snapshot
        report = self._report(snapshot, "", self.facts(snapshot))
        report["signature"] = {"exact": exact(report), "stable": signature}
        try:
            given: object = hook(report, signature)
        except Exception as exc:
            # The user's function may raise anything, and the error itself must still be reported.
            self._hook_failed(f"{type(exc).__name__}: {exc}")
            return snapshot
        if given is None:
            return snapshot
        if (
            not isinstance(given, list | tuple)
            or not given
            or not all(isinstance(word, str) for word in given)
        ):
            self._hook_failed(f"it must give a list of strings or None: {given!r:.80}")
            return snapshot
        return replace(snapshot, extra={**snapshot.extra, "fingerprint": list(given)})

    def facts(self, snapshot: Snapshot) -> dict[str, object]:
        """Give what the stable signature is made of."""
        known: dict[str, object] = {
            "root": self._settings.project_root,
            "stdlib": self._reader.stdlib,
            "prefix": self._reader.prefix,
            "fingerprint": self._words(snapshot.extra.get("fingerprint")),
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
        facts = self.facts(snapshot)
        report: Mapping[str, object] | None = self._report(snapshot, identity, facts)
        if settings.before_send is not None:
            report = settings.before_send(dict(report or {}))
            if report is None:
                return None
            if not isinstance(report, Mapping) or not isinstance(report.get("error"), str):
                raise TypeError("before_send must give a report with an error, or None")
        final = dict(report or {})
        signed = {"exact": exact(final), "stable": signature}
        if self._rules.previous is not None:
            signed["previous"] = self._rules.previous.sign(facts)
        final["signature"] = signed
        return Rendered(id=identity, signature=signature, report=final)

    def _report(self, snapshot: Snapshot, identity: str, facts: Mapping[str, object]) -> dict[str, object]:
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
            **report_fields(facts),
            "level": snapshot.level,
            "logger": logged.logger if logged else told.get("logger", ""),
            "environment": settings.environment,
            "server": settings.server,
            "runtime": self._runtime,
        }
        if settings.release:
            report["release"] = settings.release
        return report

    def _words(self, fingerprint: object) -> object:
        """Scrub the words of a fingerprint; numbers count as words, and one word as a list of one."""
        if isinstance(fingerprint, str):
            fingerprint = [fingerprint]
        if not isinstance(fingerprint, list | tuple):
            return None
        return self._redaction.value([str(word) for word in fingerprint if isinstance(word, str | int)])

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
