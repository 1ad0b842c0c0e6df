"""Pull from a log stream in batches by a durable of one's own, in order and without a gap."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

import nats.js.errors
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from aat_consumer.errors import QueueError
from aat_consumer.jetstream._reading import Read, read_of
from aat_consumer.jetstream._wording import CLIENT_ERRORS, no_stream, wording

__all__ = ["Durables", "Pulled"]

#: Seconds for one request to the server.
REQUEST_TIMEOUT = 2.0

#: Messages of one pull at most.
BATCH = 500

#: Messages that may wait for an acknowledgement; at that limit the server leaves a pull without an answer.
MAX_UNACKNOWLEDGED = 20 * BATCH


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulled:
    """What one pull brought.

    Args:
        reads: the messages, oldest first.
        reply: acknowledges the last of them and all before it; empty without messages.
        pending: messages that lie behind them.
    """

    reads: Sequence[Read]
    reply: str = ""
    pending: int = 0


class Durables:
    """Pull by durables that only this process pulls by; use it from one event loop.

    The durable is made anew at each start, behind what its owner knows to have judged: one that went on where
    it was would deliver what a killed process had in hands behind what came later.
    """

    def __init__(self, client: Client, context: JetStreamContext) -> None:
        self._client = client
        self._context = context
        self._expected: dict[str, int] = {}

    async def begin(self, stream: str, durable: str, *, first: int) -> None:
        """Make the durable, beginning at a sequence; one that is there is replaced.

        Raises:
            QueueError: no server or no stream.
        """
        config = ConsumerConfig(
            durable_name=durable,
            ack_policy=AckPolicy.ALL,
            max_ack_pending=MAX_UNACKNOWLEDGED,
            deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
            opt_start_seq=max(first, 1),
        )
        try:
            # The first start, or no such stream, which the next line tells.
            with contextlib.suppress(nats.js.errors.NotFoundError):
                await self._context.delete_consumer(stream, durable)
            await self._context.add_consumer(stream, config)
        except nats.js.errors.NotFoundError as exc:
            raise no_stream(stream) from exc
        except CLIENT_ERRORS as exc:
            raise QueueError(f"durable {durable} of {stream} cannot be made: {wording(exc)}") from exc
        self._expected[stream] = 1

    async def pull(self, stream: str, durable: str) -> Pulled:
        """Take what is there, at most 500 messages; acknowledge after at most 20 such pulls.

        Raises:
            QueueError: no server, the durable is gone, or a message was lost on its way; begin anew.
        """
        inbox = self._client.new_inbox()
        request = json.dumps({"batch": BATCH, "no_wait": True}).encode()
        reads: list[Read] = []
        reply, pending = "", 0
        try:
            subscription = await self._client.subscribe(inbox)
            try:
                await self._client.publish(
                    f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{durable}", request, reply=inbox
                )
                while len(reads) < BATCH:
                    message = await subscription.next_msg(timeout=REQUEST_TIMEOUT)
                    if not message.reply.startswith("$JS.ACK."):
                        break
                    read, number, pending = read_of(message)
                    if number != self._expected.get(stream):
                        raise QueueError(f"a message of {stream} was lost on its way")
                    self._expected[stream] = number + 1
                    reads.append(read)
                    reply = message.reply
                    if not pending:
                        break
            finally:
                await subscription.unsubscribe()
        except CLIENT_ERRORS as exc:
            raise QueueError(f"the server did not answer a pull on {stream}: {wording(exc)}") from exc
        return Pulled(reads=reads, reply=reply, pending=pending)
