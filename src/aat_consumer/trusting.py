"""Let exactly the words pass that a person trusts, from then on.

Nothing else of a report opens the filter: its signature, logger, release and publisher are not looked at,
for whoever writes the text can have the same of these.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from datetime import UTC, datetime

from aat_consumer.jetstream import JetStream
from aat_consumer.ports import Screen, Verdict
from aat_consumer.screening import text_hash, untrusted_part
from aat_reporters.wire import trusted_key

__all__ = ["judged", "trust"]

#: Family of the findings that a project always blocks; no trust goes before it.
DENIED_FAMILY = "deny"


async def judged(js: JetStream, report: Mapping[str, object], *, screen: Screen) -> Verdict:
    """Judge a report; where its very words are trusted, judge only the values that hold none.

    Raises:
        QueueError: no server, or no bucket.
    """
    verdict = await asyncio.to_thread(screen, report)
    if not verdict.blocked or _is_denied(verdict):
        return verdict
    try:
        name = text_hash(report)
    except OverflowError:
        return verdict
    if await js.bucket.get(trusted_key(name)) is None:
        return verdict
    return await asyncio.to_thread(screen, untrusted_part(report))


async def trust(js: JetStream, report: Mapping[str, object], *, task_id: str, by: str, reason: str) -> str:
    """Record that exactly this text may pass the filter.

    Args:
        js: a connection.
        report: decoded and trimmed as the consumer does it.
        task_id: of the report that a person saw.
        by: who takes the responsibility.
        reason: in the person's words.

    Returns:
        The hash of the text, in hex.

    Raises:
        QueueError: no server, or no bucket.
    """
    name = text_hash(report)
    record = {"task_id": task_id, "who": by, "at": datetime.now(UTC).isoformat(), "reason": reason}
    await js.bucket.put(trusted_key(name), json.dumps(record).encode())
    return name


def _is_denied(verdict: Verdict) -> bool:
    reasons = verdict.to_json().get("reasons", [])
    return any(one.get("family") == DENIED_FAMILY for one in reasons)
