"""Carry out how a delivery ended: publish, then done-record, then acknowledge.

What is to be done is looked up in ``policy``; the order here loses nothing when the process or the
server dies between any two steps.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from aat_consumer.claims import Claim, read_record
from aat_consumer.errors import QueueError
from aat_consumer.intake import Task
from aat_consumer.jetstream import Delivery, JetStream
from aat_consumer.outcomes import Progress
from aat_consumer.policy import Ending, Fix, History, settle
from aat_consumer.ports import Observer
from aat_consumer.results import Story
from aat_reporters.wire import fix_key

__all__ = [
    "EMPTY_RESULT",
    "Ended",
    "announce_denials",
    "blocked",
    "facts_of",
    "publish_result",
    "settle_delivery",
    "undecodable",
    "write_done",
]

#: Seconds for one try to publish a result; then the claim is compared again.
TRY_PATIENCE = 5.0

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
    """Name what every result, status and record says of a report or a queued task."""
    facts = {"signature": task.signature, "release": task.release, **task.queue.facts()}
    if task.previous_signature:
        facts["previous_signature"] = task.previous_signature
    return facts


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
    await claim.update(patience=story.patience)
    findings = str(ended.body.get("findings", ""))
    if settlement.quarantine:
        await story.quarantine(delivery.payload, reason=ended.reason)
        observe("quarantined", {"task_id": claim.task_id})
    if settlement.dead:
        await story.dead(
            delivery.payload, reason=findings, stream=delivery.stream, sequence=delivery.sequence
        )
    await announce_denials(story, ended.body, observe)
    last_status = story.status(Progress(agent="consumer", status=settlement.status, findings=findings))
    if settlement.result is None:
        await last_status
    else:
        # On their way together: each is a round trip, and neither waits for what the other says.
        body = {**ended.body, "status": settlement.status}
        has_waited = settlement.quarantine or settlement.dead
        result = publish_result(claim, story, settlement.result, body, is_compared=not has_waited)
        await asyncio.gather(last_status, result)
        observe("result", {"task_id": claim.task_id, "kind": settlement.result})
    if not settlement.acknowledge:
        await claim.update(state="open", problem=findings, patience=story.patience)
        await js.refuse(delivery.reply, delay=settlement.delay)
        observe("retrying", {"task_id": claim.task_id, "delay": settlement.delay, "why": findings})
        return
    await write_done(js, claim, status=settlement.status, branch=ended.branch, runs=ended.runs)
    observe("done", {"task_id": claim.task_id, "status": settlement.status})
    await js.acknowledge(delivery)
    observe("acknowledged", {"task_id": claim.task_id, "status": settlement.status})


async def announce_denials(story: Story, body: Mapping[str, object], observe: Observer) -> None:
    """Raise a security event where the agent tried something outside its bounds.

    Raises:
        QueueError: not stored.
    """
    denials = body.get("permission_denials")
    if isinstance(denials, list) and denials:
        await story.denied(denials)
        observe("denied", {"task_id": story.task_id, "count": len(denials)})


async def publish_result(
    claim: Claim, story: Story, kind: str, body: Mapping[str, object], *, is_compared: bool = False
) -> None:
    """Publish the result, comparing the claim before every try: a network may heal after a take-over.

    Args:
        claim: on the task.
        story: of the attempt.
        kind: of the result.
        body: what it says.
        is_compared: the caller has just done so, and the first try need not.

    Raises:
        LeaseLostError: another consumer owns the task.
        QueueError: not stored within the story's patience.
    """
    deadline = time.monotonic() + story.patience
    while True:
        if not is_compared:
            await claim.update(patience=story.patience)
        is_compared = False
        try:
            await story.result(kind, {**EMPTY_RESULT, **body}, patience=TRY_PATIENCE)
            return
        except QueueError:
            if time.monotonic() >= deadline:
                raise


async def write_done(js: JetStream, claim: Claim, *, status: str, branch: str, runs: int) -> None:
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
        # Under both, for the programs of the release before know only the previous one.
        for name in ("signature", "previous_signature"):
            if name in claim.record:
                key = fix_key(str(claim.record[name]))
                history = History.from_json(read_record(await js.bucket.get(key)) or {}).with_run(fix)
                await js.bucket.put(key, json.dumps(history.to_json()).encode())
    await claim.finish(status=status, branch=branch, at=now.isoformat())
