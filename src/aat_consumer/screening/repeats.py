"""Leave out what has been read, with the way back kept."""

from __future__ import annotations

import re
from array import array
from collections.abc import Sequence

from aat_consumer.screening.views import View

__all__ = ["without_read", "without_repeats"]

#: Clauses that are read in one piece: what is said over more of them is too far apart for any rule.
TOGETHER = 12

#: Characters below which leaving clauses out saves nothing.
SHORT = 2_000

#: Where a line, or a clause in it, ends.
_END = re.compile(r"(?<=\n)|(?<=[.!?,;:])(?= )")


def without_repeats(view: View) -> View:
    """Return the view without clauses that repeat, as those of a recursion's trace do, or the same view.

    Every ``TOGETHER`` clauses or lines that follow each other in the text do so in what is left, so nothing
    that is said within them is lost. Those of one word stay: a blob may be broken over them, and needs each.
    """
    if len(view.text) < SHORT:
        return view
    clauses = _END.split(view.text)
    numbers: dict[str, int] = {}
    names = [numbers.setdefault(clause, len(numbers)) for clause in clauses]
    if len(clauses) - len(numbers) < TOGETHER:
        return view
    kept = bytearray(" " not in clause.strip() for clause in clauses)
    seen: set[tuple[int, ...]] = set()
    for first in range(max(1, len(clauses) - TOGETHER + 1)):
        window = tuple(names[first : first + TOGETHER])
        if window not in seen:
            seen.add(window)
            kept[first : first + len(window)] = b"\x01" * len(window)
    return _only(view, clauses, kept)


def without_read(view: View, *, read: View) -> View:
    """Return the clauses of a view that another lacks, with those around them, or the same view."""
    if len(view.text) < SHORT:
        return view
    clauses = _END.split(view.text)
    known = set(_END.split(read.text))
    kept = bytearray(len(clauses))
    for place, clause in enumerate(clauses):
        if clause not in known:
            first, behind = max(0, place - TOGETHER), min(len(clauses), place + TOGETHER + 1)
            kept[first:behind] = b"\x01" * (behind - first)
    return _only(view, clauses, kept)


def _only(view: View, clauses: Sequence[str], kept: bytearray) -> View:
    """Return the view of the clauses that are kept."""
    if all(kept):
        return view
    texts: list[str] = []
    starts: array[int] | None = array("q") if view.starts is not None else None
    place = 0
    for clause, keep in zip(clauses, kept, strict=True):
        behind = place + len(clause)
        if keep:
            texts.append(clause)
            if starts is not None and view.starts is not None:
                starts.extend(view.starts[place:behind])
        place = behind
    if starts is not None and view.starts is not None:
        starts.append(view.starts[place])
    return View(text="".join(texts), starts=starts, origin=view.origin, chain=view.chain)
