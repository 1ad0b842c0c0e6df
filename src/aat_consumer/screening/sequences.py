"""Match rules against symbols: concepts in order with bounded gaps.

spaCy's Matcher expands a gap of up to n symbols to n optional ones and tries every way to leave some
out, which is exponential in n (measured: 0.37 s on 800 characters). One pass over the places of each
symbol does the same in linear time, so a hostile report cannot buy time here.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from aat_consumer.screening.lexicon import START, UNKNOWN

__all__ = ["Sequences"]

#: Further concepts that a word may stand for besides the one that a rule looks for: each is a symbol.
STACKED = 2


@dataclass(frozen=True, slots=True)
class Step:
    """Hold one symbol of a pattern and how far behind the one before it may stand."""

    names: frozenset[str]
    optional: bool
    gap: int
    through_unknown: bool


@dataclass(frozen=True, slots=True)
class Pattern:
    """Hold a compiled pattern with the rule it belongs to."""

    rule: str
    steps: tuple[Step, ...]


class Sequences:
    """Find rules in symbols; immutable, so any thread may use it.

    Args:
        rules: pairs of rule id and patterns such as ``FORGET ~4 PREVIOUS INSTRUCTION``: ``A|B`` is
            either, ``A?`` may be missing, ``~n`` is up to n symbols of any kind.
    """

    __slots__ = ("_by_first",)

    def __init__(self, rules: Iterable[tuple[str, Sequence[str]]]) -> None:
        by_first: dict[str, list[Pattern]] = {}
        for rule, patterns in rules:
            for text in patterns:
                pattern = _compile(rule, text)
                for name in sorted(pattern.steps[0].names):
                    by_first.setdefault(name, []).append(pattern)
        self._by_first = {name: tuple(patterns) for name, patterns in by_first.items()}

    def find(self, symbols: Sequence[str]) -> list[tuple[str, int, int]]:
        """Return rule id, first symbol and end of one match of every rule that matches."""
        places: dict[str, list[int]] = {}
        for place, symbol in enumerate(symbols):
            if symbol != UNKNOWN:
                places.setdefault(symbol, []).append(place)
        found: dict[str, tuple[int, int]] = {}
        for name in places:
            for pattern in self._by_first.get(name, ()):
                if pattern.rule in found:
                    continue
                match = _match(pattern.steps, symbols, places)
                if match is not None:
                    found[pattern.rule] = match
        return [(rule, start, end) for rule, (start, end) in found.items()]


def _match(
    steps: tuple[Step, ...], symbols: Sequence[str], places: Mapping[str, list[int]]
) -> tuple[int, int] | None:
    """Return start and end of one match, or None."""
    for step in steps:
        if not step.optional and not any(name in places for name in step.names):
            return None
    reached: dict[int, int] = {place: place for place in _places(steps[0], places)}
    for step in steps[1:]:
        ends = sorted(reached)
        onward: dict[int, int] = {}
        for place in _places(step, places):
            before = bisect_left(ends, place) - 1
            if before >= 0 and _near(step, symbols, ends[before], place):
                onward[place] = reached[ends[before]]
        reached = {**reached, **onward} if step.optional else onward
        if not reached:
            return None
    end = min(reached)
    return reached[end], end + 1


def _places(step: Step, places: Mapping[str, list[int]]) -> list[int]:
    """Return where a step could match, in order."""
    if len(step.names) == 1:
        return places.get(next(iter(step.names)), [])
    return sorted(place for name in step.names for place in places.get(name, ()))


def _near(step: Step, symbols: Sequence[str], before: int, place: int) -> bool:
    """Return whether a step may follow the one before it at such a distance."""
    if place - before - 1 > step.gap:
        return False
    return step.through_unknown or not any(one in (UNKNOWN, START) for one in symbols[before + 1 : place])


def _compile(rule: str, text: str) -> Pattern:
    steps: list[Step] = []
    gap = 0
    for atom in text.split():
        if atom.startswith("~"):
            gap = int(atom[1:])
            continue
        names = frozenset(atom.rstrip("?").split("|"))
        steps.append(
            Step(names=names, optional=atom.endswith("?"), gap=gap + STACKED, through_unknown=gap > 0)
        )
        gap = 0
    if not steps or steps[0].optional:
        raise ValueError(f"pattern of rule {rule!r} must begin with a symbol: {text!r}")
    return Pattern(rule=rule, steps=tuple(steps))
