"""Make a task of a delivery: decode what was published, identify it, trim it to what will be screened.

Pure: the same delivery gives the same task in every consumer.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from aat_consumer import tasks
from aat_consumer.queues import Queue
from aat_reporters import report as reports
from aat_reporters.errors import ReportError
from aat_reporters.signature import RULES, Rules, facts_of, signatures
from aat_reporters.wire import TASK_ID_HEADER, task_id_of

__all__ = ["MAX_SCREENED_BYTES", "Task", "take"]

#: Bytes of a report that are screened, kept and shown to an agent (DESIGN: 48 KB, head and tail).
MAX_SCREENED_BYTES = 48 * 1024

#: Characters of a role's name, which stands in statuses and is told to programs.
MAX_ROLE_CHARACTERS = 64

#: What the name of a role may not hold: whoever publishes a task chooses it.
_NOT_ROLE = re.compile(r"[^A-Za-z0-9_-]")

#: A signature in the form of ours; any other text could break the subject that it becomes part of.
_OURS = re.compile(r"s[0-9]{1,3}-[0-9a-f]{32}\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One report on its way to a fix, or one task from the task queue on its way to a result.

    Args:
        task_id: the same for every delivery of this message.
        queue: where it came from.
        report: decoded and trimmed, a report or a queued task; None where it could not be decoded.
        problem: what is wrong with it, naming the key, where report is None.
        signature: the stable signature, or what stands for one.
        previous_signature: the one by the rules of the release before, while both are published; else
            empty.
        release: of the program that failed, empty where unknown.
        text_hash: sha256 of the payload, which an authorisation must name.
        is_foreign: a report by another program than our reporters, which do not count for it.
        claimed_task_id: what the header claims this report to be a retry of; not to be believed
            without an authorisation.
    """

    task_id: str
    queue: Queue
    report: Mapping[str, object] | None
    problem: str
    signature: str
    previous_signature: str
    release: str
    text_hash: str
    is_foreign: bool
    claimed_task_id: str

    @property
    def environment(self) -> str:
        """Name whose error it is; empty for a task from the task queue."""
        return self.queue.environment

    @property
    def role(self) -> str:
        """Name the agent role that a queued task is assigned to; empty for none, and for reports."""
        assigned = (self.report or {}).get("assigned_to") if self.queue.holds_tasks else None
        return _NOT_ROLE.sub("-", str(assigned or ""))[:MAX_ROLE_CHARACTERS]

    @property
    def shared_signature(self) -> str:
        """Give the signature by which programs of this release and of the one before know the error."""
        return self.previous_signature or self.signature


def take(
    payload: bytes, *, headers: Mapping[str, str], queue: Queue, message_id: str, rules: Rules = RULES
) -> Task:
    """Identify what lies in a delivery; never raises, whatever a publisher sent.

    Args:
        payload: the report or task as it came.
        headers: of the message.
        queue: where it lies.
        message_id: of the message; empty where the publisher gave none.
        rules: by which a report that carries no signature of ours is signed.
    """
    text_hash = hashlib.sha256(payload).hexdigest()
    report: Mapping[str, object] | None = None
    problem = ""
    signed = {"stable": f"undecoded-{text_hash[:32]}"}
    release = ""
    is_foreign = not queue.holds_tasks
    try:
        if queue.holds_tasks:
            report = tasks.decode(payload)
            signed = {"stable": tasks.identity(payload)}
        else:
            report = reports.decode(payload)
            signed = _signatures(report, rules)
            release = str(report.get("release") or "")
            is_foreign = "schema" not in report
            report = reports.fit(report, max_bytes=MAX_SCREENED_BYTES)
    except ReportError as exc:
        problem = str(exc)
    return Task(
        task_id=task_id_of(queue.stream, message_id=message_id, signature=signed["stable"], release=release),
        queue=queue,
        report=report,
        problem=problem,
        signature=signed["stable"],
        previous_signature=signed.get("previous", ""),
        release=release,
        text_hash=text_hash,
        is_foreign=is_foreign,
        claimed_task_id=headers.get(TASK_ID_HEADER, ""),
    )


def _signatures(report: Mapping[str, object], rules: Rules) -> dict[str, str]:
    """Believe signatures of our own form; compute the others."""
    given = report.get("signature")
    known = given if isinstance(given, Mapping) else {}
    believed = {name: _believed(known.get(name)) for name in ("stable", "previous")}
    if believed["stable"]:
        return believed
    return signatures(facts_of(report), rules=rules)


def _believed(given: object) -> str:
    return given if isinstance(given, str) and _OURS.match(given) else ""
