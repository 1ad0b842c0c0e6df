"""A task is ended although a cancellation of it gets lost."""

from __future__ import annotations

import asyncio
import contextlib

from aat_consumer.cancelling import end


async def test_a_task_that_loses_its_first_cancellation_is_ended() -> None:
    lost = asyncio.Event()

    async def deaf_once() -> None:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(60)
        lost.set()
        await asyncio.sleep(60)

    task = asyncio.create_task(deaf_once())
    await asyncio.sleep(0)
    async with asyncio.timeout(10):
        await end(task)
    assert lost.is_set()
    assert task.cancelled()


async def test_a_task_that_fails_while_it_ends_is_ended() -> None:
    async def failing() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            raise ValueError("on its way out")

    task = asyncio.create_task(failing())
    await asyncio.sleep(0)
    await end(task)
    assert isinstance(task.exception(), ValueError)
