"""Name everything that travels: streams, subjects, ids, headers and bucket keys.

Pure: values in, values out. The names are fixed by the design and relied on by publishers in other
languages, so a change here is a wire change.
"""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass

from aat_reporters.errors import SettingsError

__all__ = [
    "ALERTS_DURABLE",
    "ALERT_LEDGER_KEY",
    "ALERT_SILENCES_KEY",
    "BRAKE_KEY",
    "DEFAULT_QUEUE",
    "DURABLE",
    "ENVIRONMENTS",
    "MESSAGE_ID_HEADER",
    "PAUSED_KEY",
    "PRIORITIES",
    "SCHEMA",
    "TASK_ID_HEADER",
    "Namespace",
    "StreamSpec",
    "check_environment",
    "decided_key",
    "fix_key",
    "message_id",
    "released_key",
    "run_key",
    "spent_key",
    "task_durable",
    "task_id_of",
    "task_key",
    "task_message_id",
    "task_place",
    "trusted_key",
]

#: Version of the report's schema; a report with another one is refused.
SCHEMA = 1

#: Environments by the names that commands use; ``default`` has no part in a subject of its own.
ENVIRONMENTS = ("staging", "production", "default")

#: Priorities of the task queue in the order in which they are polled.
PRIORITIES = ("urgent", "high", "normal", "low")

#: The one durable of each error stream.
DURABLE = "claude-error-fixer"

#: The durable of the alerts on each log stream.
ALERTS_DURABLE = "aat-alerts"

#: Bucket keys of what the alerts have told, and of what is silenced.
ALERT_LEDGER_KEY = "alerts.ledger"
ALERT_SILENCES_KEY = "alerts.silences"

#: The queue of tasks whose durables carry no name of a queue.
DEFAULT_QUEUE = "investigation"

#: Starts the durables of the task queues.
TASK_DURABLE = "agent-task-processor"

#: Longest name of a task queue, so that subjects and durables stay short.
MAX_QUEUE_CHARACTERS = 64

#: Bucket key of the switch that stops all dispatch.
PAUSED_KEY = "paused"

#: Bucket key of the machinery's failures in a row, and until when they hold dispatch back.
BRAKE_KEY = "brake"

MESSAGE_ID_HEADER = "Nats-Msg-Id"

#: Keeps a task's id over a release from quarantine or a retry from the dead letters.
TASK_ID_HEADER = "Aat-Task-Id"

#: What investigation, queue and bucket names may hold so that they are one token of a subject.
_TOKEN = re.compile(r"[A-Za-z0-9_-]+\Z")

#: Longest namespace: stream names of over 255 bytes are refused by the server, and ids grow with it.
MAX_NAMESPACE_CHARACTERS = 64

#: What a release may put into a message id; the rest becomes ``-``.
_NOT_RELEASE = re.compile(r"[^A-Za-z0-9._+-]")

#: Characters of a release in a message id, bounded because every id is held in the server's memory.
MAX_RELEASE_CHARACTERS = 100

_MIB = 1024 * 1024
_MINUTE = 60.0
_DAY = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamSpec:
    """Say how one stream of a namespace is set up.

    Args:
        name: the stream's name.
        subjects: what it captures.
        is_work_queue: messages leave with their acknowledgement; a full one refuses new messages.
        duplicate_window: seconds in which a message id is known.
        max_age: seconds a message is kept; 0 keeps it.
        max_bytes: the limit that keeps a small server's store from filling up. The ten defaults
            add up to 552 MiB, so that eight namespaces fit into 6 GB of store.
    """

    name: str
    subjects: tuple[str, ...]
    is_work_queue: bool
    duplicate_window: float
    max_age: float
    max_bytes: int


