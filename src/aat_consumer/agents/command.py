"""Run any program as an agent: the task as JSON on its stdin, the outcome as JSON on its stdout.

On stdin ``report`` holds the error; where a task of the task queue is to be done, ``task`` holds it and
``role`` whom it is assigned to.

A line ``{"progress": {"agent", "status", "findings", "next_steps"}}`` is published as it comes. The outcome
is the last line that is any other JSON object, or else stdout as a whole; ``cost_usd`` in that line counts
against the day's budget.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from aat_consumer.errors import AgentError, AgentTimeoutError
from aat_consumer.outcomes import (
    MAX_NEXT_STEPS,
    MAX_TEXT_CHARACTERS,
    AgentRun,
    Assignment,
    Outcome,
    Progress,
    PublishProgress,
    outcome_of,
    parse_outcome,
)
from aat_consumer.running.bounds import Bounds, Finished
from aat_consumer.running.processes import run_bounded

__all__ = ["CommandAgent"]

#: Progress lines published of one run; the rest is dropped, so that a chatty program fills no stream.
MAX_PROGRESS = 200

#: Characters of the program's last words in an error.
_LAST_WORDS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandAgent:
    """Run a program of the operator's choice.

    Args:
        command: the program and its arguments.
        bounds_of: what the program may use for an assignment.
    """

    command: tuple[str, ...]
    bounds_of: Callable[[Assignment], Bounds]

    @property
    def name(self) -> str:
        """Name the kind, as results and status carry it."""
        return "command"

    async def run(self, assignment: Assignment, *, publish: PublishProgress) -> AgentRun:
        """Run the program to its end; cancelling kills all that it started.

        Raises:
            AgentMissingError: the program is not installed.
            AgentTimeoutError: it passed a limit of time or silence.
            AgentOutputError: what it printed holds no outcome.
            AgentError: it ended with an exit code other than 0, or printed too much.
        """
        bounds = self.bounds_of(assignment)
        listener = _Listener(publish)
        finished = await run_bounded(
            self.command,
            cwd=assignment.working_copy,
            bounds=bounds,
            stdin=_task(assignment),
            on_line=listener.hear,
        )
        _raise_if_failed(finished, bounds=bounds, program=self.command[0])
        return AgentRun(outcome=listener.outcome(finished.stdout), cost_usd=listener.cost_usd)


class _Listener:
    """Tell progress from outcome in what the program prints."""

    def __init__(self, publish: PublishProgress) -> None:
        self._publish = publish
        self._published = 0
        self._last: dict[str, object] | None = None

    async def hear(self, line: str) -> None:
        value = _json_object(line)
        if value is None:
            return
        if not isinstance(value.get("progress"), dict):
            self._last = value
        elif self._published < MAX_PROGRESS:
            self._published += 1
            await self._publish(_progress(value["progress"]))

    @property
    def cost_usd(self) -> float | None:
        """Give what the program says the run cost, beside its outcome."""
        cost = (self._last or {}).get("cost_usd")
        is_number = isinstance(cost, int | float) and not isinstance(cost, bool) and 0 <= cost < math.inf
        return float(cost) if is_number else None  # type: ignore[arg-type]

    def outcome(self, stdout: str) -> Outcome:
        """Read the outcome from the last object line, or from stdout as a whole where there is none."""
        if self._last is not None:
            return outcome_of(self._last)
        return parse_outcome(stdout)


def _task(assignment: Assignment) -> str:
    task = {
        "task_id": assignment.task_id,
        "attempt": assignment.attempt,
        "prompt": assignment.prompt,
        assignment.kind: assignment.report,
        "working_copy": str(assignment.working_copy),
    }
    if assignment.kind == "task":
        task["role"] = assignment.role
    return json.dumps(task) + "\n"


def _json_object(line: str) -> dict[str, object] | None:
    if not line.lstrip().startswith("{"):
        return None
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _progress(value: object) -> Progress:
    """Read what the program says of itself; a value of a wrong type counts as empty."""
    facts: Mapping[str, object] = value if isinstance(value, dict) else {}
    steps = facts.get("next_steps")
    return Progress(
        agent=_text(facts.get("agent")) or "command",
        status=_text(facts.get("status")) or "working",
        findings=_text(facts.get("findings")),
        next_steps=tuple(_text(step) for step in steps[:MAX_NEXT_STEPS]) if isinstance(steps, list) else (),
    )


def _text(value: object) -> str:
    return value[:MAX_TEXT_CHARACTERS] if isinstance(value, str) else ""


def _raise_if_failed(finished: Finished, *, bounds: Bounds, program: str) -> None:
    match finished.ended_by:
        case "time":
            raise AgentTimeoutError(f"the agent {program!r} did not end within {bounds.timeout:g} s")
        case "silence":
            raise AgentTimeoutError(f"the agent {program!r} printed nothing for {bounds.silence_timeout:g} s")
        case "flood":
            raise AgentError(f"the agent {program!r} printed more than {bounds.max_flood_bytes} bytes")
        case None:
            pass
    if finished.returncode != 0:
        lines = [line.strip() for line in finished.stderr.splitlines() if line.strip()]
        words = ascii(lines[-1][:_LAST_WORDS]) if lines else "nothing on stderr"
        raise AgentError(f"the agent {program!r} ended with exit code {finished.returncode}: {words}")
