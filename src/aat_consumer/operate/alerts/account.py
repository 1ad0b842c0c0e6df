"""Keep the alerts' account in the bucket, for one process at a time."""

from __future__ import annotations

import json
import time
import uuid
from typing import Any

from aat_consumer.claims import Owner, is_gone, read_record
from aat_consumer.jetstream import Entry, JetStream
from aat_consumer.operate.alerts.ledger import Ledger
from aat_reporters.wire import ALERT_LEDGER_KEY

__all__ = ["Account", "look"]

#: Seconds without a change after which another process's account is taken over.
LEASE = 30.0

#: Seconds between two signs of life.
BEAT = 10.0


class Account:
    """Own the record while nobody else does; every write compares and sets it.

    Args:
        js: a connection.
        owner: this process.
    """

    def __init__(self, js: JetStream, *, owner: Owner) -> None:
        self._js = js
        self._owner = owner
        self._revision: int | None = None
        self._written = ""
        self._written_at = 0.0
        self._watched: tuple[int, float] | None = None
        self.ledger: Ledger | None = None

    async def take(self) -> bool:
        """Take the account if it is nobody's, or its owner is gone or was silent for 30 s.

        Raises:
            QueueError: no server or no bucket.
        """
        entry = await self._js.bucket.get(ALERT_LEDGER_KEY)
        record = read_record(entry) or {}
        if entry is not None and not self._is_free(entry, record):
            return False
        self.ledger = Ledger.from_json(record.get("ledger") or {})
        self._revision = entry.revision if entry is not None else None
        return await self.write(even_if_unchanged=True)

    async def write(self, *, even_if_unchanged: bool = False) -> bool:
        """Write what changed, or a sign of life; False where another process has the account now.

        Raises:
            QueueError: no server or no bucket; what is in memory is not lost.
        """
        assert self.ledger is not None
        value = json.dumps(self.ledger.to_json(), sort_keys=True)
        if value == self._written and time.monotonic() - self._written_at < BEAT and not even_if_unchanged:
            return True
        # A value of its own each time, so that a write whose answer was lost is recognised.
        record = {"owner": self._owner.to_json(), "turn": uuid.uuid4().hex, "ledger": json.loads(value)}
        payload = json.dumps(record).encode()
        if self._revision is None:
            revision = await self._js.bucket.create(ALERT_LEDGER_KEY, payload)
        else:
            revision = await self._js.bucket.update(ALERT_LEDGER_KEY, payload, revision=self._revision)
        if revision is None:
            self.ledger = None
            return False
        self._revision, self._written, self._written_at = revision, value, time.monotonic()
        return True

    async def leave(self) -> None:
        """Say that the account is free, so that the next process need not wait.

        Raises:
            QueueError: no server or no bucket; then the next one waits for 30 s.
        """
        if self.ledger is not None and self._revision is not None:
            record = {"owner": None, "turn": uuid.uuid4().hex, "ledger": self.ledger.to_json()}
            payload = json.dumps(record).encode()
            await self._js.bucket.update(ALERT_LEDGER_KEY, payload, revision=self._revision)

    def _is_free(self, entry: Entry, record: dict[str, Any]) -> bool:
        owner = record.get("owner")
        if not isinstance(owner, dict) or is_gone(owner) or owner.get("run_id") == self._owner.run_id:
            return True
        now = time.monotonic()
        if self._watched is None or self._watched[0] != entry.revision:
            self._watched = (entry.revision, now)
        return now - self._watched[1] > LEASE


async def look(js: JetStream) -> Ledger | None:
    """Look at the account without taking it; None where no alerts ever ran.

    Raises:
        QueueError: no server or no bucket.
    """
    record = read_record(await js.bucket.get(ALERT_LEDGER_KEY))
    return Ledger.from_json(record.get("ledger") or {}) if record is not None else None
