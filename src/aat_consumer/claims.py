"""Claim a task in the bucket, so that one consumer at a time works on it and a dead one is followed.

An acknowledgement is no fence: a paused consumer that wakes up can still acknowledge. The claim is:
every step that others see first compares and sets its revision.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import platform
import time
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aat_consumer.errors import LeaseLostError, QueueError
from aat_consumer.jetstream import Entry, JetStream
from aat_reporters.wire import run_key, task_key

__all__ = ["Claim", "Claims", "Owner", "read_record"]

logger = logging.getLogger(__name__)

Record = dict[str, Any]

#: Looks at a claim within one lease: enough to notice a sign of life that comes once a third of it.
LOOKS_PER_LEASE = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Identify a consumer process so that others on its host can tell that it is gone.

    Args:
        host: host name, boot and process-id namespace: where its number means something.
        pid: the process's number.
        started: its start in clock ticks since boot, because numbers are used again.
        run_id: drawn for this process.
    """

    host: str
    pid: int
    started: str
    run_id: str

    @classmethod
    def this_process(cls) -> Owner:
        """Describe the calling process."""
        pid = os.getpid()
        return cls(host=_host(), pid=pid, started=_started(pid), run_id=uuid.uuid4().hex)

    def to_json(self) -> dict[str, object]:
        """Give the record key by key."""
        return {"host": self.host, "pid": self.pid, "started": self.started, "run_id": self.run_id}


def is_gone(owner: Mapping[str, Any]) -> bool:
    """Tell whether a claim's owner ran on this host and is dead; unknown counts as alive."""
    pid, started = owner.get("pid"), owner.get("started")
    if owner.get("host") != _host() or not isinstance(pid, int) or not started:
        return False
    return bool(_started(pid) != started)


def read_record(entry: Entry | None) -> Record | None:
    """Decode a task's record.

    Raises:
        QueueError: the bucket holds something else under this key.
    """
    if entry is None or not entry.value:
        return None
    try:
        record = json.loads(entry.value)
    except ValueError as exc:
        raise QueueError(f"the bucket holds no record: {entry.value[:40]!r}") from exc
    if not isinstance(record, dict):
        raise QueueError(f"the bucket holds no record: {entry.value[:40]!r}")
    return record


class Claim:
    """A task that this process owns until somebody takes it over.

    Safe to beat and to update from several asyncio tasks: writes take turns.
    """

    def __init__(self, js: JetStream, *, record: Record, revision: int, previous: Record | None) -> None:
        self._js = js
        self._turn = asyncio.Lock()
        self.record = record
        self.revision = revision
        self.previous = previous

    @property
    def task_id(self) -> str:
        """Name the claimed task."""
        return str(self.record["task_id"])

    @property
    def attempt(self) -> int:
        """Count the runs of this task, from 1."""
        return int(self.record["attempt"])

    async def update(self, **changes: object) -> None:
        """Change the record, if the claim is still ours.

        Raises:
            LeaseLostError: another consumer took the task over; publish nothing more.
            QueueError: no server; the claim may or may not be ours.
        """
        async with self._turn:
            # The beat makes every value unique, so that a lost reply can be told from a lost claim.
            record = self.record | changes | {"beat": int(self.record.get("beat", 0)) + 1}
            revision = await self._js.bucket.update(
                task_key(self.task_id), json.dumps(record).encode(), revision=self.revision
            )
            if revision is None:
                raise LeaseLostError(f"task {self.task_id} was taken over by another consumer")
            self.record, self.revision = record, revision


