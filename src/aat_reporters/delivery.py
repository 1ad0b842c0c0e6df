"""Get messages to the stream, or keep them until that works; used by one thread."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from aat_reporters.counters import Counters
from aat_reporters.errors import NotConnectedError
from aat_reporters.keeping import UNUSABLE, Keeping
from aat_reporters.messages import Deadline, Fate, Message, Outcome, Outlet
from aat_reporters.notices import Notices
from aat_reporters.report import MAX_REPORT_BYTES, encode
from aat_reporters.retrying import COUNTS, Retrying
from aat_reporters.settings import ReporterSettings
from aat_reporters.spool import Spool
from aat_reporters.spool_errors import SpoolError

__all__ = ["Delivery"]

#: Messages and bytes on their way at a time; 128 small ones reach the highest rate (measured).
WINDOW_MESSAGES = 128
WINDOW_BYTES = 4 * 1024 * 1024

#: Seconds of the exit's time that are kept for writing the spool.
SPOOL_RESERVE = 0.6

#: Bytes of headers and protocol beside a payload.
ENVELOPE_BYTES = 1_024


@dataclass(slots=True)
class Delivery:
    """Send, spool and replay.

    Args:
        settings: of the reporter.
        outlet: sends.
        keeping: keeps what cannot be sent.
        counters: learn what became of reports.
        notices: tell what went wrong.
        deadline: by which all must be over, as at the exit.
    """

    settings: ReporterSettings
    outlet: Outlet
    keeping: Keeping
    counters: Counters
    notices: Notices
    deadline: Deadline
    _retrying: Retrying = field(default_factory=Retrying)

    def deliver(self, messages: Sequence[Message]) -> set[str]:
        """Send messages, or keep them.

        Args:
            messages: any number.

        Returns:
            The ids of those that are safe: acknowledged, or on disk.
        """
        safe: set[str] = set()
        kept: list[Message] = []
        left = list(messages)
        while left:
            ready = [message for message in left if self._retrying.may_try(message)]
            kept += [message for message in left if not self._retrying.may_try(message)]
            window = _window(ready)
            settled, unsettled = self._send(window) if window else (set(), [])
            safe |= settled
            kept += unsettled
            left = ready[len(window) :]
        return safe | self.keeping.keep(kept)

    def replay(self) -> None:
        """Send what waits in memory and on disk, in order, as far as the server takes it."""
        keeping = self.keeping
        if self._retrying.is_away or not keeping.is_waiting:
            return
        while keeping.held and self._retrying.may_try(keeping.held[0]):
            message = keeping.take_held()
            settled, kept = self._send([message])
            self.counters.replayed += len(settled) if message.is_report else 0
            if kept:
                keeping.hold(kept)
                break
        if keeping.spool is not None and keeping.may_be_spooled and time.monotonic() >= keeping.busy_until:
            try:
                self._replay_spool(keeping.spool)
            except SpoolError as exc:
                keeping.leave(UNUSABLE)
                keeping.spool_failed(exc)

    def next_due(self) -> float | None:
        """Tell when a replay is worth trying, in monotonic seconds."""
        if not self.keeping.is_waiting:
            return None
        next_try = self._retrying.next_try()
        return next_try if self.keeping.held else max(next_try, self.keeping.busy_until)

    def hurry(self) -> None:
        """Try again at the next occasion, as a flush asks for."""
        self._retrying.hurry()
        self.keeping.busy_until = 0.0

    def close(self) -> None:
        """Count what is still only in memory as lost, and close the connection."""
        self.keeping.give_up()
        self.outlet.close()

    def _replay_spool(self, spool: Spool) -> None:
        with spool.replaying() as is_ours:
            if not is_ours:
                self.keeping.leave()
                return
            self.counters.drop_many("too old in the spool", spool.expire())
            while time.monotonic() < self._until():
                closed = self._retrying.closed()
                rows = spool.read(WINDOW_MESSAGES, without=closed, with_counts=COUNTS not in closed)
                rows = rows[: len(_window([message for _, message in rows]))]
                if not rows:
                    self.keeping.may_be_spooled = spool.waiting() > 0
                    return
                settled, _ = self._send([message for _, message in rows])
                done = [(number, message) for number, message in rows if message.id in settled]
                spool.remove([number for number, _ in done])
                self.counters.replayed += sum(message.is_report for _, message in done)
                if self._retrying.is_away:
                    return

    def _send(self, window: Sequence[Message]) -> tuple[set[str], list[Message]]:
        """Send one window; give the ids that need no more care, and the messages that do."""
        if time.monotonic() >= self._until():
            self._retrying.server_failed()
            return set(), list(window)
        try:
            outcomes = self._send_out(window)
        except NotConnectedError as exc:
            self._retrying.server_failed()
            self.notices.warn("away", "%s; reports are kept and sent later", exc)
            return set(), list(window)
        settled: set[str] = set()
        kept: list[Message] = []
        for message, outcome in zip(window, outcomes, strict=True):
            if self._settle(message, outcome):
                settled.add(message.id)
            else:
                kept.append(message)
        if any(outcome.fate is Fate.UNCONFIRMED for outcome in outcomes):
            self._retrying.server_failed()
        else:
            self._retrying.server_answered()
            self.notices.over("away", "the NATS server at %s is back", self.settings.connection.server)
        return settled, kept

    def _settle(self, message: Message, outcome: Outcome) -> bool:
        """Count one outcome; False where the message must be kept."""
        match outcome.fate:
            case Fate.PUBLISHED | Fate.DUPLICATE:
                self._count(message, outcome.fate)
                if self._retrying.taken(message):
                    gate = self._retrying.gate(message)
                    self.notices.over(gate, "the server takes messages again: %s", gate)
                return True
            case Fate.TOO_LARGE:
                return self._send_smaller(message, outcome)
            case Fate.BLOCKED:
                self._retrying.refused(message)
                self._tell_refused(message, outcome.reason)
                return False
            case Fate.UNCONFIRMED:
                return False

    def _count(self, message: Message, fate: Fate) -> None:
        if message.is_report and fate is Fate.PUBLISHED:
            self.counters.published += 1
        elif message.is_report:
            self.counters.duplicate += 1

    def _tell_refused(self, message: Message, reason: str) -> None:
        what = "error reports" if message.is_report else "occurrence counts"
        advice = "; make the streams with: aat stream ensure" if "no stream" in reason else ""
        text = "%s are kept and not delivered, %s: %s%s"
        self.notices.warn(self._retrying.gate(message), text, what, message.subject, reason, advice)

    def _send_smaller(self, message: Message, outcome: Outcome) -> bool:
        """Cut a report down to what the server takes, once."""
        limit = (outcome.limit_bytes or MAX_REPORT_BYTES // 4) - ENVELOPE_BYTES
        if message.is_report and ENVELOPE_BYTES <= limit < len(message.payload):
            smaller = replace(message, payload=encode(json.loads(message.payload), max_bytes=limit))
            try:
                (again,) = self._send_out([smaller])
            except NotConnectedError:
                return False
            if again.fate is not Fate.TOO_LARGE:
                return self._settle(smaller, again)
        self.counters.drop_many("too large for the server", int(message.is_report))
        size = len(message.payload)
        self.notices.warn("size", "a report of %d bytes is dropped: %s", size, outcome.reason)
        return True

    def _send_out(self, messages: Sequence[Message]) -> list[Outcome]:
        settings = self.settings
        connect, acknowledge = settings.connect_timeout, settings.send_timeout
        return self.outlet.send(messages, connect=connect, acknowledge=acknowledge, until=self._until)

    def _until(self) -> float:
        """Tell when to stop waiting for the server, and start writing what is left to the spool."""
        return self.deadline() - SPOOL_RESERVE


def _window(messages: Sequence[Message]) -> Sequence[Message]:
    """Give as many of the first messages as may be on their way together."""
    size = 0
    for number, message in enumerate(messages[:WINDOW_MESSAGES]):
        size += len(message.payload)
        if size > WINDOW_BYTES and number:
            return messages[:number]
    return messages[:WINDOW_MESSAGES]
