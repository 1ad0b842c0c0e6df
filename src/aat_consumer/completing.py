"""Publish what was committed, and finish what a crashed attempt had begun, without running it again."""

from __future__ import annotations

import json
from typing import Any

from aat_consumer.claims import Claim
from aat_consumer.jetstream import JetStream
from aat_consumer.outcomes import Progress
from aat_consumer.policy import Ending, settle
from aat_consumer.ports import Finishing, Observer
from aat_consumer.results import RESULT_PATIENCE, find_result, story_of
from aat_consumer.settling import announce_denials, publish_result, write_done

__all__ = ["complete", "may_be_committed", "publish_fix"]


def may_be_committed(claim: Claim) -> bool:
    """Tell whether an attempt before this one passed its fence, so that its commit may exist."""
    return _is_unfinished(claim) and bool(claim.record.get("fenced"))


async def publish_fix(
    claim: Claim, ending: Ending, *, branch: str, commit: str, finishing: Finishing, observe: Observer
) -> dict[str, Any]:
    """Bring a commit to where people review it, unless it is held for one of them.

    Returns:
        What the result says, with what was fenced.

    Raises:
        LeaseLostError: another consumer owns the task; nothing was published.
        PublishingError: the remote or the forge refused; the next delivery tries again.
        QueueError: no server.
        WorkspaceError: the repository cannot be used.
    """
    body = {**(claim.record.get("body") or {}), "branch": branch, "commit": commit}
    if ending is not Ending.FIXED:
        return body
    # A consumer that slept learns here that somebody else has taken over, before others see anything.
    await claim.update(patience=RESULT_PATIENCE)
    return body | await finishing.publish(claim.record, body, branch=branch, commit=commit, observe=observe)


async def complete(js: JetStream, claim: Claim, *, finishing: Finishing | None, observe: Observer) -> bool:
    """Look for a result, then for a commit, of any attempt since the last finished one.

    Args:
        js: a connection.
        claim: the new claim on the task.
        finishing: looks into the repository, and publishes; None where there is none to look into.
        observe: told of each step.

    Returns:
        Whether the task is done now; the caller then acknowledges. Otherwise nothing was changed.

    Raises:
        LeaseLostError: another consumer owns the task.
        PublishingError: the remote or the forge refused; nothing is done yet.
        QueueError: no server.
        WorkspaceError: the repository cannot be used.
    """
    if not _is_unfinished(claim):
        return False
    attempts = range(claim.finished + 1, claim.attempt)
    found = await find_result(js, claim.task_id, attempts=attempts)
    runs, branch = int(claim.record.get("runs", 0)), str(claim.record.get("branch", ""))
    if found is not None:
        kind, stored = found
        body = json.loads(stored.payload)
        observe("completed", {"task_id": claim.task_id, "from": "result", "kind": kind})
        status, branch = str(body.get("status", kind)), str(body.get("branch") or "")
    else:
        fenced = int(claim.record.get("fenced", 0))
        if finishing is None or not fenced or not branch:
            return False
        commit = await finishing.find_commit(branch, claim.task_id)
        if commit is None:
            return False
        observe("completed", {"task_id": claim.task_id, "from": "commit", "commit": commit})
        ending = Ending(claim.record["ending"])
        body = await publish_fix(
            claim, ending, branch=branch, commit=commit, finishing=finishing, observe=observe
        )
        settlement = settle(ending, delivery=1, retry_delay=0.0)
        status = settlement.status
        story = story_of(js, claim.record | {"attempt": fenced}, agent="consumer")
        body |= {"status": status}
        await announce_denials(story, body, observe)
        await publish_result(claim, story, settlement.result or "failed", body)
        observe("result", {"task_id": claim.task_id, "kind": settlement.result})
    await write_done(js, claim, status=status, branch=branch, runs=runs)
    observe("done", {"task_id": claim.task_id, "status": status})
    story = story_of(js, claim.record, agent="consumer")
    await story.status(Progress(agent="consumer", status=status, findings="completed after a crash"))
    return True


def _is_unfinished(claim: Claim) -> bool:
    return claim.previous is not None and claim.previous.get("state") != "done"
