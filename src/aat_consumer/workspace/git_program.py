"""Call git, configured by nobody but this module.

No configuration of the system or of a user is read, hooks, filters, file-system monitors and network
protocols are off, and of this process's environment only PATH goes along. What a repository's own ``config``
could still start during the few commands used here is switched off on the command line, which wins.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from aat_consumer.errors import WorkspaceError

__all__ = ["IDENTITY", "Answer", "Git", "printable"]

#: Seconds for one call; hashing a repository of several GB takes tens of seconds.
GIT_SECONDS = 300.0

#: Author and committer of every commit that the consumer makes.
IDENTITY = ("aat", "aat@localhost")

_SETTINGS = {
    "core.hooksPath": os.devnull,
    "core.fsmonitor": "false",
    "core.untrackedCache": "false",
    "core.attributesFile": os.devnull,
    "core.excludesFile": os.devnull,
    "core.autocrlf": "false",
    "core.pager": "cat",
    "core.precomposeUnicode": "false",
    "core.protectHFS": "true",
    "core.protectNTFS": "true",
    "core.sshCommand": "false",
    "core.askPass": "",
    "credential.helper": "",
    "diff.external": "",
    "diff.ignoreSubmodules": "all",
    "gc.auto": "0",
    "maintenance.auto": "false",
    "protocol.allow": "never",
    "commit.gpgSign": "false",
    "submodule.recurse": "false",
    # The path is the operator's choice, also where it belongs to another user.
    "safe.directory": "*",
}

_ENVIRONMENT = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_AUTHOR_NAME": IDENTITY[0],
    "GIT_AUTHOR_EMAIL": IDENTITY[1],
    "GIT_COMMITTER_NAME": IDENTITY[0],
    "GIT_COMMITTER_EMAIL": IDENTITY[1],
    "HOME": "/nonexistent",
    "XDG_CONFIG_HOME": "/nonexistent",
    "LC_ALL": "C",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What git said to one command."""

    command: str
    returncode: int
    stdout: bytes
    stderr: str

    @property
    def is_good(self) -> bool:
        """Whether git did it."""
        return self.returncode == 0

    @property
    def text(self) -> str:
        """What git printed, without the line end."""
        return self.stdout.decode(errors="surrogateescape").removesuffix("\n")

    @property
    def problem(self) -> str:
        """What git refused, in one line."""
        lines = [line for line in self.stderr.splitlines() if line.strip() and not line.startswith("hint:")]
        fatal = [line for line in lines if line.startswith(("fatal:", "error:"))]
        line = printable((fatal or lines or [f"exit code {self.returncode}"])[0].strip())
        return f"git {self.command}: {line}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Git:
    """One repository as git sees it: where its objects are, and where its files and index are.

    Args:
        git_dir: the repository; None to let git find it from the work tree.
        work_tree: the folder of files, for commands that have to do with files.
        index: the index file, where it is not the repository's own.
    """

    git_dir: Path | None = None
    work_tree: Path | None = None
    index: Path | None = None

    def __call__(
        self, *arguments: str, given: bytes | IO[bytes] = b"", into: IO[bytes] | None = None
    ) -> bytes:
        """Run one command and give what it prints.

        Args:
            arguments: the command; nothing in it may come from a report or an agent.
            given: its input.
            into: a file for its output, where that can be large.

        Raises:
            WorkspaceError: git refused, is not installed, or did not come to an end.
        """
        answer = self.ask(*arguments, given=given, into=into)
        if not answer.is_good:
            raise WorkspaceError(answer.problem)
        return answer.stdout

    def text(self, *arguments: str) -> str:
        """Run one command and give what it prints as text, without the line end.

        Raises:
            WorkspaceError: git refused, is not installed, or did not come to an end.
        """
        return self(*arguments).decode(errors="surrogateescape").removesuffix("\n")

    def ask(self, *arguments: str, given: bytes | IO[bytes] = b"", into: IO[bytes] | None = None) -> Answer:
        """Run one command whose refusal is an answer too. Blocks, :data:`GIT_SECONDS` at most.

        Raises:
            WorkspaceError: git is not installed, or did not come to an end.
        """
        program = shutil.which("git")
        if program is None:
            raise WorkspaceError("git is not installed, or not on PATH")
        settings = [part for name, value in _SETTINGS.items() for part in ("-c", f"{name}={value}")]
        try:
            done = subprocess.run(
                [program, *settings, *arguments],
                env=self._environment(),
                cwd=self.work_tree or self.git_dir,
                input=given if isinstance(given, bytes) else None,
                stdin=None if isinstance(given, bytes) else given,
                stdout=into or subprocess.PIPE,
                stderr=subprocess.PIPE,
                timeout=GIT_SECONDS,
            )
        except subprocess.TimeoutExpired as exc:
            raise WorkspaceError(f"git {arguments[0]} did not end within {GIT_SECONDS:g} s") from exc
        except OSError as exc:
            raise WorkspaceError(f"git {arguments[0]} could not be started: {exc.strerror}") from exc
        return Answer(
            command=arguments[0],
            returncode=done.returncode,
            stdout=done.stdout or b"",
            stderr=done.stderr.decode(errors="replace"),
        )

    def _environment(self) -> dict[str, str]:
        environment = {"PATH": os.environ.get("PATH", os.defpath), **_ENVIRONMENT}
        if self.git_dir is not None:
            environment["GIT_DIR"] = str(self.git_dir)
            if self.work_tree is not None:
                environment["GIT_WORK_TREE"] = str(self.work_tree)
        if self.index is not None:
            environment["GIT_INDEX_FILE"] = str(self.index)
        return environment


def printable(text: str, *, limit: int = 300) -> str:
    """Make a text of others fit for one line: control characters and lone surrogates escaped, cut."""
    return text.encode("unicode_escape").decode()[:limit] if not text.isprintable() else text[:limit]
