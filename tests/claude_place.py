"""Run the real ``claude`` program in a folder of its own, for tests that script what its model answers."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypedDict, Unpack

import pytest

from aat_consumer.agents.claude import ClaudeAgent
from aat_consumer.outcomes import AgentRun, Assignment, Progress
from aat_consumer.running.bounds import Bounds, allowed_environment
from tests.scripted_api import ScriptedApi, ToolCall, Turn

__all__ = ["BROKEN", "KEY", "NEEDS_CLAUDE", "OUTCOME", "Options", "Place", "Sandbox", "call"]

#: Read at import: the suite's conftest hides the developer's own AAT_ variables from the tests.
REQUIRED = os.environ.get("AAT_REQUIRE_CLAUDE") == "1"

PROGRAM = shutil.which("claude")

NEEDS_CLAUDE = pytest.mark.skipif(
    PROGRAM is None and not REQUIRED, reason="claude is not on PATH; .ci/install-claude installs it"
)

KEY = "sk-ant-canary-of-the-api-key"
BROKEN = "def average(prices):\n    return sum(prices) / len(prices)\n"

Sandbox = Literal["bwrap", "none"]


class Options(TypedDict, total=False):
    """What a test may choose of the bounds, and of the agent."""

    sandbox: Sandbox
    timeout: float
    silence_timeout: float
    program: str
    max_turns: int
    max_budget_usd: float
    allowed_tools: tuple[str, ...]


def call(tool: str, **given: object) -> Turn:
    """Let the model ask for one tool."""
    return Turn(calls=(ToolCall(name=tool, input=given),))


OUTCOME = call(
    "StructuredOutput", status="fixed", solution="guarded", findings="empty list", next_steps=["look"]
)


@dataclass(frozen=True, kw_only=True)
class Place:
    """A working copy, a HOME, the consumer's environment, and what the agent said; one per test."""

    working_copy: Path
    home: Path
    environment: dict[str, str] = field(default_factory=dict)
    progress: list[Progress] = field(default_factory=list)

    @classmethod
    def make(cls, folder: Path) -> Place:
        """Lay out a repository with one broken file."""
        place = cls(working_copy=folder / "copy", home=folder / "home")
        place.working_copy.mkdir()
        place.home.mkdir()
        subprocess.run(["git", "init", "-q", str(place.working_copy)], check=True)
        (place.working_copy / "cart.py").write_text(BROKEN)
        return place

    async def run(
        self, api: ScriptedApi, *, prompt: str = "Fix the error.", role: str = "", **options: Unpack[Options]
    ) -> AgentRun:
        """Run the agent to its end."""
        bounds = self._bounds(api, options)
        agent = ClaudeAgent(
            bounds_of=lambda _: bounds,
            program=options.get("program", PROGRAM or "claude"),
            max_turns=options.get("max_turns", 100),
            max_budget_usd=options.get("max_budget_usd", 2.0),
            allowed_tools=options.get("allowed_tools", ()),
        )
        assignment = Assignment(
            task_id="6f1cbb44-6a0e-5e02-8f2c-4f4d61b4b1a7",
            attempt=1,
            prompt=prompt,
            report={"error": "ZeroDivisionError: division by zero"},
            working_copy=self.working_copy,
            home=self.home,
            role=role,
        )
        return await agent.run(assignment, publish=self._publish)

    def said(self, agent: str) -> list[tuple[str, str]]:
        """Give what one of the team said, as (status, findings)."""
        return [(said.status, said.findings) for said in self.progress if said.agent == agent]

    def _bounds(self, api: ScriptedApi, options: Options) -> Bounds:
        source = {"ANTHROPIC_API_KEY": KEY, "PATH": os.environ["PATH"], **self.environment}
        names = ("PATH", "ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL", "CLAUDE_CODE_MAX_RETRIES")
        return Bounds(
            timeout=options.get("timeout", 60.0),
            silence_timeout=options.get("silence_timeout"),
            home=self.home,
            environment=allowed_environment(
                names, home=self.home, source={**source, "ANTHROPIC_BASE_URL": api.url}
            ),
            sandbox=options.get("sandbox", "none"),
            writable=(self.working_copy,),
            grace=2.0,
        )

    async def _publish(self, progress: Progress) -> None:
        self.progress.append(progress)
