"""Say why nothing may be fetched now: a person paused it, the day's money is spent, the machinery fails.

What is spent and what failed is kept in the bucket, for the whole namespace: neither a restart nor another
consumer starts anew. While one of them holds nothing is fetched, so that waiting burns no delivery.
"""

from __future__ import annotations

import asyncio
import json
import logging
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from aat_consumer.claims import Record, read_record
from aat_consumer.errors import QueueError
from aat_consumer.jetstream import JetStream
from aat_consumer.pausing import find_pause
from aat_reporters.wire import BRAKE_KEY, spent_key

__all__ = ["Restraint", "Restraints", "release_brake"]

logger = logging.getLogger(__name__)

#: Failures in a row that pause nothing: one poisonous report fails three times and must not stop the others.
FREE_FAILURES = 3

#: Longest pause after failures, in seconds: an API that comes back is noticed within it.
MAX_PAUSE = 1_800.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Restraint:
    """Why nothing is fetched.

    Args:
        kind: which of the three.
        words: for people, with what ends it.
    """

    kind: Literal["paused", "over budget", "braking"]
    words: str


class Restraints:
    """Look at what holds dispatch back, and note what a run came to; use it from one event loop.

    Args:
        js: a connection.
        usd_per_day: US dollars that the namespace may spend in a day (UTC); 0 for no limit.
        first_pause: seconds of the first pause after failures; each further failure doubles it.
    """

    def __init__(self, js: JetStream, *, usd_per_day: float, first_pause: float) -> None:
        self._js = js
        self._usd_per_day = usd_per_day
        self._first_pause = first_pause

    async def find(self) -> Restraint | None:
        """Tell what holds dispatch back now, None where nothing does.

        Raises:
            QueueError: no server, or no bucket.
        """
        now = datetime.now(UTC)
        # At once, for every pull waits for them.
        pause, day, brake = await asyncio.gather(
            find_pause(self._js), self._read(spent_key(_day(now))), self._read(BRAKE_KEY)
        )
        if pause is not None:
            return Restraint(
                kind="paused", words=f"paused by {pause.by!r}: nothing is fetched until 'aat resume'"
            )
        if self._usd_per_day:
            spent = _number(day, "usd")
            if spent >= self._usd_per_day:
                words = (
                    f"over budget: {spent:.2f} of {self._usd_per_day:.2f} US dollars of this day (UTC) are "
                    "spent; nothing is fetched until tomorrow, or with a higher agent.max_budget_usd_per_day"
                )
                return Restraint(kind="over budget", words=words)
        until = _time(brake.get("until"))
        if until is None or until <= now:
            return None
        words = (
            f"braking after {brake.get('failures')} failures in a row: nothing is fetched until "
            f"{until.isoformat(timespec='seconds')}, or until 'aat resume'"
        )
        return Restraint(kind="braking", words=words)

    async def spent(self, usd: object) -> None:
        """Add what a run cost, as far as the agent tells; what cannot be noted is logged and let go."""
        if not isinstance(usd, int | float) or usd <= 0:
            return

        def add(record: Record) -> Record:
            return {"usd": _number(record, "usd") + usd, "runs": int(_number(record, "runs")) + 1}

        await self._change(spent_key(_day(datetime.now(UTC))), add)

    async def failed(self) -> None:
        """Note that the machinery failed; from the third time in a row on, the pause doubles."""

        def brake(record: Record) -> Record:
            failures = int(_number(record, "failures")) + 1
            if failures < FREE_FAILURES:
                return {"failures": failures}
            pause = min(self._first_pause * 2 ** min(failures - FREE_FAILURES, 32), MAX_PAUSE)
            until = datetime.now(UTC) + timedelta(seconds=pause)
            return {"failures": failures, "until": until.isoformat()}

        await self._change(BRAKE_KEY, brake)

    async def worked(self) -> None:
        """Note that the machinery works."""
        await self._change(BRAKE_KEY, lambda record: {"failures": 0} if record.get("failures") else record)

    async def _read(self, key: str) -> Record:
        return read_record(await self._js.bucket.get(key)) or {}

    async def _change(self, key: str, change: Callable[[Record], Record]) -> None:
        try:
            await _set(self._js, key, change)
        except QueueError as exc:
            logger.warning("not noted in %s: %s", key, exc)


async def release_brake(js: JetStream) -> bool:
    """Let dispatch go on at once after failures.

    Returns:
        Whether it was held back.

    Raises:
        QueueError: no server, or no bucket.
    """
    until = _time((read_record(await js.bucket.get(BRAKE_KEY)) or {}).get("until"))
    if until is None or until <= datetime.now(UTC):
        return False
    await _set(js, BRAKE_KEY, lambda _: {"failures": 0})
    return True


async def _set(js: JetStream, key: str, change: Callable[[Record], Record]) -> None:
    """Change a record by compare and set, as often as others come between."""
    while True:
        entry = await js.bucket.get(key)
        before = read_record(entry) or {}
        after = change(before)
        if after == before:
            return
        # A nonce makes the value unique, so that a lost reply can be told from a lost race.
        value = json.dumps({**after, "nonce": uuid.uuid4().hex}).encode()
        if await js.bucket.replace(key, value, entry=entry) is not None:
            return


def _day(now: datetime) -> str:
    return now.date().isoformat()


def _number(record: Record, name: str) -> float:
    value = record.get(name)
    return float(value) if isinstance(value, int | float) else 0.0


def _time(value: object) -> datetime | None:
    try:
        return datetime.fromisoformat(str(value))
    except ValueError:
        return None
