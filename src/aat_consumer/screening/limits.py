"""Bound the work that one report can cause."""

from __future__ import annotations

import time
from dataclasses import dataclass

__all__ = ["Deadline", "LimitPassedError", "Limits"]


class LimitPassedError(OverflowError):
    """A report needs more than the filter gives one.

    Args:
        used: what the report needs, or what was used when judging it stopped.
        limit: what it may need.
        unit: of both, in one word: ``characters``, or ``s`` for seconds of CPU time.
    """

    def __init__(self, *, used: float, limit: float, unit: str) -> None:
        super().__init__(f"{used:g} {unit} are more than {limit:g}")
        self.used = used
        self.limit = limit
        self.unit = unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Hold every bound of the filter; what passes one is blocked, never let through unread.

    Args:
        text_characters: all strings of a report together. The caller trims to 48 KB before.
        fields: strings in one report, keys included.
        depth: levels of nested objects and lists.
        layers: decodings undone one inside the other.
        views: texts that decoding may add to one field.
        expansion: decoded characters over all views of a report, as a multiple of its size.
        expansion_floor: decoded characters that are always allowed.
        seconds: CPU time of the screening thread for one report, loading the lexicon not counted.
    """

    text_characters: int = 300_000
    fields: int = 2_000
    depth: int = 40
    layers: int = 5
    views: int = 60
    expansion: int = 4
    expansion_floor: int = 20_000
    seconds: float = 0.4


class Deadline:
    """Raise ``LimitPassedError`` once the CPU time of this thread is used up.

    CPU time and not wall-clock time, so that a busy machine does not block harmless reports.
    Belongs to the thread that made it.
    """

    __slots__ = ("_seconds", "_start")

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._start = time.thread_time()

    def check(self) -> None:
        """Raise if the time is over.

        Raises:
            LimitPassedError: the report took more CPU time than allowed.
        """
        used = time.thread_time() - self._start
        if used > self._seconds:
            raise LimitPassedError(used=round(used, 3), limit=self._seconds, unit="s")
