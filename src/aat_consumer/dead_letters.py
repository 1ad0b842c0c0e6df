"""Find messages that the server gave up and keep them where a person can see and retry them.

A message whose last delivery ended without an acknowledgement stays in its stream, unseen by every
consumer. Only an advisory tells, and a stream of ours captures those; what a crash before that left
behind is found below what has been delivered.
"""

from __future__ import annotations

import json
import logging

from aat_consumer.claims import Claim, Claims
from aat_consumer.intake import take
from aat_consumer.jetstream import JetStream
from aat_consumer.ports import Observer
from aat_consumer.releases import recognise
from aat_consumer.results import Story
from aat_consumer.settling import EMPTY_RESULT, facts_of
from aat_reporters.wire import MESSAGE_ID_HEADER

__all__ = ["DeadLetters"]

logger = logging.getLogger(__name__)

_REASON = "given up by the server after its last delivery"


class DeadLetters:
    """Look for given-up messages of some environments; use it from one event loop."""

    def __init__(
        self, js: JetStream, *, claims: Claims, environments: tuple[str, ...], observe: Observer
    ) -> None:
        self._js = js
        self._claims = claims
        self._environments = environments
        self._observe = observe
        self._read = 1
        self._has_looked: set[str] = set()

    async def sweep(self) -> None:
        """Bury what was given up since the last look.

        Raises:
            QueueError: no server, or a stream is missing; the next look goes on where this one ended.
        """
        streams = {self._js.namespace.error_stream(name): name for name in self._environments}
        for stream, environment in streams.items():
            if stream not in self._has_looked and await self._look_below(stream, environment):
                self._has_looked.add(stream)
        subject = "$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.>"
        async for found in self._js.messages.walk(self._js.namespace.advisories, subject, start=self._read):
            stream, sequence = _given_up(found.payload)
            if stream in streams and not await self._bury(stream, sequence, streams[stream]):
                return  # still claimed by somebody: look at this one again
            self._read = found.sequence + 1

    async def _look_below(self, stream: str, environment: str) -> bool:
        """Bury what lies below the highest delivery while nothing is in flight: nobody will get it."""
        lag = await self._js.lag(stream)
        if lag is None or lag.in_flight:
            return False
        sequences = [
            found.sequence
            async for found in self._js.messages.walk(stream, self._js.namespace.error_subject(environment))
            if found.sequence <= lag.delivered
        ]
        buried = [await self._bury(stream, sequence, environment) for sequence in sequences]
        return all(buried)

    async def _bury(self, stream: str, sequence: int, environment: str) -> bool:
        """Copy one message to the dead letters, give it a result, and only then remove it."""
        found = await self._js.messages.at(stream, sequence)
        if found is None:
            return True
        message_id = found.headers.get(MESSAGE_ID_HEADER, "")
        task = take(
            found.payload,
            headers=found.headers,
            stream=stream,
            environment=environment,
            message_id=message_id,
        )
        task_id = await recognise(self._js, task, stream=stream, sequence=sequence)
        facts = facts_of(task)

        async def wait_for_nobody() -> None:
            return None

        claim = await self._claims.take(
            task_id,
            facts={**facts, "stream": stream, "sequence": sequence, "message_id": message_id},
            may_reopen=lambda record: record.get("sequence") != sequence,
            keep_alive=wait_for_nobody,
            wait=False,
        )
        if claim is None:
            return False
        if isinstance(claim, Claim):
            story = Story(js=self._js, task_id=task_id, attempt=claim.attempt, facts=facts, agent="consumer")
            await story.dead(found.payload, reason=_REASON, stream=stream, sequence=sequence)
            await story.result("failed", {**EMPTY_RESULT, "status": "dead", "findings": _REASON})
            await claim.update(state="done", status="dead", branch="")
            self._observe("buried", {"task_id": task_id, "stream": stream, "sequence": sequence})
        await self._js.messages.remove(stream, sequence)
        return True


def _given_up(advisory: bytes) -> tuple[str, int]:
    """Read which message an advisory is about; whoever may publish there may publish anything."""
    try:
        found = json.loads(advisory)
        return str(found["stream"]), int(found["stream_seq"])
    except (ValueError, TypeError, KeyError, RecursionError):
        return "", 0
