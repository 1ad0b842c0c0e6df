"""Send what the ledger has due, without waiting for slow channels."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping

from aat_consumer.operate.alerts.channels import Channels
from aat_consumer.operate.alerts.ledger import Ledger, Notification

__all__ = ["Sending"]

logger = logging.getLogger(__name__)

#: Seconds that sends under way are waited for at the end.
LAST_WAIT = 15.0

Observe = Callable[[str, Mapping[str, object]], None]


class Sending:
    """One send at a time for each channel; use it from one event loop.

    Args:
        channels: to deliver by.
        observe: told of each delivery and each failure.
        on_end: called when a send has ended.
    """

    def __init__(self, channels: Channels, observe: Observe, *, on_end: Callable[[], None]) -> None:
        self._channels = channels
        self._observe = observe
        self._on_end = on_end
        self._sends: dict[str, tuple[Notification, asyncio.Task[str]]] = {}

    def start(self, ledger: Ledger, *, now: float) -> None:
        """Begin what is due on channels that are free."""
        for name, notification in ledger.due(now):
            if name not in self._sends:
                task = asyncio.create_task(self._channels.send(name, notification))
                task.add_done_callback(lambda _: self._on_end())
                self._sends[name] = (notification, task)

    def finish(self, ledger: Ledger, *, now: float) -> None:
        """Note in the ledger how what has ended ended."""
        for name in [name for name, (_, task) in self._sends.items() if task.done()]:
            notification, task = self._sends.pop(name)
            error = task.result()
            if name not in ledger.channels:
                continue
            if error and not ledger.channels[name].failing_since:
                logger.warning("alerts do not reach %s: %s", name, error)
            ledger.record(notification.id, name, error=error, now=now)
            facts: dict[str, object] = {"channel": name, "id": notification.id}
            self._observe(
                "not_delivered" if error else "delivered", {**facts, "error": error} if error else facts
            )

    async def wait(self) -> None:
        """Wait for what is under way, 15 s at most."""
        tasks = [task for _, task in self._sends.values()]
        if tasks:
            await asyncio.wait(tasks, timeout=LAST_WAIT)
