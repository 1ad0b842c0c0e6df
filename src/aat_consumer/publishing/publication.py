"""Say what is published, and how a program or a forge that takes it is talked to."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from aat_consumer.errors import AgentError, PublishingError
from aat_consumer.running.bounds import Bounds, Finished
from aat_consumer.running.processes import run_bounded

__all__ = ["Publication", "checked_url", "one_line", "run_program", "without_password"]

#: Seconds for one program: a push of a small commit over a slow line.
PROGRAM_SECONDS = 300.0

#: Bytes that such a program may print.
MAX_PRINTED_BYTES = 1024 * 1024

#: Characters of a forge's or a program's words in an error.
MAX_WORDS = 300

#: Longest address of a pull request.
MAX_URL = 500

_URL = re.compile(r"https?://[!-~]+\Z")
_PASSWORD = re.compile(r"(?<=://)[^/@\s]+@")

#: Variables of a git that called us: they would point the push at another repository.
_OF_A_CALLER = frozenset(
    {
        *("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR"),
        *("GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_NAMESPACE", "GIT_PREFIX"),
    }
)

#: Nobody sits in front of the consumer, so nothing may ask.
_UNATTENDED = {
    "GIT_TERMINAL_PROMPT": "0",
    "GCM_INTERACTIVE": "never",
    "SSH_ASKPASS_REQUIRE": "never",
    "GH_PROMPT_DISABLED": "1",
    "GH_NO_UPDATE_NOTIFIER": "1",
    "NO_COLOR": "1",
    "LC_ALL": "C.UTF-8",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """One fix on its way to reviewers.

    Args:
        task_id: the task that made it.
        signature: of the error.
        branch: where it lies in the repository.
        commit: the commit that was verified, and the only one that is published.
        base: the branch that it should go into.
        title: one line.
        body: in Markdown, with what an agent wrote screened and fenced.
    """

    task_id: str
    signature: str
    branch: str
    commit: str
    base: str
    title: str
    body: str

    def to_json(self) -> dict[str, object]:
        """Give it key by key, as ``repository.request_command`` gets it."""
        return {
            "task_id": self.task_id,
            "signature": self.signature,
            "branch": self.branch,
            "commit": self.commit,
            "base": self.base,
            "title": self.title,
            "body": self.body,
        }


async def run_program(command: Sequence[str], *, cwd: Path, stdin: str = "") -> Finished:
    """Run a program of the operator's with the operator's own environment, but nothing of NATS.

    Raises:
        PublishingError: it is not there, or does not come to an end.
    """
    bounds = Bounds(
        timeout=PROGRAM_SECONDS,
        home=Path(os.environ.get("HOME", "/")),
        environment=_environment(os.environ),
        sandbox="none",
        max_output_bytes=MAX_PRINTED_BYTES,
    )
    try:
        finished = await run_bounded(command, cwd=cwd, bounds=bounds, stdin=stdin)
    except AgentError as exc:
        raise PublishingError(str(exc)) from exc
    if finished.ended_by is not None:
        raise PublishingError(f"{command[0]} did not end within {PROGRAM_SECONDS:g} s")
    return finished


def _environment(source: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in source.items() if name not in _OF_A_CALLER}
    return {**{name: value for name, value in kept.items() if not name.startswith("NATS_")}, **_UNATTENDED}


def checked_url(value: object, *, told_by: str) -> str:
    """Take an address that a forge or a program gave, if it is one.

    Raises:
        PublishingError: it is something else.
    """
    if not isinstance(value, str) or len(value) > MAX_URL or not _URL.match(value):
        raise PublishingError(f"{told_by} gave no address of a pull request: {one_line(repr(value))}")
    return value


def one_line(text: str) -> str:
    """Put others' words on one line: no control characters, no passwords in addresses, cut."""
    return without_password(" ".join(ascii(text)[1:-1].replace("\\n", " ").split()))[:MAX_WORDS]


def without_password(text: str) -> str:
    """Take user and password out of the addresses in a text."""
    return _PASSWORD.sub("", text)
