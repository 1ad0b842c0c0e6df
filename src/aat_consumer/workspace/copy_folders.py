"""Hold the folders of working copies: whose they are, how they go, and what a crash leaves of them."""

from __future__ import annotations

import fcntl
import os
import subprocess
from pathlib import Path

from aat_consumer.running.leftovers import kill_leftovers

__all__ = ["release", "sweep_leftovers", "take_lock"]


def _lock_file(folder: Path) -> Path:
    return folder.with_name(folder.name + ".lock")


def take_lock(folder: Path) -> int | None:
    """Take the lock of a working copy; None if it is in use. The lock file outlives its folder."""
    path = _lock_file(folder)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Whoever held it may have removed the file meanwhile: then this is a lock on nothing.
        if path.stat().st_ino == os.fstat(descriptor).st_ino:
            return descriptor
    except (BlockingIOError, FileNotFoundError):
        pass
    os.close(descriptor)
    return None


def release(folder: Path, lock: int) -> None:
    """Remove a working copy's folder, then its lock file, and give up the lock."""
    _remove(folder)
    _lock_file(folder).unlink(missing_ok=True)
    os.close(lock)


def _remove(folder: Path) -> None:
    """Remove a folder whatever modes and depth its owner gave to what is in it.

    Programs do it: Python's own way ends at its recursion limit, which an agent can dig below.
    """
    for command in (["rm", "-rf"], ["chmod", "-R", "u+rwX"], ["rm", "-rf"]):
        if not folder.exists():
            return
        subprocess.run([*command, "--", str(folder)], capture_output=True)


def sweep_leftovers(root: Path) -> list[str]:
    """Remove working copies of consumers that died, and kill what still runs in them.

    Working copies in use are told by a lock that ends with its process, whatever became of process ids. Call
    it once at start; it blocks.

    Returns:
        The names of what was removed.
    """
    removed = []
    names = {path.name.removesuffix(".lock") for path in root.iterdir()} if root.is_dir() else set()
    for name in sorted(names):
        lock = take_lock(root / name)
        if lock is None:
            continue
        kill_leftovers(name)
        release(root / name, lock)
        removed.append(name)
    return removed
