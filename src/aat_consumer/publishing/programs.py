"""Ask for a pull request through a program: ``gh``, or one of the operator's choice."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from aat_consumer.errors import PublishingError
from aat_consumer.publishing.publication import Publication, checked_url, one_line, run_program

__all__ = ["GhProgram", "RequestCommand"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GhProgram:
    """GitHub's own program, logged in as whoever runs the consumer.

    Args:
        repository: ``owner/name``, or ``host/owner/name``.
        cwd: where it runs.
    """

    repository: str
    cwd: Path

    async def request(self, publication: Publication) -> str:
        """Give the address of the branch's pull request, made unless there is one, open or closed.

        Raises:
            PublishingError: the program failed, in one line.
        """
        listed = await self._gh(
            *("list", "--head", publication.branch, "--state", "all", "--limit", "1", "--json", "url")
        )
        try:
            found = json.loads(listed or "[]")
        except ValueError as exc:
            raise PublishingError(f"gh listed no JSON: {one_line(listed)}") from exc
        if found:
            return checked_url(found[0].get("url"), told_by="gh")
        made = await self._gh(
            *("create", "--head", publication.branch, "--base", publication.base),
            *("--title", publication.title, "--body-file", "-"),
            stdin=publication.body,
        )
        return checked_url((made.split() or [""])[-1], told_by="gh")

    async def _gh(self, what: str, *options: str, stdin: str = "") -> str:
        command = ("gh", "pr", what, "--repo", self.repository, *options)
        return await _output(command, cwd=self.cwd, stdin=stdin)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestCommand:
    """Any program: the publication as JSON on stdin, ``{"url": ...}`` on stdout.

    It runs again after a crash, so it has to look for an existing request of the branch first.

    Args:
        command: the program and its arguments.
        cwd: where it runs.
    """

    command: tuple[str, ...]
    cwd: Path

    async def request(self, publication: Publication) -> str:
        """Give the address that the program printed.

        Raises:
            PublishingError: it failed, or printed something else.
        """
        printed = await _output(self.command, cwd=self.cwd, stdin=json.dumps(publication.to_json()) + "\n")
        try:
            found = json.loads(printed)
        except (ValueError, RecursionError) as exc:
            raise PublishingError(f"{self.command[0]} printed no JSON: {one_line(printed)}") from exc
        url = found.get("url") if isinstance(found, dict) else None
        return checked_url(url, told_by=self.command[0])


async def _output(command: tuple[str, ...], *, cwd: Path, stdin: str) -> str:
    finished = await run_program(command, cwd=cwd, stdin=stdin)
    if finished.returncode != 0:
        lines = [line for line in finished.stderr.splitlines() if line.strip()]
        words = one_line(lines[-1]) if lines else "nothing on stderr"
        raise PublishingError(f"{command[0]} ended with exit code {finished.returncode}: {words}")
    return finished.stdout.strip()
