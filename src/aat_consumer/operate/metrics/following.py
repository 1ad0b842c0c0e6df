"""Count what is published from the start of the process on, over restarts of the server."""

from __future__ import annotations

import asyncio
import contextlib

from aat_consumer.errors import QueueError, StreamReplacedError
from aat_consumer.jetstream import Extent, JetStream
from aat_consumer.operate.following import followed_streams
from aat_consumer.operate.metrics.counting import Counts
from aat_consumer.operate.metrics.sampling import Sample, sample_or_none

__all__ = ["Metrics"]

#: Seconds between two tries while a stream is missing.
RETRY_INTERVAL = 2.0


class Metrics:
    """Hold the numbers of one namespace; use it from the event loop of its connection.

    ``run`` counts, from where ``begin`` noted or from its own start; ``taken`` asks the server for the rest.

    Args:
        js: a connection.
    """

    def __init__(self, js: JetStream) -> None:
        self.counts = Counts(js.namespace)
        self._js = js
        self._begun: dict[str, Extent] = {}

    async def begin(self) -> None:
        """Note where the streams end, from where on everything is counted.

        Raises:
            QueueError: no server, or a stream is missing.
        """
        for stream in followed_streams(self._js.namespace):
            self._begun[stream] = await self._js.reading.extent(stream)

    async def run(self) -> None:
        """Count until cancelled, from 0.

        What was stored before is not counted again: it expires, and Prometheus takes a counter that
        is lower than before for a new one and adds all of it.
        """
        async with asyncio.TaskGroup() as group:
            for stream in followed_streams(self._js.namespace):
                group.create_task(self._follow(stream))

    async def taken(self) -> tuple[Counts, Sample]:
        """Give the counts with a fresh sample, which is empty while the server does not answer."""
        return self.counts, await sample_or_none(self._js)

    async def _follow(self, stream: str) -> None:
        was_missing = False
        while True:
            try:
                extent = await self._js.reading.extent(stream)
                known = self._begun.setdefault(stream, extent)
                # All of a stream that was missing, or took another one's place, is new.
                is_new = was_missing or known.created != extent.created
                first = extent.first if is_new else known.last + 1
                following = self._js.reading.follow(stream, first=first, created=extent.created)
                async with contextlib.aclosing(following) as batches:
                    async for batch in batches:
                        for message in batch:
                            self.counts.fold(message.subject, message.payload, stored_at=message.stored_at)
            except (QueueError, StreamReplacedError):
                was_missing = stream not in self._begun
                await asyncio.sleep(RETRY_INTERVAL)
