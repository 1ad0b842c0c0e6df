"""End a task of the event loop for certain."""

from __future__ import annotations

import asyncio

__all__ = ["end"]

#: Seconds after which a task that goes on is cancelled again.
AGAIN_AFTER = 0.2


async def end(task: asyncio.Task[None]) -> None:
    """Cancel a task and wait for its end, however it ends.

    Before Python 3.12 ``asyncio.wait_for`` loses a cancellation that meets the very answer it waits for, and
    nats-py waits so for each of its answers. The task would then sleep for as long as it likes.
    """
    while not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=AGAIN_AFTER)
