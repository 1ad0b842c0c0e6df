"""Recognise errors that came before: give the signature of a snapshot from memory where that is possible.

A signature takes a tenth of a millisecond to make; a burst of one error must not cost that each time.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from types import CodeType
from typing import Any

from aat_reporters.counters import Tally
from aat_reporters.snapshots import Captured, Snapshot, thaw

__all__ = ["Identities", "Overflow", "Site"]

#: Errors remembered with their signature.
MAX_KNOWN = 1_024

#: Places where errors are raised, remembered with the signature of the last.
MAX_SITES = 2_048

#: Keys of a told report that its signature is made of.
_TOLD_KEYS = ("error", "stack", "type", "frames", "causes", "exceptions", "log", "context", "fingerprint")

#: A place: the kind of error, the code object or file, and the instruction or line.
Site = tuple[str, object, int]


class Identities:
    """Map snapshots and places to signatures; used by one thread."""

    def __init__(self, signature: Callable[[Snapshot], str]) -> None:
        self._signature = signature
        self._known: OrderedDict[Hashable, tuple[str, object]] = OrderedDict()
        self._sites: OrderedDict[tuple[str, int, int], tuple[str, object]] = OrderedDict()

    def signature(self, captured: Captured) -> str:
        """Give the stable signature of an error."""
        key = _key(captured)
        found = self._known.get(key)
        if found is not None:
            return found[0]
        signature = self._signature(thaw(captured))
        # Its parts hold the code objects whose ids are in the key.
        self._known[key] = (signature, captured[2])
        if len(self._known) > MAX_KNOWN:
            self._known.popitem(last=False)
        self.remember(captured, signature)
        return signature

    def remember(self, captured: Captured, signature: str) -> None:
        """Take a signature for that of the errors of a place, as where a fingerprint has changed it."""
        site = _site(captured)
        self._sites[_site_key(site)] = (signature, site[1])
        if len(self._sites) > MAX_SITES:
            self._sites.popitem(last=False)

    def at(self, site: Site) -> str | None:
        """Give the signature that errors of this place had last."""
        found = self._sites.get(_site_key(site))
        return found[0] if found is not None else None


class Overflow:
    """Count errors that found the queue full, by place; any thread counts, one thread reads.

    So the counts of a burst stay right although its reports were never made.
    """

    def __init__(self) -> None:
        self._tallies: dict[tuple[str, int, int], tuple[Site, Tally]] = {}
        self._read: dict[tuple[str, int, int], int] = {}

    def add(self, site: Site) -> bool:
        """Count one; False beyond MAX_SITES places, where nothing is remembered."""
        key = _site_key(site)
        found = self._tallies.get(key)
        if found is None:
            if len(self._tallies) >= MAX_SITES:
                return False
            found = self._tallies.setdefault(key, (site, Tally()))
        found[1].raise_by_one()
        return True

    def news(self) -> list[tuple[Site, int]]:
        """Give the counts since the last call."""
        news = []
        for key, (site, tally) in list(self._tallies.items()):
            value = tally.value
            more = value - self._read.get(key, 0)
            if more:
                self._read[key] = value
                news.append((site, more))
        return news


def _site(captured: Captured) -> Site:
    raised, logged = captured[2], captured[3]
    if raised is not None:
        points = raised[3]
        return (raised[1], points[-3], points[-2]) if points else (raised[1], None, 0)
    if logged is not None:
        return logged[1], logged[4], logged[5]
    return ("told", None, 0)


def _site_key(site: Site) -> tuple[str, int, int]:
    kind, place, position = site
    return kind, id(place) if isinstance(place, CodeType) else hash(place), position


def _key(captured: Captured) -> Hashable:
    _, _, raised, logged, _, extra, told = captured
    log: Hashable = None
    if logged is not None:
        log = (logged[1], _written(logged[2]), *logged[3:6])
    fingerprint = repr(extra["fingerprint"]) if "fingerprint" in extra else None
    text = tuple([repr(told.get(key)) for key in _TOLD_KEYS]) if told is not None else None
    return (_raised_key(raised) if raised is not None else None, log, fingerprint, text)


def _written(arguments: object) -> str:
    try:
        return repr(arguments)
    except ValueError:
        # A whole number of more digits than Python writes.
        return ""


def _raised_key(raised: tuple[Any, ...]) -> Hashable:
    module, name, message, points, _, _, relation, cause, members = raised
    return (
        module,
        name,
        message,
        # Hashing a code object takes longer than all the rest.
        tuple(map(id, points[::3])),
        points[1::3],
        relation,
        _raised_key(cause) if cause is not None else None,
        tuple(map(_raised_key, members)),
    )
