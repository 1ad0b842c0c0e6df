"""Carry one delivery from the queue to its end: claim, screen, run the agent, verify, commit, settle.

What follows from what happened is decided in ``policy``; here it is carried out, in an order that
loses nothing when the process or the server dies between any two steps: publish, then done-record,
then acknowledge.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from aat_consumer.claims import Claim, Claims, Record, read_record
from aat_consumer.errors import AgentError, LeaseLostError, QueueError, WorkspaceError
from aat_consumer.fixing import Attempted, Fixer
from aat_consumer.intake import Task, take
from aat_consumer.jetstream import Delivery, JetStream
from aat_consumer.outcomes import Progress
from aat_consumer.policy import Ending, Fix, Plan, branch_name, plan, settle
from aat_consumer.results import Story, find_result
from aat_consumer.settings import Settings
from aat_reporters.wire import fix_key, released_key

__all__ = ["Dispatcher", "Observer", "Verdict"]

logger = logging.getLogger(__name__)

#: Signs of life within the shorter of lease and ack wait; two may get lost.
BEATS_PER_LEASE = 3

#: Seconds before a report is delivered again that was put back because the consumer stops.
STOP_DELAY = 1.0

#: Called with the name of each step as it happens, and facts about it.
Observer = Callable[[str, Mapping[str, object]], None]


class Verdict(Protocol):
    """What the filter says of a report."""

    @property
    def blocked(self) -> bool:
        """Tell whether the report must not reach an agent."""
        ...

    def to_json(self) -> dict[str, Any]:
        """Give the reasons, without the text."""
        ...


Screen = Callable[[Mapping[str, object]], Verdict]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ended:
    """How the work ended, and what the result says."""

    ending: Ending
    body: dict[str, object] = field(default_factory=dict)
    reason: dict[str, object] = field(default_factory=dict)
    branch: str = ""
    runs: int = 0


class Dispatcher:
    """Handle deliveries one after another or side by side; use it from one event loop."""

    def __init__(
        self,
        js: JetStream,
        *,
        settings: Settings,
        fixer: Fixer,
        claims: Claims,
        screen: Screen,
        observe: Observer,
    ) -> None:
        self._js = js
        self._settings = settings
        self._fixer = fixer
        self._claims = claims
        self._screen = screen
        self._observe = observe

    async def handle(self, delivery: Delivery, *, environment: str) -> None:
        """Settle one delivery exactly once: acknowledge, put back, or leave it to its new owner."""
        task = take(
            delivery.payload,
            headers=delivery.headers,
            stream=delivery.stream,
            environment=environment,
            message_id=delivery.message_id,
        )
        try:
            await self._handle(task, delivery)
        except QueueError as exc:
            # Nothing can be settled without a server: the report is delivered again.
            logger.warning("task %s is left to be delivered again: %s", task.task_id, exc)

    async def _handle(self, task: Task, delivery: Delivery) -> None:
        authorised = await self._authorised(task, delivery)
        task_id = task.claimed_task_id if authorised else task.task_id
        self._observe(
            "fetched", {"task_id": task_id, "stream": delivery.stream, "delivery": delivery.attempt}
        )
        claim = await self._claims.take(
            task_id,
            facts={**_facts(task), "stream": delivery.stream, "sequence": delivery.sequence},
            may_reopen=lambda record: self._may_reopen(record, delivery, asked_for=authorised),
            keep_alive=lambda: self._js.keep_alive(delivery),
        )
        if not isinstance(claim, Claim):
            await self._count_again(task, delivery, claim or {})
            await self._js.acknowledge(delivery)
            self._observe("repeated", {"task_id": task_id})
            return
        self._observe("claimed", {"task_id": task_id, "attempt": claim.attempt})
        work = self._work(claim, task, delivery, asked_for=authorised)
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
            for task in (working, beating):
                if not task.done():
                    task.cancel()
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

    async def _work(self, claim: Claim, task: Task, delivery: Delivery, *, asked_for: bool) -> None:
        if await self._completed(claim, task, delivery):
            return
        story = self._story(claim.task_id, claim.attempt, task)
        try:
            ended = await self._ended(claim, task, delivery, story, asked_for=asked_for)
        except (AgentError, WorkspaceError) as exc:
            ended = _Ended(ending=Ending.MACHINERY_FAILED, body={"findings": str(exc)})
        except (QueueError, LeaseLostError):
            raise
        except Exception as exc:
            # A mistake of ours on one report must not stop the loop for the others.
            logger.exception("task %s failed in an unforeseen way", claim.task_id)
            ended = _Ended(ending=Ending.MACHINERY_FAILED, body={"findings": f"{type(exc).__name__}: {exc}"})
        await self._settle(claim, task, delivery, story, ended)

    async def _ended(
        self, claim: Claim, task: Task, delivery: Delivery, story: Story, *, asked_for: bool
    ) -> _Ended:
        if task.is_foreign and (claim.previous or {}).get("sequence") != delivery.sequence:
            await story.occurrence(seen=delivery.timestamp)
        if task.report is None:
            reason: dict[str, object] = {"kind": "undecodable", "problem": task.problem}
            return _Ended(ending=Ending.UNDECODABLE, body={"findings": task.problem}, reason=reason)
        if not asked_for:
            verdict = await asyncio.to_thread(self._screen, task.report)
            facts = verdict.to_json()
            self._observe(
                "screened", {"task_id": claim.task_id, "blocked": verdict.blocked, "verdict": facts}
            )
            if verdict.blocked:
                reason = {"kind": "screening", "verdict": facts}
                return _Ended(
                    ending=Ending.BLOCKED, body={"findings": "blocked by the filter"}, reason=reason
                )
        return await self._run(claim, task, task.report, story, asked_for=asked_for)

    async def _run(
        self, claim: Claim, task: Task, report: Mapping[str, object], story: Story, *, asked_for: bool
    ) -> _Ended:
        await self._claims.take_turn(task.signature, claim.task_id)
        decided = await self._plan(task, asked_for=asked_for)
        if not decided.run:
            return _Ended(ending=Ending.REPEATED, body={"findings": decided.reason})
        await story.keep_report(report)
        await self._tell(story, "started", f"run {decided.runs} for this signature and release")
        branch = branch_name(task.signature, claim.task_id)

        async def publish(progress: Progress) -> None:
            self._observe(
                "status", {"task_id": claim.task_id, "agent": progress.agent, "status": progress.status}
            )
            await story.status(progress)

        attempted = await self._fixer.attempt(
            task_id=claim.task_id,
            attempt=claim.attempt,
            report=report,
            earlier=decided.earlier,
            publish=publish,
            observe=self._observe,
        )
        async with attempted:
            return await self._conclude(claim, task, attempted, branch, decided)

    async def _conclude(
        self, claim: Claim, task: Task, attempted: Attempted, branch: str, decided: Plan
    ) -> _Ended:
        """Commit what was verified, behind the fence."""
        body = attempted.to_json()
        if decided.earlier is not None:
            body["regression_of"] = decided.earlier.to_json()
        if attempted.ending is Ending.NOT_FIXED:
            return _Ended(ending=Ending.NOT_FIXED, body=body, runs=decided.runs)
        kind = attempted.ending.value
        await claim.update(state="publishing", branch=branch, ending=kind, body=body, runs=decided.runs)
        self._observe("fenced", {"task_id": claim.task_id, "branch": branch})
        commit = await attempted.commit(branch, signature=task.signature)
        self._observe("committed", {"task_id": claim.task_id, "branch": branch, "commit": commit})
        body |= {"branch": branch, "commit": commit}
        return _Ended(ending=attempted.ending, body=body, branch=branch, runs=decided.runs)

    async def _plan(self, task: Task, *, asked_for: bool) -> Plan:
        record = read_record(await self._js.get(fix_key(task.signature)))
        return plan(
            Fix.from_json(record) if record else None,
            release=task.release,
            now=datetime.now(UTC),
            retry_after=self._settings.consumer.retry_after,
            asked_for=asked_for,
        )

    # -- the end ----------------------------------------------------------------------------------

    async def _settle(
        self, claim: Claim, task: Task, delivery: Delivery, story: Story, ended: _Ended
    ) -> None:
        """Publish, then write the done-record, then acknowledge; or put the report back."""
        settlement = settle(
            ended.ending, delivery=delivery.attempt, retry_delay=self._settings.consumer.retry_delay
        )
        findings = str(ended.body.get("findings", ""))
        if settlement.quarantine:
            await story.quarantine(delivery.payload, reason=ended.reason)
            self._observe("quarantined", {"task_id": claim.task_id})
        if settlement.dead:
            await story.dead(
                delivery.payload, reason=findings, stream=delivery.stream, sequence=delivery.sequence
            )
        await self._tell(story, settlement.status, findings)
        if settlement.result is not None:
            await story.result(
                settlement.result, {**_EMPTY_RESULT, **ended.body, "status": settlement.status}
            )
            self._observe("result", {"task_id": claim.task_id, "kind": settlement.result})
        if not settlement.acknowledge:
            await claim.update(state="open", problem=findings)
            await self._js.refuse(delivery.reply, delay=settlement.delay)
            self._observe("retrying", {"task_id": claim.task_id, "delay": settlement.delay, "why": findings})
            return
        await self._done(
            claim, task, status=settlement.status, branch=ended.branch, runs=ended.runs, story=story
        )
        await self._js.acknowledge(delivery)
        self._observe("acknowledged", {"task_id": claim.task_id, "status": settlement.status})

    async def _done(
        self, claim: Claim, task: Task, *, status: str, branch: str, runs: int, story: Story
    ) -> None:
        now = datetime.now(UTC)
        if runs:
            fix = Fix(
                task_id=claim.task_id,
                release=task.release,
                branch=branch,
                at=now,
                attempt=runs,
                status=status,
            )
            await self._js.put(fix_key(task.signature), json.dumps(fix.to_json()).encode())
        await claim.update(
            state="done", status=status, branch=branch, at=now.isoformat(), attempt=story.attempt, body=None
        )
        self._observe("done", {"task_id": claim.task_id, "status": status})

    async def _completed(self, claim: Claim, task: Task, delivery: Delivery) -> bool:
        """Finish what a crashed predecessor had published or committed, without running again."""
        previous = claim.previous or {}
        if previous.get("state") not in ("running", "publishing"):
            return False
        attempt = int(previous.get("attempt", 0))
        story = self._story(claim.task_id, attempt, task)
        found = await find_result(self._js, claim.task_id, attempt=attempt)
        runs, branch = int(previous.get("runs", 0)), str(previous.get("branch", ""))
        if found is not None:
            kind, stored = found
            self._observe("completed", {"task_id": claim.task_id, "from": "result", "kind": kind})
            status = str(json.loads(stored.payload).get("status", kind))
            await self._done(claim, task, status=status, branch=branch, runs=runs, story=story)
            await self._js.acknowledge(delivery)
            self._observe("acknowledged", {"task_id": claim.task_id, "status": status})
            return True
        commit = await self._fixer.find_commit(branch, claim.task_id) if branch else None
        if commit is None:
            return False
        self._observe("completed", {"task_id": claim.task_id, "from": "commit", "commit": commit})
        body = {**(previous.get("body") or {}), "branch": branch, "commit": commit}
        ended = _Ended(ending=Ending(previous["ending"]), body=body, branch=branch, runs=runs)
        await self._settle(claim, task, delivery, story, ended)
        return True

    # -- small questions --------------------------------------------------------------------------

    async def _authorised(self, task: Task, delivery: Delivery) -> bool:
        """Believe the task-id header only with an unused authorisation for this very text."""
        if not task.claimed_task_id:
            return False
        entry = await self._js.get(released_key(task.claimed_task_id))
        record = read_record(entry)
        if entry is None or record is None or record.get("hash") != task.text_hash:
            return False
        message = f"{delivery.stream}/{delivery.sequence}"
        if record.get("used_by"):
            return bool(record["used_by"] == message)
        used = json.dumps(record | {"used_by": message}).encode()
        key = released_key(task.claimed_task_id)
        return await self._js.update(key, used, revision=entry.revision) is not None

    def _may_reopen(self, record: Record, delivery: Delivery, *, asked_for: bool) -> bool:
        """Run a finished task again only for a new message: asked for, or behind the waiting time."""
        if record.get("sequence") == delivery.sequence and record.get("stream") == delivery.stream:
            return False
        age = datetime.now(UTC) - datetime.fromisoformat(str(record["at"]))
        return asked_for or age >= timedelta(seconds=self._settings.consumer.retry_after)

    async def _count_again(self, task: Task, delivery: Delivery, record: Record) -> None:
        """Count a repeat for a publisher that does not count itself; a lost ack is no repeat."""
        if task.is_foreign and record.get("sequence") != delivery.sequence:
            story = self._story(task.task_id, int(record.get("attempt", 1)), task)
            await story.occurrence(seen=delivery.timestamp, sequence=delivery.sequence)

    async def _tell(self, story: Story, status: str, findings: str) -> None:
        await story.status(Progress(agent="consumer", status=status, findings=findings))

    def _story(self, task_id: str, attempt: int, task: Task) -> Story:
        return Story(
            js=self._js, task_id=task_id, attempt=attempt, facts=_facts(task), agent=self._fixer.agent_name
        )


#: Keys that every result carries (DESIGN section 2).
_EMPTY_RESULT: dict[str, object] = {"solution": "", "pr_url": None, "test_results": None}


def _facts(task: Task) -> dict[str, object]:
    return {"signature": task.signature, "environment": task.environment, "release": task.release}
