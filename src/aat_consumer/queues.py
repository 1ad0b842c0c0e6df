"""Name the queues that deliveries come from: one of errors for each environment, four for a queue of tasks.

Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aat_reporters.wire import DURABLE, ENVIRONMENTS, PRIORITIES, Namespace, task_durable, task_place

__all__ = ["Queue", "error_queue", "error_queues", "queue_at", "queue_of", "task_queue", "task_queues"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """Where a delivery comes from.

    Args:
        stream: the work queue that it lies in.
        subject: what is pulled from that stream.
        durable: by which it is pulled.
        environment: of the errors; empty for tasks.
        name: of the queue of tasks; empty for errors.
        priority: of the tasks; empty for errors.
    """

    stream: str
    subject: str
    durable: str
    environment: str = ""
    name: str = ""
    priority: str = ""

    @property
    def holds_tasks(self) -> bool:
        """Tell whether tasks lie here, and not reports."""
        return bool(self.name)

    @property
    def filter(self) -> str:
        """Give the durable's filter: a stream of errors has one durable, which takes all of it."""
        return self.subject if self.holds_tasks else ""

    def facts(self) -> dict[str, object]:
        """Say what results, statuses and records carry of the queue."""
        where: dict[str, object] = {"environment": self.environment}
        return where | ({"queue": self.name, "priority": self.priority} if self.holds_tasks else {})


def error_queue(namespace: Namespace, environment: str) -> Queue:
    """Describe the queue of one environment's errors.

    Raises:
        SettingsError: an environment that has no stream.
    """
    return Queue(
        stream=namespace.error_stream(environment),
        subject=namespace.error_subject(environment),
        durable=DURABLE,
        environment=environment,
    )


def error_queues(namespace: Namespace, environments: tuple[str, ...]) -> tuple[Queue, ...]:
    """Describe the queues of several environments."""
    return tuple(error_queue(namespace, environment) for environment in environments)


def task_queue(namespace: Namespace, name: str, priority: str = "normal") -> Queue:
    """Describe what holds the tasks of one priority.

    Raises:
        SettingsError: a name that cannot be a queue's, or an unknown priority.
    """
    return Queue(
        stream=namespace.tasks,
        subject=namespace.task_subject(name, priority),
        durable=task_durable(name, priority),
        name=name,
        priority=priority,
    )


def task_queues(namespace: Namespace, name: str) -> tuple[Queue, ...]:
    """Describe a queue of tasks, in the order in which its priorities are polled.

    Raises:
        SettingsError: a name that cannot be a queue's.
    """
    return tuple(task_queue(namespace, name, priority) for priority in PRIORITIES)


def queue_at(namespace: Namespace, subject: str) -> Queue | None:
    """Find the queue that a subject is pulled by; None where nobody pulls it."""
    place = task_place(subject) if subject.startswith(f"{namespace.name}.tasks.") else None
    if place is not None:
        return task_queue(namespace, *place)
    queues = error_queues(namespace, ENVIRONMENTS)
    return next((queue for queue in queues if queue.subject == subject), None)


def queue_of(namespace: Namespace, facts: Mapping[str, object]) -> Queue:
    """Find the queue again from what a record or a dead letter carries of it.

    Raises:
        SettingsError: it names none; somebody else wrote it.
    """
    name = str(facts.get("queue") or "")
    if name:
        return task_queue(namespace, name, str(facts.get("priority") or "normal"))
    return error_queue(namespace, str(facts.get("environment") or "default"))
