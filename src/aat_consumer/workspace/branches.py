"""Look at the branch of a fix later: for a pull request, or when a person decides about it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from aat_consumer.workspace.repository import TASK_TRAILER, find_repository, read_state

__all__ = ["Branch", "find_branch"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """One branch as it is now.

    Args:
        tip: the commit that it ends with.
        subject: the first line of that commit's message.
        task_id: of the task that made the commit, empty where it is another one's.
        behind: commits of the base that the branch does not have.
    """

    tip: str
    subject: str
    task_id: str
    behind: int


async def find_branch(repository: Path, *, branch: str, base: str) -> Branch | None:
    """Look at a branch of the user's repository; None where it is gone.

    Args:
        repository: a folder in it.
        branch: its name.
        base: what fixes start from.

    Raises:
        WorkspaceError: the repository, or the base, cannot be used.
    """
    return await asyncio.to_thread(_find, repository, branch, base)


def _find(repository: Path, branch: str, base: str) -> Branch | None:
    git = find_repository(repository)
    form = f"--format=%(objectname)%00%(contents:subject)%00%(contents:trailers:key={TASK_TRAILER},valueonly)"
    found = git.text("for-each-ref", form, f"refs/heads/{branch}")
    if not found:
        return None
    tip, subject, trailers = (*found.split("\0"), "", "")[:3]
    start = read_state(repository, base=base).base_commit
    behind = int(git.text("rev-list", "--count", f"{tip}..{start}"))
    return Branch(tip=tip, subject=subject, task_id=trailers.strip(), behind=behind)
