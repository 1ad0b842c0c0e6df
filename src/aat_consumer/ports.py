"""State what the loop, and the work by hand, ask of the filter, of who fixes and of who looks on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from aat_consumer.intake import Task
from aat_consumer.outcomes import PublishProgress
from aat_consumer.policy import Ending
from aat_consumer.prompts import Earlier

__all__ = ["Attempt", "Finishing", "Fixing", "Observer", "Publishing", "Screen", "Verdict"]

#: Called with the name of each step as it happens, and facts about it.
Observer = Callable[[str, Mapping[str, object]], None]


class Verdict(Protocol):
    """What the filter says of a report."""

    @property
    def blocked(self) -> bool:
        """Tell whether the report must not reach an agent."""
        ...

    def to_json(self) -> dict[str, Any]:
        """Give the reasons, without the text."""
        ...


Screen = Callable[[Mapping[str, object]], Verdict]


class Attempt(Protocol):
    """What came of one run; holds its working copy until it is closed."""

    @property
    def ending(self) -> Ending:
        """Tell how the run ended: FIXED, HELD, NOT_FIXED or ANSWERED."""
        ...

    def to_json(self) -> dict[str, object]:
        """Give what a result says of the run."""
        ...

    async def commit(self, branch: str, *, signature: str) -> str:
        """Commit on a new branch; a second call finds the first."""
        ...

    async def close(self) -> None:
        """Remove the working copy."""
        ...


class Publishing(Protocol):
    """Whatever brings a commit to where people review it; doing it twice does it once."""

    async def publish(
        self,
        facts: Mapping[str, Any],
        body: Mapping[str, Any],
        *,
        branch: str,
        commit: str,
        observe: Observer,
    ) -> dict[str, object]:
        """Bring a commit to where people review it, and give what the result says of that."""
        ...


class Finishing(Publishing, Protocol):
    """Whatever can finish a fix that was verified, as often as it takes: doing it twice does it once."""

    async def find_commit(self, branch: str, task_id: str) -> str | None:
        """Find the commit of an earlier run of this task."""
        ...


class Fixing(Finishing, Protocol):
    """Whatever can try to fix what was reported, or to do a queued task."""

    @property
    def agent_name(self) -> str:
        """Name the kind of agent."""
        ...

    async def attempt(
        self,
        *,
        task_id: str,
        attempt: int,
        task: Task,
        earlier: Earlier | None,
        publish: PublishProgress,
        observe: Observer,
    ) -> Attempt:
        """Let an agent work, and test what it did."""
        ...
