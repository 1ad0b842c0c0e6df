"""Decide what follows from what happened: the table of outcomes, as values.

Pure: no clock, no socket. ``plan`` decides what to do with a report that was taken, ``settle`` what to
do with it in the end; the loop only carries out.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

__all__ = [
    "Ending",
    "Evidence",
    "Fix",
    "History",
    "Plan",
    "Settlement",
    "branch_name",
    "judge",
    "judge_answer",
    "plan",
    "settle",
]

#: Deliveries of one message; behind the last one it is a dead letter.
MAX_DELIVERIES = 3

#: Releases remembered for a signature: few run at a time, and the bucket is small.
MAX_RELEASES = 10

#: Runs of one signature in one release; more only when a person asks for it.
MAX_RUNS = 3


class Ending(enum.Enum):
    """Name how the work on one delivery ended."""

    FIXED = "fixed"
    NOT_FIXED = "not_fixed"
    MACHINERY_FAILED = "machinery_failed"
    BLOCKED = "blocked"
    UNDECODABLE = "undecodable"
    HELD = "held"
    ANSWERED = "answered"
    REPEATED = "repeated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """Say what to publish for an ending, and how to settle the delivery.

    Args:
        result: the kind of result to publish, None for none.
        status: the word that result and status carry.
        acknowledge: ack for good (behind result and done-record); otherwise nak.
        delay: seconds until the next delivery, for a nak.
        quarantine: keep the report apart for a person and announce the rejection.
        dead: keep the report as a dead letter.
    """

    result: Literal["fixed", "failed", "rejected", "held"] | None
    status: str
    acknowledge: bool = True
    delay: float = 0.0
    quarantine: bool = False
    dead: bool = False


def settle(ending: Ending, *, delivery: int, retry_delay: float) -> Settlement:
    """Look an ending up in the table of outcomes.

    Args:
        ending: how the work ended.
        delivery: which of the three deliveries this was, from 1.
        retry_delay: seconds before the second delivery; the third waits five times as long.
    """
    match ending:
        case Ending.FIXED:
            return Settlement(result="fixed", status="fixed")
        case Ending.NOT_FIXED:
            return Settlement(result="failed", status="not_fixed")
        case Ending.ANSWERED:
            return Settlement(result="fixed", status="answered")
        case Ending.HELD:
            return Settlement(result="held", status="awaiting_approval")
        case Ending.BLOCKED | Ending.UNDECODABLE:
            return Settlement(result="rejected", status="rejected", quarantine=True)
        case Ending.REPEATED:
            return Settlement(result=None, status="repeated")
        case Ending.MACHINERY_FAILED if delivery < MAX_DELIVERIES:
            delay = retry_delay * 5 ** (delivery - 1)
            return Settlement(result=None, status="retrying", acknowledge=False, delay=delay)
        case Ending.MACHINERY_FAILED:
            return Settlement(result="failed", status="dead", dead=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What is known of a run when it has ended.

    Args:
        says_fixed: what the agent says.
        has_changes: whether the working copy differs from the base.
        refused: why the changes cannot be committed, empty where they can.
        rejection: why the review says no, None where it does not.
        tests_passed: the tests after the change; None where none are configured.
        suspicions: why a person should look at the change.
    """

    says_fixed: bool
    has_changes: bool
    refused: str = ""
    rejection: str | None = None
    tests_passed: bool | None = None
    suspicions: tuple[str, ...] = ()


def judge(evidence: Evidence) -> tuple[Ending, str]:
    """Decide whether a run fixed the error; the agent's word alone never counts.

    Returns:
        The ending, and why in words where it is not a plain fix.
    """
    if not evidence.says_fixed:
        return Ending.NOT_FIXED, "the agent could not fix it"
    if evidence.refused:
        return Ending.NOT_FIXED, f"the changes cannot be committed: {evidence.refused}"
    if not evidence.has_changes:
        return Ending.NOT_FIXED, "the agent says fixed but changed nothing"
    if evidence.rejection is not None:
        return Ending.NOT_FIXED, f"the review rejected the fix: {evidence.rejection}"
    if evidence.tests_passed is False:
        return Ending.NOT_FIXED, "the tests fail with the change"
    if evidence.suspicions:
        return Ending.HELD, f"held for a person: {'; '.join(evidence.suspicions)}"
    return Ending.FIXED, ""


