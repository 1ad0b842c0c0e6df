"""Read long stretches of a stream fast, and go on as it grows, taking nothing from it."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, Callable, Sequence
from typing import NamedTuple

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from aat_consumer.errors import QueueError, StreamReplacedError
from aat_consumer.jetstream._wording import CLIENT_ERRORS, no_stream, wording

__all__ = ["Extent", "Read", "Reading", "read_of"]

#: Messages asked for at a time: the client holds two such batches in memory at most. Of small messages
#: 200,000 a second come so (measured on loopback, nats-server 2.15.1), and larger batches bring no more.
BATCH = 1_000

#: Bytes of a batch at most, because reports have up to 48 KB.
BATCH_BYTES = 4 * 1024 * 1024

#: Seconds that the server holds a request for more.
HOLD = 30.0

#: Seconds between the server's signs of life while nothing comes.
HEARTBEAT = 5.0

#: Seconds without a message or a sign of life after which the reading starts anew behind the last message.
SILENCE = 3 * HEARTBEAT

#: Seconds between two looks at the connection while nothing comes.
LOOK_INTERVAL = 0.5

#: Seconds between two tries to start anew.
RETRY_INTERVAL = 0.5

#: Seconds after which the server forgets a reader that asks no more.
FORGOTTEN_AFTER = 60.0

#: Seconds for one request to the server.
REQUEST_TIMEOUT = 2.0

#: The server's code where a stream is missing.
_NOT_FOUND = 404

#: Tokens of the subject in which the server says where a message lies, without and with a domain.
_PLAIN_TOKENS = 9
_DOMAIN_SHIFT = 2


class Extent(NamedTuple):
    """Which stretch of sequences a stream holds, and which stream it is.

    ``created`` is when the stream was made: one that was deleted and made again has another.
    """

    created: str
    first: int
    last: int
    messages: int


class Read(NamedTuple):
    """One message as it was read; a tuple, because a million of them are made in a rebuild."""

    subject: str
    sequence: int
    stored_at: float  # seconds since the epoch, by the server's clock
    payload: bytes


class Reading:
    """Read streams through ephemeral consumers without acknowledgement; use it from one event loop."""

    def __init__(self, client: Client, context: JetStreamContext) -> None:
        self._client = client
        self._context = context

    async def extent(self, stream: str) -> Extent:
        """Tell which sequences a stream holds.

        Raises:
            QueueError: no server or no stream.
        """
        try:
            # Not stream_info: older releases of the client leave the time of creation out.
            answer = await self._client.request(f"$JS.API.STREAM.INFO.{stream}", timeout=REQUEST_TIMEOUT)
        except CLIENT_ERRORS as exc:
            raise QueueError(f"the server did not describe {stream}: {wording(exc)}") from exc
        info = json.loads(answer.data)
        if "error" in info:
            if info["error"].get("code") == _NOT_FOUND:
                raise no_stream(stream)
            told = info["error"].get("description")
            raise QueueError(f"the server did not describe {stream}: {told}")
        state = info["state"]
        return Extent(str(info["created"]), state["first_seq"], state["last_seq"], state["messages"])

    async def stretch(
        self, stream: str, *, first: int, last: int, subject: str = ""
    ) -> AsyncGenerator[list[Read]]:
        """Give the messages from one sequence to another, both included, oldest first, in batches.

        Args:
            stream: to read.
            first: sequence, at least 1.
            last: sequence that is there, or was.
            subject: only what lies on it; wildcards allowed.

        Raises:
            QueueError: no server or no stream; what was given before is right.
        """
        if first > last:
            return
        async with contextlib.aclosing(self._batches(stream, first=first, subject=subject)) as batches:
            async for batch, pending in batches:
                kept = [one for one in batch if one.sequence <= last]
                if kept:
                    yield kept
                if len(kept) < len(batch) or not pending or (batch and batch[-1].sequence >= last):
                    return

    async def follow(
        self, stream: str, *, first: int, created: str, subject: str = ""
    ) -> AsyncGenerator[list[Read]]:
        """Give every message from a sequence on, in batches, for as long as it is asked for.

        Outlives restarts of the server: it goes on behind the last message, and says nothing meanwhile.

        Args:
            stream: to read.
            first: sequence to start from; it need not be there yet.
            created: the stream's time of creation, as ``extent`` gives it.
            subject: only what lies on it; wildcards allowed.

        Raises:
            StreamReplacedError: the stream was deleted and made again; its sequences mean something else.
        """
        wanted = first
        while True:
            try:
                if (await self.extent(stream)).created != created:
                    raise StreamReplacedError(f"stream {stream} was deleted and made again")
                async with contextlib.aclosing(self._batches(stream, first=wanted, subject=subject)) as found:
                    async for batch, _ in found:
                        if batch:
                            wanted = batch[-1].sequence + 1
                            yield batch
            except QueueError:
                pass  # the server is away, or has forgotten the reader
            await asyncio.sleep(RETRY_INTERVAL)

    @contextlib.asynccontextmanager
    async def heard(self, subjects: Sequence[str], call: Callable[[], None]) -> AsyncGenerator[None]:
        """Call a function whenever something is published on one of these subjects, stored or not.

        Who may not listen there is not called; nothing is taken from a queue.

        Raises:
            QueueError: no server.
        """

        async def on_message(_: Msg) -> None:
            call()

        async with contextlib.AsyncExitStack() as heard:
            for subject in subjects:
                try:
                    subscription = await self._client.subscribe(subject, cb=on_message)
                except CLIENT_ERRORS as exc:
                    raise QueueError(f"the server cannot be reached: {wording(exc)}") from exc
                heard.push_async_callback(_quietly, subscription)
            yield

    async def _batches(
        self, stream: str, *, first: int, subject: str
    ) -> AsyncGenerator[tuple[list[Read], int]]:
        """Give batches with how many messages lie behind each; ends with a QueueError at any trouble."""
        arrived: list[Msg] = []
        news = asyncio.Event()

        async def on_message(message: Msg) -> None:
            arrived.append(message)
            news.set()

        try:
            consumer = await self._context.add_consumer(
                stream,
                ConsumerConfig(
                    ack_policy=AckPolicy.NONE,
                    deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
                    opt_start_seq=max(first, 1),
                    filter_subject=subject or None,
                    inactive_threshold=FORGOTTEN_AFTER,
                    mem_storage=True,
                ),
            )
            inbox = self._client.new_inbox()
            subscription = await self._client.subscribe(
                inbox, cb=on_message, pending_msgs_limit=-1, pending_bytes_limit=-1
            )
        except CLIENT_ERRORS as exc:
            raise QueueError(f"the server did not let us read {stream}: {wording(exc)}") from exc
        try:
            ask = f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{consumer.name}"
            pending = consumer.num_pending or 0
            if not pending:
                yield [], 0
            outstanding, expected = 0, 1
            connections = self._client.stats["reconnects"]
            while True:
                # A second request lies at the server while the first one's messages are worked on.
                while outstanding <= BATCH:
                    await self._ask(ask, inbox)
                    outstanding += BATCH
                await self._heard(news, stream, connections)
                taken, arrived[:] = list(arrived), []
                batch = []
                for message in taken:
                    if not message.reply.startswith("$JS.ACK."):
                        outstanding -= _returned(message, stream)
                        continue
                    read, number, pending = read_of(message)
                    if number != expected:
                        raise QueueError(f"a message of {stream} was lost on its way")
                    expected += 1
                    outstanding -= 1
                    batch.append(read)
                if batch:
                    yield batch, pending
        finally:
            await self._leave(subscription, stream, consumer.name or "")

    async def _heard(self, news: asyncio.Event, stream: str, connections: int) -> None:
        """Wait for a message or a sign of life; a server that came back has forgotten the reader."""
        for _ in range(int(SILENCE / LOOK_INTERVAL)):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_INTERVAL):
                    await news.wait()
                news.clear()
                return
            if self._client.stats["reconnects"] != connections:
                raise QueueError(f"the connection was lost while {stream} was read")
        raise QueueError(f"nothing was heard of {stream} for {SILENCE:.0f} s")

    async def _ask(self, subject: str, inbox: str) -> None:
        request = {
            "batch": BATCH,
            "max_bytes": BATCH_BYTES,
            "expires": int(HOLD * 1e9),
            "idle_heartbeat": int(HEARTBEAT * 1e9),
        }
        try:
            await self._client.publish(subject, json.dumps(request).encode(), reply=inbox)
        except CLIENT_ERRORS as exc:
            raise QueueError(f"the server cannot be reached: {wording(exc)}") from exc

    async def _leave(self, subscription: Subscription, stream: str, consumer: str) -> None:
        """Take the reader away; one that cannot be reached forgets it by itself."""
        await _quietly(subscription)
        with contextlib.suppress(*CLIENT_ERRORS):
            await self._client.publish(f"$JS.API.CONSUMER.DELETE.{stream}.{consumer}", b"")


async def _quietly(subscription: Subscription) -> None:
    """End a subscription; one of a connection that is gone has ended."""
    with contextlib.suppress(*CLIENT_ERRORS):
        await subscription.unsubscribe()


def _returned(message: Msg, stream: str) -> int:
    """Tell how many messages of a request will not come; raise where the reader is gone."""
    headers = message.headers or {}
    status = headers.get("Status", "")
    if status == "100":  # a sign of life
        return 0
    why = headers.get("Description", "")
    if status in ("404", "408") or (status == "409" and ("Batch" in why or "MaxBytes" in why)):
        return int(headers.get("Nats-Pending-Messages", BATCH))
    raise QueueError(f"the server reads {stream} no further (status {status or 'unknown'})")


def read_of(message: Msg) -> tuple[Read, int, int]:
    """Give a message with its number for this reader, and how many lie behind it."""
    tokens = message.reply.split(".")
    shift = 0 if len(tokens) == _PLAIN_TOKENS else _DOMAIN_SHIFT
    read = Read(message.subject, int(tokens[5 + shift]), int(tokens[7 + shift]) / 1e9, message.data)
    return read, int(tokens[6 + shift]), int(tokens[8 + shift])
