"""Work out the shapes of sparklines and bars; templates draw them as SVG. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

__all__ = ["Bars", "Sparkline", "bars", "fill_in", "sparkline"]

#: Height of a drawing in its own units; CSS gives the size on the page.
HEIGHT = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Sparkline:
    """A line of small bars: the SVG path, its width, and in words what it shows."""

    path: str
    width: int
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bars:
    """Stacked bars, one path for each name, on a common scale of which ``top`` is the highest value."""

    paths: list[tuple[str, str]]
    columns: int
    width: int
    height: int
    top: int


def fill_in(buckets: Iterable[tuple[int, int]], *, unit: int, since: float, now: float) -> list[int]:
    """Give the count of each bucket from one time to another, empty ones included."""
    first, last = int(since) // unit, int(now) // unit
    counts = [0] * (last - first + 1)
    for start, count in buckets:
        place = start // unit - first
        if 0 <= place < len(counts):
            counts[place] += count
    return counts


def sparkline(counts: Sequence[int], *, what: str) -> Sparkline:
    """Draw counts as bars of width 3 with a gap of 1; a count that is not 0 can be seen.

    Args:
        counts: oldest first.
        what: the time they cover, such as ``24 hours``.
    """
    top = max(counts, default=0)
    label = f"{sum(counts):,} in the last {what}, at most {top:,} at a time"
    return Sparkline(
        path=_bars(counts, [0] * len(counts), top, HEIGHT, 3), width=len(counts) * 4, label=label
    )


def bars(series: Mapping[str, Sequence[int]], *, height: int = 160, wide: int = 6) -> Bars:
    """Stack several series of the same length."""
    length = max((len(counts) for counts in series.values()), default=0)
    sums = [sum(counts[place] for counts in series.values()) for place in range(length)]
    top = max(sums, default=0)
    base = [0] * length
    paths = []
    for name, counts in series.items():
        paths.append((name, _bars(counts, base, top, height, wide)))
        base = [below + count for below, count in zip(base, counts, strict=True)]
    return Bars(paths=paths, columns=length, width=length * (wide + 1), height=height, top=top)


def _bars(counts: Sequence[int], base: Sequence[int], top: int, height: int, wide: int) -> str:
    shapes = []
    for place, (count, below) in enumerate(zip(counts, base, strict=True)):
        if count:
            low = height - below / top * height
            high = min(height - (below + count) / top * height, low - 1)
            shapes.append(f"M{place * (wide + 1)} {low:.1f}V{high:.1f}h{wide}V{low:.1f}z")
    return "".join(shapes)
