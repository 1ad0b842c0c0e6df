"""Recognise errors that came before: give the signature of a snapshot from memory where that is possible.

A signature takes a tenth of a millisecond to make; a burst of one error must not cost that each time.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from types import CodeType

from aat_reporters.capture import Raised, Snapshot
from aat_reporters.counters import Tally

__all__ = ["Identities", "Overflow", "Site"]

#: Errors remembered with their signature.
MAX_KNOWN = 1_024

#: Places where errors are raised, remembered with the signature of the last.
MAX_SITES = 2_048

#: A place: the kind of error, the code object or file, and the instruction or line.
Site = tuple[str, object, int]


class Identities:
    """Map snapshots and places to signatures; used by one thread."""

    def __init__(self, signature: Callable[[Snapshot], str]) -> None:
        self._signature = signature
        self._known: OrderedDict[Hashable, tuple[str, object]] = OrderedDict()
        self._sites: OrderedDict[tuple[str, int, int], tuple[str, object]] = OrderedDict()

    def signature(self, snapshot: Snapshot) -> str:
        """Give the stable signature of an error."""
        key = _key(snapshot)
        found = self._known.get(key)
        if found is not None:
            return found[0]
        signature = self._signature(snapshot)
        # The snapshot's parts hold the code objects whose ids are in the key.
        self._known[key] = (signature, snapshot.raised)
        if len(self._known) > MAX_KNOWN:
            self._known.popitem(last=False)
        site = site_of(snapshot)
        self._sites[_site_key(site)] = (signature, site[1])
        if len(self._sites) > MAX_SITES:
            self._sites.popitem(last=False)
        return signature

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

    def add(self, site: Site) -> None:
        """Count one; beyond MAX_SITES places nothing is remembered."""
        key = _site_key(site)
        found = self._tallies.get(key)
        if found is None:
            if len(self._tallies) >= MAX_SITES:
                return
            found = self._tallies.setdefault(key, (site, Tally()))
        found[1].raise_by_one()

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


def site_of(snapshot: Snapshot) -> Site:
    """Give the place of an error."""
    raised, logged = snapshot.raised, snapshot.logged
    if raised is not None and raised.points:
        code, offset, _ = raised.points[-1]
        return raised.name, code, offset
    if logged is not None:
        return logged.template, logged.file, logged.line
    return (raised.name if raised is not None else "", None, 0)


def _site_key(site: Site) -> tuple[str, int, int]:
    kind, place, position = site
    return kind, id(place) if isinstance(place, CodeType) else hash(place), position


def _key(snapshot: Snapshot) -> Hashable:
    raised, logged = snapshot.raised, snapshot.logged
    log: Hashable = None
    if logged is not None:
        log = (logged.template, logged.message, logged.file, logged.line, repr(logged.arguments))
    return (_raised_key(raised) if raised is not None else None, log, repr(snapshot.extra.get("fingerprint")))


def _raised_key(raised: Raised) -> Hashable:
    return (
        raised.module,
        raised.name,
        raised.message,
        # Hashing a code object takes longer than all the rest.
        tuple([(id(code), offset) for code, offset, _ in raised.points]),
        raised.relation,
        _raised_key(raised.cause) if raised.cause is not None else None,
        tuple([_raised_key(member) for member in raised.members]),
    )
