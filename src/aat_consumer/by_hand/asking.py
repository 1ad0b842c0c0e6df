"""Ask for work: put a task into the task queue, and look at what waits there."""

from __future__ import annotations

import json
import uuid
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass

from aat_consumer import tasks
from aat_consumer.by_hand.history import Waiting, peek
from aat_consumer.jetstream import JetStream
from aat_consumer.queues import queue_at, task_queue
from aat_reporters.wire import task_id_of, task_message_id

__all__ = ["Asked", "Wish", "ask", "waiting_tasks"]

#: Seconds that publishing waits for the server; a person or a script waits as well.
PATIENCE = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is to be done, in the words of whoever asks.

    Args:
        queue: the queue's name.
        kind: free text.
        description: what is to be done.
        priority: urgent, high, normal or low.
        assigned_to: an agent role; empty for the whole team.
        context: what helps.
        key: names the task for its publisher, so that publishing it twice asks once; empty draws one.
    """

    queue: str
    kind: str
    description: str
    priority: str
    assigned_to: str
    context: Mapping[str, object]
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What became of a wish.

    Args:
        task_id: the task.
        message_id: by which the server drops repeats.
        subject: where it was published.
        is_repeat: the server had it already.
    """

    task_id: str
    message_id: str
    subject: str
    is_repeat: bool


async def ask(js: JetStream, wish: Wish) -> Asked:
    """Publish a task.

    Raises:
        ReportError: it is empty, too long, or holds what cannot be read.
        SettingsError: a name that cannot be a queue's, or an unknown priority.
        QueueError: no server, no stream, or the queue is full.
    """
    queue = task_queue(js.namespace, wish.queue, wish.priority)
    message_id = task_message_id(js.namespace, wish.key or uuid.uuid4().hex)
    task_id = task_id_of(queue.stream, message_id=message_id)
    task = {
        "task_id": task_id,
        "type": wish.kind,
        "priority": wish.priority,
        "description": wish.description,
        "assigned_to": wish.assigned_to,
        "context": dict(wish.context),
    }
    payload = json.dumps(task).encode()
    tasks.decode(payload)
    is_repeat = await js.publish(queue.subject, payload, message_id=message_id, patience=PATIENCE)
    return Asked(task_id=task_id, message_id=message_id, subject=queue.subject, is_repeat=is_repeat)


async def waiting_tasks(
    js: JetStream, name: str = "", *, stray: Callable[[str], None]
) -> AsyncIterator[Waiting]:
    """Look at every task that waits or is worked on, oldest first, taking none.

    Args:
        js: a connection.
        name: one queue; empty for all.
        stray: told the subject of a message that no queue pulls.

    Raises:
        QueueError: no server or no stream.
    """
    delivered: dict[str, int] = {}
    async for found in js.messages.walk(js.namespace.tasks, f"{js.namespace.name}.tasks.>"):
        queue = queue_at(js.namespace, found.subject)
        if queue is None:
            stray(found.subject)
            continue
        if name and queue.name != name:
            continue
        if queue.durable not in delivered:
            lag = await js.lag(queue.stream, durable=queue.durable)
            delivered[queue.durable] = lag.delivered if lag else 0
        yield await peek(js, found, queue, delivered=delivered[queue.durable])
