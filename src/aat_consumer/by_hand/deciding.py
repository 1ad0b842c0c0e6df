"""Decide about a fix that waits for a person: publish it from its branch, or turn it down.

The decision is written first, by compare and set, so that there is one; whatever a crash behind it left
undone is done by asking for the same again.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal

from aat_consumer.by_hand.kept import VERDICTS, KeptFix
from aat_consumer.by_hand.taking import BY_HAND, PATIENCE
from aat_consumer.claims import Record, read_record
from aat_consumer.errors import DecisionError
from aat_consumer.jetstream import JetStream
from aat_consumer.outcomes import Progress
from aat_consumer.policy import Fix, History
from aat_consumer.ports import Observer, Publishing
from aat_consumer.results import Story, facts_in, story_of
from aat_consumer.settling import EMPTY_RESULT
from aat_consumer.workspace.branches import Branch
from aat_reporters.wire import decided_key, fix_key, task_key

__all__ = ["Decided", "approve", "reject"]

Verdict = Literal["approve", "reject"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What a decision came to.

    Args:
        verdict: what was decided.
        by: who decided.
        at: when, as ISO 8601.
        changed: it was decided, or finished, just now; otherwise earlier.
        result: what was published.
    """

    verdict: str
    by: str
    at: str
    changed: bool
    result: Record


async def approve(
    js: JetStream, kept: KeptFix, *, branch: Branch | None, publisher: Publishing, by: str, observe: Observer
) -> Decided:
    """Publish a fix from its branch, in the name of a person.

    Args:
        js: a connection.
        kept: the fix.
        branch: as it is now, None where it is gone.
        publisher: brings it to where people review it.
        by: who takes the responsibility.
        observe: told of each step.

    Raises:
        DecisionError: it was turned down, superseded, or its branch is gone or holds something else.
        PublishingError: the remote or the forge refused; asking again goes on from there.
        WorkspaceError: the repository cannot be used.
        QueueError: no server.
    """
    name = str(kept.body.get("branch"))
    if not kept.waits:
        decision, _ = await _decide(js, kept, "approve", by=by, reason="")
        return _decided(decision, kept.later, changed=False)
    if branch is None:
        raise DecisionError(
            f"branch {name} is gone, nothing can be published; another run: aat errors retry {kept.task_id}"
        )
    commit = str(kept.body.get("commit") or branch.tip)
    if branch.tip != commit or branch.task_id != kept.task_id:
        raise DecisionError(
            f"branch {name} was changed since: it ends with {branch.tip[:12]} and not with {commit[:12]}; "
            "publish it yourself, and turn this down with: aat fix reject"
        )
    decision, is_done = await _decide(js, kept, "approve", by=by, reason="")
    if is_done:
        return _decided(decision, kept.later, changed=False)
    observe("approved", {"task_id": kept.task_id, "by": decision["by"]})
    body = {**kept.body, "approved_by": decision["by"], "branch": name, "commit": commit}
    published = await publisher.publish(kept.body, body, branch=name, commit=commit, observe=observe)
    return await _finish(js, kept, decision, body | published, observe)


async def reject(js: JetStream, kept: KeptFix, *, by: str, reason: str, observe: Observer) -> Decided:
    """Turn a fix down; its branch stays.

    Args:
        js: a connection.
        kept: the fix.
        by: who decides.
        reason: in the person's words.
        observe: told of each step.

    Raises:
        DecisionError: it was approved or superseded.
        QueueError: no server.
    """
    decision, is_done = await _decide(js, kept, "reject", by=by, reason=reason)
    if is_done:
        return _decided(decision, kept.later, changed=False)
    observe("rejected", {"task_id": kept.task_id, "by": decision["by"]})
    body = {**kept.body, "rejected_by": decision["by"], "reason": decision["reason"]}
    return await _finish(js, kept, decision, body, observe)


