"""Recognise a report that was handled already, and count it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from aat_consumer.claims import Record, read_record
from aat_consumer.intake import Task
from aat_consumer.jetstream import Delivery, JetStream
from aat_consumer.policy import History, Plan, plan
from aat_consumer.prompts import Earlier
from aat_consumer.results import RESULT_PATIENCE, Story
from aat_consumer.settling import facts_of
from aat_reporters.wire import fix_key

__all__ = ["begun", "count_again", "due", "may_reopen"]


def may_reopen(record: Record, delivery: Delivery, *, retry_after: float, asked_for: bool) -> bool:
    """Run a finished task again only for a new message: asked for, or behind the waiting time.

    Args:
        record: the task's done-record.
        delivery: what came now; the same message again is a lost acknowledgement.
        retry_after: seconds for which a finished run stands.
        asked_for: a person released or retried this very report.
    """
    if record.get("sequence") == delivery.sequence and record.get("stream") == delivery.stream:
        return False
    if asked_for:
        return True
    try:
        age = datetime.now(UTC) - datetime.fromisoformat(str(record.get("at")))
    except (ValueError, TypeError):  # not written by us: as good as none
        return True
    return age >= timedelta(seconds=retry_after)


async def due(js: JetStream, task: Task, *, retry_after: float, asked_for: bool) -> Plan:
    """Decide from the finished runs for this signature, or for the previous one, whether another is due.

    Raises:
        QueueError: no server, or no bucket.
    """
    history = History.from_json(read_record(await js.bucket.get(fix_key(task.signature))) or {})
    if task.previous_signature:
        earlier = read_record(await js.bucket.get(fix_key(task.previous_signature)))
        history = history.joined_with(History.from_json(earlier or {}))
    return plan(
        history,
        release=task.release,
        now=datetime.now(UTC),
        retry_after=retry_after,
        asked_for=asked_for,
    )


def begun(task: Task, decided: Plan, earlier: Earlier | None) -> str:
    """Say which run begins, and who was asked for; what stands in a task is written as a name."""
    if not task.queue.holds_tasks:
        regression = f"; a regression of what was fixed by {earlier}" if earlier else ""
        return f"run {decided.runs} for this signature and release{regression}"
    return f"run {decided.runs} of this task" + (f", assigned to {task.role}" if task.role else "")


async def count_again(
    js: JetStream, task: Task, delivery: Delivery, record: Record, *, patience: float = RESULT_PATIENCE
) -> None:
    """Count a repeat for a publisher that does not count itself; a lost ack is no repeat.

    Args:
        js: a connection.
        task: the repeat.
        delivery: its delivery.
        record: the done-record of the task.
        patience: seconds to wait for the server.

    Raises:
        QueueError: not stored.
    """
    if task.is_foreign and record.get("sequence") != delivery.sequence:
        story = Story(
            js=js,
            task_id=task.task_id,
            attempt=int(record.get("attempt", 1)),
            facts=facts_of(task),
            agent="consumer",
            patience=patience,
        )
        await story.occurrence(seen=delivery.timestamp, sequence=delivery.sequence)
