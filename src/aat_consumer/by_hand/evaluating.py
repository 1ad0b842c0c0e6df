"""Measure the filter on a user's own labelled texts."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from aat_consumer.errors import EvaluationError
from aat_consumer.ports import Verdict

__all__ = ["Rate", "evaluate", "read_labelled"]

#: Standard deviations on each side of a 95 % interval.
Z = 1.96

#: Name of the group of all rows of a label.
ALL = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """Hold one text with what it is."""

    text: str
    is_attack: bool
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """Say how many of some texts were blocked.

    Args:
        is_attack: whether they should be.
        kind: what kind of text it is, empty for all of the label.
    """

    is_attack: bool
    kind: str
    blocked: int
    of: int

    def interval(self) -> tuple[float, float]:
        """Return the 95 % interval of the true share by Wilson's formula."""
        share = self.blocked / self.of
        middle = share + Z * Z / (2 * self.of)
        spread = Z * math.sqrt(share * (1 - share) / self.of + Z * Z / (4 * self.of * self.of))
        scale = 1 + Z * Z / self.of
        return max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale)

    def to_json(self) -> dict[str, object]:
        """Return plain JSON values."""
        low, high = self.interval()
        return {
            "label": int(self.is_attack),
            "kind": self.kind or None,
            "blocked": self.blocked,
            "of": self.of,
            "share": round(self.blocked / self.of, 4),
            "interval": [round(low, 4), round(high, 4)],
        }


def read_labelled(path: Path) -> Iterator[Labelled]:
    """Yield the rows of a JSONL file: ``text``, ``label`` 1 or 0, ``kind`` if there is one.

    Raises:
        EvaluationError: the file cannot be read, or a line is no such row; it names the line.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as exc:
        raise EvaluationError(f"{str(path)!r} cannot be read: {type(exc).__name__}") from exc
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield _labelled(line, where=f"{str(path)!r}, line {number}")


def _labelled(line: str, *, where: str) -> Labelled:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as exc:
        raise EvaluationError(f"{where}: no JSON; a row is {{'text': ..., 'label': 1 or 0}}") from exc
    if not isinstance(row, dict) or not isinstance(row.get("text"), str):
        raise EvaluationError(f"{where}: 'text' must be a string")
    if row.get("label") not in (0, 1):
        raise EvaluationError(f"{where}: 'label' must be 1 for an attack or 0")
    return Labelled(text=row["text"], is_attack=bool(row["label"]), kind=str(row.get("kind") or ""))


def evaluate(rows: Iterable[Labelled], *, screen: Callable[[str], Verdict]) -> list[Rate]:
    """Judge every text; return the shares of attacks caught and false alarms, over all and by kind."""
    counts: dict[tuple[bool, str], list[int]] = {}
    for row in rows:
        blocked = screen(row.text).blocked
        for kind in dict.fromkeys((ALL, row.kind)):
            count = counts.setdefault((row.is_attack, kind), [0, 0])
            count[0] += blocked
            count[1] += 1
    return [
        Rate(is_attack=is_attack, kind=kind, blocked=blocked, of=of)
        for (is_attack, kind), (blocked, of) in sorted(
            counts.items(), key=lambda one: (not one[0][0], one[0][1])
        )
    ]
