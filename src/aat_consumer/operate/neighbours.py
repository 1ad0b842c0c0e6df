"""Find who else is on the server, and which streams take a subject."""

from __future__ import annotations

import re

from aat_consumer import streams
from aat_consumer.errors import QueueError
from aat_consumer.jetstream import JetStream

__all__ = ["others", "plain", "takers", "takers_of"]

#: Letters that a name in a finding may have: whoever writes to the streams chooses some of them.
_NOT_PLAIN = re.compile(r"[^A-Za-z0-9._+/:@>*$-]")

#: Ends of stream names by which another namespace is recognised.
_MARKS = ("_OCCURRENCES", "_INVESTIGATIONS")


async def others(js: JetStream) -> tuple[str, ...]:
    """Name other namespaces by the streams that only this program makes."""
    found: dict[str, set[str]] = {}
    for name in await _stream_names(js, {}):
        for mark in _MARKS:
            if name.endswith(mark):
                found.setdefault(name.removesuffix(mark), set()).add(mark)
    mine = js.namespace.name.upper()
    both = [name for name, marks in found.items() if len(marks) == len(_MARKS) and name != mine]
    return tuple(sorted(plain(name.lower()) for name in both))


async def takers_of(js: JetStream, stream: str) -> tuple[str, ...]:
    """Name the streams that take a subject of a missing one."""
    spec = next(spec for spec in streams.plan_streams(js.namespace) if spec.name == stream)
    found = [name for subject in spec.subjects for name in await takers(js, subject)]
    return tuple(sorted(set(found)))


async def takers(js: JetStream, subject: str) -> tuple[str, ...]:
    """Name the streams that take a subject.

    Raises:
        QueueError: no server, or it refuses.
    """
    return tuple(plain(name) for name in await _stream_names(js, {"subject": subject}))


async def _stream_names(js: JetStream, body: dict[str, object]) -> list[str]:
    """Name streams of everybody; none where this user may not ask, which the server leaves unanswered."""
    names: list[str] = []
    while True:
        try:
            page = await js.ask("STREAM.NAMES", {**body, "offset": len(names)})
        except QueueError:
            return names
        names += page.get("streams") or []
        if not page.get("streams") or len(names) >= page.get("total", 0):
            return names


def plain(text: str) -> str:
    """Make a name harmless that somebody else chose."""
    return _NOT_PLAIN.sub("_", text)[:255]
