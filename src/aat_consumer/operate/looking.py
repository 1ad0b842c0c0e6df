"""Look at streams and their messages: what they are, what they hold, from when on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime

from aat_consumer.errors import RefusedError
from aat_consumer.jetstream import JetStream, Stored
from aat_consumer.operate.facts import ConsumerFacts, StreamFacts, read_consumer, read_stream
from aat_reporters.wire import MESSAGE_ID_HEADER

__all__ = ["consumers", "first_since", "messages", "stream_facts", "subjects"]

#: The server's code for a stream that does not exist.
NO_STREAM = 10059

#: Subjects in one answer of the server.
_PAGE = 100_000


async def stream_facts(js: JetStream, stream: str) -> StreamFacts | None:
    """Describe a stream; None where it does not exist.

    Raises:
        QueueError: no server, or it refuses.
    """
    try:
        return read_stream(await js.ask(f"STREAM.INFO.{stream}", {"deleted_details": False}))
    except RefusedError as exc:
        if exc.code == NO_STREAM:
            return None
        raise


async def consumers(js: JetStream, stream: str) -> list[ConsumerFacts]:
    """Describe every consumer of a stream, sorted by name; none where the stream is missing.

    Raises:
        QueueError: no server, or it refuses.
    """
    found: list[ConsumerFacts] = []
    try:
        while True:
            page = await js.ask(f"CONSUMER.LIST.{stream}", {"offset": len(found)})
            found += [read_consumer(info) for info in page.get("consumers") or []]
            if not page.get("consumers") or len(found) >= page.get("total", 0):
                return sorted(found, key=lambda consumer: consumer.name)
    except RefusedError as exc:
        if exc.code == NO_STREAM:
            return []
        raise


async def subjects(js: JetStream, stream: str, subject: str = ">") -> dict[str, int]:
    """Count the messages of each subject, most first.

    Raises:
        QueueError: no server, no stream, or it refuses.
    """
    counts: dict[str, int] = {}
    while True:
        body = {"subjects_filter": subject, "offset": len(counts)}
        info = await js.ask(f"STREAM.INFO.{stream}", body)
        page = info["state"].get("subjects") or {}
        counts |= page
        if len(page) < _PAGE or len(counts) >= info.get("total", 0):
            return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


async def first_since(js: JetStream, stream: str, moment: datetime) -> int:
    """Find the sequence of the oldest message stored at a moment or behind it.

    Asks the server some twenty times, however long the stream is. One above the last sequence
    where nothing is that new.

    Raises:
        QueueError: no server or no stream.
    """
    info = read_stream(await js.ask(f"STREAM.INFO.{stream}"))
    low, high = max(info.first_sequence, 1), info.last_sequence + 1
    while low < high:
        middle = (low + high) // 2
        found = await anext(aiter(js.messages.walk(stream, ">", start=middle)), None)
        if found is None or found.timestamp is None or found.timestamp >= moment:
            high = middle
        else:
            low = found.sequence + 1
    return low


async def messages(
    js: JetStream, stream: str, *, subject: str = ">", start: int = 1, message_id: str = ""
) -> AsyncIterator[Stored]:
    """Look at the messages of a stream from a sequence on, oldest first, taking none.

    Args:
        js: a connection.
        stream: its name.
        subject: wildcards allowed.
        start: the first sequence.
        message_id: only the messages of this id.

    Raises:
        QueueError: no server or no stream.
    """
    async for found in js.messages.walk(stream, subject, start=start):
        if not message_id or found.headers.get(MESSAGE_ID_HEADER) == message_id:
            yield found
