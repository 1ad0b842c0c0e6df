"""Keep alerts back for a while, by a record in the bucket that every process sees."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from aat_consumer.alert_settings import ALERT_RULES
from aat_consumer.claims import read_record
from aat_consumer.errors import QueueError
from aat_consumer.jetstream import JetStream
from aat_consumer.operate.alerts.rules import Alert
from aat_reporters.errors import SettingsError
from aat_reporters.wire import ALERT_SILENCES_KEY

__all__ = ["EVERYTHING", "Silence", "add", "check_match", "is_silenced", "listed", "remove"]

#: What matches every alert.
EVERYTHING = "all"

#: Tries to change the record while others change it.
MAX_TRIES = 5

#: The start of a signature, long enough to mean one.
_START = re.compile(r"(?:s[0-9]{1,3}-)?[0-9a-f]{6,64}\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """What is kept back, until when and by whom.

    Args:
        match: ``all``, a rule, or the start of a signature.
        until: seconds since the epoch.
        by: a person.
    """

    match: str
    until: float
    by: str


def check_match(text: str) -> str:
    """Refuse what could match nothing.

    Raises:
        SettingsError: it is neither ``all``, a rule, nor six or more digits of a signature.
    """
    if text == EVERYTHING or text in ALERT_RULES or _START.match(text):
        return text
    raise SettingsError(
        f"{text[:80]!r} is neither 'all', a rule ({', '.join(ALERT_RULES)}), nor the start of a signature"
    )


def is_silenced(alert: Alert, silences: Iterable[Silence], *, now: float) -> bool:
    """Tell whether an alert is kept back."""
    _, _, digits = alert.signature.rpartition("-")
    return any(
        silence.match in (EVERYTHING, alert.rule)
        or (bool(alert.signature) and alert.signature.startswith(silence.match))
        or (bool(digits) and digits.startswith(silence.match))
        for silence in silences
        if silence.until > now
    )


async def listed(js: JetStream, *, now: float) -> list[Silence]:
    """Give the silences that are in force.

    Raises:
        QueueError: no server or no bucket.
    """
    record = read_record(await js.bucket.get(ALERT_SILENCES_KEY)) or {}
    return [silence for silence in _silences(record) if silence.until > now]


async def add(js: JetStream, silence: Silence) -> None:
    """Keep alerts back; another silence of the same is replaced.

    Raises:
        QueueError: no server or no bucket.
    """
    await _change(js, match=silence.match, added=silence)


async def remove(js: JetStream, match: str) -> bool:
    """End a silence, and tell whether there was one.

    Raises:
        QueueError: no server or no bucket.
    """
    return await _change(js, match=match, added=None)


async def _change(js: JetStream, *, match: str, added: Silence | None) -> bool:
    for _ in range(MAX_TRIES):
        entry = await js.bucket.get(ALERT_SILENCES_KEY)
        known = [silence for silence in _silences(read_record(entry) or {}) if silence.until > time.time()]
        kept = [silence for silence in known if silence.match != match]
        value = {
            "silences": [
                {"match": silence.match, "until": silence.until, "by": silence.by}
                for silence in (*kept, *((added,) if added else ()))
            ],
            "changed": datetime.now(UTC).isoformat(),  # compare and set needs every value to be new
        }
        payload = json.dumps(value).encode()
        if await js.bucket.replace(ALERT_SILENCES_KEY, payload, entry=entry) is not None:
            return len(kept) < len(known)
    raise QueueError("the silences are being changed by others; try again")


def _silences(record: Mapping[str, object]) -> list[Silence]:
    entries = record.get("silences")
    return [
        Silence(
            match=str(entry.get("match")), until=float(entry.get("until") or 0), by=str(entry.get("by", ""))
        )
        for entry in (entries if isinstance(entries, list) else [])
        if isinstance(entry, dict)
    ]
