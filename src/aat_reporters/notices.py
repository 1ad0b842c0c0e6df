"""Tell the operator of the host program once what went wrong, and once when it is over.

Notices wait until the background thread has finished its round, for logging may block on a lock
that somebody holds who waits for that thread.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping

__all__ = ["Notices"]

#: Seconds between two messages about losses.
LOSSES_INTERVAL = 60.0

#: Losses that somebody asked for.
INTENDED = frozenset({"before_send"})

logger = logging.getLogger("aat_reporters")


class Notices:
    """Collect notices by topic; used by one thread."""

    def __init__(self) -> None:
        self._told: set[str] = set()
        self._lost = 0
        self._tell_losses_at = 0.0
        self._waiting: list[tuple[int, str, tuple[object, ...]]] = []

    def warn(self, topic: str, text: str, *values: object) -> None:
        """Say it at WARNING, unless this topic is told already."""
        if topic not in self._told:
            self._told.add(topic)
            self._waiting.append((logging.WARNING, text, values))

    def over(self, topic: str, text: str, *values: object) -> None:
        """Say at INFO that a told topic is over; it may be told again afterwards."""
        if topic in self._told:
            self._told.discard(topic)
            self._waiting.append((logging.INFO, text, values))

    def losses(self, dropped: Mapping[str, int], now: float) -> None:
        """Say at WARNING how many reports were dropped and why, at most once a minute."""
        total = sum(count for reason, count in dropped.items() if reason not in INTENDED)
        if total > self._lost and now >= self._tell_losses_at:
            self._lost, self._tell_losses_at = total, now + LOSSES_INTERVAL
            reasons = ", ".join(f"{reason}: {count}" for reason, count in sorted(dropped.items()))
            self._waiting.append(
                (logging.WARNING, "reports dropped since the start: %d (%s)", (total, reasons))
            )

    def emit(self) -> None:
        """Log what waits."""
        waiting, self._waiting = self._waiting, []
        for level, text, values in waiting:
            logger.log(level, text, *values)