class Claims:
    """Take, follow and release claims in the name of one owner."""

    def __init__(self, js: JetStream, *, owner: Owner, lease: float) -> None:
        self._js = js
        self._owner = owner
        self._lease = lease

    async def take(
        self,
        task_id: str,
        *,
        facts: Mapping[str, object],
        may_reopen: Callable[[Record], bool],
        keep_alive: Callable[[], Awaitable[None]],
        wait: bool = True,
    ) -> Claim | Record | None:
        """Claim a task, waiting while another consumer works on it.

        Args:
            task_id: the task.
            facts: what the record says beside its state: signature, release, environment, sequence.
            may_reopen: decides from a done-record whether the task may run again.
            keep_alive: called while waiting, so that the delivery is not given to a third.
            wait: hold on; otherwise None comes back at once where another consumer works on it.

        Returns:
            The claim, or the done-record of a task that is finished.

        Raises:
            QueueError: no server, or no bucket.
        """
        watch = _Watch(self._lease)
        while True:
            entry = await self._js.bucket.get(task_key(task_id))
            record = read_record(entry)
            if record is not None and record.get("state") == "done" and not may_reopen(record):
                return record
            if record is None or record.get("state") in ("done", "open") or watch.is_over(entry, record):
                claim = await self._write(task_id, facts, entry, record)
                if claim is not None:
                    return claim
                continue
            if not wait:
                return None
            await keep_alive()
            await asyncio.sleep(self._lease / LOOKS_PER_LEASE)

    async def _write(
        self, task_id: str, facts: Mapping[str, object], entry: Entry | None, record: Record | None
    ) -> Claim | None:
        attempt = 1 + int((record or {}).get("attempt", 0))
        fresh: Record = {
            **facts,
            "task_id": task_id,
            "state": "running",
            "attempt": attempt,
            "at": datetime.now(UTC).isoformat(),
            "owner": self._owner.to_json(),
            "beat": 0,
        }
        value = json.dumps(fresh).encode()
        if entry is None:
            revision = await self._js.bucket.create(task_key(task_id), value)
        else:
            revision = await self._js.bucket.update(task_key(task_id), value, revision=entry.revision)
        if revision is None:
            return None
        return Claim(self._js, record=fresh, revision=revision, previous=record)

    async def resume(self, task_id: str, *, revision: int) -> Claim:
        """Take up a claim that another process of the same person made, by its token.

        Raises:
            LeaseLostError: the claim is not the one that the token names.
            QueueError: no server, or no bucket.
        """
        entry = await self._js.bucket.get(task_key(task_id))
        record = read_record(entry)
        if entry is None or record is None or entry.revision != revision or record.get("state") != "running":
            raise LeaseLostError(f"the claim on task {task_id} was lost, released or finished")
        return Claim(self._js, record=record, revision=revision, previous=None)

    async def take_turn(self, signature: str, task_id: str) -> None:
        """Wait until no other task runs for this signature, then note that this one does.

        The note needs no heartbeat of its own: it is as alive as the claim of the task it names.

        Raises:
            QueueError: no server, or no bucket.
        """
        value = json.dumps({"task_id": task_id, "by": self._owner.run_id}).encode()
        watch = _Watch(self._lease)
        while True:
            entry = await self._js.bucket.get(run_key(signature))
            holder = str((read_record(entry) or {}).get("task_id", ""))
            if entry is None:
                if await self._js.bucket.create(run_key(signature), value) is not None:
                    return
                continue
            claim = await self._js.bucket.get(task_key(holder)) if holder and holder != task_id else None
            record = read_record(claim)
            is_free = record is None or record.get("state") in ("done", "open")
            if record is None or is_free or watch.is_over(claim, record):
                if (
                    await self._js.bucket.update(run_key(signature), value, revision=entry.revision)
                    is not None
                ):
                    return
                continue
            await asyncio.sleep(self._lease / LOOKS_PER_LEASE)


class _Watch:
    """Notice by our own clock that a claim shows no sign of life for a whole lease.

    Comparing clocks of two machines would trust both; watching the revision trusts none.
    """

    def __init__(self, lease: float) -> None:
        self._lease = lease
        self._revision = -1
        self._seen = 0.0
        self._looked = 0.0

    def is_over(self, entry: Entry | None, record: Record) -> bool:
        """Look once; call it often. A gap between looks (server away) starts the lease anew."""
        now = time.monotonic()
        revision = entry.revision if entry is not None else 0
        if revision != self._revision or now - self._looked > self._lease / 2:
            self._revision, self._seen = revision, now
        self._looked = now
        held_until = record.get("hold_until")
        if isinstance(held_until, int | float):
            return time.time() > held_until
        return now - self._seen >= self._lease or is_gone(record.get("owner") or {})


def _host() -> str:
    boot = Path("/proc/sys/kernel/random/boot_id")
    pids = Path("/proc/self/ns/pid")
    parts = [platform.node()]
    try:
        parts += [boot.read_text(encoding="ascii").strip(), str(pids.readlink())]
    except OSError:  # not Linux: the name alone, and leases end by time
        parts.append("")
    return "/".join(parts)


def _started(pid: int) -> str:
    """Give a process's start in ticks, empty if there is none; field 22 of proc(5) stat."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    fields = stat.rpartition(")")[2].split()
    return "" if fields[0] in ("Z", "X") else fields[19]
