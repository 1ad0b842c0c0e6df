"""Count by minute and by hour in a few bytes a bucket."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterator

__all__ = ["HOUR", "KEPT_HOURS", "KEPT_MINUTES", "MAX_COUNT", "MINUTE", "Series"]

#: Seconds of the two sizes of buckets.
MINUTE, HOUR = 60, 3_600

#: Minutes that are counted one by one; older ones by the hour alone.
KEPT_MINUTES = 24 * 60

#: Hours that are kept, as long as OCCURRENCES keeps its messages.
KEPT_HOURS = 30 * 24

#: Highest count of a bucket; what a stranger counts beyond that is cut.
MAX_COUNT = 2**32 - 1


#: Buckets up to which nothing is forgotten: deleting few at a time moves the array too often.
_PRUNED_FROM = 60


class Series:
    """Hold how often something occurred; at most 24 hours by minute and 30 days by hour.

    A bucket is one number of 64 bits, its place in the upper half and its count in the lower, in an
    array sorted by place: 50,000 signatures with 20 buckets each take 16 MB, as dictionaries 115 MB.
    """

    __slots__ = ("_hours", "_minutes")

    def __init__(self) -> None:
        self._minutes = array("Q")
        self._hours = array("Q")

    def add(self, at: float, count: int, *, now: float) -> None:
        """Count.

        Args:
            at: when, seconds since the epoch; the future counts as now.
            count: how often, at least 1.
            now: seconds since the epoch, from which the kept time reaches back.
        """
        minute = int(at if at < now else now) // MINUTE
        newest = int(now) // MINUTE
        if minute > newest - KEPT_MINUTES:
            _count(self._minutes, minute, count)
            if len(self._minutes) > _PRUNED_FROM:
                _prune(self._minutes, newest - KEPT_MINUTES, KEPT_MINUTES)
        hour, newest = minute // 60, newest // 60
        if hour > newest - KEPT_HOURS:
            _count(self._hours, hour, count)
            if len(self._hours) > _PRUNED_FROM:
                _prune(self._hours, newest - KEPT_HOURS, KEPT_HOURS)

    def total(self, unit: int = HOUR, *, since: float = 0.0) -> int:
        """Add up the buckets of this size, MINUTE or HOUR, from the one that ``since`` lies in."""
        source = self._minutes if unit == MINUTE else self._hours
        return sum(bucket & MAX_COUNT for bucket in source[bisect_left(source, (int(since) // unit) << 32) :])

    def buckets(self, unit: int, *, since: float, now: float) -> Iterator[tuple[int, int]]:
        """Give start (seconds since the epoch) and count of each bucket that is not empty, oldest first.

        Args:
            unit: MINUTE, which reaches back 24 hours, or HOUR, which reaches back 30 days.
            since: the bucket that this second lies in comes first.
            now: seconds since the epoch.
        """
        source = self._minutes if unit == MINUTE else self._hours
        kept = KEPT_MINUTES if unit == MINUTE else KEPT_HOURS
        first = max(int(since) // unit, int(now) // unit - kept + 1)
        for index in range(bisect_left(source, first << 32), len(source)):
            yield (source[index] >> 32) * unit, source[index] & MAX_COUNT

    def to_arrays(self) -> tuple[array[int], array[int]]:
        """Give minutes and hours as they are kept."""
        return self._minutes, self._hours

    @classmethod
    def from_arrays(cls, minutes: array[int], hours: array[int]) -> Series:
        """Take arrays that ``to_arrays`` gave, unchecked: whoever kept them knows that they are whole."""
        series = cls.__new__(cls)
        series._minutes, series._hours = minutes, hours
        return series


def _count(source: array[int], place: int, count: int) -> None:
    key = place << 32
    # Mostly the newest bucket, for messages come nearly in the order of time.
    index = len(source) - 1
    if index < 0 or source[index] >> 32 != place:
        index = bisect_left(source, key)
        if index == len(source) or source[index] >> 32 != place:
            source.insert(index, key | (count if count < MAX_COUNT else MAX_COUNT))
            return
    count += source[index] & MAX_COUNT
    source[index] = key | (count if count < MAX_COUNT else MAX_COUNT)


def _prune(source: array[int], horizon: int, kept: int) -> None:
    """Forget what is older than the horizon, once it is much: deleting moves the whole array."""
    if len(source) > kept + _PRUNED_FROM or source[30] >> 32 <= horizon:
        del source[: bisect_left(source, (horizon + 1) << 32)]
