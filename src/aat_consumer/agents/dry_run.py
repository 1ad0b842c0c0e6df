"""Show what an agent would be given, and change nothing."""

from __future__ import annotations

from dataclasses import dataclass

from aat_consumer.outcomes import AgentRun, Assignment, Outcome, Progress, PublishProgress

__all__ = ["DryRunAgent"]


@dataclass(frozen=True, slots=True)
class DryRunAgent:
    """Say what would be done; every report ends as not fixed."""

    @property
    def name(self) -> str:
        """Name the kind, as results and status carry it."""
        return "dry-run"

    async def run(self, assignment: Assignment, *, publish: PublishProgress) -> AgentRun:
        """Publish one status and give an outcome that says so."""
        findings = (
            f"dry run: an agent would have worked in {assignment.working_copy.name!r} on a prompt of "
            f"{len(assignment.prompt)} characters; nothing was started and nothing was changed"
        )
        steps = ("choose an agent: --agent claude, or [agent] kind in aat.toml",)
        await publish(Progress(agent=self.name, status="dry_run", findings=findings, next_steps=steps))
        return AgentRun(outcome=Outcome(status="not_fixed", findings=findings, next_steps=steps))
