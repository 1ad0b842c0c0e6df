"""Say why the spool cannot be used, and tell what is to be done about it."""

from __future__ import annotations

import errno
import sqlite3

__all__ = ["SpoolError", "errno_of", "is_busy", "is_corrupt"]

#: Stand for a damaged and for a locked file where SpoolError wants an errno.
_CORRUPT = -1
_BUSY = -2


class SpoolError(OSError):
    """Say why the spool cannot be used; raised and caught within the reporters."""


def is_busy(error: SpoolError) -> bool:
    """Tell a file that another process writes just now."""
    return error.errno == _BUSY


def is_corrupt(error: SpoolError) -> bool:
    """Tell a damaged file from a disk that cannot be used."""
    return error.errno == _CORRUPT


def errno_of(error: sqlite3.DatabaseError) -> int:
    """Give an errno for what SQLite says, or one of the two that stand for it here."""
    name = getattr(error, "sqlite_errorname", "")
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return _BUSY
    if name.startswith("SQLITE_FULL"):
        return errno.ENOSPC
    return _CORRUPT if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")) else 0
