"""Find messages that the server gave up and keep them where a person can see and retry them.

A message whose last delivery ended without an acknowledgement stays in its stream, unseen by every
consumer. Only an advisory tells, and a stream of ours captures those; what a crash before that left
behind is found below what has been delivered.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time

from aat_consumer.claims import Claim, Claims, Record, read_record
from aat_consumer.completing import complete
from aat_consumer.errors import LeaseLostError, PublishingError, WorkspaceError
from aat_consumer.intake import take
from aat_consumer.jetstream import JetStream, Stored
from aat_consumer.ports import Finishing, Observer
from aat_consumer.queues import Queue
from aat_consumer.releases import recognise
from aat_consumer.results import story_of
from aat_consumer.settling import facts_of, publish_result, write_done
from aat_reporters.wire import MESSAGE_ID_HEADER, task_key

__all__ = ["GIVEN_UP_SUBJECTS", "DeadLetters", "given_up"]

logger = logging.getLogger(__name__)

#: Leases for which a claim is watched before it counts as somebody's who is at work.
LOOKED_AT_FOR = 2.5

#: Advisories of messages that exhausted their deliveries.
GIVEN_UP_SUBJECTS = "$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.>"

_REASON = "given up by the server after its last delivery"


class DeadLetters:
    """Look for given-up messages of some queues; use it from one event loop.

    Args:
        js: a connection.
        claims: in the name of this consumer.
        lease: seconds after which a silent claim is taken over.
        queues: to look into.
        finishing: finds and publishes what an attempt had committed before it crashed.
        observe: told of each message that is buried or completed.
    """

    def __init__(
        self,
        js: JetStream,
        *,
        claims: Claims,
        lease: float,
        queues: tuple[Queue, ...],
        finishing: Finishing,
        observe: Observer,
    ) -> None:
        self._js = js
        self._claims = claims
        self._lease = lease
        self._queues = {(queue.stream, queue.durable): queue for queue in queues}
        self._finishing = finishing
        self._observe = observe
        self._read = 1
        self._has_looked: set[Queue] = set()
        self._claimed: set[tuple[int, Queue]] = set()

    async def sweep(self) -> None:
        """Bury what was given up since the last look, and what was claimed by somebody then.

        Raises:
            QueueError: no server, or a stream is missing; the next look goes on where this one ended.
        """
        for sequence, queue in sorted(self._claimed, key=lambda pair: pair[0]):
            await self._bury(sequence, queue)
        for queue in self._queues.values():
            if queue not in self._has_looked and await self._look_below(queue):
                self._has_looked.add(queue)
        async for found in self._js.messages.walk(
            self._js.namespace.advisories, GIVEN_UP_SUBJECTS, start=self._read
        ):
            stream, durable, sequence = given_up(found.payload)
            if (stream, durable) in self._queues:
                await self._bury(sequence, self._queues[stream, durable])
            self._read = found.sequence + 1

    async def _look_below(self, queue: Queue) -> bool:
        """Bury what lies below the highest delivery while nothing is in flight: nobody will get it."""
        lag = await self._js.lag(queue.stream, durable=queue.durable)
        if lag is None or lag.in_flight:
            return False
        sequences = []
        async for found in self._js.messages.walk(queue.stream, queue.subject):
            if found.sequence > lag.delivered:
                break
            sequences.append(found.sequence)
        for sequence in sequences:
            await self._bury(sequence, queue)
        return True

    async def _bury(self, sequence: int, queue: Queue) -> None:
        """Settle one message that nobody will be given again, and only then remove it."""
        found = await self._js.messages.at(queue.stream, sequence)
        try:
            if found is None or await self._settled(found, queue):
                self._claimed.discard((sequence, queue))
                if found is not None:
                    await self._js.messages.remove(queue.stream, sequence)
                return
        except (LeaseLostError, PublishingError, WorkspaceError) as exc:
            logger.warning("message %d of %s is looked at again later: %s", sequence, queue.stream, exc)
        self._claimed.add((sequence, queue))

    async def _settled(self, found: Stored, queue: Queue) -> bool:
        """Complete what an attempt left behind, or copy the message to the dead letters."""
        stream, message_id = queue.stream, found.headers.get(MESSAGE_ID_HEADER, "")
        task = take(found.payload, headers=found.headers, queue=queue, message_id=message_id)
        task_id = await recognise(self._js, task, stream=stream, sequence=found.sequence)
        facts = {**facts_of(task), "stream": stream, "sequence": found.sequence, "message_id": message_id}
        claim = await self._claim(task_id, facts, sequence=found.sequence)
        if not isinstance(claim, Claim):
            return claim is not None
        if await complete(self._js, claim, finishing=self._finishing, observe=self._observe):
            return True
        story = story_of(self._js, claim.record, agent="consumer")
        await story.dead(found.payload, reason=_REASON, stream=stream, sequence=found.sequence)
        # Where it lay, for whoever asks later: the record then names the message that retried it.
        place = {"stream": stream, "sequence": found.sequence}
        await publish_result(claim, story, "failed", {"status": "dead", "findings": _REASON, **place})
        await write_done(self._js, claim, status="dead", branch="", runs=0)
        self._observe("buried", {"task_id": task_id, "stream": stream, "sequence": found.sequence})
        return True

    async def _claim(self, task_id: str, facts: dict[str, object], *, sequence: int) -> Claim | Record | None:
        """Take the claim over from whoever is silent for a lease; None where somebody is at work."""
        record = read_record(await self._js.bucket.get(task_key(task_id))) or {}
        if float(record.get("hold_until") or 0) > time.time():
            return None
        try:
            async with asyncio.timeout(LOOKED_AT_FOR * self._lease):
                return await self._claims.take(
                    task_id,
                    facts=facts,
                    may_reopen=lambda record: record.get("sequence") != sequence,
                    keep_alive=_nothing,
                )
        except TimeoutError:
            return None


async def _nothing() -> None:
    """Keep nothing alive: the server has given the message up."""


def given_up(advisory: bytes) -> tuple[str, str, int]:
    """Read which stream, durable and sequence an advisory is about; anyone may publish anything there."""
    try:
        found = json.loads(advisory)
        return str(found["stream"]), str(found["consumer"]), int(found["stream_seq"])
    except (ValueError, TypeError, KeyError, RecursionError):
        return "", "", 0
