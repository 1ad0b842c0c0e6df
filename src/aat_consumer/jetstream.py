"""Talk to JetStream for the loop: fetch, settle, publish, and keep claims in the bucket."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import ssl
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import nats
import nats.errors
import nats.js.errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, RawStreamMsg
from nats.js.kv import KeyValue

from aat_consumer.errors import QueueError
from aat_reporters.connection import Connection
from aat_reporters.errors import NotConnectedError
from aat_reporters.probe import refuse_plain_text
from aat_reporters.wire import DURABLE, MESSAGE_ID_HEADER, Namespace

__all__ = ["Delivery", "Entry", "JetStream", "Lag", "Stored", "connect"]

logger = logging.getLogger(__name__)

#: Seconds for a first connection; a person waits for it, and loopback answers in 5 ms.
CONNECT_TIMEOUT = 0.8

#: Seconds for one request to the server.
REQUEST_TIMEOUT = 2.0

#: Seconds between pings; two lost ones mean that the server is gone (the client's own 120 s would
#: leave a frozen server unnoticed for four minutes).
PING_INTERVAL = 10

#: Seconds between two tries of a publish that was not acknowledged.
RETRY_INTERVAL = 0.25

#: Times a report is delivered at most.
MAX_DELIVER = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One delivery of one message from a work queue.

    Args:
        payload: the message as published.
        headers: the message's headers.
        stream: where it lies.
        sequence: its sequence in the stream.
        attempt: 1 for the first delivery; the server gives up behind the third.
        reply: where it is acknowledged, from any connection.
        timestamp: when the server stored it.
    """

    payload: bytes
    headers: Mapping[str, str]
    stream: str
    sequence: int
    attempt: int
    reply: str
    timestamp: datetime

    @property
    def message_id(self) -> str:
        """Give the id by which the server drops repeats, empty where there is none."""
        return self.headers.get(MESSAGE_ID_HEADER, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lag:
    """How far the durable of a stream has come.

    Args:
        waiting: messages never delivered.
        in_flight: messages delivered and not settled, delayed ones included.
        pulls: consumers that wait for a message right now.
        delivered: the highest sequence delivered so far.
    """

    waiting: int
    in_flight: int
    pulls: int
    delivered: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """One message as it lies in a stream, looked at without taking it."""

    subject: str
    sequence: int
    payload: bytes
    headers: Mapping[str, str]
    timestamp: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One value of the bucket with the revision that an update must name."""

    value: bytes
    revision: int


async def connect(connection: Connection, *, namespace: Namespace, name: str) -> JetStream:
    """Connect, or say in under a second why not.

    The connection then outlives restarts of the server.

    Raises:
        NotConnectedError: nothing answers, the credentials are refused, or TLS was asked for and the
            server speaks plain text.
    """
    errors: list[BaseException] = []

    async def on_error(error: Exception) -> None:
        errors.append(error)
        logger.debug("connection trouble: %s", error)

    async def on_change() -> None:
        logger.debug("connection changed")

    client = Client()
    options: dict[str, Any] = {
        **connection.options(),
        "name": name,
        "connect_timeout": CONNECT_TIMEOUT,
        "max_reconnect_attempts": 1,
        "reconnect_time_wait": 0.05,
        "ping_interval": PING_INTERVAL,
        "max_outstanding_pings": 2,
        "error_cb": on_error,
        "disconnected_cb": on_change,
        "reconnected_cb": on_change,
        "closed_cb": on_change,
    }
    try:
        await asyncio.to_thread(refuse_plain_text, connection, timeout=CONNECT_TIMEOUT)
        async with asyncio.timeout(CONNECT_TIMEOUT):
            await client.connect(**options)
    except NotConnectedError:
        raise
    except (OSError, TimeoutError, nats.errors.Error, ssl.SSLError) as exc:
        await _abandon(client)
        raise NotConnectedError(_why_not(connection, errors[-1] if errors else exc)) from exc
    client.options["max_reconnect_attempts"] = -1
    client.options["reconnect_time_wait"] = RETRY_INTERVAL
    return JetStream(client, namespace=namespace)


async def _abandon(client: Client) -> None:
    with contextlib.suppress(Exception):  # a half-open client fails in ways of its own while closing
        async with asyncio.timeout(CONNECT_TIMEOUT):
            await client.close()


def _why_not(connection: Connection, error: BaseException) -> str:
    text = str(error)
    where = connection.server
    if "uthorization" in text or "uthentication" in text:
        return f"{where} refused the credentials (signing in by {connection.signs_in_by})"
    if isinstance(error, ConnectionRefusedError | nats.errors.NoServersError):
        return f"nothing listens on {where}; start a server with 'aat dev' or set NATS_URL"
    if isinstance(error, TimeoutError):
        return f"{where} did not answer in {CONNECT_TIMEOUT} s"
    if "nkeys" in text or isinstance(error, ImportError):
        return "signing in by creds or nkey needs the package nkeys: pip install 'nats-py[nkeys]'"
    return f"cannot connect to {where}: {text or type(error).__name__}"


class JetStream:
    """Hold one connection for one namespace; use it from the event loop that made it.

    Every request that stays unanswered raises QueueError, so that callers know one exception.
    """

    def __init__(self, client: Client, *, namespace: Namespace) -> None:
        self.client = client
        self.namespace = namespace
        self.context: JetStreamContext = client.jetstream(timeout=REQUEST_TIMEOUT)
        self._bucket: KeyValue | None = None

    @property
    def max_payload_bytes(self) -> int:
        """Give the largest message that the server takes."""
        return int(self.client.max_payload)

    @property
    def server_version(self) -> str:
        """Give the version of the server, such as 2.15.1."""
        return str(self.client.connected_server_version)

    async def close(self) -> None:
        """Close the connection; what is not acknowledged is delivered again."""
        await _abandon(self.client)

    # -- work queues ------------------------------------------------------------------------------

    async def ensure_durable(self, stream: str, *, ack_wait: float) -> None:
        """Make the stream's one durable, or bring it to these settings.

        Raises:
            QueueError: the stream is missing, or the server refuses.
        """
        wanted = ConsumerConfig(
            durable_name=DURABLE, ack_policy=AckPolicy.EXPLICIT, max_deliver=MAX_DELIVER, ack_wait=ack_wait
        )
        try:
            await self.context.add_consumer(stream, wanted)
        except nats.js.errors.NotFoundError as exc:
            raise QueueError(f"stream {stream} does not exist; make it with: aat stream ensure") from exc
        except (nats.errors.Error, nats.js.errors.Error) as exc:
            raise QueueError(f"durable {DURABLE} of {stream} cannot be made: {_text(exc)}") from exc

    async def lag(self, stream: str) -> Lag | None:
        """Tell how far the durable of a stream has come; None where stream or durable is missing.

        Raises:
            QueueError: no server.
        """
        try:
            info = await self.context.consumer_info(stream, DURABLE)
        except nats.js.errors.NotFoundError:
            return None
        except (nats.errors.Error, nats.js.errors.Error, TimeoutError) as exc:
            raise QueueError(f"the server did not describe the durable of {stream}: {_text(exc)}") from exc
        return Lag(
            waiting=info.num_pending or 0,
            in_flight=info.num_ack_pending or 0,
            pulls=info.num_waiting or 0,
            delivered=info.delivered.stream_seq if info.delivered else 0,
        )

    async def fetch(self, stream: str, *, wait: float = 0.0) -> Delivery | None:
        """Pull one message, or None when none came.

        Args:
            stream: the work queue.
            wait: seconds that the server holds the pull; 0 asks for what is there now.

        Raises:
            QueueError: no server, no stream or no durable.
        """
        pull = {"batch": 1, "expires": int(wait * 1e9)} if wait else {"batch": 1, "no_wait": True}
        inbox = self.client.new_inbox()
        try:
            # Not client.request: a pulled message carries its own subject, so no reply would match.
            subscription = await self.client.subscribe(inbox)
            try:
                subject = f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{DURABLE}"
                await self.client.publish(subject, json.dumps(pull).encode(), reply=inbox)
                # Longer than the server holds the pull: a message nobody waits for burns a delivery.
                message = await subscription.next_msg(timeout=wait + REQUEST_TIMEOUT)
            finally:
                await subscription.unsubscribe()
        except (nats.errors.Error, OSError, TimeoutError) as exc:
            raise QueueError(f"the server did not answer a pull on {stream}: {_text(exc)}") from exc
        if message.reply.startswith("$JS.ACK."):
            return _delivery(message)
        status = (message.headers or {}).get("Status", "")
        if status in _NOTHING_WAITS:
            return None
        raise QueueError(f"stream {stream} or its durable is gone (status {status}): aat stream ensure")

    async def acknowledge(self, delivery: Delivery) -> None:
        """Settle a delivery for good and know that the server heard it.

        Raises:
            QueueError: the server did not confirm it; the caller may try again.
        """
        await self.acknowledge_reply(delivery.reply)

    async def acknowledge_reply(self, reply: str) -> None:
        """Acknowledge by the reply subject alone, which works from any connection."""
        try:
            await self.client.request(reply, b"+ACK", timeout=REQUEST_TIMEOUT)
        except (nats.errors.Error, TimeoutError) as exc:
            raise QueueError(f"the server did not confirm an acknowledgement: {_text(exc)}") from exc

    async def refuse(self, reply: str, *, delay: float) -> None:
        """Ask for another delivery after a delay in seconds; it counts as one of the three."""
        payload = b"-NAK " + json.dumps({"delay": int(delay * 1e9)}).encode()
        await self._send(reply, payload)

    async def keep_alive(self, delivery: Delivery) -> None:
        """Restart the ack wait; does not count as a delivery."""
        await self._send(delivery.reply, b"+WPI")

    async def _send(self, subject: str, payload: bytes) -> None:
        try:
            await self.client.publish(subject, payload)
        except (nats.errors.Error, OSError) as exc:
            raise QueueError(f"the server cannot be reached: {_text(exc)}") from exc

    # -- publishing -------------------------------------------------------------------------------

    async def publish(
        self,
        subject: str,
        payload: bytes,
        *,
        message_id: str,
        headers: Mapping[str, str] | None = None,
        patience: float = 30.0,
    ) -> bool:
        """Publish until the server has stored it, under one id, so that a retry counts once.

        Args:
            subject: of a stream in the namespace.
            payload: at most max_payload_bytes.
            message_id: the same for every try.
            headers: more headers.
            patience: seconds to keep trying while the server is away.

        Returns:
            True if the server had it already.

        Raises:
            QueueError: not stored in time, or refused.
        """
        deadline = time.monotonic() + patience
        all_headers = {**(headers or {}), MESSAGE_ID_HEADER: message_id}
        while True:
            try:
                stored = await self.context.publish(subject, payload, headers=all_headers)
                return bool(stored.duplicate)
            except (nats.errors.MaxPayloadError, nats.js.errors.BadRequestError) as exc:
                raise QueueError(f"the server refused a message on {subject}: {_text(exc)}") from exc
            except (nats.errors.Error, nats.js.errors.Error, OSError, TimeoutError) as exc:
                if time.monotonic() > deadline:
                    raise QueueError(f"a message on {subject} was not stored: {_text(exc)}") from exc
                logger.debug("publish on %s is tried again: %s", subject, _text(exc))
            await asyncio.sleep(RETRY_INTERVAL)

    # -- looking ----------------------------------------------------------------------------------

    async def last(self, stream: str, subject: str) -> Stored | None:
        """Look at the last message on a subject.

        Raises:
            QueueError: no server or no stream.
        """
        return await self._look(stream, subject=subject)

    async def at(self, stream: str, sequence: int) -> Stored | None:
        """Look at one message by its sequence.

        Raises:
            QueueError: no server or no stream.
        """
        return await self._look(stream, seq=sequence)

    async def walk(self, stream: str, subject: str, *, start: int = 1) -> AsyncIterator[Stored]:
        """Look at every message on a subject (wildcards allowed), oldest first, taking none.

        Raises:
            QueueError: no server or no stream.
        """
        sequence = start
        while (found := await self._look(stream, seq=sequence, subject=subject, following=True)) is not None:
            yield found
            sequence = found.sequence + 1

    async def _look(
        self, stream: str, *, seq: int | None = None, subject: str | None = None, following: bool = False
    ) -> Stored | None:
        try:
            raw = await self.context.get_msg(stream, seq=seq, subject=subject, next=following)
        except nats.js.errors.NotFoundError as exc:
            if exc.err_code == _NO_MESSAGE:
                return None
            raise QueueError(f"stream {stream} does not exist; make it with: aat stream ensure") from exc
        except (nats.errors.Error, nats.js.errors.Error, TimeoutError) as exc:
            raise QueueError(f"the server did not let us look into {stream}: {_text(exc)}") from exc
        return _stored(raw)

    async def remove(self, stream: str, sequence: int) -> None:
        """Delete one message; one that is gone already is no error.

        Raises:
            QueueError: no server or no stream.
        """
        try:
            await self.context.delete_msg(stream, sequence)
        except nats.js.errors.ServerError as exc:
            if exc.err_code != _NOT_THERE:
                raise QueueError(f"message {sequence} of {stream} was not removed: {_text(exc)}") from exc
        except (nats.errors.Error, nats.js.errors.Error, TimeoutError) as exc:
            raise QueueError(f"message {sequence} of {stream} was not removed: {_text(exc)}") from exc

    # -- the bucket -------------------------------------------------------------------------------

    async def get(self, key: str) -> Entry | None:
        """Read a key of the bucket.

        Raises:
            QueueError: no server or no bucket.
        """
        try:
            entry = await (await self._state()).get(key)
        except nats.js.errors.KeyNotFoundError:
            return None
        except (nats.errors.Error, nats.js.errors.Error, TimeoutError) as exc:
            raise QueueError(f"bucket {self.namespace.bucket} did not answer: {_text(exc)}") from exc
        return Entry(value=entry.value or b"", revision=entry.revision or 0)

    async def create(self, key: str, value: bytes) -> int | None:
        """Write a key that is not there yet; None where it is there.

        Raises:
            QueueError: no server or no bucket.
        """
        return await self._write(key, value, revision=None)

    async def update(self, key: str, value: bytes, *, revision: int) -> int | None:
        """Replace a value if nobody else has since; None where somebody has.

        Raises:
            QueueError: no server or no bucket.
        """
        return await self._write(key, value, revision=revision)

    async def put(self, key: str, value: bytes) -> None:
        """Write a key, whatever it held.

        Raises:
            QueueError: no server or no bucket.
        """
        try:
            await (await self._state()).put(key, value)
        except (nats.errors.Error, nats.js.errors.Error, TimeoutError) as exc:
            raise QueueError(f"bucket {self.namespace.bucket} did not take {key}: {_text(exc)}") from exc

    async def _write(self, key: str, value: bytes, *, revision: int | None) -> int | None:
        bucket = await self._state()
        try:
            if revision is None:
                return await bucket.create(key, value)
            return await bucket.update(key, value, last=revision)
        except nats.js.errors.KeyWrongLastSequenceError:
            # Ours, perhaps, if the reply to an earlier try was lost: callers make every value unique.
            now = await self.get(key)
            return now.revision if now is not None and now.value == value else None
        except (nats.errors.Error, nats.js.errors.Error, TimeoutError) as exc:
            raise QueueError(f"bucket {self.namespace.bucket} did not take {key}: {_text(exc)}") from exc

    async def _state(self) -> KeyValue:
        if self._bucket is None:
            try:
                self._bucket = await self.context.key_value(self.namespace.bucket)
            except nats.js.errors.NotFoundError as exc:
                raise QueueError(
                    f"bucket {self.namespace.bucket} does not exist; make it with: aat stream ensure"
                ) from exc
            except (nats.errors.Error, nats.js.errors.Error, TimeoutError) as exc:
                raise QueueError(f"bucket {self.namespace.bucket} did not answer: {_text(exc)}") from exc
        return self._bucket


#: Status of a pull that found nothing: no message, or the wait is over.
_NOTHING_WAITS = ("404", "408")

#: Error codes of the server (facts measured on 2.9.10 and 2.15.1).
_NO_MESSAGE = 10037
_NOT_THERE = 10057


def _delivery(message: Msg) -> Delivery:
    metadata = message.metadata
    return Delivery(
        payload=message.data,
        headers=dict(message.headers or {}),
        stream=metadata.stream,
        sequence=metadata.sequence.stream,
        attempt=metadata.num_delivered,
        reply=message.reply,
        timestamp=metadata.timestamp,
    )


def _stored(raw: RawStreamMsg) -> Stored:
    return Stored(
        subject=raw.subject or "",
        sequence=raw.seq or 0,
        payload=raw.data or b"",
        headers=dict(raw.headers or {}),
        timestamp=getattr(raw, "time", None),
    )


def _text(error: BaseException) -> str:
    return str(getattr(error, "description", "") or error or type(error).__name__)
