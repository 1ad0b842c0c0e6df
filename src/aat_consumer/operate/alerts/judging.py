"""Judge messages in the order in which they were stored, the same way now and in a replay."""

from __future__ import annotations

from aat_consumer.alert_settings import AlertSettings
from aat_consumer.intake import Task
from aat_consumer.jetstream import Read
from aat_consumer.operate.alerts.happenings import Happening, queued, read
from aat_consumer.operate.alerts.memory import Memory
from aat_consumer.operate.alerts.rules import Alert, alerts_of
from aat_reporters.wire import Namespace

__all__ = ["Judge", "judged_streams"]


def judged_streams(namespace: Namespace) -> tuple[str, ...]:
    """List the log streams that alerts come from, the counts last: a fix is known before what follows it."""
    return (namespace.results, namespace.investigations, namespace.security, namespace.occurrences)


class Judge:
    """Remember what was judged, and give the alerts of what comes next.

    Args:
        namespace: whose messages they are.
        settings: which rules are on.
    """

    def __init__(self, namespace: Namespace, settings: AlertSettings) -> None:
        self._namespace = namespace
        self._settings = settings
        self._memory = Memory(window=settings.spike_window)

    def of_log(self, message: Read) -> list[Alert]:
        """Judge a message of a log stream."""
        found = read(self._namespace, message.subject, message.payload, at=message.stored_at)
        return self._judged(found) if found is not None else []

    def describe(self, message: Read) -> None:
        """Take the words of an error in before its time, as a replay does: its first count has none."""
        found = read(self._namespace, message.subject, message.payload, at=message.stored_at)
        if found is not None:
            self._memory.describe(found)

    def of_queue(self, task: Task, *, stored_at: float) -> list[Alert]:
        """Judge a report that waits in its queue; one that cannot be read is told when it is rejected."""
        if task.report is None:
            return []
        return self._judged(queued(task, at=stored_at))

    def _judged(self, happening: Happening) -> list[Alert]:
        return alerts_of(happening, self._memory.observe(happening), self._settings)