@dataclass(frozen=True, slots=True)
class Namespace:
    """Keep one project's names apart from every other project on the server.

    Args:
        name: letters, digits, ``_`` and ``-``; used in lower case in subjects and upper case in
            streams, so ``Shop`` and ``shop`` are one namespace.

    Raises:
        SettingsError: any other character, or too long.
    """

    name: str

    def __post_init__(self) -> None:
        """Refuse a name that would make a bad subject."""
        if not _TOKEN.match(self.name) or len(self.name) > MAX_NAMESPACE_CHARACTERS:
            raise SettingsError(
                "namespace must be 1 to "
                f"{MAX_NAMESPACE_CHARACTERS} letters, digits, '_' or '-': {self.name!r}"
            )
        object.__setattr__(self, "name", self.name.lower())

    @property
    def bucket(self) -> str:
        """Name the key-value bucket of claims, fences, done-records and authorisations."""
        return f"{self.name}_state"

    def error_subject(self, environment: str) -> str:
        """Name the subject that errors of this environment are published to."""
        return f"{self.name}.errors" + _behind(environment)

    def error_stream(self, environment: str) -> str:
        """Name the work queue of this environment's errors."""
        if check_environment(environment) == "default":
            return self._stream("ERROR_REPORTS")
        return self._stream(f"{environment.upper()}_ERRORS")

    @property
    def investigations(self) -> str:
        """Name the stream of status, screened reports and dead letters."""
        return self._stream("INVESTIGATIONS")

    @property
    def tasks(self) -> str:
        """Name the stream of tasks."""
        return self._stream("TASKS")

    @property
    def results(self) -> str:
        """Name the stream of results."""
        return self._stream("RESULTS")

    @property
    def security(self) -> str:
        """Name the stream of rejections and quarantine."""
        return self._stream("SECURITY")

    @property
    def occurrences(self) -> str:
        """Name the stream of occurrence counts."""
        return self._stream("OCCURRENCES")

    @property
    def advisories(self) -> str:
        """Name the stream that captures the server's own advisories."""
        return self._stream("ADVISORIES")

    def status_subject(self, task_id: str) -> str:
        """Name where the status of an investigation is published."""
        return f"{self.name}.investigation.status.{task_id}"

    def report_subject(self, task_id: str) -> str:
        """Name where the copy of a screened report is kept."""
        return f"{self.name}.investigation.report.{task_id}"

    def dead_subject(self, task_id: str) -> str:
        """Name where a report is kept that was given up after its last delivery."""
        return f"{self.name}.investigation.dead.{task_id}"

    def result_subject(self, kind: str, task_id: str) -> str:
        """Name a result's subject; kind is fixed, failed, rejected or held."""
        return f"{self.name}.results.{kind}.{task_id}"

    @property
    def rejected_subject(self) -> str:
        """Name where rejections are announced."""
        return f"{self.name}.security.rejected"

    def quarantine_subject(self, task_id: str) -> str:
        """Name where a rejected report is kept whole for a person."""
        return f"{self.name}.security.quarantine.{task_id}"

    def denied_subject(self, task_id: str) -> str:
        """Name where it is announced that an agent tried something outside its bounds."""
        return f"{self.name}.security.denied.{task_id}"

    def occurrence_subject(self, environment: str, signature: str) -> str:
        """Name where the counts of one signature are published."""
        return f"{self.name}.occurrences.{environment}.{signature}"

    def task_subject(self, queue: str, priority: str = "normal") -> str:
        """Name a task queue's subject; priority normal has no token of its own.

        Raises:
            SettingsError: a name that cannot be a queue's, or an unknown priority.
        """
        _check_queue(queue, priority)
        return f"{self.name}.tasks.{queue}" + ("" if priority == "normal" else f".{priority}")

    def streams(self) -> tuple[StreamSpec, ...]:
        """List the nine streams beside the bucket, as ``aat stream ensure`` sets them up."""
        name = self.name
        queues = (
            self._spec(self.error_stream("default"), 32, (f"{name}.errors",), True, 2 * _MINUTE, 7 * _DAY),
            self._spec(self.error_stream("staging"), 64, (f"{name}.errors.staging",), True),
            self._spec(self.error_stream("production"), 128, (f"{name}.errors.production",), True),
            self._spec(self.tasks, 32, (f"{name}.tasks.>",), True),
        )
        logs = (
            self._spec(self.investigations, 64, (f"{name}.investigation.>",), max_age=30 * _DAY),
            self._spec(self.results, 64, (f"{name}.results.>",), max_age=90 * _DAY),
            self._spec(self.security, 32, (f"{name}.security.>",), max_age=90 * _DAY),
            self._spec(self.occurrences, 64, (f"{name}.occurrences.>",), max_age=30 * _DAY),
        )
        advisories = tuple(
            f"$JS.EVENT.ADVISORY.CONSUMER.{kind}.{spec.name}.*"
            for kind in ("MAX_DELIVERIES", "MSG_TERMINATED")
            for spec in queues + logs
        )
        return (*queues, *logs, self._spec(self.advisories, 8, advisories, max_age=30 * _DAY))

    @property
    def bucket_spec(self) -> StreamSpec:
        """Describe the stream behind the bucket: history 1, 90 days."""
        return self._spec(f"KV_{self.bucket}", 64, (f"$KV.{self.bucket}.>",), max_age=90 * _DAY)

    def stream_names(self) -> frozenset[str]:
        """List every stream of the namespace; another one is never touched, whatever its prefix."""
        return frozenset(spec.name for spec in (*self.streams(), self.bucket_spec))

    def _stream(self, kind: str) -> str:
        return f"{self.name.upper()}_{kind}"

    def _spec(
        self,
        name: str,
        max_mib: int,
        subjects: tuple[str, ...],
        is_work_queue: bool = False,
        duplicate_window: float = _DAY,
        max_age: float = 0.0,
    ) -> StreamSpec:
        return StreamSpec(
            name=name,
            subjects=subjects,
            is_work_queue=is_work_queue,
            duplicate_window=duplicate_window,
            max_age=max_age,
            max_bytes=max_mib * _MIB,
        )


