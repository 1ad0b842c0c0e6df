"""Look at what is known of a task, and at what waits, without taking anything.

Everything here is looked up in streams and bucket; text of reports is only found where it is asked
for by name.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aat_consumer.claims import Record, read_record
from aat_consumer.intake import take
from aat_consumer.jetstream import JetStream, Stored
from aat_consumer.queues import Queue, error_queues
from aat_consumer.releases import recognise
from aat_consumer.results import RESULT_KINDS
from aat_reporters.wire import ENVIRONMENTS, MESSAGE_ID_HEADER, released_key, task_key

__all__ = [
    "Known",
    "Waiting",
    "body_of",
    "find_waiting",
    "known",
    "peek",
    "quarantined",
    "raw_report",
    "results",
    "waiting",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One report or task in its queue, looked at without taking it.

    Args:
        task_id: what it would be worked on as.
        queue: where it lies.
        signature: of the error, or what stands for one.
        release: as the publisher wrote it.
        kind: the type of a task, as the publisher wrote it; empty for a report.
        role: whom a task is assigned to; empty for a report.
        message_id: as the publisher wrote it.
        sequence: in its stream.
        size_bytes: of the payload.
        stored_at: when the server took it.
        was_delivered: somebody was given it, and has not acknowledged it.
        record: what the bucket says of the task, empty where nothing is known.
    """

    task_id: str
    queue: Queue
    signature: str
    release: str
    kind: str
    role: str
    message_id: str
    sequence: int
    size_bytes: int
    stored_at: datetime | None
    was_delivered: bool
    record: Record

    @property
    def environment(self) -> str:
        """Name whose error it is; empty for a task."""
        return self.queue.environment


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Everything that streams and bucket know of one task.

    Args:
        task_id: the task.
        record: claim or done-record, empty where there is none.
        released: the last authorisation, empty where there is none.
        status: the last status, empty where there is none.
        results: kind of result to the last one of it.
        quarantine: the report in quarantine with its reasons, empty where there is none.
        dead: the dead letter, empty where there is none.
        has_report: a screened copy is kept.
    """

    task_id: str
    record: Record
    released: Record
    status: Record
    quarantine: Record
    dead: Record
    has_report: bool
    results: Mapping[str, Record] = field(default_factory=dict)

    @property
    def is_known(self) -> bool:
        """Tell whether anything at all is known."""
        return bool(self.record or self.status or self.results or self.quarantine or self.dead)


async def waiting(js: JetStream, environments: tuple[str, ...]) -> AsyncIterator[Waiting]:
    """Look at every report in the queues, oldest first in each.

    Raises:
        QueueError: no server or no stream.
    """
    for queue in error_queues(js.namespace, environments):
        lag = await js.lag(queue.stream)
        async for found in js.messages.walk(queue.stream, queue.subject):
            yield await peek(js, found, queue, delivered=lag.delivered if lag else 0)


async def find_waiting(js: JetStream, task_id: str) -> tuple[Waiting, str] | None:
    """Find the report that waits for a task in any queue, with its text, for a person's eyes only.

    Raises:
        QueueError: no server or no stream.
    """
    async for found in waiting(js, ENVIRONMENTS):
        if found.task_id == task_id:
            stored = await js.messages.at(found.queue.stream, found.sequence)
            return found, stored.payload.decode(errors="backslashreplace") if stored else ""
    return None


async def peek(js: JetStream, found: Stored, queue: Queue, *, delivered: int) -> Waiting:
    """Identify one message of a queue.

    Args:
        js: a connection.
        found: the message.
        queue: where it lies.
        delivered: the highest sequence that was delivered.

    Raises:
        QueueError: no server or no bucket.
    """
    message_id = found.headers.get(MESSAGE_ID_HEADER, "")
    task = take(found.payload, headers=found.headers, queue=queue, message_id=message_id)
    task_id = await recognise(js, task, stream=queue.stream, sequence=found.sequence)
    return Waiting(
        task_id=task_id,
        queue=queue,
        signature=task.signature,
        release=task.release,
        kind=str((task.report or {}).get("type") or "") if queue.holds_tasks else "",
        role=task.role,
        message_id=message_id,
        sequence=found.sequence,
        size_bytes=len(found.payload),
        stored_at=found.timestamp,
        was_delivered=found.sequence <= delivered,
        record=read_record(await js.bucket.get(task_key(task_id))) or {},
    )


async def known(js: JetStream, task_id: str) -> Known:
    """Gather what is known of a task; an unknown one gives a Known that says so.

    Raises:
        QueueError: no server, or a stream is missing.
    """
    names = js.namespace
    results = {}
    for kind in RESULT_KINDS:
        found = await js.messages.last(names.results, names.result_subject(kind, task_id))
        if found is not None:
            results[kind] = body_of(found)
    return Known(
        task_id=task_id,
        record=read_record(await js.bucket.get(task_key(task_id))) or {},
        released=read_record(await js.bucket.get(released_key(task_id))) or {},
        status=body_of(await js.messages.last(names.investigations, names.status_subject(task_id))),
        results=results,
        quarantine=body_of(await js.messages.last(names.security, names.quarantine_subject(task_id))),
        dead=body_of(await js.messages.last(names.investigations, names.dead_subject(task_id))),
        has_report=await js.messages.last(names.investigations, names.report_subject(task_id)) is not None,
    )


async def raw_report(js: JetStream, task_id: str) -> str:
    """Find the text of a task's report, for a person's eyes only; empty where none is kept.

    Raises:
        QueueError: no server, or a stream is missing.
    """
    names = js.namespace
    kept = await js.messages.last(names.investigations, names.report_subject(task_id))
    if kept is not None:
        return json.dumps(body_of(kept), indent=2, ensure_ascii=False)
    for stream, subject in (
        (names.security, names.quarantine_subject(task_id)),
        (names.investigations, names.dead_subject(task_id)),
    ):
        body = body_of(await js.messages.last(stream, subject))
        if body:
            return str(body.get("report", ""))
    return ""


async def results(js: JetStream, kind: str = "*") -> AsyncIterator[tuple[str, Stored]]:
    """Look at every result, oldest first, with its kind.

    Args:
        js: a connection.
        kind: one kind, or ``*`` for all.

    Raises:
        QueueError: no server or no stream.
    """
    async for found in js.messages.walk(js.namespace.results, js.namespace.result_subject(kind, "*")):
        yield found.subject.split(".")[-2], found


async def quarantined(js: JetStream) -> AsyncIterator[tuple[Stored, Record]]:
    """Look at every report in quarantine, oldest first, with its last authorisation.

    Raises:
        QueueError: no server or no stream.
    """
    async for found in js.messages.walk(js.namespace.security, js.namespace.quarantine_subject("*")):
        task_id = found.subject.rpartition(".")[2]
        yield found, read_record(await js.bucket.get(released_key(task_id))) or {}


def body_of(found: Stored | None) -> dict[str, Any]:
    """Read the JSON object in a message of ours; a stranger's message there counts as empty."""
    try:
        body = json.loads(found.payload) if found is not None else {}
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}
