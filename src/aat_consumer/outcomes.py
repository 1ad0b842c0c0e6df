"""Hold what an agent is given, what it says meanwhile and what it says in the end."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from aat_consumer.errors import AgentOutputError

__all__ = [
    "Agent",
    "AgentRun",
    "Assignment",
    "Outcome",
    "Progress",
    "PublishProgress",
    "outcome_of",
    "parse_outcome",
]

#: Characters kept of each text an agent writes: it is copied into results, commits and dashboards.
MAX_TEXT_CHARACTERS = 8_000

#: Next steps kept of an outcome.
MAX_NEXT_STEPS = 20

AgentStatus = Literal["fixed", "not_fixed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What an agent says in the end; its word alone never counts as fixed."""

    status: AgentStatus
    solution: str = ""
    findings: str = ""
    next_steps: tuple[str, ...] = ()

    def to_json(self) -> dict[str, object]:
        """Give the outcome key by key, as the ``command`` agent prints it."""
        return {
            "status": self.status,
            "solution": self.solution,
            "findings": self.findings,
            "next_steps": list(self.next_steps),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """What an agent is given: one screened report or task, fenced into a prompt, and a working copy.

    Args:
        task_id: the task's uuid.
        attempt: 1 for the first run of this task.
        prompt: the whole text for the agent, report fenced as data; hand it over on stdin only.
        report: the screened report or task, for agents that take JSON.
        working_copy: the folder to change; nothing outside of it may be changed.
        home: an empty folder, the agent's HOME.
        kind: what the report is.
        role: whom a task is assigned to, empty for the whole team.
    """

    task_id: str
    attempt: int
    prompt: str
    report: Mapping[str, object]
    working_copy: Path
    home: Path
    kind: Literal["report", "task"] = "report"
    role: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What an agent or one of its specialists says while it works."""

    agent: str
    status: str
    findings: str = ""
    next_steps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentRun:
    """How a run of an agent ended.

    Args:
        outcome: what the agent says.
        cost_usd: what the run cost, where the agent tells.
        turns: model turns taken, where the agent tells.
        permission_denials: what the agent tried outside its bounds, one line each.
    """

    outcome: Outcome
    cost_usd: float | None = None
    turns: int | None = None
    permission_denials: tuple[str, ...] = field(default=())


PublishProgress = Callable[[Progress], Awaitable[None]]


class Agent(Protocol):
    """Anything that can work on an assignment."""

    @property
    def name(self) -> str:
        """Name the kind, as results and status carry it."""
        ...

    async def run(self, assignment: Assignment, *, publish: PublishProgress) -> AgentRun:
        """Work on the assignment until done; cancelling kills every process it started.

        Raises:
            AgentError: the machinery failed (crash, time limit, unusable output).
        """
        ...


def parse_outcome(text: str) -> Outcome:
    """Read the JSON object that an agent printed.

    Raises:
        AgentOutputError: not a JSON object, or a key is missing or mistyped.
    """
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as exc:
        raise AgentOutputError(f"the agent printed no JSON object: {text[:80]!r}") from exc
    return outcome_of(value)


def outcome_of(value: object) -> Outcome:
    """Check the decoded object that an agent gave, trimming what is too long.

    Raises:
        AgentOutputError: not an object, or a key is missing or mistyped.
    """
    if not isinstance(value, dict):
        raise AgentOutputError(f"the agent's outcome must be a JSON object: {type(value).__name__}")
    status = value.get("status")
    if status not in ("fixed", "not_fixed"):
        raise AgentOutputError(f"the outcome's status must be 'fixed' or 'not_fixed': {status!r:.80}")
    texts = {}
    for key in ("solution", "findings"):
        text = value.get(key, "")
        if not isinstance(text, str):
            raise AgentOutputError(f"the outcome's {key} must be a string: {type(text).__name__}")
        texts[key] = text[:MAX_TEXT_CHARACTERS]
    steps = value.get("next_steps", [])
    if not isinstance(steps, list) or not all(isinstance(step, str) for step in steps):
        raise AgentOutputError("the outcome's next_steps must be a list of strings")
    return Outcome(
        status=status,
        solution=texts["solution"],
        findings=texts["findings"],
        next_steps=tuple(step[:MAX_TEXT_CHARACTERS] for step in steps[:MAX_NEXT_STEPS]),
    )
