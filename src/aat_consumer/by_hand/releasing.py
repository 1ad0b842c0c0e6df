"""Send a report round again that was put aside: out of quarantine, or from the dead."""

from __future__ import annotations

from aat_consumer.by_hand.history import Known, body_of, known
from aat_consumer.by_hand.taking import BY_HAND, PATIENCE
from aat_consumer.claims import Record
from aat_consumer.errors import ReleaseError, UnknownTaskError
from aat_consumer.intake import MAX_SCREENED_BYTES
from aat_consumer.jetstream import JetStream
from aat_consumer.outcomes import Progress
from aat_consumer.releases import republish
from aat_consumer.results import story_of
from aat_consumer.trusting import trust
from aat_reporters import report as reports

__all__ = ["drop", "note", "quarantined", "release", "retry"]


async def release(
    js: JetStream, task_id: str, *, by: str, reason: str, trust_text: bool = False
) -> tuple[str, str]:
    """Let a quarantined report pass the filter once, in the very words it was kept in.

    Args:
        js: a connection.
        task_id: of the report.
        by: who takes the responsibility.
        reason: in the person's words.
        trust_text: let every later report of exactly these words pass as well.

    Returns:
        The message id under which it was published again, and the hash of the trusted text or nothing.

    Raises:
        UnknownTaskError: it is not in quarantine.
        ReleaseError: it was cut, cannot be decoded, waits already or went on already.
        QueueError: no server, or the queue is full.
    """
    found = await quarantined(js, task_id)
    reason_of_filter = found.quarantine.get("reason")
    if isinstance(reason_of_filter, dict) and reason_of_filter.get("kind") == "undecodable":
        raise ReleaseError(f"task {task_id} is no readable report and cannot be released, only dropped")
    status = found.record.get("status", "rejected")
    if found.record and (found.record.get("state") != "done" or status != "rejected"):
        raise ReleaseError(f"task {task_id} was released already; see: aat errors show {task_id}")
    payload = _whole(found.quarantine, task_id, "released")
    message_id = await republish(
        js,
        kind="release",
        task_id=task_id,
        payload=payload,
        record=found.record or found.quarantine,
        by=by,
        reason=reason,
    )
    await note(js, found, status="released", by=by, reason=reason)
    if not trust_text:
        return message_id, ""
    report = reports.fit(reports.decode(payload), max_bytes=MAX_SCREENED_BYTES)
    return message_id, await trust(js, report, task_id=task_id, by=by, reason=reason)


async def quarantined(js: JetStream, task_id: str) -> Known:
    """Look at a report in quarantine.

    Raises:
        UnknownTaskError: it is not there.
        QueueError: no server or no stream.
    """
    found = await known(js, task_id)
    if not found.quarantine:
        raise UnknownTaskError(f"task {task_id} is not in quarantine; aat quarantine list shows what is")
    return found


async def retry(js: JetStream, task_id: str, *, by: str, reason: str) -> str:
    """Ask for another run of a task that ended; the filter looks at it again.

    What a person released before stays released: it is the same text.

    Args:
        js: a connection.
        task_id: of the report.
        by: who asks.
        reason: in the person's words.

    Returns:
        The message id under which it was published again.

    Raises:
        UnknownTaskError: nothing is known of it.
        ReleaseError: it has not ended, is in quarantine, waits already, or its text was not kept whole.
        QueueError: no server, or the queue is full.
    """
    found = await known(js, task_id)
    if not found.is_known:
        raise UnknownTaskError(f"nothing is known of task {task_id}; aat errors list shows what waits")
    await _refuse_unfinished(js, found)
    was_released = found.released.get("kind") == "release" and bool(found.quarantine)
    if found.quarantine and not was_released:
        raise ReleaseError(
            f"task {task_id} is in quarantine; let it out with: aat quarantine release {task_id}"
        )
    message_id = await republish(
        js,
        kind="release" if was_released else "retry",
        task_id=task_id,
        payload=await _payload(js, found, was_released=was_released),
        record=found.record or found.dead or found.quarantine,
        by=by,
        reason=reason,
    )
    await note(js, found, status="retried", by=by, reason=reason)
    return message_id


async def note(js: JetStream, found: Known, *, status: str, by: str, reason: str) -> None:
    """Tell as a status who decided what about a task: the bucket forgets an earlier authorisation."""
    record = {"attempt": 0, **(found.record or found.dead or found.quarantine), "task_id": found.task_id}
    story = story_of(js, record | {"by": by}, agent=BY_HAND, patience=PATIENCE)
    await story.status(Progress(agent=BY_HAND, status=status, findings=reason))


async def drop(js: JetStream, task_id: str, *, by: str) -> int:
    """Delete a report from quarantine for good; its rejection, and who dropped it, stay on record.

    Returns:
        How many messages were deleted.

    Raises:
        QueueError: no server or no stream.
    """
    subject = js.namespace.quarantine_subject(task_id)
    sequences = [found.sequence async for found in js.messages.walk(js.namespace.security, subject)]
    found = await known(js, task_id)
    for sequence in sequences:
        await js.messages.remove(js.namespace.security, sequence)
    await note(js, found, status="dropped", by=by, reason="deleted from quarantine")
    return len(sequences)


async def _refuse_unfinished(js: JetStream, found: Known) -> None:
    """Raise while the message of an unfinished task still lies in its queue."""
    state = found.record.get("state")
    if not found.record or state == "done":
        return
    stream, sequence = str(found.record.get("stream", "")), int(found.record.get("sequence", 0))
    if stream and sequence and await js.messages.at(stream, sequence) is not None:
        raise ReleaseError(
            f"task {found.task_id} has not ended (state {state}): it still lies in {stream} at {sequence}"
        )


async def _payload(js: JetStream, found: Known, *, was_released: bool) -> bytes:
    """Take the dead letter where it is whole, else the copy of what was screened."""
    if was_released:
        return _whole(found.quarantine, found.task_id, "retried")
    names = js.namespace
    if found.dead and not (found.has_report and found.dead.get("cut", True)):
        return _whole(found.dead, found.task_id, "retried")
    kept = body_of(await js.messages.last(names.investigations, names.report_subject(found.task_id)))
    if not kept:
        raise ReleaseError(f"the text of task {found.task_id} is not kept any more")
    return reports.encode(kept)


def _whole(body: Record, task_id: str, verb: str) -> bytes:
    """Give the kept text as it was published; what lost a byte is another text."""
    payload = str(body.get("report", "")).encode(errors="replace")
    if body.get("cut") or len(payload) != body.get("payload_bytes"):
        raise ReleaseError(f"the text of task {task_id} was cut to fit and cannot be {verb}")
    return payload
