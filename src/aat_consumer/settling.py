"""Carry out how a delivery ended: publish, then done-record, then acknowledge.

What is to be done is looked up in ``policy``; the order here loses nothing when the process or the
server dies between any two steps.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from aat_consumer.claims import Claim
from aat_consumer.intake import Task
from aat_consumer.jetstream import Delivery, JetStream
from aat_consumer.outcomes import Progress
from aat_consumer.policy import Ending, Fix, settle
from aat_consumer.ports import Observer
from aat_consumer.results import Story, find_result, story_of
from aat_reporters.wire import fix_key

__all__ = [
    "EMPTY_RESULT",
    "Ended",
    "blocked",
    "complete_published",
    "facts_of",
    "settle_delivery",
    "undecodable",
    "write_done",
]

#: Keys that every result carries (DESIGN section 2).
EMPTY_RESULT: dict[str, object] = {"solution": "", "pr_url": None, "test_results": None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How the work ended, and what the result says.

    Args:
        ending: the row of the table of outcomes.
        body: keys of the result.
        reason: why the report goes to quarantine, where it does.
        branch: where the fix lies, empty if there is none.
        runs: runs so far for this signature and release; 0 where no agent ran.
    """

    ending: Ending
    body: dict[str, object] = field(default_factory=dict)
    reason: dict[str, object] = field(default_factory=dict)
    branch: str = ""
    runs: int = 0


def undecodable(problem: str) -> Ended:
    """End with a report that cannot be read."""
    reason: dict[str, object] = {"kind": "undecodable", "problem": problem}
    return Ended(ending=Ending.UNDECODABLE, body={"findings": problem}, reason=reason)


def blocked(verdict: Mapping[str, object]) -> Ended:
    """End with a report that the filter keeps from the agent, for the reasons of its verdict."""
    reason: dict[str, object] = {"kind": "screening", "verdict": verdict}
    return Ended(ending=Ending.BLOCKED, body={"findings": "blocked by the filter"}, reason=reason)


def facts_of(task: Task) -> dict[str, object]:
    """Name what every result, status and record says of a report."""
    return {"signature": task.signature, "environment": task.environment, "release": task.release}


async def settle_delivery(
    js: JetStream,
    *,
    claim: Claim,
    delivery: Delivery,
    story: Story,
    ended: Ended,
    retry_delay: float,
    observe: Observer,
) -> None:
    """Publish, then write the done-record, then acknowledge; or put the report back.

    Raises:
        LeaseLostError: another consumer owns the task; nothing is acknowledged.
        QueueError: no server; what is missing is completed by the next delivery.
    """
    settlement = settle(ended.ending, delivery=delivery.attempt, retry_delay=retry_delay)
    # A consumer that slept learns here that somebody else has taken over, before it publishes.
    await claim.update()
    findings = str(ended.body.get("findings", ""))
    if settlement.quarantine:
        await story.quarantine(delivery.payload, reason=ended.reason)
        observe("quarantined", {"task_id": claim.task_id})
    if settlement.dead:
        await story.dead(
            delivery.payload, reason=findings, stream=delivery.stream, sequence=delivery.sequence
        )
    await story.status(Progress(agent="consumer", status=settlement.status, findings=findings))
    if settlement.result is not None:
        await story.result(settlement.result, {**EMPTY_RESULT, **ended.body, "status": settlement.status})
        observe("result", {"task_id": claim.task_id, "kind": settlement.result})
    if not settlement.acknowledge:
        await claim.update(state="open", problem=findings)
        await js.refuse(delivery.reply, delay=settlement.delay)
        observe("retrying", {"task_id": claim.task_id, "delay": settlement.delay, "why": findings})
        return
    await write_done(
        js, claim, status=settlement.status, branch=ended.branch, runs=ended.runs, attempt=story.attempt
    )
    observe("done", {"task_id": claim.task_id, "status": settlement.status})
    await js.acknowledge(delivery)
    observe("acknowledged", {"task_id": claim.task_id, "status": settlement.status})


async def write_done(
    js: JetStream, claim: Claim, *, status: str, branch: str, runs: int, attempt: int
) -> None:
    """Record the run under its signature, then the task as done; only then may it be acknowledged.

    Raises:
        LeaseLostError: another consumer owns the task.
        QueueError: no server, or no bucket.
    """
    now = datetime.now(UTC)
    if runs:
        fix = Fix(
            task_id=claim.task_id,
            release=str(claim.record.get("release", "")),
            branch=branch,
            at=now,
            attempt=runs,
            status=status,
        )
        await js.bucket.put(fix_key(str(claim.record["signature"])), json.dumps(fix.to_json()).encode())
    await claim.update(
        state="done", status=status, branch=branch, at=now.isoformat(), attempt=attempt, body=None
    )


async def complete_published(js: JetStream, claim: Claim, *, reply: str, observe: Observer) -> bool:
    """Finish the attempt of a crashed predecessor whose result is published already.

    Returns:
        False if there is no such result; nothing was done then.

    Raises:
        LeaseLostError: another consumer owns the task.
        QueueError: no server.
    """
    previous = claim.previous or {}
    if previous.get("state") not in ("running", "publishing"):
        return False
    attempt = int(previous.get("attempt", 0))
    found = await find_result(js, claim.task_id, attempt=attempt)
    if found is None:
        return False
    kind, stored = found
    observe("completed", {"task_id": claim.task_id, "from": "result", "kind": kind})
    status = str(json.loads(stored.payload).get("status", kind))
    runs, branch = int(previous.get("runs", 0)), str(previous.get("branch", ""))
    await write_done(js, claim, status=status, branch=branch, runs=runs, attempt=attempt)
    observe("done", {"task_id": claim.task_id, "status": status})
    story = story_of(js, claim.record | {"attempt": attempt}, agent="consumer")
    await story.status(Progress(agent="consumer", status=status, findings="completed after a crash"))
    await js.acknowledge_reply(reply)
    observe("acknowledged", {"task_id": claim.task_id, "status": status})
    return True
