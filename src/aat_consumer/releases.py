"""Let a person send a report round again, once and in these very words.

A header that names a task could be sent by anyone who can publish an error. It is believed only with
an authorisation in the bucket, which names the hash of the text and is used up by the first message
that shows it.
"""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from aat_consumer.claims import Record, read_record
from aat_consumer.errors import ReleaseError
from aat_consumer.intake import Task
from aat_consumer.jetstream import Entry, JetStream
from aat_consumer.queues import Queue, queue_of
from aat_reporters import wire
from aat_reporters.wire import MESSAGE_ID_HEADER, TASK_ID_HEADER, released_key

__all__ = ["Release", "honour", "recognise", "republish"]

#: Seconds that republishing waits for the server; a person sits in front of it.
PATIENCE = 2.0

_RETRY = re.compile(r"-retry-\d+\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """What a person allowed for one message.

    Args:
        task_id: the task that goes on.
        skips_filter: the person released a blocked report; a retry is screened like any other.
    """

    task_id: str
    skips_filter: bool


async def honour(js: JetStream, task: Task, *, stream: str, sequence: int) -> Release | None:
    """Believe the task-id header only with an unused authorisation for this very text, and use it up.

    Every delivery of the message that used it up is believed again.

    Raises:
        QueueError: no server, or no bucket.
    """
    found = await _find(js, task, stream=stream, sequence=sequence)
    if found is None:
        return None
    entry, record = found
    if not record.get("used_by"):
        used = json.dumps(record | {"used_by": f"{stream}/{sequence}"}).encode()
        if await js.bucket.update(released_key(task.claimed_task_id), used, revision=entry.revision) is None:
            return None
    return Release(task_id=task.claimed_task_id, skips_filter=record.get("kind", "release") == "release")


async def recognise(js: JetStream, task: Task, *, stream: str, sequence: int) -> str:
    """Name the task that a message will be worked on as, using no authorisation up.

    Raises:
        QueueError: no server, or no bucket.
    """
    found = await _find(js, task, stream=stream, sequence=sequence)
    return task.task_id if found is None else task.claimed_task_id


async def _find(js: JetStream, task: Task, *, stream: str, sequence: int) -> tuple[Entry, Record] | None:
    """Find the authorisation for this text that nobody else has used."""
    if not _is_task_id(task.claimed_task_id):
        return None
    entry = await js.bucket.get(released_key(task.claimed_task_id))
    record = read_record(entry)
    if entry is None or record is None or record.get("hash") != task.text_hash:
        return None
    used_by = record.get("used_by")
    return (entry, record) if not used_by or used_by == f"{stream}/{sequence}" else None


async def republish(
    js: JetStream,
    *,
    kind: Literal["release", "retry"],
    task_id: str,
    payload: bytes,
    record: Mapping[str, Any],
    by: str,
    reason: str,
) -> str:
    """Write the authorisation, then publish the text to its queue under a new message id.

    Args:
        js: a connection.
        kind: ``release`` passes the filter, ``retry`` does not.
        task_id: the task that goes on.
        payload: the report, byte for byte as it will be published.
        record: what is known of the task: its queue, signature, release, message_id.
        by: who asks.
        reason: why, in the person's words.

    Returns:
        The new message id, ``<old id>-retry-<n>``.

    Raises:
        ReleaseError: it waits in the queue already, or somebody else is just releasing it.
        QueueError: no server, or the queue is full.
    """
    queue = queue_of(js.namespace, record)
    entry = await js.bucket.get(released_key(task_id))
    previous = read_record(entry) or {}
    if previous and not previous.get("used_by"):
        await _refuse_waiting(js, queue, task_id, str(previous.get("message_id", "")))
    number = int(previous.get("number", 0)) + 1
    message_id = f"{_old_id(js, record, queue)}-retry-{number}"
    authorisation = {
        "kind": kind,
        "hash": hashlib.sha256(payload).hexdigest(),
        "who": by,
        "at": datetime.now(UTC).isoformat(),
        "reason": reason,
        "number": number,
        "message_id": message_id,
        # Makes the value unique, so that a lost reply can be told from a lost race.
        "nonce": uuid.uuid4().hex,
    }
    value = json.dumps(authorisation).encode()
    key = released_key(task_id)
    if await js.bucket.replace(key, value, entry=entry) is None:
        raise ReleaseError(f"somebody else has just released task {task_id}")
    await js.publish(
        queue.subject,
        payload,
        message_id=message_id,
        headers={TASK_ID_HEADER: task_id},
        patience=PATIENCE,
    )
    return message_id


async def _refuse_waiting(js: JetStream, queue: Queue, task_id: str, message_id: str) -> None:
    """Raise if the message of an unused authorisation lies in the queue; it may never have arrived."""
    async for found in js.messages.walk(queue.stream, queue.subject):
        if found.headers.get(MESSAGE_ID_HEADER) == message_id:
            raise ReleaseError(f"task {task_id} waits in the queue already, as {message_id}")


def _old_id(js: JetStream, record: Mapping[str, Any], queue: Queue) -> str:
    """Give the message's own id without an earlier retry's tail; make the one it should have had."""
    known = str(record.get("message_id") or "")
    signature = str(record.get("signature", ""))
    if queue.holds_tasks:
        return _RETRY.sub("", known or wire.task_message_id(js.namespace, signature))
    made = wire.message_id(
        js.namespace,
        environment=queue.environment,
        signature=signature,
        release=str(record.get("release", "")),
    )
    return _RETRY.sub("", known or made)


def _is_task_id(text: str) -> bool:
    """Tell a uuid from what a stranger put into the header: it becomes part of a key."""
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False
