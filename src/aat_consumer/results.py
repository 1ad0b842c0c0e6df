"""Publish what became of a report: status, result, quarantine, rejection, dead letter, count."""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aat_consumer.errors import QueueError
from aat_consumer.jetstream import JetStream, Stored
from aat_consumer.outcomes import Progress
from aat_reporters.report import rfc3339

__all__ = ["RESULT_KINDS", "RESULT_PATIENCE", "Story", "find_result", "story_of"]

logger = logging.getLogger(__name__)

RESULT_KINDS = ("fixed", "failed", "rejected", "held")

#: Characters of a rejected message that its announcement carries (DESIGN section 2).
REJECTED_CHARACTERS = 100

#: Denied attempts that an event lists; the result has all of them.
MAX_DENIALS = 20

#: Seconds a status may wait for the server: it is news, and the next one replaces it.
STATUS_PATIENCE = 2.0

#: Seconds the copy of a report waits for the server before its run is put off.
REPORT_PATIENCE = 10.0

#: Seconds what must not be lost waits for the server; the claim's end stops it earlier.
RESULT_PATIENCE = 3_600.0

#: Bytes left free for headers in a message that is cut to fit.
_ROOM = 2_048


@dataclass(kw_only=True)
class Story:
    """Tell the story of one attempt at one task, each message under its own id.

    Message ids, but those of statuses, repeat when an attempt is completed after a crash, so that the
    server drops copies.

    Args:
        js: a connection.
        task_id: the task.
        attempt: which run of it, from 1.
        facts: signature, environment and release, which everything carries.
        agent: who works on it.
        by: the person or process that publishes.
        patience: seconds that what must not be lost waits for the server.
    """

    js: JetStream
    task_id: str
    attempt: int
    facts: Mapping[str, object]
    agent: str
    by: str = ""
    patience: float = RESULT_PATIENCE

    async def status(self, progress: Progress) -> None:
        """Publish what is being done; a status that cannot be stored is logged and let go."""
        try:
            await self.tell(progress)
        except QueueError as exc:
            logger.warning("status not published: %s", exc)

    async def tell(self, progress: Progress) -> None:
        """Publish what is being done.

        Raises:
            QueueError: not stored.
        """
        body = {
            **self._identity(progress.agent),
            "status": progress.status,
            "findings": progress.findings,
            "next_steps": list(progress.next_steps),
        }
        subject = self.js.namespace.status_subject(self.task_id)
        # An id of its own each time: a counter would start anew in the process that completes the
        # attempt, and the server would drop its last status as a copy of the first.
        suffix = f"status-{uuid.uuid4().hex[:12]}"
        await self._publish(subject, body, suffix=suffix, patience=STATUS_PATIENCE)

    async def result(
        self,
        kind: str,
        body: Mapping[str, object],
        *,
        patience: float | None = None,
        suffix: str = "result",
    ) -> None:
        """Publish the result; a report is acknowledged only behind it.

        Args:
            kind: fixed, failed, rejected or held.
            body: what the result says.
            patience: seconds to wait for the server, instead of the story's.
            suffix: of the message id; a person's decision follows the attempt's own result.

        Raises:
            QueueError: not stored.
        """
        subject = self.js.namespace.result_subject(kind, self.task_id)
        text = {**self._identity(self.agent), **body}
        await self._publish(subject, text, suffix=suffix, patience=patience)

    async def keep_report(self, report: Mapping[str, object]) -> None:
        """Keep the screened report, for the queue forgets it with the acknowledgement.

        Raises:
            QueueError: not stored.
        """
        # Not for long: no agent has run yet, and the report stays in its queue.
        patience = min(self.patience, REPORT_PATIENCE)
        subject = self.js.namespace.report_subject(self.task_id)
        await self._publish(subject, report, suffix="report", patience=patience)

    async def quarantine(self, payload: bytes, *, reason: Mapping[str, object]) -> None:
        """Keep a blocked report whole, as far as it fits, and announce the rejection.

        Raises:
            QueueError: not stored.
        """
        text = payload.decode("utf-8", errors="backslashreplace")
        body = {**self._identity(self.agent), "reason": reason, "timestamp": _now()}
        room = self.js.max_payload_bytes - len(json.dumps(body)) - _ROOM
        kept = _cut(text, room)
        body |= {"report": kept, "cut": len(kept) < len(text), "payload_bytes": len(payload)}
        await self._publish(self.js.namespace.quarantine_subject(self.task_id), body, suffix="quarantine")
        rejected = {
            "reason": "prompt_injection_detected",
            "message": text[:REJECTED_CHARACTERS],
            "timestamp": _now(),
            "task_id": self.task_id,
            "kind": reason.get("kind", "screening"),
        }
        await self._publish(self.js.namespace.rejected_subject, rejected, suffix="rejected")

    async def denied(self, denials: Sequence[str]) -> None:
        """Announce that the agent tried something outside its bounds.

        Args:
            denials: what it tried, one line each, as its program told it.

        Raises:
            QueueError: not stored.
        """
        body = {
            **self._identity(self.agent),
            "reason": "permission_denied",
            "denials": list(denials)[:MAX_DENIALS],
            "count": len(denials),
            "timestamp": _now(),
        }
        await self._publish(self.js.namespace.denied_subject(self.task_id), body, suffix="denied")

    async def dead(self, payload: bytes, *, reason: str, stream: str, sequence: int) -> None:
        """Keep a report that was given up, for a person to see and retry.

        Raises:
            QueueError: not stored.
        """
        text = payload.decode("utf-8", errors="backslashreplace")
        body = {
            **self._identity(self.agent),
            "reason": reason,
            "stream": stream,
            "sequence": sequence,
            "timestamp": _now(),
        }
        kept = _cut(text, self.js.max_payload_bytes - len(json.dumps(body)) - _ROOM)
        body |= {"report": kept, "cut": len(kept) < len(text), "payload_bytes": len(payload)}
        await self._publish(self.js.namespace.dead_subject(self.task_id), body, suffix="dead")

    async def occurrence(self, *, seen: datetime, sequence: int | None = None) -> None:
        """Count one occurrence for a publisher that does not count itself.

        Args:
            seen: when the server stored the report.
            sequence: of a repeat, which counts again under an id of its own.

        Raises:
            QueueError: not stored.
        """
        body = {
            "signature": self.facts["signature"],
            "count": 1,
            "first_seen": rfc3339(seen),
            "last_seen": rfc3339(seen),
            "server": "",
            "release": self.facts["release"],
        }
        subject = self.js.namespace.occurrence_subject(
            str(self.facts["environment"]), str(self.facts["signature"])
        )
        await self._publish(
            subject, body, suffix="occurrence" if sequence is None else f"occurrence-{sequence}"
        )

    def _identity(self, agent: str) -> dict[str, object]:
        who = {"by": self.by} if self.by else {}
        return {"task_id": self.task_id, "agent": agent, **who, **self.facts, "attempt": self.attempt}

    async def _publish(
        self, subject: str, body: Mapping[str, object], *, suffix: str, patience: float | None = None
    ) -> None:
        payload = json.dumps(body, default=str).encode()
        await self.js.publish(
            subject,
            payload,
            message_id=f"{self.task_id}-{self.attempt}-{suffix}",
            patience=self.patience if patience is None else patience,
        )


