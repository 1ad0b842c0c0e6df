"""Get messages to the stream, or keep them until that works; used by the background thread.

What cannot be sent goes to the spool at once, and to a bounded memory where the spool cannot be used.
"""

from __future__ import annotations

import json
import random
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from aat_reporters.counters import Counters
from aat_reporters.errors import NotConnectedError
from aat_reporters.messages import Fate, Message, Outcome, Outlet
from aat_reporters.notices import Notices
from aat_reporters.report import MAX_REPORT_BYTES, encode
from aat_reporters.settings import ReporterSettings
from aat_reporters.spool import Spool, SpoolError, Written, is_busy, is_corrupt

__all__ = ["Delivery"]

#: Messages and bytes on their way at a time; 128 small ones reach the highest rate (measured).
WINDOW_MESSAGES = 128
WINDOW_BYTES = 4 * 1024 * 1024

#: Seconds before the first new try, and between tries at most.
FIRST_RETRY = 0.25
LAST_RETRY = 15.0

#: Seconds to leave a replay to the process that is at it.
OTHER_REPLAYS = 5.0

#: Messages and bytes kept in memory where there is no spool.
MAX_HELD = 1_000
MAX_HELD_BYTES = 8 * 1024 * 1024

#: Seconds of the exit's time that are kept for writing the spool.
SPOOL_RESERVE = 0.4

#: Names the occurrence counts of all signatures among what may be closed.
COUNTS = "occurrence counts"

#: Bytes of headers and protocol beside a payload.
_ENVELOPE_BYTES = 1_024


@dataclass(slots=True)
class _Backoff:
    """Remember when to try again: doubling, and spread so that a fleet does not come back at once."""

    delay: float = 0.0
    until: float = 0.0

    def failed(self, now: float) -> None:
        self.delay = min(max(self.delay * 2, FIRST_RETRY), LAST_RETRY)
        self.until = now + self.delay * random.uniform(0.5, 1.0)  # noqa: S311  # no secret hangs on it

    def worked(self) -> None:
        self.delay = self.until = 0.0


