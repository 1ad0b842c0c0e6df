"""Keep one namespace's history up to date for the pages, over restarts and replaced streams."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncGenerator, Iterator, Mapping

from aat_consumer.errors import QueueError, StreamReplacedError
from aat_consumer.jetstream import JetStream
from aat_consumer.operate.dashboard.hub import Hub, News, read_id, write_id
from aat_consumer.operate.following import Covered, Follower, Progress
from aat_consumer.operate.history import History
from aat_consumer.operate.keeping import Snapshot
from aat_consumer.operate.metrics.following import Metrics
from aat_consumer.operate.peeking import Peeker

__all__ = ["Watching"]

logger = logging.getLogger(__name__)

#: Seconds between two snapshots: writing one of 50,000 issues takes half a second, in pieces.
SNAPSHOT_INTERVAL = 600.0

#: Seconds between two looks at the connection.
LOOK_INTERVAL = 0.5

#: Seconds between two notes of the progress while the past is read.
PROGRESS_INTERVAL = 0.5

#: Messages that a page may have missed; of more it is told that everything changed.
MAX_MISSED = 5_000

#: Stands in an event's id for what changed without a live message: the past, queues, the connection.
_OTHERS = "others"

#: Seconds before following is tried again where a stream is missing.
RETRY_INTERVAL = 2.0


class Watching:
    """Hold the history that the pages show; use it from the event loop of its connection.

    Args:
        js: a connection.
        snapshot: where the history is kept between two starts; None keeps nothing.
    """

    def __init__(self, js: JetStream, *, snapshot: Snapshot | None) -> None:
        self.js = js
        self.started = time.time()
        self.problem = ""
        self.metrics = Metrics(js)
        self.hub = Hub(take_changed=lambda: self.history.take_changed(), where=lambda: self.place)
        self._others = 0
        self._snapshot = snapshot
        self._begin(*(snapshot.read() if snapshot is not None else (History(js.namespace), {})))

    def _begin(self, history: History, covered: Mapping[str, Covered]) -> None:
        self.history = history
        self._follower = Follower(self.js, history, covered=covered, on_change=self.hub.change)
        self.peeker = Peeker(self.js, history, on_change=self._change_otherwise)

    @property
    def progress(self) -> Progress:
        """Tell how much of the past is read."""
        return self._follower.progress

    @property
    def is_connected(self) -> bool:
        """Tell whether the server is there."""
        return bool(self.js.client.is_connected)

    @property
    def place(self) -> str:
        """Name how far each stream is folded, and how often something changed that no live message told."""
        return write_id([*(covered.high for covered in self._follower.covered.values()), self._others])

    def _change_otherwise(self) -> None:
        self._others += 1
        self.hub.change()

    def _change_everything(self) -> None:
        self._others += 1
        self.hub.change_everything()

    async def run(self) -> None:
        """Follow until cancelled; then the history is kept, if it is whole."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self.hub.run())
            group.create_task(self._look_at_connection())
            group.create_task(self.metrics.run())
            group.create_task(self._follow_for_ever())

    async def _follow_for_ever(self) -> None:
        while True:
            try:
                await self._follow()
            except* StreamReplacedError as caught:
                self._start_anew(_first(caught))
            except* QueueError as caught:
                self.problem = str(_first(caught))
                self._change_everything()
                await asyncio.sleep(RETRY_INTERVAL)

    async def _follow(self) -> None:
        try:
            await self._follower.open()
        except ValueError as exc:
            self._start_anew(exc)
            await self._follower.open()
        self.problem = ""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._follower.live())
            group.create_task(self.peeker.run())
            group.create_task(self._read_past())

    def _start_anew(self, why: BaseException) -> None:
        logger.info("the history is read anew: %s", why)
        if self._snapshot is not None:
            self._snapshot.remove()
        self._begin(History(self.js.namespace), {})
        self._change_everything()

    async def _read_past(self) -> None:
        told = 0.0
        async with contextlib.aclosing(self._follower.past()) as past:
            async for progress in past:
                self._others += 1
                if time.monotonic() - told > PROGRESS_INTERVAL or progress.is_complete:
                    told = time.monotonic()
                    self._change_everything()
        while True:
            for _ in self._keeping():
                await asyncio.sleep(0)
            await asyncio.sleep(SNAPSHOT_INTERVAL)

    def keep(self) -> None:
        """Keep the history for the next start; one that is not whole is not kept."""
        for _ in self._keeping():
            pass

    def _keeping(self) -> Iterator[None]:
        if self._snapshot is None or not self.progress.is_complete:
            return iter(())
        return self._snapshot.write(self.history, self._follower.covered)

    async def _look_at_connection(self) -> None:
        was_connected = True
        while True:
            await asyncio.sleep(LOOK_INTERVAL)
            if self.is_connected != was_connected:
                was_connected = self.is_connected
                self._change_everything()

    async def missed(self, last_event_id: str) -> News:
        """Tell a page what changed since it was made, or since the event that it saw last.

        Raises:
            QueueError: no server.
        """
        covered = self._follower.covered
        seen = read_id(last_event_id, [*covered, _OTHERS])
        if seen is None or seen[_OTHERS] != self._others:
            return News(id=self.place, is_everything=True)
        behind = {stream: place.high - seen[stream] for stream, place in covered.items()}
        if sum(behind.values()) > MAX_MISSED or min(behind.values(), default=0) < 0:
            return News(id=self.place, is_everything=True)
        signatures = {signature async for signature in self._signatures_since(seen)} - {""}
        return News(id=self.place, signatures=tuple(sorted(signatures)))

    async def _signatures_since(self, seen: Mapping[str, int]) -> AsyncGenerator[str]:
        for stream, place in self._follower.covered.items():
            stretch = self.js.reading.stretch(stream, first=seen[stream] + 1, last=place.high)
            async with contextlib.aclosing(stretch) as batches:
                async for batch in batches:
                    for read in batch:
                        kind, name = read.subject.split(".")[1], read.subject.rpartition(".")[2]
                        yield name if kind == "occurrences" else self.history.issue_of.get(name, "")


def _first(caught: BaseException) -> BaseException:
    """Give the first of what went wrong in a group of tasks."""
    while isinstance(caught, BaseExceptionGroup):
        caught = caught.exceptions[0]
    return caught