async def _decide(
    js: JetStream, kept: KeptFix, verdict: Verdict, *, by: str, reason: str
) -> tuple[Record, bool]:
    """Write the decision, or find it; says whether all that follows from it is done."""
    if kept.state == "superseded":
        status = str(kept.later.get("status", ""))
        raise DecisionError(f"another run of task {kept.task_id} came behind this fix and ended as {status}")
    wanted: Record = {
        "verdict": verdict,
        "attempt": kept.body.get("attempt"),
        "by": by,
        "at": datetime.now(UTC).isoformat(),
        "reason": reason,
        # Makes the value unique, so that a lost reply can be told from a lost race.
        "nonce": uuid.uuid4().hex,
    }
    key, value = decided_key(kept.task_id), json.dumps(wanted).encode()
    while True:
        entry = await js.bucket.get(key)
        found = read_record(entry) or {}
        if found.get("attempt") == wanted["attempt"]:
            if found.get("verdict") != verdict:
                raise DecisionError(f"this fix was {_told(found)}; nothing was changed")
            return found, bool(kept.later)
        if await js.bucket.replace(key, value, entry=entry) is not None:
            return wanted, False


async def _finish(js: JetStream, kept: KeptFix, decision: Record, body: Record, observe: Observer) -> Decided:
    """Publish the result, then write the records; the message id drops what is published twice."""
    kind, status, word = VERDICTS[str(decision["verdict"])]
    record = {**kept.body, "task_id": kept.task_id, "by": decision["by"]}
    facts = facts_in(record)
    story = story_of(js, record, agent=str(kept.body.get("agent", BY_HAND)), patience=PATIENCE)
    kept_keys = {
        name: value for name, value in body.items() if name not in (*facts, "by", "agent", "attempt")
    }
    result = {**EMPTY_RESULT, **kept_keys, "status": status}
    await story.result(kind, result, suffix="decision")
    observe("result", {"task_id": kept.task_id, "kind": kind})
    await _remember(js, kept, story, status=status)
    await _mark_task(js, kept, status=status)
    observe("done", {"task_id": kept.task_id, "status": status})
    reason = str(decision.get("reason") or "")
    findings = f"{word} by {decision['by']}" + (f": {reason}" if reason else "")
    await story.status(Progress(agent=BY_HAND, status=status, findings=findings))
    return _decided(decision, result, changed=True)


async def _remember(js: JetStream, kept: KeptFix, story: Story, *, status: str) -> None:
    """Note the run under its signature, unless a later run in the same release was fixed meanwhile."""
    now, release = datetime.now(UTC), str(story.facts.get("release", ""))
    for name in ("signature", "previous_signature"):
        if not story.facts.get(name):
            continue
        key = fix_key(str(story.facts[name]))
        while True:
            entry = await js.bucket.get(key)
            history = History.from_json(read_record(entry) or {})
            last = history.of(release)
            if last is not None and last.task_id != kept.task_id and last.status == "fixed":
                break
            branch = str(kept.body.get("branch"))
            known = last or Fix(task_id="", release=release, branch="", at=now, attempt=1, status="")
            fix = replace(known, task_id=kept.task_id, branch=branch, at=now, status=status)
            value = json.dumps(history.with_run(fix).to_json()).encode()
            if await js.bucket.replace(key, value, entry=entry) is not None:
                break


async def _mark_task(js: JetStream, kept: KeptFix, *, status: str) -> None:
    """Say in the task's done-record what it came to; a task that runs again keeps its own."""
    key = task_key(kept.task_id)
    while True:
        entry = await js.bucket.get(key)
        record = read_record(entry)
        if entry is None or record is None or record.get("state") != "done":
            return
        if record.get("attempt") != kept.body.get("attempt"):
            return
        value = json.dumps(record | {"status": status}).encode()
        if await js.bucket.update(key, value, revision=entry.revision) is not None:
            return


def _decided(decision: Record, result: Record, *, changed: bool) -> Decided:
    return Decided(
        verdict=str(decision["verdict"]),
        by=str(decision.get("by", "")),
        at=str(decision.get("at", "")),
        changed=changed,
        result=result,
    )


def _told(decision: Record) -> str:
    word = VERDICTS[str(decision["verdict"])][2]
    return f"{word} by {decision.get('by', '')} at {decision.get('at', '')}"
