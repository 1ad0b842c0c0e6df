"""Score every row by a model that never saw its source, and choose the threshold by these scores."""

from __future__ import annotations

import collections
import math
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence

from filter_training.examples import Example, Row
from filter_training.learning import score_of, train

__all__ = ["by_source", "fitted_slope", "report_lines", "scored", "threshold_at"]

#: Sources of fewer attacks than this share a fold.
SMALL_SOURCE = 100

#: Rounds of Newton's method; it settles in ten.
ROUNDS = 25


def by_source(rows: Sequence[Row]) -> Callable[[Row], str]:
    """Return which fold a row belongs to: that of its source, small sources spread over the large ones."""
    attacks = collections.Counter(row.source for row in rows if row.is_attack)
    large = sorted(source for source, count in attacks.items() if count >= SMALL_SOURCE) or ["all"]

    def fold(row: Row) -> str:
        if attacks[row.source] >= SMALL_SOURCE:
            return row.source
        return large[zlib.crc32(f"{row.source} {row.group}".encode()) % len(large)]

    return fold


def scored(
    rows: Sequence[Row],
    *,
    fold: Callable[[Row], str],
    examples: Mapping[str, Sequence[Example]],
    generated: Sequence[Example],
    seed: int,
) -> dict[str, float]:
    """Return for each row's id the log odds by a model of the other folds.

    Args:
        rows: what is scored.
        fold: which fold a row belongs to.
        examples: what can be learned of each row, by its id.
        generated: examples that belong to no row.
        seed: of the training.
    """
    odds: dict[str, float] = {}
    for name in sorted({fold(row) for row in rows}):
        others = [one for row in rows if fold(row) != name for one in examples[row.id]]
        categoriser = train([*dict.fromkeys((*others, *generated))], seed=seed).categoriser()
        odds |= {row.id: score_of(row.segments, categoriser=categoriser) for row in rows if fold(row) == name}
    return odds


def threshold_at(
    rows: Sequence[Row], odds: Mapping[str, float], *, false_alarms: Mapping[str, float]
) -> float:
    """Return the least log odds that no more than these shares of the harmless rows of each kind reach."""
    found = []
    for kind, share in false_alarms.items():
        harmless = sorted(
            (odds[row.id] for row in rows if not row.is_attack and row.kind == kind), reverse=True
        )
        if harmless:
            found.append(harmless[int(share * len(harmless))])
    return max(found)


def fitted_slope(rows: Sequence[Row], odds: Mapping[str, float]) -> float:
    """Return the slope of a logistic regression of the label on the log odds."""
    slope, offset = 1.0, 0.0
    for _ in range(ROUNDS):
        g0 = g1 = h00 = h01 = h11 = 0.0
        for row in rows:
            x = odds[row.id]
            p = 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, slope * x + offset))))
            g0 += p - row.is_attack
            g1 += (p - row.is_attack) * x
            h00 += p * (1 - p)
            h01 += p * (1 - p) * x
            h11 += p * (1 - p) * x * x
        det = h00 * h11 - h01 * h01 + 1e-9
        offset -= (h11 * g0 - h01 * g1) / det
        slope -= (h00 * g1 - h01 * g0) / det
    return slope


def report_lines(rows: Sequence[Row], odds: Mapping[str, float], *, threshold: float) -> Iterator[str]:
    """Yield what share of each kind and of each source reaches the threshold."""
    groups: dict[str, list[bool]] = {}
    for row in rows:
        label = "attack" if row.is_attack else "harmless"
        names = [label, f"{label} kind {row.kind}"]
        names += [f"attack source {row.source}"] if row.is_attack else []
        names += [f"attack evasion {row.evasion}"] if row.evasion else []
        for name in names:
            groups.setdefault(name, []).append(odds[row.id] > threshold)
    for name in sorted(groups):
        hits = groups[name]
        yield f"{name:<45} {sum(hits):>5}/{len(hits):<5} {100 * sum(hits) / len(hits):6.2f} %"
