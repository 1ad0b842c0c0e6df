"""Read from messages of the streams what may be worth telling. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from aat_consumer.intake import Task
from aat_consumer.operate.alerts.plain import plain, word
from aat_reporters.wire import Namespace

__all__ = ["Happening", "object_in", "queued", "read"]

Kind = Literal["queued", "kept", "started", "counted", "fixed", "dead", "rejected", "denied"]

#: Characters of an error's text that an alert carries.
MAX_TITLE_CHARACTERS = 160

#: Characters of the place where an error was raised.
MAX_PLACE_CHARACTERS = 120

#: Largest count that is believed of one message.
MAX_COUNT = 10**9

#: Token of a subject behind the namespace to what happened.
_KINDS: dict[str, Kind] = {
    "investigation.report": "kept",
    "investigation.status": "started",
    "investigation.dead": "dead",
    "results.fixed": "fixed",
    "security.quarantine": "rejected",
    "security.denied": "denied",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One thing that happened, as one message tells it; its texts are harmless already.

    Args:
        kind: ``queued`` waits, ``kept`` is the screened copy of a report, ``counted`` are occurrences.
        at: when the server stored it, seconds since the epoch.
        signature: of the error; empty for ``kept``.
        environment: whose error it is.
        release: of the program that failed.
        task_id: what is worked on.
        level: of the report, in lower case.
        title: what the error says.
        place: where it was raised.
        count: of occurrences.
        seen: when the last of them was, by the reporter's clock but never later than ``at``.
        reason: why it was given up or rejected.
    """

    kind: Kind
    at: float
    signature: str = ""
    environment: str = ""
    release: str = ""
    task_id: str = ""
    level: str = ""
    title: str = ""
    place: str = ""
    count: int = 0
    seen: float = 0.0
    reason: str = ""


def read(namespace: Namespace, subject: str, payload: bytes, *, at: float) -> Happening | None:
    """Read a message of one of the log streams; None where it tells nothing of interest.

    Never raises: a stranger may have written anything there.
    """
    tokens = subject.split(".")
    if len(tokens) < 4 or tokens[0] != namespace.name:
        return None
    body = object_in(payload)
    if tokens[1] == "occurrences":
        return _counted(tokens, body, at=at)
    kind = _KINDS.get(".".join(tokens[1:3]))
    if kind is None or body.get("queue"):
        return None
    task_id = word(tokens[3])
    if kind == "kept":
        return _with_report(Happening(kind=kind, at=at, task_id=task_id), body)
    if kind in ("started", "fixed") and body.get("status") != kind:
        return None
    return Happening(
        kind=kind,
        at=at,
        signature=word(body.get("signature")),
        environment=word(body.get("environment")),
        release=word(body.get("release")),
        task_id=task_id,
        reason=_reason(kind, body),
    )


def queued(task: Task, *, at: float) -> Happening:
    """Describe a report that waits in its queue."""
    found = Happening(
        kind="queued",
        at=at,
        signature=word(task.signature),
        environment=word(task.environment),
        release=word(task.release),
        task_id=task.task_id,
    )
    return _with_report(found, task.report or {})


def _with_report(found: Happening, report: Mapping[str, Any]) -> Happening:
    context = report.get("context")
    where = context if isinstance(context, Mapping) else {}
    place = f"{where.get('file', '')}:{where.get('line', '')}".strip(":")
    function = where.get("function")
    return replace(
        found,
        level=word(report.get("level"), limit=20).lower(),
        title=plain(report.get("error"), limit=MAX_TITLE_CHARACTERS),
        place=plain(place + (f" in {function}" if function else ""), limit=MAX_PLACE_CHARACTERS),
    )


def _counted(tokens: list[str], body: Mapping[str, Any], *, at: float) -> Happening | None:
    count = body.get("count")
    if not isinstance(count, int) or isinstance(count, bool) or not 0 < count <= MAX_COUNT:
        return None
    return Happening(
        kind="counted",
        at=at,
        signature=word(tokens[3]),
        environment=word(tokens[2]),
        release=word(body.get("release")),
        count=count,
        seen=min(_time(body.get("last_seen"), at), at),
    )


def _reason(kind: Kind, body: Mapping[str, Any]) -> str:
    if kind == "dead":
        return plain(body.get("reason"), limit=MAX_PLACE_CHARACTERS)
    if kind == "denied":
        count = body.get("count")
        return f"{count} attempts" if isinstance(count, int) and not isinstance(count, bool) else ""
    return ""


def _time(value: object, otherwise: float) -> float:
    try:
        found = datetime.fromisoformat(str(value))
        return found.timestamp() if found.tzinfo is not None else otherwise
    except (ValueError, OverflowError):
        return otherwise


def object_in(payload: bytes) -> dict[str, Any]:
    """Read a JSON object; anything else counts as an empty one."""
    try:
        body = json.loads(payload)
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}
