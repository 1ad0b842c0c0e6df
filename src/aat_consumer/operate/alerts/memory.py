"""Remember of each signature what the rules ask for: seen in which releases, fixed where, how often.

Everything here is folded from the streams again at the next start. Pure: the clock is the time of each
message.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

from aat_consumer.operate.alerts.happenings import Happening
from aat_consumer.operate.history import HOUR, MINUTE, Series

__all__ = ["Memory", "Seen"]

#: Signatures remembered; beyond that the one that was silent longest is forgotten, and would be new again.
MAX_SIGNATURES = 100_000

#: Releases remembered of one signature.
MAX_RELEASES = 50

#: Reports whose text waits for the message that says whose it is.
MAX_KEPT = 1_000

#: Seconds before the present that a spike is compared with.
BASELINE = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What one happening means in the light of all before it.

    Args:
        is_new: the signature was not known.
        fixed_in: the release of an earlier fix, where it is seen in a release that was not known; else None.
        in_window: occurrences within the window that ends now.
        mean: occurrences in such a window on average, over the 24 hours before; 0 for a new one.
        title: what the error says, from whatever message told it.
        place: where it was raised.
        level: of its reports.
    """

    is_new: bool = False
    fixed_in: str | None = None
    in_window: int = 0
    mean: float = 0.0
    title: str = ""
    place: str = ""
    level: str = ""


@dataclass(slots=True)
class _Signature:
    first: float
    title: str = ""
    place: str = ""
    level: str = ""
    releases: dict[str, float] = field(default_factory=dict)
    fixes: dict[str, float] = field(default_factory=dict)
    series: Series = field(default_factory=Series)


class Memory:
    """Fold happenings in the order in which they were stored.

    Args:
        window: seconds of the window in which a spike is counted.
    """

    def __init__(self, *, window: float) -> None:
        self._window = int(window) // MINUTE * MINUTE
        self._signatures: OrderedDict[str, _Signature] = OrderedDict()
        self._kept: OrderedDict[str, Happening] = OrderedDict()
        self._words: dict[str, Happening] = {}

    def observe(self, happening: Happening) -> Seen:
        """Take one happening in, and say what it means."""
        if happening.kind == "kept":
            self._kept[happening.task_id] = happening
            if len(self._kept) > MAX_KEPT:
                self._kept.popitem(last=False)
            return Seen()
        if not happening.signature:
            return Seen()
        known = self._signatures.get(happening.signature)
        is_new = known is None
        if known is None:
            known = self._signatures[happening.signature] = _Signature(first=happening.at)
            self._describe(known, self._words.pop(happening.signature, happening))
            if len(self._signatures) > MAX_SIGNATURES:
                self._signatures.popitem(last=False)
        self._signatures.move_to_end(happening.signature)
        self._describe(known, happening)
        fixed_in = None if is_new else _regressed(known, happening)
        _note_release(known, happening)
        in_window, mean = self._count(known, happening) if happening.kind == "counted" else (0, 0.0)
        return Seen(
            is_new=is_new and happening.kind in ("queued", "started", "counted"),
            fixed_in=fixed_in,
            in_window=in_window,
            mean=mean,
            title=known.title,
            place=known.place,
            level=known.level,
        )

    def describe(self, happening: Happening) -> None:
        """Keep the words of a report for the first happening of its signature, which may have none."""
        if happening.kind == "kept":
            self.observe(happening)
        elif happening.kind == "started" and (told := self._kept.pop(happening.task_id, None)) is not None:
            self._words.setdefault(happening.signature, told)

    def _describe(self, known: _Signature, happening: Happening) -> None:
        told = happening if happening.title else self._kept.pop(happening.task_id, None)
        if told is not None:
            known.title, known.place, known.level = told.title, told.place, told.level

    def _count(self, known: _Signature, happening: Happening) -> tuple[int, float]:
        """Count occurrences, and give those of the window that ends now with the mean before it."""
        now = happening.at
        known.first = min(known.first, happening.seen)
        known.series.add(happening.seen, happening.count, now=now)
        begin = now - self._window + MINUTE
        if happening.seen < begin - MINUTE:  # a spool that was sent late is no spike now
            return 0, 0.0
        in_window = sum(count for _, count in known.series.buckets(MINUTE, since=begin, now=now))
        all_day = sum(count for _, count in known.series.buckets(HOUR, since=now - BASELINE, now=now))
        age = min(now - known.first, BASELINE) - self._window
        mean = (all_day - in_window) * self._window / age if age >= self._window else 0.0
        return in_window, mean


def _regressed(known: _Signature, happening: Happening) -> str | None:
    """Give the release of the last fix, where this release was not known to have the error."""
    release = happening.release
    if happening.kind not in ("queued", "started", "counted") or not known.fixes or not release:
        return None
    if release in known.releases or release in known.fixes:
        return None
    return max(known.fixes, key=lambda name: known.fixes[name])


def _note_release(known: _Signature, happening: Happening) -> None:
    if happening.kind == "fixed":
        known.fixes[happening.release] = happening.at
    known.releases.setdefault(happening.release, happening.at)
    for releases in (known.releases, known.fixes):
        while len(releases) > MAX_RELEASES:
            del releases[min(releases, key=lambda name: releases[name])]
