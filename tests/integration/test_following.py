"""A history read from a real server: newest first, then live, over restarts."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime

import pytest

from aat_consumer import streams
from aat_consumer.errors import StreamReplacedError
from aat_consumer.jetstream import JetStream, connect
from aat_consumer.operate import following
from aat_consumer.operate.following import Follower, catch_up
from aat_consumer.operate.history import History
from aat_consumer.operate.server import EmbeddedServer
from aat_reporters.connection import Connection
from aat_reporters.wire import Namespace

_NUMBERS = itertools.count()


@contextlib.asynccontextmanager
async def connected(server: EmbeddedServer, namespace: Namespace) -> AsyncIterator[JetStream]:
    js = await connect(Connection(url=server.url), namespace=namespace, name="test")
    try:
        await streams.apply(js, await streams.inspect(js))
        yield js
    finally:
        await js.close()


async def count(js: JetStream, signature: str, number: int = 1) -> None:
    now = datetime.now(UTC).isoformat()
    body = {"signature": signature, "count": number, "first_seen": now, "last_seen": now}
    subject = js.namespace.occurrence_subject("staging", signature)
    await js.publish(subject, json.dumps(body).encode(), message_id=f"test-{next(_NUMBERS)}")


async def until(claim: Callable[[], bool], *, seconds: float = 30.0) -> None:
    async with asyncio.timeout(seconds):
        while not claim():  # noqa: ASYNC110 - the claim is about a server, which sets no event here
            await asyncio.sleep(0.01)


def total(history: History) -> int:
    return sum(issue.count for issue in history.issues.values())


async def test_the_past_comes_newest_first_and_each_message_once(
    nats_server: EmbeddedServer, namespace: Namespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "FIRST_STRETCH", 10)
    monkeypatch.setattr(following, "STRETCH", 25)
    async with connected(nats_server, namespace) as js:
        for number in range(100):
            await count(js, f"s{number}")
        history = History(namespace)
        seen: list[set[str]] = []
        async for progress in catch_up(js, history, streams=[namespace.occurrences]):
            seen.append(set(history.issues))
            assert progress.total == 100
            assert progress.read == len(history.issues)
        assert seen[0] == {f"s{number}" for number in range(90, 100)}
        assert seen[1] == {f"s{number}" for number in range(65, 100)}
        assert progress.is_complete
        assert total(history) == 100


async def test_deleted_messages_are_no_hole_to_fall_into(
    nats_server: EmbeddedServer, namespace: Namespace
) -> None:
    async with connected(nats_server, namespace) as js:
        for number in range(20):
            await count(js, f"s{number}")
        for sequence in (1, 5, 20):
            await js.messages.remove(namespace.occurrences, sequence)
        history = History(namespace)
        last = [progress async for progress in catch_up(js, history, streams=[namespace.occurrences])][-1]
        assert total(history) == 17
        assert last.read == last.total


async def test_live_messages_come_at_once_and_outlive_the_server(own_server: EmbeddedServer) -> None:
    namespace = Namespace("alive")
    async with connected(own_server, namespace) as js:
        await count(js, "before")
        history = History(namespace)
        follower = Follower(js, history)
        await follower.open()
        live = asyncio.create_task(follower.live())
        async for _ in follower.past():
            pass
        await count(js, "then")
        await until(lambda: total(history) == 2)
        url = own_server.url
        own_server.kill()
        own_server.start()
        assert own_server.url == url
        await until(lambda: js.client.is_connected)
        await count(js, "behind")
        await until(lambda: total(history) == 3)
        assert not live.done()
        live.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await live


async def test_a_stream_that_is_made_again_is_told(
    own_server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    namespace = Namespace("again")
    async with connected(own_server, namespace) as js:
        await count(js, "before")
        follower = Follower(js, History(namespace), streams=[namespace.occurrences])
        await follower.open()
        live = asyncio.create_task(follower.live())
        await js.context.delete_stream(namespace.occurrences)
        await streams.apply(js, await streams.inspect(js))
        with pytest.raises(ExceptionGroup) as caught:
            async with asyncio.timeout(30):
                await live
        assert caught.group_contains(StreamReplacedError)
        again = Follower(js, History(namespace), streams=[namespace.occurrences], covered=follower.covered)
        with pytest.raises(ValueError, match="another one"):
            await again.open()


async def test_what_was_covered_is_not_read_again(nats_server: EmbeddedServer, namespace: Namespace) -> None:
    async with connected(nats_server, namespace) as js:
        for number in range(10):
            await count(js, f"s{number}")
        first = Follower(js, History(namespace), streams=[namespace.occurrences])
        await first.open()
        async for _ in first.past():
            pass
        await count(js, "s0", 5)
        second = Follower(js, first.history, streams=[namespace.occurrences], covered=first.covered)
        await second.open()
        assert [progress.total async for progress in second.past()][-1] == 1
        assert first.history.issues["s0"].count == 6
        assert time.time() - first.history.issues["s0"].last_seen < 60