def judge_answer(*, says_done: bool) -> tuple[Ending, str]:
    """Decide how a task ended whose role changes nothing: what it found is the result.

    Returns:
        The ending, and why in words where there is no answer.
    """
    return (Ending.ANSWERED, "") if says_done else (Ending.NOT_FIXED, "the agent found no answer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fix:
    """What the bucket holds of the last finished run for a signature.

    Args:
        task_id: the run's task.
        release: the release in which the error was seen.
        branch: where its fix lies, empty if there was none.
        at: when it finished.
        attempt: runs so far for this signature and release.
        status: how it ended.
    """

    task_id: str
    release: str
    branch: str
    at: datetime
    attempt: int
    status: str

    def to_json(self) -> dict[str, object]:
        """Give the record key by key."""
        return {
            "task_id": self.task_id,
            "release": self.release,
            "branch": self.branch,
            "at": self.at.isoformat(),
            "attempt": self.attempt,
            "status": self.status,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, object]) -> Fix:
        """Read a record, whatever an older release left out of it."""
        attempt = value.get("attempt", 1)
        return cls(
            task_id=str(value.get("task_id", "")),
            release=str(value.get("release", "")),
            branch=str(value.get("branch", "")),
            at=datetime.fromisoformat(str(value["at"])),
            attempt=attempt if isinstance(attempt, int) else 1,
            status=str(value.get("status", "")),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """The last finished run of each release for one signature, oldest first.

    Two environments often run two releases at a time, so the last run alone would forget what the
    other one came to.
    """

    fixes: tuple[Fix, ...] = ()

    def of(self, release: str) -> Fix | None:
        """Give the last run in this release."""
        return next((fix for fix in reversed(self.fixes) if fix.release == release), None)

    def fixed_elsewhere(self, release: str) -> Fix | None:
        """Give the last fix in another release."""
        found = (fix for fix in reversed(self.fixes) if fix.release != release and fix.status == "fixed")
        return next(found, None)

    def with_run(self, fix: Fix) -> History:
        """Add a run, forgetting the same release's earlier one and, beyond ten releases, the oldest."""
        others = tuple(old for old in self.fixes if old.release != fix.release)
        return History(fixes=(*others, fix)[-MAX_RELEASES:])

    def joined_with(self, other: History) -> History:
        """Add the runs for another signature of the same error; of each release the last one counts."""
        runs = sorted((*self.fixes, *other.fixes), key=lambda fix: fix.at)
        joined = History()
        for fix in runs:
            joined = joined.with_run(fix)
        return joined

    def to_json(self) -> dict[str, object]:
        """Give the record: the last run key by key, and all of them."""
        last = self.fixes[-1].to_json() if self.fixes else {}
        return {**last, "releases": [fix.to_json() for fix in self.fixes]}

    @classmethod
    def from_json(cls, value: Mapping[str, object]) -> History:
        """Read a record; one without a list of releases holds the last run alone."""
        listed = value.get("releases")
        if not isinstance(listed, list):
            return cls(fixes=(Fix.from_json(value),) if "at" in value else ())
        return cls(fixes=tuple(Fix.from_json(entry) for entry in listed if isinstance(entry, dict)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Say whether to run an agent.

    Args:
        run: start an agent; otherwise the report is counted and acknowledged.
        runs: which run for this signature and release it will be, from 1.
        earlier: the fix in another release, if this is a regression.
        reason: why not, in words.
    """

    run: bool
    runs: int = 1
    earlier: Fix | None = None
    reason: str = ""


def plan(history: History, *, release: str, now: datetime, retry_after: float, asked_for: bool) -> Plan:
    """Decide from the finished runs for this signature whether another one is due.

    Args:
        history: those runs.
        release: the release of this report.
        now: the present time, aware.
        retry_after: seconds for which a finished run stands.
        asked_for: a person released or retried this very report.
    """
    last = history.of(release)
    if last is None:
        return Plan(run=True, earlier=history.fixed_elsewhere(release))
    if asked_for:
        return Plan(run=True, runs=last.attempt + 1)
    if now - last.at < timedelta(seconds=retry_after):
        return Plan(run=False, runs=last.attempt, reason=f"task {last.task_id} ended as {last.status}")
    if last.attempt >= MAX_RUNS:
        return Plan(
            run=False, runs=last.attempt, reason=f"{last.attempt} runs already; aat errors retry asks for one"
        )
    return Plan(run=True, runs=last.attempt + 1)


def branch_name(signature: str, task_id: str, *, finished: int = 0) -> str:
    """Name the branch of a fix: twelve hex digits of the signature, eight of the task.

    Args:
        signature: of the error.
        task_id: the task.
        finished: the attempt at this task that was finished before, 0 for none; a task that a person
            sends round again must not take the earlier commit for its own.
    """
    digits = signature.partition("-")[2] or signature
    return f"aat/fix-{digits[:12]}-{task_id[:8]}" + (f"-{finished + 1}" if finished else "")
