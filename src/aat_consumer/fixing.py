"""Let an agent try to fix one report, or do one task, in a working copy, and find out whether it did."""

from __future__ import annotations

import re
import secrets
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from aat_consumer.agents.specialists import only_answers, specialist_named
from aat_consumer.errors import AgentError
from aat_consumer.intake import Task
from aat_consumer.outcomes import Agent, AgentRun, Assignment, PublishProgress
from aat_consumer.policy import Ending, Fix, judge, judge_answer
from aat_consumer.prompts import prompt_of
from aat_consumer.running.bounds import Bounds
from aat_consumer.settings import RepositorySettings
from aat_consumer.verification import TestRun, run_tests
from aat_consumer.workspace import copies as workspace
from aat_consumer.workspace.copies import Changes, Workspace

__all__ = ["Attempted", "Fixer"]

#: Characters of a diff that a result carries; the branch holds all of it.
MAX_DIFF_CHARACTERS = 20_000

#: Columns of the agent's words in a commit message, so that no line of theirs can be a trailer.
_INDENT = "    "


class _Observer(Protocol):
    def __call__(self, step: str, facts: Mapping[str, object], /) -> None: ...


@dataclass(kw_only=True)
class Attempted:
    """What came of one run; holds the working copy until it is closed.

    Args:
        ending: FIXED, HELD, NOT_FIXED or ANSWERED.
        why: in words, where it is not a plain fix.
    """

    task_id: str
    task: Task
    ending: Ending
    why: str
    run: AgentRun
    changes: Changes
    before: TestRun | None
    after: TestRun | None
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
            "next_steps": list(outcome.next_steps),
            "pr_url": None,
            "test_results": {
                "before": self.before.to_json() if self.before else None,
                "after": self.after.to_json() if self.after else None,
            },
            "files": list(self.changes.paths),
            "diff": self.changes.diff[:MAX_DIFF_CHARACTERS],
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
    """

    def __init__(
        self,
        agent: Agent,
        *,
        repository: RepositorySettings,
        bounds_of: Callable[[Workspace], Bounds],
        root: Path,
    ) -> None:
        self._agent = agent
        self._repository = repository
        self._bounds_of = bounds_of
        self._root = root

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
        earlier: Fix | None,
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
                publish=publish,
            )
            observe(
                "agent_ended", {"task_id": task_id, "status": run.outcome.status, "cost_usd": run.cost_usd}
            )
            return await self._judged(copy, run, before, task=task, task_id=task_id, observe=observe)
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
        task: Task,
        task_id: str,
        observe: _Observer,
    ) -> Attempted:
        changes = await copy.changes()
        after = None
        says_fixed = run.outcome.status == "fixed"
        answers = only_answers(task.role)
        if says_fixed and changes.paths and not changes.refused and not answers:
            after = await self._test(copy)
            _observe_tests(observe, "tests_after", task_id, after)
            # What the tests left behind is no part of the fix.
            changes = await copy.changes(only=changes)
        if answers:
            ending, why = judge_answer(says_done=says_fixed)
        else:
            ending, why = judge(
                says_fixed=says_fixed,
                has_changes=bool(changes.paths),
                refused=changes.refused or "",
                tests_passed=after.passed if after else None,
            )
        return Attempted(
            task_id=task_id,
            task=task,
            ending=ending,
            why=why,
            run=run,
            changes=changes,
            before=before,
            after=after,
            _copy=copy,
        )

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

    def _prompt(self, task: Task, earlier: Fix | None) -> str:
        return prompt_of(
            task,
            fence=secrets.token_hex(12),
            test_command=self._repository.test_command,
            duty=alone.duty if (alone := specialist_named(task.role)) else "",
            earlier=earlier,
        )


def commit_message(task: Task, *, solution: str, task_id: str, signature: str) -> str:
    """Write a commit message in which nobody but us can set a subject or a trailer."""
    subject, origin = _subject(task)
    words = [_INDENT + line.strip() for line in _printable(solution).splitlines()[:40] if line.strip()]
    body = "\n".join(words) or f"{_INDENT}(the agent described no solution)"
    return (
        f"{subject[:70]}\n\nWritten by an agent for {origin}. In its words:\n\n{body}\n\n"
        f"AAT-Task-Id: {task_id}\nAAT-Signature: {signature}\n"
    )


def _subject(task: Task) -> tuple[str, str]:
    """Give a commit's subject, and what it was written for."""
    report = task.report or {}
    if task.queue.holds_tasks:
        kind = _name(str(report.get("type", "")))
        return f"Carry out a task{f' of type {kind}' if kind else ''}", f"a task of queue {task.queue.name}"
    kind = _name(str(report.get("type") or str(report.get("error", "")).partition(":")[0]))
    context = report.get("context")
    place = _name(str(context.get("file", ""))) if isinstance(context, Mapping) else ""
    return f"Fix {kind or 'an error'}" + (f" in {place}" if place else ""), "a reported error"


def _observe_tests(observe: _Observer, step: str, task_id: str, tested: TestRun | None) -> None:
    if tested is not None:
        observe(step, {"task_id": task_id, "passed": tested.passed, "summary": tested.summary})


def _name(text: str) -> str:
    """Keep a type's or a file's name; anything else is text of the report."""
    return text if re.fullmatch(r"[A-Za-z_][\w./-]{0,60}", text) else ""


def _printable(text: str) -> str:
    return "".join(character if character.isprintable() or character == "\n" else " " for character in text)
