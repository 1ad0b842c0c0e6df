"""Settle an error that a person holds: result, status, acknowledgement, or back into the queue.

Every step starts from the claim in the bucket, for another process took it. Who lost the claim
publishes and acknowledges nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from aat_consumer.by_hand.taking import BY_HAND, PATIENCE
from aat_consumer.claims import Claim, Claims, Owner, Record, read_record
from aat_consumer.errors import LeaseLostError, NoResultError, UnknownTaskError
from aat_consumer.jetstream import Delivery, JetStream
from aat_consumer.outcomes import Progress
from aat_consumer.policy import MAX_DELIVERIES, Ending
from aat_consumer.ports import Observer
from aat_consumer.results import find_result, story_of
from aat_consumer.settling import EMPTY_RESULT, Ended, settle_delivery, write_done
from aat_reporters.wire import task_key

__all__ = ["Held", "Token"]

#: Kind of a result to the status that it carries (DESIGN section 2).
STATUS_OF_KIND = {"fixed": "fixed", "failed": "not_fixed", "held": "awaiting_approval"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """Name a claim: the task, and the revision at which it was handed out (0 for any)."""

    task_id: str
    revision: int = 0


class Held:
    """Work on what is held by hand; use it from one event loop, for one command."""

    def __init__(self, js: JetStream, *, lease: float) -> None:
        self._js = js
        self._claims = Claims(js, owner=Owner.this_process(), lease=lease)

    async def acknowledge(self, token: Token, *, without_fix: str = "") -> str:
        """Settle the report for good: done-record, then acknowledgement, behind its result.

        Args:
            token: of the claim.
            without_fix: publishes a failed result with this reason where there is none.

        Returns:
            The status of the result.

        Raises:
            LeaseLostError: the claim is not ours any more; nothing was done.
            NoResultError: no result of this attempt is published.
            QueueError: no server.
        """
        claim = await self._claims.resume(token.task_id, revision=token.revision)
        reply = str(claim.record["reply"])
        found = await find_result(self._js, claim.task_id, attempts=range(claim.attempt, claim.attempt + 1))
        body: Mapping[str, object] = json.loads(found[1].payload) if found is not None else {}
        if found is None and not without_fix:
            raise NoResultError(
                f"task {claim.task_id} has no result of attempt {claim.attempt}; publish one with "
                "'aat result publish', or acknowledge it with --without-fix REASON"
            )
        await claim.update()  # the fence: from here on a lost claim cannot publish
        if found is None:
            body = {**EMPTY_RESULT, "status": STATUS_OF_KIND["failed"], "findings": without_fix}
            await story_of(self._js, claim.record, agent=BY_HAND, patience=PATIENCE).result("failed", body)
        status = str(body.get("status", ""))
        await write_done(
            self._js,
            claim,
            status=status,
            branch=str(body.get("branch") or ""),
            runs=int(claim.record.get("runs", 1)),
        )
        await self._js.acknowledge_reply(reply)
        story = story_of(self._js, claim.record, agent=BY_HAND, patience=PATIENCE)
        await story.status(Progress(agent=BY_HAND, status=status, findings=without_fix))
        return status

    async def put_back(self, token: Token, *, delay: float, observe: Observer) -> bool:
        """Give the report back to the queue; behind its last delivery it becomes a dead letter.

        Args:
            token: of the claim.
            delay: seconds until it is delivered again.
            observe: told of each step.

        Returns:
            True if it will be delivered again.

        Raises:
            LeaseLostError: the claim is not ours any more; nothing was done.
            QueueError: no server.
        """
        claim = await self._claims.resume(token.task_id, revision=token.revision)
        story = story_of(self._js, claim.record, agent=BY_HAND, patience=PATIENCE)
        why = f"put back by {claim.record.get('by', BY_HAND)}"
        if int(claim.record.get("delivery", 1)) >= MAX_DELIVERIES:
            delivery = await self._last_delivery(claim)
            if delivery is not None:
                ended = Ended(ending=Ending.MACHINERY_FAILED, body={"findings": why})
                await settle_delivery(
                    self._js,
                    claim=claim,
                    delivery=delivery,
                    story=story,
                    ended=ended,
                    retry_delay=0.0,
                    observe=observe,
                )
                return False
        await claim.update(state="open", hold_until=None, problem=why)
        await self._js.refuse(str(claim.record["reply"]), delay=delay)
        await story.status(Progress(agent=BY_HAND, status="retrying", findings=why))
        return True

    async def _last_delivery(self, claim: Claim) -> Delivery | None:
        """Find the held message again by where it lies."""
        stream, sequence = str(claim.record["stream"]), int(claim.record["sequence"])
        stored = await self._js.messages.at(stream, sequence)
        if stored is None:
            return None
        return Delivery(
            payload=stored.payload,
            headers=stored.headers,
            stream=stream,
            sequence=sequence,
            attempt=int(claim.record["delivery"]),
            reply=str(claim.record["reply"]),
            timestamp=stored.timestamp or datetime.now(UTC),
        )

    async def result(self, token: Token, kind: str, body: Mapping[str, object], *, agent: str) -> bool:
        """Publish the result of a held task.

        Returns:
            False if a result of this attempt is there already; nothing was published then.

        Raises:
            LeaseLostError: the claim that the token names is not held any more.
            UnknownTaskError: nobody holds this task by hand.
            QueueError: not stored.
        """
        record = await self._held(token)
        attempt = int(record["attempt"])
        if await find_result(self._js, token.task_id, attempts=range(attempt, attempt + 1)) is not None:
            return False
        status = STATUS_OF_KIND[kind]
        await story_of(self._js, record, agent=agent, patience=PATIENCE).result(
            kind, {**EMPTY_RESULT, **body, "status": status}
        )
        return True

    async def status(self, token: Token, progress: Progress) -> None:
        """Publish the status of a held task.

        Raises:
            LeaseLostError: the claim that the token names is not held any more.
            UnknownTaskError: nobody holds this task by hand.
            QueueError: no server.
        """
        record = await self._held(token)
        await story_of(self._js, record, agent=progress.agent).tell(progress)

    async def _held(self, token: Token) -> Record:
        """Read the record of a held task: what a running consumer publishes is not ours to replace."""
        entry = await self._js.bucket.get(task_key(token.task_id))
        record = read_record(entry)
        if token.revision and (entry is None or entry.revision != token.revision):
            raise LeaseLostError(f"the claim on task {token.task_id} was lost, released or finished")
        if record is None or record.get("state") != "running" or not record.get("hold_until"):
            raise UnknownTaskError(
                f"nobody holds task {token.task_id} by hand; take one with: aat errors next"
            )
        return record