def task_durable(queue: str, priority: str = "normal") -> str:
    """Name the durable that pulls the tasks of one priority.

    Raises:
        SettingsError: a name that cannot be a queue's, or an unknown priority.
    """
    _check_queue(queue, priority)
    middle = "" if queue == DEFAULT_QUEUE else f"-{queue}"
    return f"{TASK_DURABLE}{middle}" + ("" if priority == "normal" else f"-{priority}")


def task_place(subject: str) -> tuple[str, str] | None:
    """Read queue and priority from the subject of a task; None where nobody pulls from it."""
    tokens = subject.split(".")[2:]
    queue, priority = (*tokens, "normal")[:2] if tokens else ("", "")
    is_known = len(tokens) == 1 or (len(tokens) == 2 and priority in PRIORITIES and priority != "normal")
    return (queue, priority) if is_known and _is_queue(queue) else None


def task_key(task_id: str) -> str:
    """Name the bucket key of a task's claim, fence and done-record."""
    return f"task.{task_id}"


def fix_key(signature: str) -> str:
    """Name the bucket key of the last finished run for a signature."""
    return f"fix.{signature}"


def run_key(signature: str) -> str:
    """Name the bucket key that lets one run at a time work on a signature."""
    return f"run.{signature}"


def released_key(task_id: str) -> str:
    """Name the bucket key of the authorisation to run a released or retried report."""
    return f"released.{task_id}"


def spent_key(day: str) -> str:
    """Name the bucket key of what the runs of one day (UTC, as ISO 8601) cost."""
    return f"spent.{day}"


def decided_key(task_id: str) -> str:
    """Name the bucket key of a person's decision about a fix."""
    return f"decided.{task_id}"


def trusted_key(text_hash: str) -> str:
    """Name the bucket key by which a person trusts exactly one text from then on."""
    return f"trusted.{text_hash}"


def message_id(namespace: Namespace, *, environment: str, signature: str, release: str = "") -> str:
    """Make the id by which the server drops repeats; the same error in another release is new.

    Args:
        namespace: whose message it is.
        environment: ``staging``, ``production`` or ``default``.
        signature: the report's stable signature.
        release: of the program that failed; characters outside ``A-Za-z0-9._+-`` become ``-``.
    """
    middle = "errors" if check_environment(environment) == "default" else environment
    tail = f"-{_NOT_RELEASE.sub('-', release)[:MAX_RELEASE_CHARACTERS]}" if release else ""
    return f"{namespace.name}-{middle}-{signature}{tail}"


def task_message_id(namespace: Namespace, key: str) -> str:
    """Make the id by which the server drops a task that is published twice.

    Args:
        namespace: whose message it is.
        key: the publisher's own name for this task.

    Raises:
        SettingsError: other characters than letters, digits and ``._+-``, or too many.
    """
    if not key or _NOT_RELEASE.search(key) or len(key) > MAX_RELEASE_CHARACTERS:
        raise SettingsError(
            f"key must be 1 to {MAX_RELEASE_CHARACTERS} letters, digits, '.', '_', '+' or '-': {key!r}"
        )
    return f"{namespace.name}-task-{key}"


def task_id_of(stream: str, *, message_id: str = "", signature: str = "", release: str = "") -> str:
    """Derive the task's uuid from where a report lies, so that every delivery has the same one."""
    tail = message_id or f"{signature}-{release}"
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"nats:{stream}/{tail}"))


def check_environment(environment: str) -> str:
    """Refuse an environment that has no stream.

    Raises:
        SettingsError: not staging, production or default.
    """
    if environment not in ENVIRONMENTS:
        raise SettingsError(f"environment must be one of {', '.join(ENVIRONMENTS)}: {environment!r}")
    return environment


def _check_queue(queue: str, priority: str) -> None:
    if not _is_queue(queue):
        raise SettingsError(
            f"queue must be 1 to {MAX_QUEUE_CHARACTERS} letters, digits, '_' or '-', and not end in a "
            f"priority: {queue!r}"
        )
    if priority not in PRIORITIES:
        raise SettingsError(f"priority must be one of {', '.join(PRIORITIES)}: {priority!r}")


def _is_queue(name: str) -> bool:
    """Refuse a name behind which a priority stands: its durable would be another queue's."""
    is_token = bool(_TOKEN.match(name)) and len(name) <= MAX_QUEUE_CHARACTERS
    return is_token and name.rpartition("-")[2] not in PRIORITIES


def _behind(environment: str) -> str:
    """Give the token behind ``errors`` in a subject."""
    return "" if check_environment(environment) == "default" else f".{environment}"
