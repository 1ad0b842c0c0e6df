"""Stand in for an agent in the demo: a script that can repair exactly one mistake, and says so.

It knows the demo program's ``average_price`` (``shop/cart.py``), which divides by the number of prices
without asking whether there are any. Everything else is beyond it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from aat_consumer.errors import AgentError
from aat_consumer.outcomes import AgentRun, Assignment, Outcome, Progress, PublishProgress

__all__ = ["DemoAgent"]

_FILE = Path("shop") / "cart.py"
_MISTAKE = b"return sum(prices) / len(prices)"
_REPAIR = b"return sum(prices) / len(prices) if prices else 0.0"

_WHO = "scripted stand-in, not a model"


@dataclass(frozen=True, slots=True)
class DemoAgent:
    """Walk through the steps of a real agent on the one mistake it knows."""

    @property
    def name(self) -> str:
        """Name the kind, as results and status carry it."""
        return "demo"

    async def run(self, assignment: Assignment, *, publish: PublishProgress) -> AgentRun:
        """Research, implement and review, or give up.

        Raises:
            AgentError: the working copy cannot be read or written.
        """
        try:
            return AgentRun(outcome=await self._work(assignment, publish))
        except OSError as exc:
            raise AgentError(f"the stand-in cannot use its working copy: {exc.strerror}") from exc

    async def _work(self, assignment: Assignment, publish: PublishProgress) -> Outcome:
        async def tell(role: str, status: str, findings: str) -> None:
            await publish(
                Progress(agent=f"{self.name}/{role}", status=status, findings=f"{_WHO}: {findings}")
            )

        file = assignment.working_copy / _FILE
        await tell("research", "investigating", "looking for the mistake that it knows")
        text = file.read_bytes() if file.is_file() and not file.is_symlink() else b""
        if text.count(_MISTAKE) != 1 or "ZeroDivisionError" not in str(assignment.report.get("error", "")):
            await tell("research", "given_up", "this is not the demo's mistake")
            return Outcome(
                status="not_fixed",
                findings=f"{_WHO}: it can only repair the demo program",
                next_steps=("run with --agent claude for a real agent",),
            )
        cause = f"{_FILE} divides by the number of prices, which is 0 for an empty cart"
        await tell("research", "found", cause)
        file.write_bytes(text.replace(_MISTAKE, _REPAIR))
        await tell("implementation", "changed", f"{_FILE} gives 0.0 for an empty cart")
        if file.read_bytes().count(_REPAIR) != 1:
            raise AgentError("the stand-in's change is not in the file")
        await tell("review", "reviewed", "one line changed, nothing else touched")
        return Outcome(
            status="fixed",
            solution="average_price gives 0.0 for an empty list of prices",
            findings=f"{_WHO}: {cause}",
        )
