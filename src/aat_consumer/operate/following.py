"""Read the streams into a history: what happens now at once, the past from the newest back.

A history is right for everything behind ``Follower.since``, and ``Follower.progress`` says how much of the
past is still to be read.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from aat_consumer.errors import QueueError
from aat_consumer.jetstream import JetStream, Read
from aat_consumer.operate.history import History
from aat_reporters.wire import Namespace

__all__ = ["Covered", "Follower", "Progress", "catch_up", "followed_streams"]

#: Messages of the newest stretch that is read first, of each stream: a second's work.
FIRST_STRETCH = 40_000

#: Messages of each further stretch; the past comes from the newest back, a stretch at a time.
STRETCH = 50_000

#: Seconds before a stretch that the server did not let us read is tried again.
RETRY_INTERVAL = 0.5


@dataclass(slots=True)
class Covered:
    """Which sequences of one stream are folded: from ``low`` to ``high`` without a gap.

    Args:
        created: the stream's time of creation; in another one these sequences mean something else.
        low: first sequence that is folded.
        high: last one; low - 1 where nothing is folded.
    """

    created: str
    low: int
    high: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How much of the past is read.

    Args:
        read: messages folded of those that were there at the start.
        total: messages that were there.
        since: seconds since the epoch from which on everything is folded; 0 when all is read.
    """

    read: int
    total: int
    since: float

    @property
    def is_complete(self) -> bool:
        """Tell whether the history goes back as far as the streams do."""
        return not self.since


@dataclass(slots=True)
class _Past:
    """What is still to be read of one stream: stretches, the newest last."""

    stretches: list[tuple[int, int]] = field(default_factory=list)
    oldest: float = 0.0

    def next(self, most: int) -> tuple[int, int] | None:
        """Take the newest stretch off, cut to so many sequences."""
        if not self.stretches:
            return None
        first, last = self.stretches.pop()
        if last - first >= most:
            self.stretches.append((first, last - most))
            first = last - most + 1
        return first, last


def followed_streams(namespace: Namespace) -> tuple[str, ...]:
    """List the streams that a whole history is made of, the small ones that tell states first."""
    return (namespace.results, namespace.security, namespace.investigations, namespace.occurrences)


class Follower:
    """Keep one history up to date; use it from the event loop of its connection.

    Args:
        js: a connection of its own, for a rebuild fills it.
        history: to fold into.
        streams: to read; the whole history's by default.
        covered: what a snapshot had folded already, by stream; what does not fit any more raises
            ValueError in ``open``.
        on_change: called after each batch.
    """

    def __init__(
        self,
        js: JetStream,
        history: History,
        *,
        streams: Sequence[str] = (),
        covered: Mapping[str, Covered] | None = None,
        on_change: Callable[[], None] = lambda: None,
    ) -> None:
        self.history = history
        self.covered: dict[str, Covered] = dict(covered or {})
        self._js = js
        self._streams = tuple(streams) or followed_streams(js.namespace)
        self._on_change = on_change
        self._past: dict[str, _Past] = {}
        self._total = 0
        self._read = 0

    @property
    def progress(self) -> Progress:
        """Tell how much of the past is read; before ``open`` nobody knows how much there is."""
        if not self._past:
            return Progress(read=0, total=0, since=time.time())
        waiting = [past for past in self._past.values() if past.stretches]
        since = max((past.oldest or time.time() for past in waiting), default=0.0)
        return Progress(read=self._read, total=self._total, since=since)

    async def open(self) -> None:
        """Find out, once, what there is to read; then run ``past`` and ``live`` beside each other.

        Raises:
            QueueError: no server, or a stream is missing.
            ValueError: what a snapshot covers does not fit the streams; start with an empty history.
        """
        if self._past:
            return  # what was found out stays right: it says what is still to be read
        extents = {stream: await self._js.reading.extent(stream) for stream in self._streams}
        for stream, extent in extents.items():
            known = self.covered.get(stream)
            if known is not None and (known.created != extent.created or known.high > extent.last):
                raise ValueError(f"stream {stream} is another one than before")
        for stream, extent in extents.items():
            past = self._past[stream] = _Past()
            known = self.covered.setdefault(stream, Covered(extent.created, extent.last + 1, extent.last))
            if extent.first < known.low and extent.messages:
                past.stretches.append((extent.first, known.low - 1))
            if known.high < extent.last:
                past.stretches.append((max(known.high + 1, extent.first), extent.last))
            self._total += sum(last - first + 1 for first, last in past.stretches)
            known.high = extent.last

    async def past(self) -> AsyncGenerator[Progress]:
        """Read the past, newest first, and tell the progress after each batch; ends when all is read."""
        most = FIRST_STRETCH
        while any(past.stretches for past in self._past.values()):
            for stream in self._streams:
                stretch = self._past[stream].next(most)
                if stretch is not None:
                    async for _ in self._fold_stretch(stream, *stretch):
                        yield self.progress
                        await asyncio.sleep(0)
            most = STRETCH
        yield self.progress

    async def live(self) -> None:
        """Fold what is published from now on, for ever.

        Raises:
            StreamReplacedError: a stream was deleted and made again; start anew.
        """
        async with asyncio.TaskGroup() as group:
            for stream in self._streams:
                group.create_task(self._follow(stream))

    async def _follow(self, stream: str) -> None:
        known = self.covered[stream]
        reading = self._js.reading.follow(stream, first=known.high + 1, created=known.created)
        async with contextlib.aclosing(reading) as batches:
            async for batch in batches:
                self._fold(batch)
                known.high = batch[-1].sequence

    async def _fold_stretch(self, stream: str, first: int, last: int) -> AsyncGenerator[None]:
        """Read one stretch; where the server goes away meanwhile, go on behind what was read."""
        past, wanted = self._past[stream], first
        oldest = 0.0
        while wanted <= last:
            try:
                async for batch in self._js.reading.stretch(stream, first=wanted, last=last):
                    self._fold(batch)
                    oldest = oldest or batch[0].stored_at
                    self._read += batch[-1].sequence - wanted + 1
                    wanted = batch[-1].sequence + 1
                    yield
                self._read += last - wanted + 1  # what is deleted is read as well
                break
            except QueueError:
                await asyncio.sleep(RETRY_INTERVAL)
        past.oldest = oldest or past.oldest
        known = self.covered[stream]
        known.low = min(known.low, first)

    def _fold(self, batch: list[Read]) -> None:
        now, fold = time.time(), self.history.fold
        for subject, _, stored_at, payload in batch:
            fold(subject, payload, stored_at=stored_at, now=now)
        self._on_change()


async def catch_up(
    js: JetStream, history: History, *, streams: Sequence[str], since: float = 0.0
) -> AsyncGenerator[Progress]:
    """Fold what streams hold, newest first, without following them; tells the progress on the way.

    Args:
        js: a connection.
        history: to fold into.
        streams: to read.
        since: seconds since the epoch; ends when everything stored from then on is folded.

    Raises:
        QueueError: no server, or a stream is missing.
    """
    follower = Follower(js, history, streams=streams)
    await follower.open()
    async with contextlib.aclosing(follower.past()) as past:
        async for progress in past:
            yield progress
            if progress.since and progress.since < since:
                return
