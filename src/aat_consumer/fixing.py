"""Let an agent try to fix one report, or do one task, in a working copy, and find out whether it did."""

from __future__ import annotations

import secrets
import shlex
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from aat_consumer.agents.reviews import ReviewHeard
from aat_consumer.agents.specialists import only_answers, specialist_named
from aat_consumer.describing import commit_message
from aat_consumer.errors import AgentError
from aat_consumer.intake import Task
from aat_consumer.outcomes import Agent, AgentRun, Assignment, PublishProgress
from aat_consumer.policy import Ending, Evidence, judge, judge_answer
from aat_consumer.prompts import Earlier, prompt_of
from aat_consumer.publishing.publisher import Publisher
from aat_consumer.running.bounds import Bounds
from aat_consumer.settings import RepositorySettings
from aat_consumer.suspicion import suspicions
from aat_consumer.verification import TestRun, run_tests
from aat_consumer.workspace import copies as workspace
from aat_consumer.workspace.copies import Changes, Workspace

__all__ = ["Attempted", "Fixer"]

#: Characters of a diff that a result carries; the branch holds all of it.
MAX_DIFF_CHARACTERS = 20_000


class _Observer(Protocol):
    def __call__(self, step: str, facts: Mapping[str, object], /) -> None: ...


@dataclass(kw_only=True)
class Attempted:
    """What came of one run; holds the working copy until it is closed.

    Args:
        ending: FIXED, HELD, NOT_FIXED or ANSWERED.
        why: in words, where it is not a plain fix.
        held_for: the reasons for which a person should look at it.
        earlier: the fix of the same error in another release, if this is a regression.
    """

    task_id: str
    task: Task
    ending: Ending
    why: str
    held_for: tuple[str, ...]
    run: AgentRun
    changes: Changes
    before: TestRun | None
    after: TestRun | None
    earlier: Earlier | None
    _copy: Workspace = field(repr=False)

    async def commit(self, branch: str, *, signature: str) -> str:
        """Commit the changes on a new branch of the user's repository; a second call finds the first.

        Raises:
            WorkspaceError: git refused.
        """
        message = commit_message(
            self.task, solution=self.run.outcome.solution, task_id=self.task_id, signature=signature
        )
        return await self._copy.commit(branch, message=message, task_id=self.task_id)

    def to_json(self) -> dict[str, object]:
        """Give what a result says of the run."""
        outcome = self.run.outcome
        findings = f"{self.why}\n\n{outcome.findings}".strip() if self.why else outcome.findings
        return {
            "solution": outcome.solution,
            "findings": findings,
            "cause": outcome.findings,
            "next_steps": list(outcome.next_steps),
            "pr_url": None,
            "test_results": {
                "before": self.before.to_json() if self.before else None,
                "after": self.after.to_json() if self.after else None,
            },
            "files": list(self.changes.paths),
            "diff": self.changes.diff[:MAX_DIFF_CHARACTERS],
            **({"regression_of": self.earlier.to_json()} if self.earlier else {}),
            **({"held_for": list(self.held_for)} if self.held_for else {}),
            "cost_usd": self.run.cost_usd,
            "turns": self.run.turns,
            "permission_denials": list(self.run.permission_denials),
        }

    async def close(self) -> None:
        """Remove the working copy."""
        await self._copy.close()


