"""Keep a text together with the way back to the characters it came from."""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass

__all__ = ["View", "decoded", "substitute", "whole"]


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """Hold one reading of a field.

    Args:
        text: what is read.
        starts: for each character, and for the end, its place in the original; None where the text
            was decoded as a whole, so that every finding points at ``origin``.
        origin: the part of the original that this view covers.
        chain: the decodings that led here, outermost first.
    """

    text: str
    starts: Sequence[int] | None
    origin: tuple[int, int]
    chain: tuple[str, ...] = ()

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return where ``text[start:end]`` came from in the original."""
        if self.starts is None:
            return self.origin
        return self.starts[start], max(self.starts[min(end, len(self.text))], self.starts[start])


def whole(text: str) -> View:
    """Return the view that shows a text as it is."""
    return View(text=text, starts=range(len(text) + 1), origin=(0, len(text)))


def decoded(view: View, *, start: int, end: int, text: str, name: str) -> View:
    """Return what ``view.text[start:end]`` hides, pointing back at that part as a whole."""
    return View(text=text, starts=None, origin=view.span(start, end), chain=(*view.chain, name))


def substitute(
    view: View, pattern: re.Pattern[str], replace: Callable[[re.Match[str]], str | None], *, name: str
) -> View:
    """Return the view with matches replaced, or the same view if nothing changed.

    Args:
        view: what to change.
        pattern: what may be replaced; it must not match the empty string.
        replace: gives the replacement, or None to leave a match alone.
        name: joins the chain if anything was replaced; empty for a change not worth telling.
    """
    pieces: list[str] = []
    starts: array[int] | None = array("q") if view.starts is not None else None
    done = 0
    for match in pattern.finditer(view.text):
        new = replace(match)
        if new is None or new == match[0]:
            continue
        start, end = match.span()
        pieces += (view.text[done:start], new)
        if starts is not None and view.starts is not None:
            starts.extend(view.starts[done:start])
            starts.extend([view.starts[start]] * len(new))
        done = end
    if not pieces:
        return view
    pieces.append(view.text[done:])
    if starts is not None and view.starts is not None:
        starts.extend(view.starts[done:])
    chain = (*view.chain, name) if name and name not in view.chain[-1:] else view.chain
    return View(text="".join(pieces), starts=starts, origin=view.origin, chain=chain)
