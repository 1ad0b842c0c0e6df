"""Keep messages on disk while the server is away: one SQLite file for all processes of a namespace.

Every call opens and closes the file, so nothing is held over a fork, and whatever a killed process
wrote is simply there for the next one.
"""

from __future__ import annotations

import errno
import fcntl
import os
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from aat_reporters.messages import Message
from aat_reporters.settings import ReporterSettings
from aat_reporters.spool_errors import SpoolError, errno_of

__all__ = ["Spool", "Written"]

#: Seconds to wait for another process that writes.
LOCK_TIMEOUT = 1.0

#: Messages written before room is made.
_WRITE_STEP = 8

#: Rows looked at in one go to make room.
_ROOM_STEP = 256

_SCHEMA = """
CREATE TABLE IF NOT EXISTS spool (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    subject TEXT NOT NULL,
    is_report INTEGER NOT NULL,
    created REAL NOT NULL,
    payload BLOB NOT NULL
)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """Count what one write did.

    Args:
        kept: of the messages, the first so many are on disk; fewer than all where the disk is full.
        added: reports that were not in the spool yet.
        evicted: older reports dropped to make room.
        expired: reports dropped for their age.
    """

    kept: int
    added: int
    evicted: int
    expired: int

    def __add__(self, other: Written) -> Written:
        """Count two writes together."""
        return Written(
            kept=self.kept + other.kept,
            added=self.added + other.added,
            evicted=self.evicted + other.evicted,
            expired=self.expired + other.expired,
        )


class Spool:
    """The spool of one namespace.

    Args:
        path: of the file; its folder is made when first needed, readable by this user only.
        lock: held while the file is open; whoever forks takes it, for SQLite does not survive a fork.
        max_bytes: of what is kept.
        max_age: seconds.
    """

    def __init__(self, path: str, *, lock: threading.Lock, max_bytes: int, max_age: float) -> None:
        self.path = Path(path)
        self._lock = lock
        self._max_bytes = max_bytes
        self._max_age = max_age

    @classmethod
    def of(cls, settings: ReporterSettings, *, lock: threading.Lock) -> Spool | None:
        """Give the spool that settings ask for; None where spooling is off."""
        if not settings.spool_path:
            return None
        return cls(
            settings.spool_path,
            lock=lock,
            max_bytes=settings.spool_max_bytes,
            max_age=settings.spool_max_age,
        )

    def write(self, messages: Sequence[Message]) -> Written:
        """Add messages; an id that waits already is kept once, as it was first.

        On a full disk the first of them are added, as many as it takes.

        Raises:
            SpoolError: the folder or the disk cannot be used, or takes not even the first message.
        """
        try:
            return self._write(messages)
        except SpoolError as exc:
            if exc.errno != errno.ENOSPC or len(messages) < 2:
                raise
        half = len(messages) // 2
        written = self.write(messages[:half])
        if written.kept < half:
            return written
        try:
            return written + self.write(messages[half:])
        except SpoolError as exc:
            if exc.errno != errno.ENOSPC:
                raise
            return written

    def _write(self, messages: Sequence[Message]) -> Written:
        evicted = 0
        with self._open() as database:
            before = _count(database, "WHERE is_report")
            for first in range(0, len(messages), _WRITE_STEP):
                database.executemany(
                    "INSERT OR IGNORE INTO spool (id, subject, is_report, created, payload)"
                    " VALUES (?, ?, ?, ?, ?)",
                    [
                        (one.id, one.subject, one.is_report, one.created, one.payload)
                        for one in messages[first : first + _WRITE_STEP]
                    ],
                )
                # Room is made on the way, so that a burst does not fill the disk for a moment.
                evicted += self._make_room(database)
            expired = self._expire(database)
            added = _count(database, "WHERE is_report") + evicted + expired - before
        return Written(kept=len(messages), added=added, evicted=evicted, expired=expired)

    def expire(self) -> int:
        """Drop what is too old, and count the reports among it.

        Raises:
            SpoolError: the spool cannot be written.
        """
        if not self.path.exists():
            return 0
        with self._open() as database:
            return self._expire(database)

    def read(
        self, limit: int, *, without: Sequence[str] = (), with_counts: bool = True
    ) -> list[tuple[int, Message]]:
        """Give the oldest messages with their numbers.

        Args:
            limit: at most this many.
            without: subjects that are passed over.
            with_counts: occurrence counts too, not reports alone.

        Raises:
            SpoolError: the spool cannot be read.
        """
        if not self.path.exists():
            return []
        with self._open() as database:
            rows = database.execute(
                "SELECT number, id, subject, is_report, created, payload FROM spool"  # noqa: S608  # only ?
                f" WHERE subject NOT IN ({', '.join('?' * len(without))}) AND is_report >= ?"
                " ORDER BY number LIMIT ?",
                (*without, 0 if with_counts else 1, limit),
            ).fetchall()
        return [
            (
                number,
                Message(id=id_, subject=subject, is_report=bool(is_report), created=created, payload=payload),
            )
            for number, id_, subject, is_report, created, payload in rows
        ]

    def remove(self, numbers: Sequence[int]) -> None:
        """Forget messages that were settled.

        Raises:
            SpoolError: the spool cannot be written.
        """
        try:
            self._remove(numbers)
        except SpoolError as exc:
            if exc.errno != errno.ENOSPC:
                raise
            # The disk is full, and what is removed makes room on it.
            self._remove(numbers, journal="MEMORY")

    def _remove(self, numbers: Sequence[int], *, journal: str = "DELETE") -> None:
        with self._open(journal=journal) as database:
            database.executemany("DELETE FROM spool WHERE number = ?", [(number,) for number in numbers])

    def waiting(self) -> int:
        """Count the messages that wait; 0 without a spool.

        Raises:
            SpoolError: the spool cannot be read.
        """
        if not self.path.exists():
            return 0
        with self._open() as database:
            return _count(database)

    @contextmanager
    def replaying(self) -> Iterator[bool]:
        """Be the one process that replays; False when another does.

        The lock goes with its process, however that ends, and a forked child does not hold it.
        """
        try:
            handle = os.open(self.path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError:
            # A folder that became read-only: replaying twice is harmless, not replaying is not.
            yield True
            return
        try:
            fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
        else:
            yield True
        finally:
            os.close(handle)

    def set_aside(self) -> Path:
        """Move an unreadable spool out of the way, over an older one.

        Raises:
            OSError: it cannot be moved.
        """
        aside = self.path.with_suffix(".corrupt")
        self.path.replace(aside)
        self.path.with_name(self.path.name + "-journal").unlink(missing_ok=True)
        return aside

    @contextmanager
    def _open(self, *, journal: str = "DELETE") -> Iterator[sqlite3.Connection]:
        """Open the file for one transaction.

        Args:
            journal: ``DELETE`` writes beside the file what a crash would need; ``MEMORY`` needs no disk.
        """
        try:
            self._make_folder()
            # Explicit transactions: the whole batch is one write, and one wait for the disk.
            with (
                self._lock,
                closing(sqlite3.connect(self.path, timeout=LOCK_TIMEOUT, isolation_level=None)) as database,
            ):
                database.execute("PRAGMA synchronous = NORMAL")
                database.execute(f"PRAGMA journal_mode = {journal}")
                # Takes effect in a new file: what is deleted leaves the disk.
                database.execute("PRAGMA auto_vacuum = FULL")
                database.execute("BEGIN IMMEDIATE")
                database.execute(_SCHEMA)
                yield database
                database.execute("COMMIT")
        except sqlite3.DatabaseError as exc:
            raise SpoolError(errno_of(exc), f"{exc}: {self.path}") from exc
        except OSError as exc:
            raise SpoolError(exc.errno, f"{exc.strerror}: {self.path}") from exc

    def _make_folder(self) -> None:
        folder = self.path.parent
        if not folder.is_dir():
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if folder.stat().st_uid not in (0, os.geteuid()):
            # Among the temporary files anybody could have made it, to read what we write.
            raise PermissionError(errno.EPERM, "the folder belongs to another user")
        if not self.path.exists():
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600))

    def _expire(self, database: sqlite3.Connection) -> int:
        oldest = time.time() - self._max_age
        reports = database.execute("DELETE FROM spool WHERE created < ? AND is_report", (oldest,)).rowcount
        database.execute("DELETE FROM spool WHERE created < ?", (oldest,))
        return reports

    def _make_room(self, database: sqlite3.Connection) -> int:
        """Drop counts before reports, and the oldest first; give the number of reports.

        The last report written always stays.
        """
        dropped = [0, 0]
        for is_report in (0, 1):
            while (excess := self._bytes(database) - self._max_bytes) > 0:
                rows = database.execute(
                    "SELECT number, length(payload) FROM spool WHERE is_report = ? ORDER BY number LIMIT ?",
                    (is_report, _ROOM_STEP),
                ).fetchall()
                if len(rows) <= is_report:
                    break
                gone = []
                for number, size in rows[: len(rows) - is_report]:
                    gone.append((number,))
                    excess -= size
                    if excess <= 0:
                        break
                database.executemany("DELETE FROM spool WHERE number = ?", gone)
                dropped[is_report] += len(gone)
        return dropped[1]

    @staticmethod
    def _bytes(database: sqlite3.Connection) -> int:
        pages, free, size = (
            database.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("page_count", "freelist_count", "page_size")
        )
        return int((pages - free) * size)


def _count(database: sqlite3.Connection, where: str = "") -> int:
    return int(database.execute(f"SELECT count(*) FROM spool {where}").fetchone()[0])  # noqa: S608  # our own text