class Fixer:
    """Run one agent on one repository, each time in a working copy of its own.

    Args:
        agent: who works.
        repository: where fixes go and how they are checked.
        bounds_of: limits for the tests in a working copy.
        root: folder for the working copies.
        publisher: brings a fix to where people review it.
    """

    def __init__(
        self,
        agent: Agent,
        *,
        repository: RepositorySettings,
        bounds_of: Callable[[Workspace], Bounds],
        root: Path,
        publisher: Publisher,
    ) -> None:
        self._agent = agent
        self._repository = repository
        self._bounds_of = bounds_of
        self._root = root
        #: Brings a verified commit to where people review it.
        self.publish = publisher.publish

    @property
    def agent_name(self) -> str:
        """Name the kind of agent, as results and status carry it."""
        return self._agent.name

    async def attempt(
        self,
        *,
        task_id: str,
        attempt: int,
        task: Task,
        earlier: Earlier | None,
        publish: PublishProgress,
        observe: _Observer,
    ) -> Attempted:
        """Let the agent work, then test what it did.

        Raises:
            AgentError: the machinery around the agent or the tests failed.
            WorkspaceError: the repository cannot be used.
        """
        copy = await workspace.open_workspace(
            self._repository.path,
            base=self._repository.base,
            root=self._root,
            task_id=task_id,
            attempt=attempt,
        )
        observe("working_copy", {"task_id": task_id, "path": str(copy.path), "base": copy.base_commit})
        try:
            before = await self._test(copy)
            _observe_tests(observe, "tests_before", task_id, before)
            observe("agent_started", {"task_id": task_id, "agent": self._agent.name})
            review = ReviewHeard(publish)
            run = await self._agent.run(
                Assignment(
                    task_id=task_id,
                    attempt=attempt,
                    prompt=self._prompt(task, earlier),
                    report=task.report or {},
                    working_copy=copy.path,
                    home=copy.home,
                    kind="task" if task.queue.holds_tasks else "report",
                    role=task.role,
                ),
                publish=review,
            )
            observe(
                "agent_ended", {"task_id": task_id, "status": run.outcome.status, "cost_usd": run.cost_usd}
            )
            return await self._judged(
                copy, run, before, review=review, task=task, task_id=task_id, earlier=earlier, observe=observe
            )
        except BaseException:
            await copy.close()
            raise

    async def find_commit(self, branch: str, task_id: str) -> str | None:
        """Find the commit that an earlier run of this task made before it crashed.

        Raises:
            WorkspaceError: the repository cannot be used.
        """
        return await workspace.find_commit(self._repository.path, branch=branch, task_id=task_id)

    async def _judged(
        self,
        copy: Workspace,
        run: AgentRun,
        before: TestRun | None,
        *,
        review: ReviewHeard,
        task: Task,
        task_id: str,
        earlier: Earlier | None,
        observe: _Observer,
    ) -> Attempted:
        changes = await copy.changes()
        after = None
        says_fixed = run.outcome.status == "fixed"
        answers = only_answers(task.role)
        reasons: tuple[str, ...] = ()
        if says_fixed and changes.paths and not changes.refused and not answers:
            after = await self._test(copy)
            _observe_tests(observe, "tests_after", task_id, after)
            # What the tests left behind is no part of the fix.
            changes = await copy.changes(only=changes)
        if answers:
            ending, why = judge_answer(says_done=says_fixed)
        else:
            reasons = tuple(self._suspicions(changes, review))
            ending, why = judge(
                Evidence(
                    says_fixed=says_fixed,
                    has_changes=bool(changes.paths),
                    refused=changes.refused or "",
                    rejection=review.rejection,
                    tests_passed=after.passed if after else None,
                    suspicions=reasons,
                )
            )
        return Attempted(
            task_id=task_id,
            task=task,
            ending=ending,
            why=why,
            held_for=reasons if ending is Ending.HELD else (),
            run=run,
            changes=changes,
            before=before,
            after=after,
            earlier=earlier,
            _copy=copy,
        )

    def _suspicions(self, changes: Changes, review: ReviewHeard) -> Iterator[str]:
        """Say why a person should look at the change before it is used."""
        if not self._repository.test_command:
            yield "no repository.test_command is set, so nothing shows that the error is fixed"
        if review.is_unclear:
            yield "the review said neither approved nor rejected"
        reasons = suspicions(
            paths=changes.paths,
            deleted=changes.deleted,
            diff=changes.diff,
            is_cut=changes.is_cut,
            allowed=self._repository.allowed_paths,
        )
        yield from (f"the change {reason}" for reason in reasons)
        if self._repository.approval:
            yield "repository.approval is set"

    async def _test(self, copy: Workspace) -> TestRun | None:
        if not self._repository.test_command:
            return None
        tested = await run_tests(
            self._repository.test_command, working_copy=copy.path, bounds=self._bounds_of(copy)
        )
        if not tested.ran:
            command = shlex.split(self._repository.test_command)[:1]
            raise AgentError(f"repository.test_command did not run: {tested.summary} ({command})")
        return tested

    def _prompt(self, task: Task, earlier: Earlier | None) -> str:
        return prompt_of(
            task,
            fence=secrets.token_hex(12),
            test_command=self._repository.test_command,
            duty=alone.duty if (alone := specialist_named(task.role)) else "",
            earlier=earlier,
        )


def _observe_tests(observe: _Observer, step: str, task_id: str, tested: TestRun | None) -> None:
    if tested is not None:
        observe(step, {"task_id": task_id, "passed": tested.passed, "summary": tested.summary})
