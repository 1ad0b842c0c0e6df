"""Decide when to try again what the server did not take: all of it while it is away, else by subject."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field

from aat_reporters.messages import Message

__all__ = ["COUNTS", "Retrying"]

#: Seconds before the first new try, and between tries at most.
FIRST_RETRY = 0.25
LAST_RETRY = 15.0

#: Names the occurrence counts of all signatures among what may be closed.
COUNTS = "occurrence counts"


@dataclass(slots=True)
class _Pause:
    """One thing that failed: doubling, and spread so that a fleet does not come back at once."""

    length: float = 0.0
    until: float = 0.0

    def failed(self) -> None:
        self.length = min(max(self.length * 2, FIRST_RETRY), LAST_RETRY)
        spread = random.uniform(0.5, 1.0)  # noqa: S311  # no secret hangs on it
        self.until = time.monotonic() + self.length * spread

    def worked(self) -> None:
        self.length = self.until = 0.0


@dataclass(slots=True)
class Retrying:
    """Remember what failed, and until when it is left alone; used by one thread."""

    _away: _Pause = field(default_factory=_Pause)
    _closed: dict[str, _Pause] = field(default_factory=dict)

    def gate(self, message: Message) -> str:
        """Name what a refusal closes: a subject of reports, or all counts, which have many subjects."""
        return message.subject if message.is_report else COUNTS

    def may_try(self, message: Message) -> bool:
        """Tell whether it is time to send this message."""
        return not self.is_away and self._is_open(self.gate(message))

    @property
    def is_away(self) -> bool:
        """Tell whether the server is left alone just now."""
        return time.monotonic() < self._away.until

    def closed(self) -> list[str]:
        """Name the gates that are closed just now."""
        return [gate for gate in self._closed if not self._is_open(gate)]

    def server_failed(self) -> None:
        """Leave the server alone for a while."""
        self._away.failed()

    def server_answered(self) -> None:
        """Start the next outage with a short pause."""
        self._away.worked()

    def refused(self, message: Message) -> None:
        """Close the message's gate for a while."""
        self._closed.setdefault(self.gate(message), _Pause()).failed()

    def taken(self, message: Message) -> bool:
        """Open the message's gate; True when it had been closed."""
        return self._closed.pop(self.gate(message), None) is not None

    def hurry(self) -> None:
        """Let everything be tried at the next occasion."""
        self._away.until = 0.0
        for pause in self._closed.values():
            pause.until = 0.0

    def next_try(self) -> float:
        """Tell when something may be tried, in monotonic seconds; 0 for at once."""
        return max(self._away.until, min((one.until for one in self._closed.values()), default=0.0))

    def _is_open(self, gate: str) -> bool:
        pause = self._closed.get(gate)
        return pause is None or time.monotonic() >= pause.until
