"""Send a harmless error through the configured reporter, and find it on the stream."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from aat_reporters._jetstream import JetStreamOutlet
from aat_reporters.counters import Stats
from aat_reporters.errors import NotConnectedError
from aat_reporters.messages import Deadline, Fate, Message, Outcome
from aat_reporters.publishing import Publisher
from aat_reporters.reporter import Reporter
from aat_reporters.settings import ReporterSettings

__all__ = ["Canary", "send_canary"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Canary:
    """What became of a canary.

    Args:
        id: its message id.
        subject: where it was sent.
        arrived: whether the stream acknowledged it.
        milliseconds: from the report to the acknowledgement.
        stream: which stream holds it.
        sequence: its number there.
        duplicate: whether the stream knew it.
        removed: whether it was found on the stream and taken off again.
        problem: what is wrong, empty where nothing is.
        advice: what to do about it.
        stats: the reporter's own numbers.
    """

    id: str = ""
    subject: str = ""
    arrived: bool = False
    milliseconds: float = 0.0
    stream: str = ""
    sequence: int = 0
    duplicate: bool = False
    removed: bool = False
    problem: str = ""
    advice: str = ""
    stats: Stats


@dataclass(slots=True)
class _Watched:
    """Watch what an outlet does to the canary."""

    outlet: JetStreamOutlet
    sent: list[tuple[Message, Outcome, float]] = field(default_factory=list)
    failure: str = ""

    def send(
        self, messages: Sequence[Message], *, connect: float, acknowledge: float, until: Deadline
    ) -> list[Outcome]:
        try:
            outcomes = self.outlet.send(messages, connect=connect, acknowledge=acknowledge, until=until)
        except NotConnectedError as exc:
            self.failure = str(exc)
            raise
        arrived = time.monotonic()
        self.sent += [
            (message, outcome, arrived) for message, outcome in zip(messages, outcomes, strict=True)
        ]
        return outcomes

    def close(self) -> None:
        """Leave the connection open: the canary is still to be looked for."""


def send_canary(settings: ReporterSettings, *, keep: bool = False) -> Canary:
    """Send one error the whole way, from the program's thread to the acknowledgement.

    Args:
        settings: of the reporter to try; its spool is left out, so that no canary comes late.
        keep: leave it on the stream, where a consumer will take it for an error.
    """
    outlet = JetStreamOutlet(settings.connection, name="aat-report test")
    watched = _Watched(outlet)
    publisher = Publisher(replace(settings, spool=""), make_outlet=lambda: watched)
    reporter = Reporter(publisher)
    started = time.monotonic()
    reporter.report(
        RuntimeError("canary of aat-report test; nothing is wrong"),
        canary=True,
        fingerprint=["aat-report test", os.urandom(8).hex()],
    )
    reporter.flush(settings.connect_timeout + settings.send_timeout)
    stats = reporter.stats()
    publisher.finish(0.5)
    try:
        return _seen(watched, started, stats, keep=keep)
    finally:
        outlet.close()


def _seen(watched: _Watched, started: float, stats: Stats, *, keep: bool) -> Canary:
    found = next((one for one in watched.sent if one[0].is_report), None)
    if found is None:
        problem = watched.failure or "the reporter sent nothing in time"
        return Canary(problem=problem, advice=_advice(problem), stats=stats)
    message, outcome, arrived = found
    canary = Canary(id=message.id, subject=message.subject, problem=outcome.reason, stats=stats)
    if outcome.fate not in (Fate.PUBLISHED, Fate.DUPLICATE):
        return replace(canary, advice=_advice(outcome.reason))
    removed = not keep and watched.outlet.remove(outcome.stream, outcome.sequence)
    return replace(
        canary,
        arrived=True,
        milliseconds=round((arrived - started) * 1000, 1),
        stream=outcome.stream,
        sequence=outcome.sequence,
        duplicate=outcome.fate is Fate.DUPLICATE,
        removed=removed,
    )


def _advice(problem: str) -> str:
    text = problem.lower()
    if "no stream" in text:
        return "make the streams of this namespace with: aat stream ensure"
    if "inbox" in text:
        return "'aat init --nats-permissions' prints the prefix of each user"
    if "permission" in text:
        return "allow this user to publish there: aat init --nats-permissions prints what is needed"
    if "authorization" in text or "authentication" in text:
        return "check NATS_CREDS, NATS_USER and NATS_PASSWORD, NATS_TOKEN or NATS_NKEY"
    if "tls" in text or "certificate" in text:
        return "check NATS_CA, NATS_CERT and NATS_KEY, and that the server offers TLS"
    if "full" in text:
        return "let a consumer take reports off, or give the stream more max_bytes"
    return "check NATS_URL, and that the server runs; aat dev starts one on this machine"
