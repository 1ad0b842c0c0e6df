"""Go through the loop without a repository: tell what an agent would be given, change nothing."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aat_consumer.agents.dry_run import DryRunAgent
from aat_consumer.errors import WorkspaceError
from aat_consumer.intake import Task
from aat_consumer.outcomes import Assignment, Outcome, PublishProgress
from aat_consumer.policy import Ending
from aat_consumer.prompts import Earlier, prompt_of

__all__ = ["DryFixer"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DryAttempt:
    """What came of a dry run: always not fixed."""

    outcome: Outcome
    earlier: Earlier | None
    ending: Ending = Ending.NOT_FIXED

    def to_json(self) -> dict[str, object]:
        """Give what a result says of the run."""
        regression = {"regression_of": self.earlier.to_json()} if self.earlier else {}
        return {**self.outcome.to_json(), "pr_url": None, "test_results": None, **regression}

    async def commit(self, branch: str, *, signature: str) -> str:  # noqa: ARG002 - nothing to commit
        """Refuse: a dry run has nothing to commit.

        Raises:
            WorkspaceError: always.
        """
        raise WorkspaceError(f"a dry run commits nothing on {branch}")

    async def close(self) -> None:
        """Do nothing: there is no working copy."""


class DryFixer:
    """Stand where a fixer stands, for ``--agent dry-run``."""

    def __init__(self) -> None:
        self._agent = DryRunAgent()

    @property
    def agent_name(self) -> str:
        """Name the kind of agent."""
        return self._agent.name

    async def attempt(
        self,
        *,
        task_id: str,
        attempt: int,
        task: Task,
        earlier: Earlier | None,
        publish: PublishProgress,
        observe: Callable[[str, Mapping[str, object]], None],
    ) -> DryAttempt:
        """Let the dry-run agent say what it would do."""
        prompt = prompt_of(task, fence=secrets.token_hex(12), test_command="", earlier=earlier)
        observe("agent_started", {"task_id": task_id, "agent": self.agent_name})
        with tempfile.TemporaryDirectory(prefix="aat-dry-") as empty:
            run = await self._agent.run(
                Assignment(
                    task_id=task_id,
                    attempt=attempt,
                    prompt=prompt,
                    report=task.report or {},
                    working_copy=Path(empty),
                    home=Path(empty),
                ),
                publish=publish,
            )
        observe("agent_ended", {"task_id": task_id, "status": run.outcome.status})
        return DryAttempt(outcome=run.outcome, earlier=earlier)

    async def publish(
        self,
        facts: Mapping[str, Any],  # noqa: ARG002 - there is nothing to publish
        body: Mapping[str, Any],  # noqa: ARG002
        *,
        branch: str,  # noqa: ARG002
        commit: str,  # noqa: ARG002
        observe: Callable[[str, Mapping[str, object]], None],  # noqa: ARG002
    ) -> dict[str, object]:
        """Publish nothing: a dry run commits nothing."""
        return {}

    async def find_commit(self, branch: str, task_id: str) -> str | None:  # noqa: ARG002 - none was made
        """Find nothing: a dry run commits nothing."""
        return None
