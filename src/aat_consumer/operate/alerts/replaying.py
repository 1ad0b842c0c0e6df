"""Find out which notifications the rules would have sent, from what the streams still hold.

The clock is the time of each message, so a day is replayed in seconds. What holds for a while (``stuck``,
``full``, ``down``) leaves no message and is not replayed; silences are not either.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from aat_consumer.alert_settings import AlertSettings
from aat_consumer.jetstream import JetStream, Read
from aat_consumer.operate.alerts.judging import Judge, judged_streams
from aat_consumer.operate.alerts.ledger import Ledger, Notification

__all__ = ["replay"]


async def replay(
    js: JetStream, settings: AlertSettings, *, since: float, now: float
) -> AsyncIterator[Notification]:
    """Give the notifications that would have been put together, oldest first.

    Everything that the streams hold is judged, for a rule needs the time before; what would have been
    told before ``since`` is left out.

    Args:
        js: a connection.
        settings: the rules to try.
        since: seconds since the epoch.
        now: seconds since the epoch; the end.

    Raises:
        QueueError: no server, or a stream is missing.
    """
    judge, ledger = Judge(js.namespace, settings), Ledger()
    async for message in _messages(js, js.namespace.investigations):
        judge.describe(message)
    number = 0
    async for message in _in_order(js):
        for notification in _told_until(ledger, settings, message.stored_at, number):
            number += 1
            if notification.at >= since:
                yield notification
        for alert in judge.of_log(message):
            ledger.offer(alert, now=message.stored_at, settings=settings)
    for notification in _told_until(ledger, settings, now, number):
        if notification.at >= since:
            yield notification


def _told_until(ledger: Ledger, settings: AlertSettings, now: float, number: int) -> list[Notification]:
    told: list[Notification] = []
    while (due := ledger.due_at(settings)) is not None and due <= now:
        notification = ledger.gather(
            now=due, settings=settings, notification_id=f"replay-{number + len(told) + 1}"
        )
        assert notification is not None
        told.append(notification)
    return told


async def _in_order(js: JetStream) -> AsyncIterator[Read]:
    """Give the messages of all streams in the order in which they were stored."""
    sources = [_messages(js, stream) for stream in judged_streams(js.namespace)]
    heads: list[tuple[Read, AsyncIterator[Read]]] = []
    for source in sources:
        first = await anext(source, None)
        if first is not None:
            heads.append((first, source))
    while heads:
        # min gives the first of equals, and so the order of the streams where two times are the same.
        head = min(heads, key=lambda pair: pair[0].stored_at)
        yield head[0]
        following = await anext(head[1], None)
        place = heads.index(head)
        heads[place : place + 1] = [(following, head[1])] if following is not None else []


async def _messages(js: JetStream, stream: str) -> AsyncIterator[Read]:
    extent = await js.reading.extent(stream)
    async for batch in js.reading.stretch(stream, first=extent.first, last=extent.last):
        for message in batch:
            yield message
