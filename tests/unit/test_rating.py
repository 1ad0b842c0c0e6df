"""Counts are summed up by environment and signature, most first."""

from __future__ import annotations

import pytest

from aat_consumer.operate.history import HOUR, MINUTE, Rate
from aat_consumer.operate.rating import sparkline, sum_up

NOW = 1_800_000_000.0 - 1_800_000_000.0 % HOUR + 1_800  # half past


def test_counts_fall_into_their_hours_and_none_is_lost() -> None:
    this_hour = int(NOW) // HOUR * HOUR
    rates = [
        Rate(this_hour, "staging", "s1-a", 2),
        Rate(this_hour - HOUR, "staging", "s1-a", 4),
        Rate(this_hour - HOUR, "production", "s1-a", 30),
        Rate(this_hour - 9 * HOUR, "staging", "s1-a", 500),
    ]
    lines = sum_up(rates, unit=HOUR, since=NOW - 3 * HOUR + 1, now=NOW)
    assert [(line.environment, line.errors) for line in lines] == [("production", 30), ("staging", 6)]
    assert lines[1].counts == (0, 4, 2) or lines[1].counts == (0, 0, 4, 2)
    assert (lines[1].last, lines[1].most) == (2, 4)
    assert lines[1].per_unit == pytest.approx(6 / len(lines[1].counts))


def test_by_minute_only_the_minutes_asked_for_count() -> None:
    minute = int(NOW) // MINUTE * MINUTE
    rates = [Rate(minute - place * MINUTE, "staging", "s1-a", 1) for place in range(10)]
    (line,) = sum_up(rates, unit=MINUTE, since=NOW - 4 * MINUTE, now=NOW)
    assert line.counts == (1, 1, 1, 1, 1)


@pytest.mark.parametrize(
    ("counts", "drawn"),
    [((), ""), ((0, 0), "  "), ((0, 1, 7), " ▂█"), ((5,), "█"), ((1, 1, 1, 1), "██")],
)
def test_bars_show_zeros_as_nothing_and_the_most_as_full(counts: tuple[int, ...], drawn: str) -> None:
    assert sparkline(counts, width=2 if len(counts) == 4 else 10) == drawn
