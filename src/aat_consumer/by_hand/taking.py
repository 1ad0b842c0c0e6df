"""Work on one error by hand: take it, hold it between commands, settle it from another process.

The claim in the bucket is what the commands share. It is held until a time of day instead of by
signs of life, for no process lives meanwhile, and it keeps the reply subject of the delivery, by
which any connection can settle it.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from aat_consumer.claims import Claim, Claims, Owner, read_record
from aat_consumer.completing import complete, may_be_committed
from aat_consumer.errors import LeaseLostError
from aat_consumer.intake import Task, take
from aat_consumer.jetstream import Delivery, JetStream
from aat_consumer.outcomes import Progress
from aat_consumer.policy import Ending, Fix, Plan
from aat_consumer.ports import Observer, Screen
from aat_consumer.prompts import Earlier, handed_out
from aat_consumer.queues import Queue, error_queues
from aat_consumer.releases import Release, honour
from aat_consumer.repeats import count_again, due, may_reopen
from aat_consumer.results import Story, story_of
from aat_consumer.settings import Settings
from aat_consumer.settling import Ended, blocked, facts_of, settle_delivery, undecodable
from aat_consumer.trusting import judged
from aat_reporters.wire import run_key, task_key

__all__ = ["BY_HAND", "PATIENCE", "ByHand", "HandedOut"]

#: The agent that results and statuses name when nobody names another.
BY_HAND = "by-hand"

#: Seconds that anything published by hand waits for the server: a person waits as well.
PATIENCE = 5.0

#: Seconds to wait for another run of the same signature to end: a person waits.
TURN_PATIENCE = 0.5

#: Seconds before a report that cannot be handed out now is delivered again.
SKIP_DELAY = 60.0

#: Seconds by which the queue holds a report longer than the claim is held, so that whoever gets it
#: next finds the claim over.
HOLD_MARGIN = 1.0

#: Seconds before a report is delivered again that was looked at when the command was stopped.
STOP_DELAY = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedOut:
    """One screened report in a person's hands.

    Args:
        task_id: the task.
        revision: of the claim; with the task id it is the token.
        text: the fenced report, as an agent gets it.
        environment: whose queue it came from.
        signature: of the error.
        release: of the program that failed, as its publisher wrote it.
        attempt: which run of this task, from 1.
        delivery: which of the three deliveries, from 1.
        held_until: when somebody else may take it.
        earlier: its fix in another release, where it is a regression.
    """

    task_id: str
    revision: int
    text: str
    environment: str
    signature: str
    release: str
    attempt: int
    delivery: int
    held_until: datetime
    earlier: Fix | None

    @property
    def token(self) -> str:
        """Give what ``ack`` and ``nak`` want to see."""
        return f"{self.task_id}.{self.revision}"


class ByHand:
    """Take errors for a person; use it from one event loop, for one command.

    Args:
        js: a connection.
        settings: what is in force.
        by: who works, for the record.
        screen: the filter.
        observe: told of each step, as the loop's observer is.
    """

    def __init__(
        self, js: JetStream, *, settings: Settings, by: str, screen: Screen, observe: Observer
    ) -> None:
        self._js = js
        self._settings = settings
        self._by = by
        self._screen = screen
        self._observe = observe
        self._claims = Claims(js, owner=Owner.this_process(), lease=settings.consumer.lease)

    async def next(self, *, hold: float) -> HandedOut | None:
        """Pull reports until one may be shown; settle those that may not as the loop does.

        Args:
            hold: seconds for which the claim is held, at least 1.

        Returns:
            The report, or None when none waits.

        Raises:
            QueueError: no server, or a stream is missing.
        """
        for queue in error_queues(self._js.namespace, self._settings.consumer.environments):
            # Made only where it is missing: a running consumer's own settings of it stay.
            if await self._js.lag(queue.stream) is None:
                await self._js.ensure_durable(queue.stream, ack_wait=self._settings.consumer.ack_wait)
            while (delivery := await self._js.fetch(queue.stream)) is not None:
                handed = await self._offered(delivery, queue, hold=hold)
                if handed is not None:
                    return handed
        return None

    async def _offered(self, delivery: Delivery, queue: Queue, *, hold: float) -> HandedOut | None:
        task = take(delivery.payload, headers=delivery.headers, queue=queue, message_id=delivery.message_id)
        release = await honour(self._js, task, stream=delivery.stream, sequence=delivery.sequence)
        task_id = release.task_id if release is not None else task.task_id
        claim = await self._claims.take(
            task_id,
            facts=self._facts(task, delivery),
            may_reopen=lambda record: may_reopen(
                record,
                delivery,
                retry_after=self._settings.consumer.retry_after,
                asked_for=release is not None,
            ),
            keep_alive=lambda: self._js.keep_alive(delivery),
            wait=False,
        )
        if claim is None:
            await self._leave(delivery, task_id)
            return None
        if not isinstance(claim, Claim):
            await count_again(self._js, task, delivery, claim, patience=PATIENCE)
            await self._js.acknowledge(delivery)
            self._observe("repeated", {"task_id": task_id})
            return None
        try:
            return await self._judged(claim, task, delivery, release=release, hold=hold)
        except LeaseLostError:
            self._observe("lost", {"task_id": task_id})
            return None
        except asyncio.CancelledError:
            await claim.update(state="open")
            await self._js.refuse(delivery.reply, delay=STOP_DELAY)
            raise

    def _facts(self, task: Task, delivery: Delivery) -> dict[str, object]:
        return {
            **facts_of(task),
            "stream": delivery.stream,
            "sequence": delivery.sequence,
            "message_id": delivery.message_id,
            "reply": delivery.reply,
            "delivery": delivery.attempt,
            "by": self._by,
        }

    async def _leave(self, delivery: Delivery, task_id: str) -> None:
        """Leave a report to whoever works on it, and do not be given it again while it is held."""
        held_for = await self._held_for(task_id)
        if held_for:
            await self._js.refuse(delivery.reply, delay=held_for)
        self._observe("skipped", {"task_id": task_id, "why": "somebody works on it"})

    async def _held_for(self, task_id: str) -> float:
        """Tell for how many seconds a task is still held by hand; 0 where it is not."""
        record = read_record(await self._js.bucket.get(task_key(task_id))) or {}
        held_until = record.get("hold_until")
        left = held_until - time.time() if isinstance(held_until, int | float) else 0.0
        return left + HOLD_MARGIN if left > 0 else 0.0

    async def _judged(
        self, claim: Claim, task: Task, delivery: Delivery, *, release: Release | None, hold: float
    ) -> HandedOut | None:
        """Hand out what passes the filter and is due; settle the rest."""
        previous = claim.previous or {}
        if await complete(self._js, claim, finishing=None, observe=self._observe):
            await self._js.acknowledge(delivery)
            self._observe("acknowledged", {"task_id": claim.task_id})
            return None
        if may_be_committed(claim):
            # Its commit may exist, and only a consumer beside the repository can tell: hand it back
            # as it was, dead owner and all.
            await claim.update(**previous)
            await self._skip(claim, delivery, "a consumer that died may have committed it; aat run looks")
            return None
        story = story_of(self._js, claim.record, agent=BY_HAND, patience=PATIENCE)
        if task.is_foreign and release is None and previous.get("sequence") != delivery.sequence:
            await story.occurrence(seen=delivery.timestamp)
        ended = await self._refused(task, release=release)
        if ended is not None:
            await self._settle(claim, delivery, story, ended)
            return None
        try:
            async with asyncio.timeout(TURN_PATIENCE):
                await self._claims.take_turn(task.shared_signature, claim.task_id)
        except TimeoutError:
            await claim.update(state="open")
            holder = read_record(await self._js.bucket.get(run_key(task.shared_signature))) or {}
            delay = await self._held_for(str(holder.get("task_id", claim.task_id)))
            await self._skip(claim, delivery, "the same error is being worked on", delay=delay)
            return None
        decided = await due(
            self._js,
            task,
            retry_after=self._settings.consumer.retry_after,
            asked_for=release is not None,
        )
        if not decided.run:
            ended = Ended(ending=Ending.REPEATED, body={"findings": decided.reason})
            await self._settle(claim, delivery, story, ended)
            return None
        return await self._hand_out(claim, task, delivery, story, decided, hold=hold)

    async def _refused(self, task: Task, *, release: Release | None) -> Ended | None:
        """Say why the report may not be shown, or None where it may."""
        if task.report is None:
            return undecodable(task.problem)
        if release is not None and release.skips_filter:
            return None
        verdict = await judged(self._js, task.report, screen=self._screen)
        if not verdict.blocked:
            return None
        return blocked(verdict.to_json())

    async def _hand_out(
        self, claim: Claim, task: Task, delivery: Delivery, story: Story, decided: Plan, *, hold: float
    ) -> HandedOut:
        assert task.report is not None
        await story.keep_report(task.report)
        earlier = Earlier(fix=decided.earlier) if decided.earlier else None
        text = _written(task.report, earlier)
        held_until = time.time() + hold
        await claim.update(hold_until=held_until, runs=decided.runs)
        # A delayed refusal keeps the delivery open for longer than the ack wait, and an
        # acknowledgement still settles it meanwhile (measured with 2.9.10 and 2.15.1).
        await self._js.refuse(delivery.reply, delay=hold + HOLD_MARGIN)
        until = datetime.fromtimestamp(held_until, tz=UTC)
        findings = f"taken by {self._by}, held until {until.isoformat(timespec='seconds')}"
        await story.status(Progress(agent=BY_HAND, status="started", findings=findings))
        return HandedOut(
            task_id=claim.task_id,
            revision=claim.revision,
            text=text,
            environment=task.environment,
            signature=task.signature,
            release=task.release,
            attempt=claim.attempt,
            delivery=delivery.attempt,
            held_until=until,
            earlier=decided.earlier,
        )

    async def _skip(self, claim: Claim, delivery: Delivery, why: str, *, delay: float = 0.0) -> None:
        """Put a report back for as long as it cannot be worked on: each delivery is one of three."""
        await self._js.refuse(delivery.reply, delay=delay or SKIP_DELAY)
        self._observe("skipped", {"task_id": claim.task_id, "why": why})

    async def _settle(self, claim: Claim, delivery: Delivery, story: Story, ended: Ended) -> None:
        await settle_delivery(
            self._js,
            claim=claim,
            delivery=delivery,
            story=story,
            ended=ended,
            retry_delay=self._settings.consumer.retry_delay,
            observe=self._observe,
        )


def _written(report: Mapping[str, object], earlier: Earlier | None) -> str:
    """Fence the report; a fence that happens to stand in it is drawn again."""
    while True:
        try:
            return handed_out(report, fence=secrets.token_hex(8), earlier=earlier)
        except ValueError:
            continue
