"""Count what became of errors, exactly and without a lock."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

__all__ = ["Counters", "Stats", "Tally"]


class Tally:
    """A number that any thread may raise by one; itertools.count does that in one step."""

    __slots__ = ("_count", "raise_by_one")

    def __init__(self) -> None:
        self._count = itertools.count()
        #: Gives the number before it was raised.
        self.raise_by_one = self._count.__next__

    @property
    def value(self) -> int:
        """Read the number; a count shows it only in its repr, ``count(5)``."""
        return int(repr(self._count)[6:-1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Stats:
    """What became of the errors of this process since it started (or was forked).

    An accepted error ends in exactly one of published, duplicate, suppressed, dropped or waiting;
    a spooled one waits on disk and ends in published or duplicate when it is replayed, perhaps by
    another process.

    Args:
        accepted: taken from the program.
        published: acknowledged by the stream as new.
        duplicate: acknowledged by the stream as known.
        suppressed: counted only, for the same report went out less than a minute ago.
        spooled: written to disk while the server was away.
        replayed: sent from the disk, of whatever process.
        waiting: still in memory.
        fingerprint_failed: times the ``fingerprint`` of the settings failed or gave no list of words, so
            that an error went its way under the signature that it would have had without; none is lost.
        dropped: lost, by reason.
    """

    accepted: int
    published: int
    duplicate: int
    suppressed: int
    spooled: int
    replayed: int
    waiting: int
    fingerprint_failed: int = 0
    dropped: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))

    def as_dict(self) -> dict[str, object]:
        """Give the numbers for JSON."""
        names = (
            "accepted",
            "published",
            "duplicate",
            "suppressed",
            "spooled",
            "replayed",
            "waiting",
            "fingerprint_failed",
        )
        return {name: getattr(self, name) for name in names} | {"dropped": dict(self.dropped)}


class Counters:
    """Hold the numbers: the calling threads raise accepted and dropped, the background thread the rest."""

    def __init__(self) -> None:
        self.accepted = Tally()
        self.published = 0
        self.duplicate = 0
        self.suppressed = 0
        self.spooled = 0
        self.replayed = 0
        self.fingerprint_failed = 0
        self._late = 0
        self._dropped: dict[str, Tally] = {}
        self._dropped_many: dict[str, int] = {}

    def count_late(self, count: int) -> None:
        """Count errors that found the queue full and were repeats; only the background thread may."""
        self._late += count
        self.suppressed += count

    def drop(self, reason: str) -> None:
        """Count one lost error; any thread may."""
        tally = self._dropped.get(reason)
        if tally is None:
            tally = self._dropped.setdefault(reason, Tally())
        tally.raise_by_one()

    def drop_many(self, reason: str, count: int) -> None:
        """Count lost errors; only the background thread may."""
        if count:
            self._dropped_many[reason] = self._dropped_many.get(reason, 0) + count

    def dropped(self) -> dict[str, int]:
        """Give the losses by reason."""
        losses = {reason: tally.value for reason, tally in list(self._dropped.items())}
        for reason, count in list(self._dropped_many.items()):
            losses[reason] = losses.get(reason, 0) + count
        return losses

    def stats(self, waiting: int) -> Stats:
        """Give the numbers as they are now."""
        return Stats(
            accepted=self.accepted.value + self._late,
            published=self.published,
            duplicate=self.duplicate,
            suppressed=self.suppressed,
            spooled=self.spooled,
            replayed=self.replayed,
            waiting=waiting,
            fingerprint_failed=self.fingerprint_failed,
            dropped=MappingProxyType(self.dropped()),
        )
