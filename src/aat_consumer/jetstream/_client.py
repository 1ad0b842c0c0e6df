"""Pull from the work queues, settle deliveries and publish."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import time
from collections.abc import Mapping
from typing import Any

import nats.errors
import nats.js.errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig

from aat_consumer.errors import QueueError
from aat_consumer.jetstream._asking import ask
from aat_consumer.jetstream._bucket import Bucket
from aat_consumer.jetstream._deliveries import Delivery, Lag, delivery_of
from aat_consumer.jetstream._durables import Durables
from aat_consumer.jetstream._messages import Messages
from aat_consumer.jetstream._reading import Reading
from aat_consumer.jetstream._wording import CLIENT_ERRORS, no_stream, wording
from aat_reporters.wire import DURABLE, MESSAGE_ID_HEADER, Namespace

__all__ = ["JetStream", "abandon"]

logger = logging.getLogger(__name__)

#: Seconds for one request to the server.
REQUEST_TIMEOUT = 2.0

#: Seconds for a question that a server may leave without an answer.
SYSTEM_TIMEOUT = 0.5

#: Seconds between two tries of a publish that was not acknowledged.
RETRY_INTERVAL = 0.25

#: Seconds of trying after which a person is told that a message waits.
TOLD_AFTER = 10.0

#: Times a report is delivered at most.
MAX_DELIVER = 3

#: Status of a pull that found nothing: no message, or the wait is over.
_NOTHING_WAITS = ("404", "408")


async def abandon(client: Client, *, timeout: float) -> None:
    """Close a connection, however broken it is, within a time in seconds."""
    with contextlib.suppress(Exception):  # a half-open client fails in ways of its own while closing
        async with asyncio.timeout(timeout):
            await client.close()


class JetStream:
    """Hold one connection for one namespace; use it from the event loop that made it.

    Every request that stays unanswered raises QueueError, so that callers know one exception.
    """

    def __init__(self, client: Client, *, namespace: Namespace) -> None:
        self.client = client
        self.namespace = namespace
        self.context: JetStreamContext = client.jetstream(timeout=REQUEST_TIMEOUT)
        self.messages = Messages(self.context)
        self.reading = Reading(client, self.context)
        self.durables = Durables(client, self.context)
        self.bucket = Bucket(self.context, name=namespace.bucket)

    @property
    def max_payload_bytes(self) -> int:
        """Give the largest message that the server takes."""
        return int(self.client.max_payload)

    @property
    def server_version(self) -> str:
        """Give the version of the server, such as 2.15.1."""
        known = self.client.connected_server_version
        return f"{known.major}.{known.minor}.{known.patch}"

    async def close(self) -> None:
        """Close the connection; what is not acknowledged is delivered again."""
        await abandon(self.client, timeout=REQUEST_TIMEOUT)

    @property
    def is_closed(self) -> bool:
        """Tell whether the client gave the connection up for good, as it does when the server says -ERR."""
        return bool(self.client.is_closed)

    async def ask(self, request: str, body: Mapping[str, object] | None = None) -> dict[str, Any]:
        """Ask the server's JetStream API and give its answer as it is.

        Args:
            request: what follows ``$JS.API.``, such as ``STREAM.INFO.SHOP_TASKS``.
            body: sent as JSON; durations in nanoseconds.

        Raises:
            RefusedError: the server says no, with its code.
            QueueError: no server, or no JetStream.
        """
        return await ask(self.client, request, body, timeout=REQUEST_TIMEOUT)

    async def system(self, request: str) -> dict[str, Any]:
        """Ask the server about itself; empty where this account may not, or the server is too old."""
        try:
            reply = await self.client.request(f"$SYS.{request}", b"", timeout=SYSTEM_TIMEOUT)
        except CLIENT_ERRORS:
            return {}
        answer = json.loads(reply.data)
        return answer if isinstance(answer, dict) else {}

    async def check_ready(self) -> None:
        """Find out whether a report could be settled now.

        Raises:
            QueueError: the bucket takes no writes, or a stream that the loop publishes to is missing.
        """
        await self.bucket.put("probe.consumer", b"")
        for stream in (self.namespace.investigations, self.namespace.results, self.namespace.security):
            try:
                await self.context.stream_info(stream)
            except nats.js.errors.NotFoundError as exc:
                raise no_stream(stream) from exc
            except CLIENT_ERRORS as exc:
                raise QueueError(f"the server did not describe {stream}: {wording(exc)}") from exc

    async def ensure_durable(
        self, stream: str, *, ack_wait: float, durable: str = DURABLE, subject: str = ""
    ) -> None:
        """Make a durable of the stream, or bring it to these settings.

        Args:
            stream: the work queue.
            ack_wait: seconds without a sign of life after which a message is delivered again.
            durable: its name.
            subject: the exact filter; empty takes all of the stream.

        Raises:
            QueueError: the stream is missing, or the server refuses.
        """
        wanted = ConsumerConfig(
            durable_name=durable,
            ack_policy=AckPolicy.EXPLICIT,
            max_deliver=MAX_DELIVER,
            ack_wait=ack_wait,
            filter_subject=subject or None,
        )
        try:
            await self.context.add_consumer(stream, wanted)
        except nats.js.errors.NotFoundError as exc:
            raise no_stream(stream) from exc
        except CLIENT_ERRORS as exc:
            raise QueueError(f"durable {durable} of {stream} cannot be made: {wording(exc)}") from exc

    async def lag(self, stream: str, *, durable: str = DURABLE) -> Lag | None:
        """Tell how far a durable of a stream has come; None where stream or durable is missing.

        Raises:
            QueueError: no server.
        """
        try:
            info = await self.context.consumer_info(stream, durable)
        except nats.js.errors.NotFoundError:
            return None
        except CLIENT_ERRORS as exc:
            raise QueueError(f"the server did not describe {durable} of {stream}: {wording(exc)}") from exc
        return Lag(
            waiting=info.num_pending or 0,
            in_flight=info.num_ack_pending or 0,
            pulls=info.num_waiting or 0,
            delivered=info.delivered.stream_seq if info.delivered else 0,
        )

    async def fetch(self, stream: str, *, durable: str = DURABLE, wait: float = 0.0) -> Delivery | None:
        """Pull one message, or None when none came.

        Args:
            stream: the work queue.
            durable: by which it is pulled.
            wait: seconds that the server holds the pull; 0 asks for what is there now.

        Raises:
            QueueError: no server, no stream or no durable.
        """
        subject = f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{durable}"
        try:
            try:
                message = await self._pull(subject, wait=wait)
            except TimeoutError:
                if wait:
                    raise
                # Server 2.9.10 leaves the one pull without answer by which it gives a message up.
                message = await self._pull(subject, wait=wait)
        except CLIENT_ERRORS as exc:
            raise QueueError(f"the server did not answer a pull on {stream}: {wording(exc)}") from exc
        if message.reply.startswith("$JS.ACK."):
            return delivery_of(message)
        status = (message.headers or {}).get("Status", "")
        if status in _NOTHING_WAITS:
            return None
        raise QueueError(f"stream {stream} or its durable is gone (status {status}): aat stream ensure")

    async def _pull(self, subject: str, *, wait: float) -> Msg:
        """Ask for one message and give the server's answer, a message or a status."""
        pull = {"batch": 1, "expires": int(wait * 1e9)} if wait else {"batch": 1, "no_wait": True}
        inbox = self.client.new_inbox()
        # Not client.request: a pulled message carries its own subject, so no reply would match.
        subscription = await self.client.subscribe(inbox)
        try:
            await self.client.publish(subject, json.dumps(pull).encode(), reply=inbox)
            # Longer than the server holds the pull: a message nobody waits for burns a delivery.
            return await subscription.next_msg(timeout=wait + REQUEST_TIMEOUT)
        finally:
            await subscription.unsubscribe()

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
        except CLIENT_ERRORS as exc:
            raise QueueError(f"the server did not confirm an acknowledgement: {wording(exc)}") from exc

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
        except CLIENT_ERRORS as exc:
            raise QueueError(f"the server cannot be reached: {wording(exc)}") from exc

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
        started = time.monotonic()
        is_told = False
        all_headers = {**(headers or {}), MESSAGE_ID_HEADER: message_id}
        while True:
            try:
                stored = await self.context.publish(subject, payload, headers=all_headers)
                return bool(stored.duplicate)
            except (nats.errors.MaxPayloadError, nats.js.errors.BadRequestError) as exc:
                raise QueueError(f"the server refused a message on {subject}: {wording(exc)}") from exc
            except CLIENT_ERRORS as exc:
                waited = time.monotonic() - started
                if waited > patience:
                    raise QueueError(f"a message on {subject} was not stored: {wording(exc)}") from exc
                if waited > TOLD_AFTER and not is_told:
                    logger.warning("publishing on %s is tried again: %s", subject, wording(exc))
                    is_told = True
            await asyncio.sleep(RETRY_INTERVAL)
