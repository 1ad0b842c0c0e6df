"""Stop all dispatch of a namespace at once, and let it go on: a switch in the bucket.

While it is set nothing is fetched, so that waiting burns no delivery; what is being worked on is
finished.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime

from aat_consumer.claims import read_record
from aat_consumer.jetstream import JetStream
from aat_reporters.wire import PAUSED_KEY

__all__ = ["Pause", "find_pause", "pause", "resume"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Who stopped dispatch.

    Args:
        by: a person.
        at: when, as ISO 8601.
        reason: in the person's words.
    """

    by: str
    at: str
    reason: str


async def find_pause(js: JetStream) -> Pause | None:
    """Tell whether dispatch is paused.

    Raises:
        QueueError: no server, or no bucket.
    """
    record = read_record(await js.bucket.get(PAUSED_KEY)) or {}
    if not record.get("paused"):
        return None
    return Pause(
        by=str(record.get("by", "")), at=str(record.get("at", "")), reason=str(record.get("reason", ""))
    )


async def pause(js: JetStream, *, by: str, reason: str) -> None:
    """Stop dispatch until somebody resumes it; a consumer that waits for a message notices in a second.

    Raises:
        QueueError: no server, or no bucket.
    """
    await _set(js, paused=True, by=by, reason=reason)


async def resume(js: JetStream, *, by: str) -> None:
    """Let dispatch go on.

    Raises:
        QueueError: no server, or no bucket.
    """
    await _set(js, paused=False, by=by, reason="")


async def _set(js: JetStream, *, paused: bool, by: str, reason: str) -> None:
    record = {"paused": paused, "by": by, "at": datetime.now(UTC).isoformat(), "reason": reason}
    await js.bucket.put(PAUSED_KEY, json.dumps(record).encode())
