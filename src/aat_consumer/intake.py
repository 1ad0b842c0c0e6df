"""Make a task of a delivery: decode the report, identify it, trim it to what will be screened.

Pure: the same delivery gives the same task in every consumer.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from aat_reporters import report as reports
from aat_reporters import signature
from aat_reporters.errors import ReportError
from aat_reporters.wire import TASK_ID_HEADER, task_id_of

__all__ = ["MAX_SCREENED_BYTES", "Task", "take"]

#: Bytes of a report that are screened, kept and shown to an agent (DESIGN: 48 KB, head and tail).
MAX_SCREENED_BYTES = 48 * 1024

#: A signature in the form of ours; any other text could break the subject that it becomes part of.
_OURS = re.compile(r"s[0-9]{1,3}-[0-9a-f]{32}\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One report on its way to a fix.

    Args:
        task_id: the same for every delivery of this message.
        environment: whose queue it came from.
        report: decoded and trimmed; None where it could not be decoded.
        problem: what is wrong with it, naming the key, where report is None.
        signature: the stable signature.
        release: of the program that failed, empty where unknown.
        text_hash: sha256 of the payload, which an authorisation must name.
        is_foreign: published by another program than our reporters, which do not count for it.
        claimed_task_id: what the header claims this report to be a retry of; not to be believed
            without an authorisation.
    """

    task_id: str
    environment: str
    report: Mapping[str, object] | None
    problem: str
    signature: str
    release: str
    text_hash: str
    is_foreign: bool
    claimed_task_id: str


def take(
    payload: bytes, *, headers: Mapping[str, str], stream: str, environment: str, message_id: str
) -> Task:
    """Identify what lies in a delivery; never raises, whatever a publisher sent."""
    text_hash = hashlib.sha256(payload).hexdigest()
    report: Mapping[str, object] | None = None
    problem = ""
    stable = f"undecoded-{text_hash[:32]}"
    release = ""
    is_foreign = True
    try:
        report = reports.decode(payload)
        stable = _signature(report)
        release = str(report.get("release") or "")
        is_foreign = "schema" not in report
        report = reports.fit(report, max_bytes=MAX_SCREENED_BYTES)
    except ReportError as exc:
        problem = str(exc)
    return Task(
        task_id=task_id_of(stream, message_id=message_id, signature=stable, release=release),
        environment=environment,
        report=report,
        problem=problem,
        signature=stable,
        release=release,
        text_hash=text_hash,
        is_foreign=is_foreign,
        claimed_task_id=headers.get(TASK_ID_HEADER, ""),
    )


def _signature(report: Mapping[str, object]) -> str:
    """Believe a signature of our own form; compute the others."""
    given = report.get("signature")
    stable = given.get("stable") if isinstance(given, Mapping) else None
    if isinstance(stable, str) and _OURS.match(stable):
        return stable
    return signature.stable(signature.facts_of(report))
