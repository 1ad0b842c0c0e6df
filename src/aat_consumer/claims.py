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

#: Keys of a record that an attempt writes at its fence.
_FENCED = ("branch", "ending", "body", "runs", "fenced")

#: Keys of a record that stay when the task is done.
_KEPT = (
    *("task_id", "attempt", "signature", "previous_signature", "release", "environment", "queue", "priority"),
    *("stream", "sequence", "message_id", "by"),
)

#: Seconds to keep trying to write a done-record while the server is away.
DONE_PATIENCE = 60.0

#: Seconds between two tries of an update while the server is away.
RETRY_INTERVAL = 0.25

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

    @property
    def label(self) -> str:
        """Name the process for people, as its host and number."""
        return f"{self.host.partition('/')[0]}/{self.pid}"

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

    @property
    def finished(self) -> int:
        """Name the last attempt at this task that was finished, 0 for none."""
        return int(self.record.get("finished", 0))

    async def update(self, *, patience: float = 0.0, **changes: object) -> None:
        """Change the record, if the claim is still ours.

        Args:
            patience: seconds to keep trying while the server is away; a claim that was lost meanwhile
                shows when it is back.
            changes: keys of the record.

        Raises:
            LeaseLostError: another consumer took the task over; publish nothing more.
            QueueError: no server; the claim may or may not be ours.
        """

        def merged() -> Record:
            return self.record | changes | {"beat": int(self.record.get("beat", 0)) + 1}

        await self._write(merged, patience=patience)

    async def finish(self, *, status: str, branch: str, at: str) -> None:
        """Write the done-record, without what only the work needed: the bucket keeps it for 90 days.

        Args:
            status: how the task ended.
            branch: where its fix lies, empty if there is none.
            at: when, as ISO 8601.

        Raises:
            LeaseLostError: another consumer took the task over.
            QueueError: no server.
        """
        kept = {key: self.record[key] for key in _KEPT if key in self.record}
        done: Record = {**kept, "state": "done", "status": status, "branch": branch, "at": at}
        await self._write(lambda: done, patience=DONE_PATIENCE)

    async def _write(self, make: Callable[[], Record], *, patience: float) -> None:
        deadline = time.monotonic() + patience
        while True:
            try:
                async with self._turn:
                    await self._write_once(make())
                return
            except QueueError:
                if time.monotonic() >= deadline:
                    raise
            await asyncio.sleep(RETRY_INTERVAL)

    async def _write_once(self, record: Record) -> None:
        key, value = task_key(self.task_id), json.dumps(record).encode()
        revision = await self._js.bucket.update(key, value, revision=self.revision)
        if revision is None:
            # An earlier write of ours, whose reply was lost, may have moved the revision on.
            now = await self._js.bucket.get(key)
            if now is not None and self._is_ours(read_record(now)):
                revision = await self._js.bucket.update(key, value, revision=now.revision)
        if revision is None:
            raise LeaseLostError(f"task {self.task_id} was taken over by another consumer")
        self.record, self.revision = record, revision

    def _is_ours(self, found: Record | None) -> bool:
        if found is None or found.get("state") in ("done", "open"):
            return False
        same_owner = found.get("owner") == self.record.get("owner")
        return same_owner and found.get("attempt") == self.record.get("attempt")


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
        before = record or {}
        attempt = 1 + int(before.get("attempt", 0))
        # What an attempt that did not finish had fenced stays known until one finishes.
        is_done = before.get("state") == "done"
        unfinished = {} if is_done else {key: before[key] for key in _FENCED if key in before}
        fresh: Record = {
            **unfinished,
            "finished": before.get("attempt", 0) if is_done else before.get("finished", 0),
            "by": self._owner.label,
            **facts,
            "task_id": task_id,
            "state": "running",
            "attempt": attempt,
            "at": datetime.now(UTC).isoformat(),
            "owner": self._owner.to_json(),
            "beat": 0,
        }
        value = json.dumps(fresh).encode()
        revision = await self._js.bucket.replace(task_key(task_id), value, entry=entry)
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

        Where a report has a previous signature too, that one is meant: programs of both releases know it.
        The note needs no heartbeat of its own: it is as alive as the claim of the task it names. And nobody
        takes it away, for the server deletes nothing from a bucket; the next task of the signature does.

        Raises:
            QueueError: no server, or no bucket.
        """
        value = json.dumps({"task_id": task_id, "by": self._owner.run_id}).encode()
        if await self._js.bucket.create(run_key(signature), value) is not None:
            return
        watch = _Watch(self._lease)
        while True:
            entry = await self._js.bucket.get(run_key(signature))
            if entry is None:
                raise QueueError(f"the bucket lost {run_key(signature)}")
            if entry.value == value:
                return
            holder = str((read_record(entry) or {}).get("task_id", ""))
            claim = await self._js.bucket.get(task_key(holder)) if holder and holder != task_id else None
            record = read_record(claim)
            is_free = record is None or record.get("state") in ("done", "open")
            if record is None or is_free or watch.is_over(claim, record):
                if await self._js.bucket.update(run_key(signature), value, revision=entry.revision):
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
