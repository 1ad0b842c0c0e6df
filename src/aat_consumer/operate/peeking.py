"""Look at the reports that wait in the queues, taking none, and note them in a history.

A work queue has one durable and no second reader, so messages are looked at one by one; the server's
delivery of the same subjects tells when there is something new.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field

from aat_consumer.errors import QueueError
from aat_consumer.intake import take
from aat_consumer.jetstream import JetStream, Stored
from aat_consumer.operate.history import History
from aat_consumer.queues import Queue, error_queues
from aat_consumer.releases import recognise
from aat_reporters.wire import ENVIRONMENTS, MESSAGE_ID_HEADER

__all__ = ["Peeker", "Waits"]

#: Reports looked at in each queue; of more that wait, the newest. One takes 0.3 ms.
MAX_WAITING = 10_000

#: Seconds between two looks where nothing is heard of a new report.
LOOK_INTERVAL = 2.0

#: Reports looked at before others get their turn.
TURN = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """One report that waits: where it lies, which task it will be, and since when (epoch seconds)."""

    task_id: str
    signature: str
    stream: str
    sequence: int
    stored_at: float


@dataclass(slots=True)
class _Seen:
    queue: Queue
    next: int = 1
    waiting: dict[int, Waits] = field(default_factory=dict)


class Peeker:
    """Look into the queues of errors; use it from the event loop of its connection.

    Args:
        js: a connection.
        history: where waiting reports are noted.
        on_change: called when something was noted.
    """

    def __init__(self, js: JetStream, history: History, *, on_change: Callable[[], None]) -> None:
        self._js = js
        self._history = history
        self._on_change = on_change
        self._seen = [_Seen(queue) for queue in error_queues(js.namespace, ENVIRONMENTS)]

    def find(self, task_id: str) -> Waits | None:
        """Find the waiting report of a task among those that were looked at."""
        return next(
            (waits for seen in self._seen for waits in seen.waiting.values() if waits.task_id == task_id),
            None,
        )

    @property
    def waiting(self) -> int:
        """Count the reports that wait and were looked at."""
        return sum(len(seen.waiting) for seen in self._seen)

    async def run(self) -> None:
        """Look whenever something is published, and now and then, for ever."""
        news = asyncio.Event()
        subjects = [seen.queue.subject for seen in self._seen]
        async with self._js.reading.heard(subjects, news.set):
            while True:
                with contextlib.suppress(QueueError):  # the server is away: the next look will tell
                    await self.look()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_INTERVAL):
                        await news.wait()
                news.clear()

    async def look(self) -> None:
        """Look once at what is new, and at what is gone.

        Raises:
            QueueError: no server or no stream.
        """
        for seen in self._seen:
            extent = await self._js.reading.extent(seen.queue.stream)
            if extent.last < seen.next - 1:  # made again
                seen.next = 1
            first = extent.first if extent.messages else extent.last + 1
            await self._forget_gone(seen, first)
            start = max(seen.next, first, extent.last - MAX_WAITING + 1)
            if start > extent.last:
                continue
            looked = 0
            walk = self._js.messages.walk(seen.queue.stream, seen.queue.subject, start=start)
            async with contextlib.aclosing(walk) as messages:
                async for found in messages:
                    await self._note(seen, found)
                    looked += 1
                    if looked % TURN == 0:
                        self._on_change()
                        await asyncio.sleep(0)
            seen.next = max(seen.next, extent.last + 1)
            if looked:
                self._on_change()

    async def _note(self, seen: _Seen, found: Stored) -> None:
        queue = seen.queue
        message_id = found.headers.get(MESSAGE_ID_HEADER, "")
        task = take(found.payload, headers=found.headers, queue=queue, message_id=message_id)
        task_id = task.task_id
        if task.claimed_task_id:
            task_id = await recognise(self._js, task, stream=queue.stream, sequence=found.sequence)
        stored_at = found.stored_at()
        seen.waiting[found.sequence] = Waits(
            task_id=task_id,
            signature=task.signature,
            stream=queue.stream,
            sequence=found.sequence,
            stored_at=stored_at,
        )
        seen.next = found.sequence + 1
        self._history.queued(task_id, task.signature, task.report, stored_at=stored_at)

    async def _forget_gone(self, seen: _Seen, first: int) -> None:
        """Forget what was acknowledged: everything below the queue's first message, and what we can see."""
        gone = [sequence for sequence in seen.waiting if sequence < first]
        for sequence in gone:
            waits = seen.waiting.pop(sequence)
            self._history.left_queue(waits.signature, stored_at=waits.stored_at)
        if gone:
            self._on_change()