@dataclass(slots=True)
class Delivery:
    """Send, spool and replay.

    Args:
        settings: of the reporter.
        outlet: sends.
        spool: keeps; None where spooling is off.
        counters: learn what became of reports.
        notices: tell what went wrong.
    """

    settings: ReporterSettings
    outlet: Outlet
    spool: Spool | None
    counters: Counters
    notices: Notices
    _away: _Backoff = field(default_factory=_Backoff)
    _blocked: dict[str, _Backoff] = field(default_factory=dict)
    _held: deque[Message] = field(default_factory=deque)
    _held_bytes: int = 0
    _may_be_spooled: bool = True
    _replay_at: float = 0.0

    def deliver(self, messages: Sequence[Message], *, deadline: float | None = None) -> set[str]:
        """Send messages, or keep them.

        Args:
            messages: any number.
            deadline: monotonic time by which to give up waiting.

        Returns:
            The ids of those that are safe: acknowledged, or on disk.
        """
        safe: set[str] = set()
        kept: list[Message] = []
        left = list(messages)
        while left:
            ready = [message for message in left if self._may_try(message)]
            kept += [message for message in left if not self._may_try(message)]
            window = _window(ready)
            if not window:
                kept += ready
                break
            settled, unsettled = self._send(window, deadline)
            safe |= settled
            kept += unsettled
            left = ready[len(window) :]
        return safe | self._keep(kept)

    def replay(self, *, deadline: float | None = None) -> None:
        """Send what waits in memory and on disk, in order, as far as the server takes it."""
        now = time.monotonic()
        if now < max(self._away.until, self._replay_at) or not self.is_waiting:
            return
        while self._held and self._may_try(self._held[0]):
            message = self._held.popleft()
            self._held_bytes -= len(message.payload)
            settled, kept = self._send([message], deadline)
            self.counters.replayed += len(settled) if message.is_report else 0
            if kept:
                self._hold(kept)
                break
        if self.spool is not None and self._may_be_spooled:
            try:
                self._replay_spool(self.spool, deadline)
            except SpoolError as exc:
                self._spool_failed(exc)

    @property
    def is_waiting(self) -> bool:
        """Tell whether something may wait in memory or on disk."""
        return bool(self._held) or (self._may_be_spooled and self.spool is not None)

    @property
    def held(self) -> int:
        """Count the reports that wait in memory."""
        return sum(message.is_report for message in self._held)

    def next_due(self) -> float | None:
        """Tell when a replay is worth trying, in monotonic seconds."""
        if not self.is_waiting:
            return None
        blocked = min((one.until for one in self._blocked.values()), default=0.0)
        return max(self._away.until, self._replay_at, blocked)

    def hurry(self) -> None:
        """Try again at once at the next occasion, as a flush asks for."""
        self._away.until = self._replay_at = 0.0
        for one in self._blocked.values():
            one.until = 0.0

    def give_up(self) -> None:
        """Count what is still only in memory as lost, and close the connection."""
        self.counters.drop_many("not delivered before the exit", self.held)
        self._held.clear()
        self._held_bytes = 0
        self.outlet.close()

    def _may_try(self, message: Message) -> bool:
        return self._is_open(_gate(message))

    def _is_open(self, gate: str) -> bool:
        now = time.monotonic()
        blocked = self._blocked.get(gate)
        return now >= self._away.until and (blocked is None or now >= blocked.until)

    def _send(self, window: Sequence[Message], deadline: float | None) -> tuple[set[str], list[Message]]:
        """Send one window; give the ids that need no more care, and the messages that do."""
        connect, acknowledge = self._times(deadline)
        if connect <= 0:
            return set(), list(window)
        try:
            outcomes = self.outlet.send(window, connect=connect, acknowledge=acknowledge)
        except NotConnectedError as exc:
            self._away.failed(time.monotonic())
            self.notices.warn("away", "%s; reports are kept and sent later", exc)
            return set(), list(window)
        self._away.worked()
        self.notices.over("away", "the NATS server at %s is back", self.settings.connection.server)
        settled: set[str] = set()
        kept: list[Message] = []
        for message, outcome in zip(window, outcomes, strict=True):
            if self._settle(message, outcome, deadline):
                settled.add(message.id)
            else:
                kept.append(message)
        if any(outcome.fate is Fate.UNCONFIRMED for outcome in outcomes):
            self._away.failed(time.monotonic())
        return settled, kept

    def _settle(self, message: Message, outcome: Outcome, deadline: float | None) -> bool:
        """Count one outcome; False where the message must be kept."""
        match outcome.fate:
            case Fate.PUBLISHED | Fate.DUPLICATE:
                self._count(message, outcome.fate)
                if self._blocked.pop(_gate(message), None) is not None:
                    self.notices.over(_gate(message), "%s takes reports now", message.subject)
                return True
            case Fate.TOO_LARGE:
                return self._send_smaller(message, outcome, deadline)
            case Fate.BLOCKED:
                self._blocked.setdefault(_gate(message), _Backoff()).failed(time.monotonic())
                self._tell_blocked(message, outcome.reason)
                return False
            case Fate.UNCONFIRMED:
                return False

    def _count(self, message: Message, fate: Fate) -> None:
        if not message.is_report:
            return
        if fate is Fate.PUBLISHED:
            self.counters.published += 1
        else:
            self.counters.duplicate += 1

    def _tell_blocked(self, message: Message, reason: str) -> None:
        kind = "error reports" if message.is_report else "occurrence counts"
        self.notices.warn(
            _gate(message),
            "%s are kept and not delivered, %s: %s; make the streams with: aat stream ensure"
            if "no stream" in reason
            else "%s are kept and not delivered, %s: %s",
            kind,
            message.subject,
            reason,
        )

    def _send_smaller(self, message: Message, outcome: Outcome, deadline: float | None) -> bool:
        """Cut a report down to what the server takes, once."""
        limit = (outcome.limit_bytes or MAX_REPORT_BYTES // 4) - _ENVELOPE_BYTES
        if message.is_report and _ENVELOPE_BYTES <= limit < len(message.payload):
            smaller = replace(message, payload=encode(json.loads(message.payload), max_bytes=limit))
            connect, acknowledge = self._times(deadline)
            try:
                (again,) = self.outlet.send([smaller], connect=max(connect, 0.05), acknowledge=acknowledge)
            except NotConnectedError:
                return False
            if again.fate is not Fate.TOO_LARGE:
                return self._settle(smaller, again, deadline)
        self.counters.drop_many("too large for the server", int(message.is_report))
        self.notices.warn("size", "a report of %d bytes is dropped: %s", len(message.payload), outcome.reason)
        return True

    def _times(self, deadline: float | None) -> tuple[float, float]:
        connect, acknowledge = self.settings.connect_timeout, self.settings.send_timeout
        if deadline is None:
            return connect, acknowledge
        left = deadline - time.monotonic() - SPOOL_RESERVE
        return min(connect, left), max(min(acknowledge, left), 0.05)

    def _keep(self, messages: Sequence[Message]) -> set[str]:
        """Write messages to the spool, else hold them in memory; give the ids that are on disk."""
        if not messages:
            return set()
        together = [*self._held, *messages]
        written = self._write(together)
        if written is None:
            self._hold(messages)
            return set()
        self._held.clear()
        self._held_bytes = 0
        self._may_be_spooled = True
        self.notices.over("spool", "the spool works again")
        self.counters.spooled += written.added
        # The others wait in the spool already, under the same id.
        self.counters.suppressed += sum(message.is_report for message in together) - written.added
        self.counters.drop_many("spool full", written.evicted)
        self.counters.drop_many("too old in the spool", written.expired)
        if written.evicted:
            self.notices.warn("spool full", "the spool is full, the oldest reports are dropped")
        return {message.id for message in messages}

    def _write(self, messages: Sequence[Message]) -> Written | None:
        if self.spool is None:
            return None
        try:
            return self.spool.write(messages)
        except SpoolError as exc:
            if not self._spool_failed(exc):
                return None
        try:
            return self.spool.write(messages)
        except SpoolError as exc:
            self._spool_failed(exc)
            return None

    def _hold(self, messages: Sequence[Message]) -> None:
        self._held.extend(messages)
        self._held_bytes += sum(len(message.payload) for message in messages)
        while self._held and (len(self._held) > MAX_HELD or self._held_bytes > MAX_HELD_BYTES):
            oldest = self._held.popleft()
            self._held_bytes -= len(oldest.payload)
            self.counters.drop_many("server away and no spool", int(oldest.is_report))

    def _replay_spool(self, spool: Spool, deadline: float | None) -> None:
        with spool.replaying() as is_ours:
            if not is_ours:
                self._replay_at = time.monotonic() + OTHER_REPLAYS
                return
            self.counters.drop_many("too old in the spool", spool.expire())
            while deadline is None or time.monotonic() < deadline - SPOOL_RESERVE:
                closed = [gate for gate in self._blocked if not self._is_open(gate)]
                rows = _window_of_rows(
                    spool.read(WINDOW_MESSAGES, without=closed, with_counts=COUNTS not in closed)
                )
                if not rows:
                    self._may_be_spooled = spool.waiting() > 0
                    return
                settled, kept = self._send([message for _, message in rows], deadline)
                spool.remove([number for number, message in rows if message.id in settled])
                self.counters.replayed += sum(m.is_report for _, m in rows if m.id in settled)
                if kept and time.monotonic() < self._away.until:
                    return

    def _spool_failed(self, error: SpoolError) -> bool:
        """Tell what is wrong with the spool; True when it was damaged and a new one can be written."""
        assert self.spool is not None
        if is_busy(error):
            self._replay_at = time.monotonic() + OTHER_REPLAYS
            return False
        self._may_be_spooled = False
        if not is_corrupt(error):
            self.notices.warn("spool", "the spool cannot be used, reports wait in memory: %s", error.strerror)
            return False
        try:
            aside = self.spool.set_aside()
        except OSError as exc:
            self.notices.warn("spool", "the spool is damaged and cannot be moved away: %s", exc)
            return False
        self.notices.warn("damaged", "the spool was damaged; what can be saved by hand is in %s", aside)
        return True


def _gate(message: Message) -> str:
    """Name what a refusal closes: a subject of reports, or all counts, whose subjects are without number."""
    return message.subject if message.is_report else COUNTS


def _window(messages: Sequence[Message]) -> Sequence[Message]:
    size = 0
    for number, message in enumerate(messages[:WINDOW_MESSAGES]):
        size += len(message.payload)
        if size > WINDOW_BYTES and number:
            return messages[:number]
    return messages[:WINDOW_MESSAGES]


def _window_of_rows(rows: Sequence[tuple[int, Message]]) -> Sequence[tuple[int, Message]]:
    return rows[: len(_window([message for _, message in rows]))]
