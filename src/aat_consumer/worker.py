"""Pull reports from the work queues, as many at a time as are allowed, until told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable

from aat_consumer.dispatch import Dispatcher
from aat_consumer.errors import QueueError
from aat_consumer.jetstream import Delivery, JetStream
from aat_consumer.settings import ConsumerSettings

__all__ = ["Worker"]

logger = logging.getLogger(__name__)

#: Seconds that one queue is waited on while the others are empty too: how late a report may be seen.
LINGER = 1.0

#: Seconds between two tries while the server is away.
AWAY_INTERVAL = 1.0

#: Seconds between two looks for messages that were given up.
SWEEP_INTERVAL = 60.0


class Worker:
    """Run the loop of one consumer process, from one event loop.

    A slot pulls one report, and the next only when that one is settled, so that no report waits in
    this process while another consumer is idle.
    """

    def __init__(
        self,
        js: JetStream,
        *,
        settings: ConsumerSettings,
        dispatcher: Dispatcher,
        sweep: Callable[[], Awaitable[None]],
    ) -> None:
        self._js = js
        self._settings = settings
        self._dispatcher = dispatcher
        self._sweep = sweep
        self._stopping = asyncio.Event()
        self._left: int | None = None
        self._is_away = False
        self.handled = 0

    def stop(self) -> None:
        """Pull nothing more; what is being worked on is finished."""
        self._stopping.set()

    async def run(self, *, limit: int | None = None, until_empty: bool = False) -> int:
        """Work until stopped, cancelled, or done with as many reports as allowed.

        Cancelling puts the reports at hand back into the queue.

        Args:
            limit: reports to handle at most.
            until_empty: stop when no report waits, instead of waiting for one.

        Returns:
            How many reports were handled.

        Raises:
            QueueError: a stream is missing at the start.
        """
        self._left = limit
        for environment in self._settings.environments:
            await self._prepare(environment)
        sweeper = asyncio.create_task(self._keep_sweeping())
        try:
            async with asyncio.TaskGroup() as slots:
                for _ in range(self._settings.concurrency):
                    slots.create_task(self._slot(until_empty=until_empty))
        finally:
            sweeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await sweeper
        return self.handled

    async def _prepare(self, environment: str) -> None:
        stream = self._js.namespace.error_stream(environment)
        await self._js.ensure_durable(stream, ack_wait=self._settings.ack_wait)

    async def _slot(self, *, until_empty: bool) -> None:
        first = 0
        while not self._stopping.is_set() and (self._left is None or self._left > 0):
            if self._left is not None:
                self._left -= 1
            found = await self._next(first)
            if found is None:
                if self._left is not None:
                    self._left += 1
                if until_empty:
                    return
                first += 1
                continue
            delivery, first, environment = found
            await self._dispatcher.handle(delivery, environment=environment)
            self.handled += 1

    async def _next(self, first: int) -> tuple[Delivery, int, str] | None:
        """Ask every queue once, then wait on one of them; which one, goes round."""
        environments = self._settings.environments
        try:
            for place in range(len(environments)):
                index = (first + place) % len(environments)
                stream = self._js.namespace.error_stream(environments[index])
                wait = LINGER if place == len(environments) - 1 else 0.0
                delivery = await self._js.fetch(stream, wait=wait)
                if delivery is not None:
                    return delivery, index, environments[index]
            self._say_away(None)
        except QueueError as exc:
            self._say_away(exc)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), AWAY_INTERVAL)
            await self._prepare_again()
        return None

    async def _prepare_again(self) -> None:
        """Make durables that a server without its store has forgotten."""
        for environment in self._settings.environments:
            try:
                await self._prepare(environment)
            except QueueError as exc:
                logger.debug("not yet: %s", exc)

    def _say_away(self, problem: QueueError | None) -> None:
        """Say once when the queue goes away, and once when it is back."""
        if problem is not None and not self._is_away:
            logger.warning("waiting for the queue: %s", problem)
        if problem is None and self._is_away:
            logger.info("the queue is back")
        self._is_away = problem is not None

    async def _keep_sweeping(self) -> None:
        while True:
            try:
                await self._sweep()
            except QueueError as exc:
                logger.debug("dead letters are looked for later: %s", exc)
            await asyncio.sleep(SWEEP_INTERVAL)
