"""Tell every open page what changed, resumed by the sequences of the streams. Server-sent events.

The id of an event names how far each followed stream was folded, so a browser that was away, even over a
restart of the dashboard, is told what changed since: the streams know.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field

__all__ = ["Hub", "News", "read_id", "write_id"]

#: Seconds between two events while things change all the time; the first after a rest goes out at once.
INTERVAL = 0.1

#: Seconds after which an empty line keeps a connection open through proxies.
KEEP_ALIVE = 15.0

#: Issues that an event names; more are everything.
MAX_NAMED = 100

#: Pages that can be open at a time.
MAX_PAGES = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What changed: some signatures, or everything."""

    id: str
    signatures: tuple[str, ...] = ()
    is_everything: bool = False

    def encode(self) -> bytes:
        """Give it as an event; JSON has no line breaks, so a hostile signature cannot end it."""
        data = json.dumps({"signatures": list(self.signatures), "all": self.is_everything})
        return f"id: {self.id}\nevent: change\ndata: {data}\n\n".encode()


@dataclass(slots=True, eq=False)
class _Page:
    news: asyncio.Event = field(default_factory=asyncio.Event)
    signatures: set[str] = field(default_factory=set)
    is_everything: bool = False
    is_last: bool = False


class Hub:
    """Hold the open pages; use it from one event loop.

    Args:
        take_changed: gives the signatures that changed since it was asked last.
        where: gives the id of the present state.
    """

    def __init__(self, *, take_changed: Callable[[], set[str]], where: Callable[[], str]) -> None:
        self._take_changed = take_changed
        self._where = where
        self._pages: set[_Page] = set()
        self._dirty = asyncio.Event()
        self._is_everything = False
        self._is_closed = False

    def change(self) -> None:
        """Note that something changed; what, is asked for when it is told."""
        self._dirty.set()

    def change_everything(self) -> None:
        """Note that whatever a page shows may be different now."""
        self._is_everything = True
        self._dirty.set()

    def close(self) -> None:
        """End every open connection, so that a server can stop."""
        self._is_closed = True
        for page in self._pages:
            page.is_last = True
            page.news.set()

    async def run(self) -> None:
        """Tell the pages, for ever; while things change all the time, ten times a second."""
        while True:
            await self._dirty.wait()
            self._dirty.clear()
            changed = self._take_changed()
            for page in self._pages:
                page.signatures |= changed
                page.is_everything |= self._is_everything or len(page.signatures) > MAX_NAMED
                page.news.set()
            self._is_everything = False
            await asyncio.sleep(INTERVAL)

    async def events(self, missed: News) -> AsyncIterator[bytes]:
        """Give the events of one page, beginning with what it missed, until it leaves.

        Args:
            missed: since the event that the page saw last, or since the page was made.
        """
        if len(self._pages) >= MAX_PAGES or self._is_closed:
            yield b"retry: 30000\n\n"
            return
        page = _Page()
        self._pages.add(page)
        try:
            yield b"retry: 1000\n\n" + missed.encode()
            while True:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(KEEP_ALIVE):
                        await page.news.wait()
                if not page.news.is_set():
                    yield b": still here\n\n"
                    continue
                page.news.clear()
                if page.is_last:
                    return
                named, page.signatures = page.signatures, set()
                is_everything, page.is_everything = page.is_everything, False
                signatures = () if is_everything else tuple(sorted(named))
                yield News(id=self._where(), signatures=signatures, is_everything=is_everything).encode()
        finally:
            self._pages.discard(page)


def write_id(sequences: Sequence[int]) -> str:
    """Write how far each stream was folded."""
    return "-".join(map(str, sequences))


def read_id(text: str, streams: Sequence[str]) -> Mapping[str, int] | None:
    """Read an event's id; None where it is none of ours."""
    parts = text.split("-")
    if len(parts) != len(streams) or not all(part.isascii() and part.isdigit() for part in parts):
        return None
    return {stream: int(part[:18]) for stream, part in zip(streams, parts, strict=True)}
