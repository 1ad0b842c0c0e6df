"""Run the configured tests in a working copy: they run code that an agent wrote."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

from aat_consumer.errors import AgentMissingError
from aat_consumer.running.bounds import Bounds, Finished
from aat_consumer.running.processes import run_bounded

__all__ = ["TestRun", "run_tests"]

#: Lines and characters kept of what the tests print; test programs sum up at the end.
SUMMARY_LINES = 20
SUMMARY_CHARACTERS = 4_000

#: Exit codes by which a shell, and the keeper, say that there was no such program, or that it cannot be run.
_NOT_STARTED = (126, 127)

_ESCAPE_SEQUENCES = re.compile(
    r"\x1b(?:\][^\x07\x1b]*(?:\x07|\x1b\\)|[PX^_][^\x1b]*\x1b\\|\[[0-?]*[ -/]*[@-~]|[ -/]*[0-~])"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TestRun:
    """How the tests ended.

    Args:
        command: the command as configured.
        returncode: its exit code as a shell tells it.
        ran: whether it could be started; otherwise nothing is known of the code.
        summary: the last lines it printed, or why it did not run; terminal escapes removed.
        seconds: how long it took.
    """

    #: Not a test class, whatever its name: for pytest.
    __test__ = False

    command: str
    returncode: int
    ran: bool
    summary: str
    seconds: float

    @property
    def passed(self) -> bool:
        """Whether the tests ran and were content."""
        return self.ran and self.returncode == 0

    def to_json(self) -> dict[str, object]:
        """Give the run key by key, as results carry it."""
        return {
            "command": self.command,
            "returncode": self.returncode,
            "ran": self.ran,
            "passed": self.passed,
            "summary": self.summary,
            "seconds": round(self.seconds, 3),
        }


async def run_tests(test_command: str, *, working_copy: Path, bounds: Bounds) -> TestRun:
    """Run the tests once, bounded as the agent is.

    Args:
        test_command: split as a shell does; no shell runs, so ``&&``, ``|`` and ``$NAME`` are plain words.
        working_copy: the folder to run in.
        bounds: what the tests may use.

    Returns:
        How they ended. Tests that pass a limit have failed; a program that is not there has not run.

    Raises:
        AgentError: the sandbox could not be started.
    """
    try:
        command = shlex.split(test_command)
    except ValueError as exc:
        return _not_run(test_command, f"test_command cannot be split into words: {exc}")
    if not command:
        return _not_run(test_command, "test_command is empty")
    try:
        finished = await run_bounded(command, cwd=working_copy, bounds=bounds)
    except AgentMissingError as exc:
        return _not_run(test_command, str(exc))
    return TestRun(
        command=test_command,
        returncode=finished.returncode if finished.ended_by is None else finished.returncode or 124,
        ran=finished.ended_by is not None or finished.returncode not in _NOT_STARTED,
        summary=_summary(finished, bounds),
        seconds=finished.seconds,
    )


def _not_run(test_command: str, why: str) -> TestRun:
    return TestRun(command=test_command, returncode=127, ran=False, summary=why, seconds=0.0)


def _summary(finished: Finished, bounds: Bounds) -> str:
    said = finished.stdout if finished.stdout.strip() else ""
    if finished.stderr.strip():
        said = f"{said.rstrip()}\n{finished.stderr}" if said else finished.stderr
    lines = [line.rstrip() for line in _plain(said).splitlines() if line.strip()]
    match finished.ended_by:
        case "time":
            lines.append(f"(ended after {bounds.timeout:g} s, the time limit)")
        case "silence":
            lines.append(f"(ended: nothing printed for {bounds.silence_timeout:g} s)")
        case "flood":
            lines.append(f"(ended: more than {bounds.max_flood_bytes} bytes printed)")
        case None:
            pass
    return "\n".join(lines[-SUMMARY_LINES:])[-SUMMARY_CHARACTERS:]


def _plain(text: str) -> str:
    """Remove what a terminal would obey."""
    text = _ESCAPE_SEQUENCES.sub("", text).replace("\r", "\n").expandtabs(8)
    return "".join(character for character in text if character.isprintable() or character == "\n")
