"""Look at what was given up, ask for another run of it, or drop it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

from aat_consumer.by_hand import releasing
from aat_consumer.by_hand.history import Known, Waiting, body_of, known, peek
from aat_consumer.claims import Record, read_record
from aat_consumer.dead_letters import GIVEN_UP_SUBJECTS, given_up
from aat_consumer.errors import ReleaseError, UnknownTaskError
from aat_consumer.jetstream import JetStream, Lag, Stored
from aat_consumer.queues import error_queues, queue_at
from aat_reporters.wire import ENVIRONMENTS, released_key, task_key

__all__ = ["Letter", "drop", "left_behind", "letters", "look", "retry"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One dead letter, and what became of it since.

    Args:
        task_id: the task.
        found: the message.
        body: what it says.
        record: what the bucket says of the task now, empty where nothing is known.
        released: the last authorisation, empty where there is none.
    """

    task_id: str
    found: Stored
    body: Record
    record: Record
    released: Record

    @property
    def state(self) -> str:
        """Say where the task stands: dead, asked for again, or what became of it."""
        if self.released and not self.released.get("used_by"):
            return "retry waits"
        if self.record.get("state") == "done":
            return str(self.record.get("status"))
        return str(self.record.get("state") or "dead")


async def letters(js: JetStream) -> AsyncIterator[Letter]:
    """Look at every dead letter, oldest first; of a task that died twice only the last.

    Raises:
        QueueError: no server or no stream.
    """
    names = js.namespace
    async for found in js.messages.walk(names.investigations, names.dead_subject("*")):
        last = await js.messages.last(names.investigations, found.subject)
        if last is not None and last.sequence == found.sequence:
            yield await _letter(js, found)


async def look(js: JetStream, task_id: str) -> Letter:
    """Look at one dead letter.

    Raises:
        UnknownTaskError: there is none of this task; says so where a consumer has yet to write it.
        QueueError: no server or no stream.
    """
    names = js.namespace
    found = await js.messages.last(names.investigations, names.dead_subject(task_id))
    if found is not None:
        return await _letter(js, found)
    async for waits in left_behind(js):
        if waits.task_id == task_id:
            worker = f"aat task work {waits.queue.name}" if waits.queue.holds_tasks else "aat run"
            raise UnknownTaskError(
                f"task {task_id} was given up by the server and is no dead letter yet: {worker} makes it one"
            )
    raise UnknownTaskError(f"task {task_id} is no dead letter; aat dlq list shows them")


async def left_behind(js: JetStream) -> AsyncIterator[Waiting]:
    """Look for messages that the server gave up and no consumer has made dead letters of yet.

    Only a consumer does that: it can tell whether what a crashed one had begun is to be completed.

    Raises:
        QueueError: no server or no stream.
    """
    names = js.namespace
    told = {
        (stream, sequence)
        async for found in js.messages.walk(names.advisories, GIVEN_UP_SUBJECTS)
        for stream, _, sequence in [given_up(found.payload)]
    }
    lags: dict[str, Lag | None] = {}
    errors = [(queue.stream, queue.subject) for queue in error_queues(names, ENVIRONMENTS)]
    for stream, subject in (*errors, (names.tasks, f"{names.name}.tasks.>")):
        async for found in js.messages.walk(stream, subject):
            queue = queue_at(names, found.subject)
            if queue is None:
                continue
            if found.subject not in lags:
                lags[found.subject] = await js.lag(stream, durable=queue.durable)
            lag = lags[found.subject]
            if lag is None or found.sequence > lag.delivered:
                if not queue.holds_tasks:
                    break  # what was never delivered may be thousands
            elif not lag.in_flight or (stream, found.sequence) in told:
                yield await peek(js, found, queue, delivered=lag.delivered)


async def retry(js: JetStream, task_id: str, *, by: str, reason: str) -> str:
    """Ask for another run of a dead letter; the filter looks at it again.

    Args:
        js: a connection.
        task_id: of the dead letter.
        by: who asks.
        reason: in the person's words.

    Returns:
        The message id under which it was published again.

    Raises:
        UnknownTaskError: it is no dead letter.
        ReleaseError: it went on already, waits already, or its text was not kept whole.
        QueueError: no server, or the queue is full.
    """
    letter = await look(js, task_id)
    if letter.record.get("state") == "done" and letter.record.get("status") != "dead":
        raise ReleaseError(
            f"task {task_id} went on and ended as {letter.state}; for another run: aat errors retry {task_id}"
        )
    return await releasing.retry(js, task_id, by=by, reason=reason)


async def drop(js: JetStream, task_id: str, *, by: str) -> int:
    """Delete a dead letter for good; that it died stays on record.

    Returns:
        How many messages were deleted.

    Raises:
        QueueError: no server or no stream.
    """
    found: Known = await known(js, task_id)
    subject = js.namespace.dead_subject(task_id)
    stream = js.namespace.investigations
    sequences = [one.sequence async for one in js.messages.walk(stream, subject)]
    for sequence in sequences:
        await js.messages.remove(stream, sequence)
    await releasing.note(js, found, status="dropped", by=by, reason="the dead letter was deleted")
    return len(sequences)


async def _letter(js: JetStream, found: Stored) -> Letter:
    task_id = found.subject.rpartition(".")[2]
    return Letter(
        task_id=task_id,
        found=found,
        body=body_of(found),
        record=read_record(await js.bucket.get(task_key(task_id))) or {},
        released=read_record(await js.bucket.get(released_key(task_id))) or {},
    )