def story_of(
    js: JetStream, record: Mapping[str, Any], *, agent: str, patience: float = RESULT_PATIENCE
) -> Story:
    """Tell a task's story from its record alone."""
    return Story(
        js=js,
        task_id=str(record["task_id"]),
        attempt=int(record["attempt"]),
        facts=facts_in(record),
        agent=agent,
        by=str(record.get("by", "")),
        patience=patience,
    )


def facts_in(record: Mapping[str, Any]) -> dict[str, object]:
    """Give of a record what everything published about its task carries."""
    facts = {name: record.get(name, "") for name in ("signature", "environment", "release")}
    return facts | {
        name: record[name] for name in ("queue", "priority", "previous_signature") if name in record
    }


async def find_result(js: JetStream, task_id: str, *, attempts: range) -> tuple[str, Stored] | None:
    """Look for the result that one of these attempts published before it crashed.

    Raises:
        QueueError: no server or no stream.
    """
    for kind in RESULT_KINDS:
        found = await js.messages.last(js.namespace.results, js.namespace.result_subject(kind, task_id))
        if found is not None and json.loads(found.payload).get("attempt") in attempts:
            return kind, found
    return None


def _cut(text: str, room: int) -> str:
    """Keep as much of the start as encodes in room bytes of JSON."""
    kept = text
    while len(json.dumps(kept)) > room:
        kept = kept[: max(0, min(len(kept) - 1, int(len(kept) * room / len(json.dumps(kept)))))]
    return kept


def _now() -> str:
    return rfc3339(datetime.now(UTC))
