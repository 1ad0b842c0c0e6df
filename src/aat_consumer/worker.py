"""Pull reports or tasks from their queues, as many at a time as are allowed, until told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable

from aat_consumer.cancelling import end
from aat_consumer.dispatch import Dispatcher
from aat_consumer.errors import QueueError
from aat_consumer.jetstream import Delivery, JetStream
from aat_consumer.queues import Queue
from aat_consumer.restraining import Restraint, Restraints
from aat_consumer.settings import ConsumerSettings
from aat_reporters.errors import AatError, NotConnectedError

__all__ = ["Worker"]

logger = logging.getLogger(__name__)

#: Seconds that one queue is waited on while the others are empty too: how late a message may be seen.
LINGER = 1.0

#: Seconds between two tries while the server is away.
AWAY_INTERVAL = 1.0

#: Seconds between two looks for messages that were given up.
SWEEP_INTERVAL = 60.0


class Worker:
    """Run the loop of one consumer process, from one event loop.

    A slot pulls one message, and the next only when that one is settled, so that none waits in this
    process while another consumer is idle.

    Args:
        js: a connection.
        settings: how many at a time, and how claims are kept.
        queues: asked in this order; those of errors take turns, those of tasks are sorted by priority.
        dispatcher: settles a delivery.
        restraints: say why nothing may be fetched.
        sweep: looks for what was given up.
    """

    def __init__(
        self,
        js: JetStream,
        *,
        settings: ConsumerSettings,
        queues: tuple[Queue, ...],
        dispatcher: Dispatcher,
        restraints: Restraints,
        sweep: Callable[[], Awaitable[None]],
    ) -> None:
        self._js = js
        self._settings = settings
        self._queues = queues
        self._dispatcher = dispatcher
        self._restraints = restraints
        self._sweep = sweep
        self._stopping = asyncio.Event()
        self._left: int | None = None
        self._is_away = False
        self.handled = 0
        #: What held dispatch back, when it was last looked at.
        self.restraint: Restraint | None = None

    def stop(self) -> None:
        """Pull nothing more; what is being worked on is finished."""
        self._stopping.set()

    async def run(self, *, limit: int | None = None, until_empty: bool = False) -> int:
        """Work until stopped, cancelled, or done with as many messages as allowed.

        Cancelling puts what is at hand back into the queue.

        Args:
            limit: messages to handle at most.
            until_empty: stop when none waits, instead of waiting for one.

        Returns:
            How many were handled.

        Raises:
            QueueError: a stream is missing at the start.
        """
        self._left = limit
        for queue in self._queues:
            await self._prepare(queue)
        await self._js.check_ready()
        sweeper = asyncio.create_task(self._keep_sweeping())
        try:
            async with asyncio.TaskGroup() as slots:
                for _ in range(self._settings.concurrency):
                    slots.create_task(self._slot(until_empty=until_empty))
        except* AatError as group:
            raise group.exceptions[0] from None  # what a caller can act on stands in the first alone
        finally:
            await end(sweeper)
        return self.handled

    async def _prepare(self, queue: Queue) -> None:
        await self._js.ensure_durable(
            queue.stream, durable=queue.durable, subject=queue.filter, ack_wait=self._settings.ack_wait
        )

    async def _slot(self, *, until_empty: bool) -> None:
        first = 0
        while not self._stopping.is_set() and (self._left is None or self._left > 0):
            # Taken before the pull, so that slots side by side do not fetch more than the limit.
            self._count(-1)
            try:
                found = await self._next(first)
            except QueueError as exc:
                self._count(+1)
                if until_empty:
                    raise
                await self._wait_until_well(exc)
                continue
            if found is None:
                self._count(+1)
                if until_empty:
                    return
                first = self._behind(first)
                continue
            delivery, queue = found
            first = self._behind(self._queues.index(queue))
            if await self._dispatcher.handle(delivery, queue=queue):
                self.handled += 1
                continue
            self._count(+1)
            problem = QueueError("a delivery could not be settled")
            if until_empty:
                raise problem
            await self._wait_until_well(problem)

    def _count(self, change: int) -> None:
        if self._left is not None:
            self._left += change

    def _behind(self, place: int) -> int:
        """Say which queue is asked first behind this one.

        A flood in one environment must not keep the others waiting; an urgent task keeps all others.
        """
        return 0 if self._queues[0].holds_tasks else (place + 1) % len(self._queues)

    async def _next(self, first: int) -> tuple[Delivery, Queue] | None:
        """Ask every queue once, and wait on the last of them; ask none while dispatch is held back.

        Raises:
            QueueError: no server, or a stream or the bucket is gone.
        """
        if await self._is_held_back():
            await self._rest(LINGER)
            return None
        asked = (*self._queues[first:], *self._queues[:first])
        for queue in asked:
            wait = LINGER if queue is asked[-1] else 0.0
            delivery = await self._js.fetch(queue.stream, durable=queue.durable, wait=wait)
            if delivery is not None:
                return delivery, queue
        return None

    async def _is_held_back(self) -> bool:
        """Look at what holds dispatch back, and say when it changed."""
        found, before = await self._restraints.find(), self.restraint
        if found is not None and (before is None or before.kind != found.kind):
            logger.warning("%s", found.words)
        elif found is None and before is not None:
            logger.warning("resumed: not %s any more", before.kind)
        self.restraint = found
        return found is not None

    async def _rest(self, seconds: float) -> None:
        """Wait, but no longer than until stopped."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)

    async def _wait_until_well(self, problem: QueueError) -> None:
        """Fetch nothing until server, streams and bucket are well: waiting burns no delivery.

        Raises:
            NotConnectedError: the client gave the connection up for good; only a new process helps.
        """
        if not self._is_away:
            logger.warning("waiting for the queue: %s", problem)
        self._is_away = True
        while self._is_away and not self._stopping.is_set():
            await self._rest(AWAY_INTERVAL)
            if self._js.is_closed:
                raise NotConnectedError("the server ended the connection for good; start the consumer again")
            await self._prepare_again()
            try:
                await self._js.check_ready()
            except QueueError as exc:
                logger.debug("not yet: %s", exc)
            else:
                logger.warning("the queue is back")
                self._is_away = False

    async def _prepare_again(self) -> None:
        """Make durables that a server without its store has forgotten."""
        for queue in self._queues:
            try:
                await self._prepare(queue)
            except QueueError as exc:
                logger.debug("not yet: %s", exc)

    async def _keep_sweeping(self) -> None:
        while True:
            try:
                await self._sweep()
            except QueueError as exc:
                logger.debug("dead letters are looked for later: %s", exc)
            except Exception as exc:
                # A sweep that fails must stop neither the loop nor the next sweep.
                logger.error("looking for dead letters failed: %s", type(exc).__name__)
                logger.debug("looking for dead letters failed", exc_info=True)
            await asyncio.sleep(SWEEP_INTERVAL)
