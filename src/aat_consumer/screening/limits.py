"""Bound the work that one report can cause."""

from __future__ import annotations

import time
from dataclasses import dataclass

__all__ = ["Deadline", "Limits"]


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
    seconds: float = 0.3


class Deadline:
    """Raise ``TimeoutError`` once the CPU time of this thread is used up.

    CPU time and not wall-clock time, so that a busy machine does not block harmless reports.
    Belongs to the thread that made it.
    """

    __slots__ = ("_end",)

    def __init__(self, seconds: float) -> None:
        self._end = time.thread_time() + seconds

    def check(self) -> None:
        """Raise if the time is over.

        Raises:
            TimeoutError: the report took more CPU time than allowed.
        """
        if time.thread_time() > self._end:
            raise TimeoutError("screening took too long")
