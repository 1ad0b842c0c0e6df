"""Look at a real server as its administrator: make a namespace's streams and read what they hold."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import nats
from nats.aio.client import Client
from nats.js.api import DiscardPolicy, RetentionPolicy, StreamConfig
from nats.js.errors import NotFoundError

from aat_reporters.wire import MESSAGE_ID_HEADER, Namespace, StreamSpec

T = TypeVar("T")

#: Seconds a condition may take on a loaded machine.
PATIENCE = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """One message as a stream holds it."""

    id: str
    subject: str
    body: dict[str, Any]


def make_streams(url: str, namespace: Namespace, *, only: tuple[str, ...] = ()) -> None:
    """Make the streams that reporters publish to."""

    async def make(client: Client) -> None:
        for spec in _published_to(namespace):
            if not only or spec.name in only:
                await client.jetstream().add_stream(_config(spec))

    _as_admin(url, make)


def stored(url: str, stream: str) -> list[Stored]:
    """Read all messages of a stream, the oldest first; none where there is no stream."""

    async def read(client: Client) -> list[Stored]:
        js = client.jetstream()
        try:
            state = (await js.stream_info(stream)).state
        except NotFoundError:
            return []
        messages = []
        for number in range(max(state.first_seq, 1), state.last_seq + 1):
            message = await js.get_msg(stream, number)
            headers = message.headers or {}
            messages.append(
                Stored(
                    id=headers.get(MESSAGE_ID_HEADER, ""),
                    subject=message.subject or "",
                    body=json.loads(message.data or b"{}"),
                )
            )
        return messages

    return _as_admin(url, read)


def message_count(url: str, stream: str) -> int:
    """Count the messages of a stream without reading them."""

    async def read(client: Client) -> int:
        return int((await client.jetstream().stream_info(stream)).state.messages)

    return _as_admin(url, read)


def reports(url: str, namespace: Namespace, environment: str = "default") -> list[Stored]:
    """Read the error reports of an environment."""
    return stored(url, namespace.error_stream(environment))


def occurrences(url: str, namespace: Namespace) -> dict[str, int]:
    """Add up the counts of each signature."""
    counts: dict[str, int] = {}
    for message in stored(url, namespace.occurrences):
        signature = message.body["signature"]
        counts[signature] = counts.get(signature, 0) + message.body["count"]
    return counts


def eventually(read: Callable[[], T], expected: Callable[[T], bool], patience: float = PATIENCE) -> T:
    """Read until what is read is as expected; the last reading is given either way, for the assertion."""
    deadline = time.monotonic() + patience
    while not expected(value := read()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return value


def _published_to(namespace: Namespace) -> list[StreamSpec]:
    names = {namespace.error_stream(name) for name in ("default", "staging", "production")}
    return [spec for spec in namespace.streams() if spec.name in names | {namespace.occurrences}]


def _config(spec: StreamSpec) -> StreamConfig:
    return StreamConfig(
        name=spec.name,
        subjects=list(spec.subjects),
        retention=RetentionPolicy.WORK_QUEUE if spec.is_work_queue else RetentionPolicy.LIMITS,
        discard=DiscardPolicy.NEW if spec.is_work_queue else DiscardPolicy.OLD,
        duplicate_window=spec.duplicate_window,
        max_age=spec.max_age,
        max_bytes=spec.max_bytes,
    )


def _as_admin(url: str, work: Callable[[Client], Awaitable[T]]) -> T:
    async def connected() -> T:
        client = await nats.connect(url)
        try:
            return await work(client)
        finally:
            await client.close()

    return asyncio.run(connected())
