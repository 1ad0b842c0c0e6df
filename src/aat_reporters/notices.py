"""Tell the operator of the host program once what went wrong, and once when it is over.

Notices wait until the background thread has finished its round, for logging may block on a lock
that somebody holds who waits for that thread.
"""

from __future__ import annotations

import logging

__all__ = ["Notices"]

logger = logging.getLogger("aat_reporters")


class Notices:
    """Collect notices by topic; used by one thread."""

    def __init__(self) -> None:
        self._told: set[str] = set()
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

    def emit(self) -> None:
        """Log what waits."""
        waiting, self._waiting = self._waiting, []
        for level, text, values in waiting:
            logger.log(level, text, *values)
