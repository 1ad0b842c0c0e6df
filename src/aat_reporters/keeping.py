"""Keep messages that cannot be sent now: in the spool, else in a bounded memory; used by one thread."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from aat_reporters.counters import Counters
from aat_reporters.messages import Message
from aat_reporters.notices import Notices
from aat_reporters.spool import Spool, Written
from aat_reporters.spool_errors import SpoolError, is_busy, is_corrupt

__all__ = ["UNUSABLE", "Keeping"]

#: Messages and bytes kept in memory where there is no spool.
MAX_HELD = 1_000
MAX_HELD_BYTES = 8 * 1024 * 1024

#: Seconds to leave a spool alone that another process uses, or that cannot be used.
OTHER_USES = 5.0
UNUSABLE = 30.0


@dataclass(slots=True)
class Keeping:
    """Write to the spool, or to memory.

    Args:
        spool: None where spooling is off.
        counters: learn what is kept and lost.
        notices: tell what is wrong with the spool.
    """

    spool: Spool | None
    counters: Counters
    notices: Notices
    #: Whether the spool is worth a look; unknown at the start, for another process may have left one.
    may_be_spooled: bool = True
    #: Monotonic time until which the spool is left alone.
    busy_until: float = 0.0
    held: deque[Message] = field(default_factory=deque)
    _held_bytes: int = 0

    @property
    def is_waiting(self) -> bool:
        """Tell whether something may wait in memory or on disk."""
        return bool(self.held) or (self.may_be_spooled and self.spool is not None)

    @property
    def held_reports(self) -> int:
        """Count the reports that wait in memory."""
        return sum(message.is_report for message in list(self.held))

    def keep(self, messages: Sequence[Message]) -> set[str]:
        """Write messages to the spool, else hold them in memory; give the ids that are on disk."""
        if not messages:
            return set()
        together = [*self.held, *messages]
        written = self._write(together)
        if written is None:
            self.hold(messages)
            return set()
        on_disk, left = together[: written.kept], together[written.kept :]
        self.held.clear()
        self._held_bytes = 0
        self.may_be_spooled = True
        self.counters.spooled += written.added
        # The others wait in the spool already, under the same id.
        self.counters.suppressed += sum(message.is_report for message in on_disk) - written.added
        self.counters.drop_many("spool full", written.evicted)
        self.counters.drop_many("too old in the spool", written.expired)
        if written.evicted:
            self.notices.warn("spool full", "the spool is full, the oldest reports are dropped")
        if left:
            self.hold(left)
            self.notices.warn("spool", "the disk of the spool is full, further reports wait in memory")
        else:
            self.notices.over("spool", "the spool works again")
        return {message.id for message in on_disk}

    def hold(self, messages: Sequence[Message]) -> None:
        """Keep messages in memory; where there is no room, counts go before reports, and the oldest first."""
        self.held.extend(messages)
        self._held_bytes += sum(len(message.payload) for message in messages)
        if self._is_too_much and len(self.held) > self.held_reports:
            self._drop_counts()
        while self.held and self._is_too_much:
            self.counters.drop_many("server away and no spool", int(self.take_held().is_report))

    @property
    def _is_too_much(self) -> bool:
        return len(self.held) > MAX_HELD or self._held_bytes > MAX_HELD_BYTES

    def _drop_counts(self) -> None:
        """Drop the oldest counts until the rest fits, or none is left."""
        for message in [message for message in self.held if not message.is_report]:
            if not self._is_too_much:
                return
            self.held.remove(message)
            self._held_bytes -= len(message.payload)

    def take_held(self) -> Message:
        """Take the oldest message out of memory."""
        message = self.held.popleft()
        self._held_bytes -= len(message.payload)
        return message

    def leave(self, seconds: float = OTHER_USES) -> None:
        """Leave the spool to the process that is using it, for a while."""
        self.busy_until = time.monotonic() + seconds

    def give_up(self) -> None:
        """Count what is only in memory as lost."""
        self.counters.drop_many("not delivered before the exit", self.held_reports)
        self.held.clear()
        self._held_bytes = 0

    def spool_failed(self, error: SpoolError) -> bool:
        """Tell what is wrong with the spool; True when it was damaged and a new one can be written."""
        assert self.spool is not None
        if is_busy(error):
            self.leave()
            return False
        if not is_corrupt(error):
            self.notices.warn("spool", "the spool cannot be used, reports wait in memory: %s", error.strerror)
            return False
        try:
            aside = self.spool.set_aside()
        except OSError as exc:
            self.notices.warn("spool", "the spool is damaged and cannot be moved away: %s", exc)
            return False
        self.busy_until = 0.0
        self.notices.warn("damaged", "the spool was damaged; what can be saved by hand is in %s", aside)
        return True

    def _write(self, messages: Sequence[Message]) -> Written | None:
        if self.spool is None:
            return None
        try:
            return self.spool.write(messages)
        except SpoolError as exc:
            if not self.spool_failed(exc):
                return None
        try:
            return self.spool.write(messages)
        except SpoolError as exc:
            self.spool_failed(exc)
            return None
