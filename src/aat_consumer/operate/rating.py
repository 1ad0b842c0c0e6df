"""Sum up how often errors occur, by environment and signature, for people. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from aat_consumer.operate.history import Rate

__all__ = ["Line", "sparkline", "sum_up"]

_BARS = "▁▂▃▄▅▆▇█"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """How often one signature occurred in one environment.

    Args:
        environment: as its publishers name it.
        signature: empty for all of the environment.
        errors: within the time looked at.
        per_unit: on average in a minute or an hour.
        last: in the newest minute or hour, which is not over.
        most: in the busiest one.
        counts: of each minute or hour, oldest first, zeros included.
    """

    environment: str
    signature: str
    errors: int
    per_unit: float
    last: int
    most: int
    counts: tuple[int, ...]


def sum_up(rates: Iterable[Rate], *, unit: int, since: float, now: float) -> list[Line]:
    """Give a line for each environment and signature, most errors first.

    Args:
        rates: of ``History.rates`` with the same arguments.
        unit: seconds of a bucket.
        since: seconds since the epoch; its bucket counts whole.
        now: seconds since the epoch.
    """
    first, last = int(since) // unit, int(now) // unit
    counted: dict[tuple[str, str], list[int]] = {}
    for rate in rates:
        place = rate.start // unit - first
        if 0 <= place <= last - first:
            key = (rate.environment, rate.signature)
            counted.setdefault(key, [0] * (last - first + 1))[place] += rate.errors
    lines = [_line(key, counts) for key, counts in counted.items()]
    return sorted(lines, key=lambda line: (-line.errors, line.environment, line.signature))


def sparkline(counts: Sequence[int], *, width: int) -> str:
    """Draw counts as bars in at most so many characters; neighbours are added up."""
    if not counts:
        return ""
    step = -(-len(counts) // width)
    sums = [sum(counts[at : at + step]) for at in range(0, len(counts), step)]
    most = max(sums)
    return "".join(_BARS[value * (len(_BARS) - 1) // most] if value else " " for value in sums)


def _line(key: tuple[str, str], counts: list[int]) -> Line:
    errors = sum(counts)
    return Line(
        environment=key[0],
        signature=key[1],
        errors=errors,
        per_unit=errors / len(counts),
        last=counts[-1],
        most=max(counts),
        counts=tuple(counts),
    )
