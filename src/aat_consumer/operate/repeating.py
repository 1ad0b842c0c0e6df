"""Find errors that go on while the server drops their reports as repeats, from the newest counts."""

from __future__ import annotations

import json
import re
from typing import Any

from aat_consumer.claims import read_record
from aat_consumer.jetstream import JetStream
from aat_consumer.operate.diagnosis import Repeats
from aat_consumer.operate.facts import moment_of
from aat_reporters.wire import fix_key

__all__ = ["find_repeats"]

#: Messages of counts that are looked at, the newest.
NEWEST = 200

_OURS = re.compile(r"s[0-9]{1,3}-[0-9a-f]{32}\Z")


async def find_repeats(js: JetStream) -> Repeats:
    """Add up the newest counts of errors whose last run is over.

    Raises:
        QueueError: no server, no stream or no bucket.
    """
    stream = js.namespace.occurrences
    info = await js.ask(f"STREAM.INFO.{stream}")
    last = int(info["state"]["last_seq"])
    counted: dict[str, list[dict[str, Any]]] = {}
    async for found in js.messages.walk(stream, ">", start=max(1, last - NEWEST + 1)):
        if found.sequence > last:  # what comes meanwhile could keep us here for ever
            break
        signature = found.subject.rpartition(".")[2]
        body = _read(found.payload)
        if _OURS.match(signature) and body is not None:
            counted.setdefault(signature, []).append(body)
    repeats = Repeats()
    for signature, bodies in counted.items():
        record = read_record(await js.bucket.get(fix_key(signature)))
        if record is None or (ended := moment_of(record.get("at"))) is None:
            continue
        release = str(record.get("release") or "")
        count = sum(
            int(body["count"])
            for body in bodies
            if str(body.get("release") or "") == release
            and (seen := moment_of(body.get("last_seen"))) is not None
            and seen > ended
        )
        if not count:
            continue
        repeats = Repeats(
            signatures=repeats.signatures + 1,
            occurrences=repeats.occurrences + count,
            example=repeats.example or signature,
        )
    return repeats


def _read(payload: bytes) -> dict[str, Any] | None:
    try:
        body = json.loads(payload)
    except ValueError:
        return None
    return body if isinstance(body, dict) and isinstance(body.get("count"), int) else None
