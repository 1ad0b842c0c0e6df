"""Carry one delivery from the queue to its end: claim, screen, run the agent, verify, commit, settle.

What follows from what happened is decided in ``policy``; here it is carried out, in an order that
loses nothing when the process or the server dies between any two steps: publish, then done-record,
then acknowledge.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from aat_consumer.cancelling import end
from aat_consumer.claims import Claim, Claims
from aat_consumer.completing import complete, publish_fix
from aat_consumer.errors import AgentError, LeaseLostError, PublishingError, QueueError, WorkspaceError
from aat_consumer.intake import Task, take
from aat_consumer.jetstream import Delivery, JetStream
from aat_consumer.outcomes import Progress
from aat_consumer.policy import Ending, Plan, branch_name
from aat_consumer.ports import Attempt, Fixing, Observer, Screen, Verdict
from aat_consumer.queues import Queue
from aat_consumer.regressions import earlier_fix
from aat_consumer.releases import Release, honour
from aat_consumer.repeats import begun, count_again, due, may_reopen
from aat_consumer.restraining import Restraints
from aat_consumer.results import Story, story_of
from aat_consumer.settings import Settings
from aat_consumer.settling import Ended, blocked, facts_of, settle_delivery, undecodable
from aat_consumer.trusting import judged

__all__ = ["Attempt", "Dispatcher", "Fixing", "Observer", "Verdict"]

logger = logging.getLogger(__name__)

#: Signs of life within the shorter of lease and ack wait; two may get lost.
BEATS_PER_LEASE = 3

#: Seconds that a finished run waits at its fence while the server is away; a lost claim ends it earlier.
FENCE_PATIENCE = 3_600.0

#: Seconds before a report is delivered again that was put back because the consumer stops.
STOP_DELAY = 1.0


class Dispatcher:
    """Handle deliveries one after another or side by side; use it from one event loop."""

    def __init__(
        self,
        js: JetStream,
        *,
        settings: Settings,
        fixer: Fixing,
        claims: Claims,
        screen: Screen,
        is_clean: Callable[[str], bool],
        restraints: Restraints,
        observe: Observer,
    ) -> None:
        self._js = js
        self._settings = settings
        self._fixer = fixer
        self._claims = claims
        self._screen = screen
        self._is_clean = is_clean
        self._restraints = restraints
        self._observe = observe

    async def handle(self, delivery: Delivery, *, queue: Queue) -> bool:
        """Settle one delivery exactly once: acknowledge, put back, or leave it to its new owner.

        Returns:
            False if the server or the bucket did not let it be settled: it will be delivered again, and
            nothing more should be fetched before they are well.
        """
        task = take(
            delivery.payload,
            headers=delivery.headers,
            queue=queue,
            message_id=delivery.message_id,
        )
        try:
            await self._handle(task, delivery)
        except QueueError as exc:
            # Nothing can be settled without a server: the report is delivered again.
            logger.warning("task %s is left to be delivered again: %s", task.task_id, exc)
            return False
        except Exception as exc:
            # The one broad except of the loop: a mistake of ours on one report must not stop the
            # others. No traceback at this level, for the error's own message may quote the report.
            logger.error("task %s failed in an unforeseen way: %s", task.task_id, type(exc).__name__)
            logger.debug("task %s failed", task.task_id, exc_info=True)
            return await self._refused(delivery)
        return True

    async def _refused(self, delivery: Delivery) -> bool:
        try:
            await self._js.refuse(delivery.reply, delay=self._settings.consumer.retry_delay)
        except QueueError as exc:
            logger.warning("a delivery could not be put back: %s", exc)
            return False
        return True

    async def _handle(self, task: Task, delivery: Delivery) -> None:
        release = await honour(self._js, task, stream=delivery.stream, sequence=delivery.sequence)
        task_id = release.task_id if release is not None else task.task_id
        self._observe(
            "fetched", {"task_id": task_id, "stream": delivery.stream, "delivery": delivery.attempt}
        )
        claim = await self._claims.take(
            task_id,
            facts={
                **facts_of(task),
                "stream": delivery.stream,
                "sequence": delivery.sequence,
                "message_id": delivery.message_id,
            },
            may_reopen=lambda record: may_reopen(
                record,
                delivery,
                retry_after=self._settings.consumer.retry_after,
                asked_for=release is not None,
            ),
            keep_alive=lambda: self._js.keep_alive(delivery),
        )
        if not isinstance(claim, Claim):
            await count_again(self._js, task, delivery, claim or {})
            await self._js.acknowledge(delivery)
            self._observe("repeated", {"task_id": task_id})
            return
        self._observe("claimed", {"task_id": task_id, "attempt": claim.attempt})
        work = self._work(claim, task, delivery, release=release)
        try:
            await self._kept_alive(claim, delivery, work)
        except LeaseLostError as exc:
            logger.warning("nothing more is done here: %s", exc)
        except asyncio.CancelledError:
            await self._put_back(claim, delivery)
            raise

    # -- keeping the claim ------------------------------------------------------------------------

    async def _kept_alive(self, claim: Claim, delivery: Delivery, work: Coroutine[Any, Any, None]) -> None:
        """Do the work under a heartbeat; a lost claim stops the work before it publishes."""
        working = asyncio.create_task(work)
        beating = asyncio.create_task(self._beat(claim, delivery))
        try:
            await asyncio.wait({working, beating}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            if not working.done():
                working.cancel()
            await end(beating)
            ended = await asyncio.gather(working, beating, return_exceptions=True)
        for found in reversed(ended):
            if isinstance(found, BaseException) and not isinstance(found, asyncio.CancelledError):
                raise found

    async def _beat(self, claim: Claim, delivery: Delivery) -> None:
        consumer = self._settings.consumer
        interval = min(consumer.lease, consumer.ack_wait) / BEATS_PER_LEASE
        while True:
            await asyncio.sleep(interval)
            try:
                await self._js.keep_alive(delivery)
                await claim.update()
            except QueueError as exc:
                logger.debug("no sign of life could be given: %s", exc)

    async def _put_back(self, claim: Claim, delivery: Delivery) -> None:
        try:
            await claim.update(state="open")
            await self._js.refuse(delivery.reply, delay=STOP_DELAY)
        except (QueueError, LeaseLostError) as exc:
            logger.warning("task %s is left to be delivered again: %s", claim.task_id, exc)

    # -- the work ---------------------------------------------------------------------------------

    async def _work(self, claim: Claim, task: Task, delivery: Delivery, *, release: Release | None) -> None:
        story = story_of(self._js, claim.record, agent=self._fixer.agent_name)
        try:
            if await complete(self._js, claim, finishing=self._fixer, observe=self._observe):
                await self._js.acknowledge(delivery)
                self._observe("acknowledged", {"task_id": claim.task_id, "status": "completed"})
                return
            ended = await self._ended(claim, task, delivery, story, release=release)
        except AgentError as exc:
            body: dict[str, object] = {"findings": str(exc)}
            body["permission_denials"] = list(exc.permission_denials)
            await self._restraints.spent(exc.cost_usd)
            ended = Ended(ending=Ending.MACHINERY_FAILED, body=body)
        except (PublishingError, WorkspaceError) as exc:
            # Named where it is: a person can still publish what only the forge refused.
            fenced = claim.record.get("body") or {}
            body = {**fenced, "findings": str(exc)}
            branch = str(claim.record.get("branch", ""))
            ended = Ended(ending=Ending.MACHINERY_FAILED, body=body | {"branch": branch}, branch=branch)
        await settle_delivery(
            self._js,
            claim=claim,
            delivery=delivery,
            story=story,
            ended=ended,
            retry_delay=self._settings.consumer.retry_delay,
            observe=self._observe,
        )
        if ended.ending is Ending.MACHINERY_FAILED:
            await self._restraints.failed()
        elif ended.runs:
            await self._restraints.worked()

    async def _ended(
        self, claim: Claim, task: Task, delivery: Delivery, story: Story, *, release: Release | None
    ) -> Ended:
        is_new = (claim.previous or {}).get("sequence") != delivery.sequence and release is None
        if task.is_foreign and is_new:
            await story.occurrence(seen=delivery.timestamp)
        if task.report is None:
            return undecodable(task.problem)
        if release is None or not release.skips_filter:
            verdict = await judged(self._js, task.report, screen=self._screen)
            facts = verdict.to_json()
            self._observe(
                "screened", {"task_id": claim.task_id, "blocked": verdict.blocked, "verdict": facts}
            )
            if verdict.blocked:
                return blocked(facts)
        return await self._run(claim, task, story, asked_for=release is not None)

    async def _run(self, claim: Claim, task: Task, story: Story, *, asked_for: bool) -> Ended:
        await self._claims.take_turn(task.shared_signature, claim.task_id)
        decided = await due(
            self._js, task, retry_after=self._settings.consumer.retry_after, asked_for=asked_for
        )
        if not decided.run:
            return Ended(ending=Ending.REPEATED, body={"findings": decided.reason})
        assert task.report is not None
        earlier = await earlier_fix(self._js, decided.earlier, is_clean=self._is_clean)
        await asyncio.gather(
            story.keep_report(task.report), self._tell(story, "started", begun(task, decided, earlier))
        )
        self._observe("started", {"task_id": claim.task_id, "run": decided.runs})
        branch = branch_name(task.signature, claim.task_id, finished=claim.finished)

        async def publish(progress: Progress) -> None:
            self._observe(
                "status", {"task_id": claim.task_id, "agent": progress.agent, "status": progress.status}
            )
            await story.status(progress)

        attempted = await self._fixer.attempt(
            task_id=claim.task_id,
            attempt=claim.attempt,
            task=task,
            earlier=earlier,
            publish=publish,
            observe=self._observe,
        )
        try:
            return await self._conclude(claim, task, attempted, branch, decided)
        finally:
            await attempted.close()

    async def _conclude(
        self, claim: Claim, task: Task, attempted: Attempt, branch: str, decided: Plan
    ) -> Ended:
        """Commit and publish what was verified, behind the fence."""
        body = attempted.to_json()
        await self._restraints.spent(body.get("cost_usd"))
        if attempted.ending in (Ending.NOT_FIXED, Ending.ANSWERED):
            return Ended(ending=attempted.ending, body=body, runs=decided.runs)
        kind = attempted.ending.value
        await claim.update(
            patience=FENCE_PATIENCE,
            state="publishing",
            branch=branch,
            ending=kind,
            body=body,
            runs=decided.runs,
            fenced=claim.attempt,
        )
        self._observe("fenced", {"task_id": claim.task_id, "branch": branch})
        commit = await attempted.commit(branch, signature=task.signature)
        self._observe("committed", {"task_id": claim.task_id, "branch": branch, "commit": commit})
        body = await publish_fix(
            claim,
            attempted.ending,
            branch=branch,
            commit=commit,
            finishing=self._fixer,
            observe=self._observe,
        )
        return Ended(ending=attempted.ending, body=body, branch=branch, runs=decided.runs)

    # -- small questions --------------------------------------------------------------------------

    async def _tell(self, story: Story, status: str, findings: str) -> None:
        await story.status(Progress(agent="consumer", status=status, findings=findings))
