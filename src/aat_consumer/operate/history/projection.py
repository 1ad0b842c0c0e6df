"""Fold messages of the streams into issues, rates, tasks and quarantine."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from aat_consumer.operate.history.issue import Issue, State, state_of
from aat_consumer.operate.history.messages import body_of, count_of, number, signature_in, text
from aat_consumer.operate.history.series import Series
from aat_reporters.wire import Namespace

__all__ = ["History", "Quarantined", "Rate", "TaskState"]

#: Issues kept at a time; of more the ones seen longest ago are forgotten, and counted as forgotten. One
#: takes about 1.5 KB, so the bound is 150 MB.
MAX_ISSUES = 100_000

#: Tasks whose issue is remembered, and queued tasks and quarantined reports kept, each.
MAX_TASKS = 50_000

#: Titles that wait for the status that says which issue they belong to.
MAX_TITLES = 5_000

_TITLE, _KIND, _PLACE, _NAME = 200, 100, 160, 128


class Rate(NamedTuple):
    """How often a signature occurred in one environment in one bucket that begins at ``start``."""

    start: int
    environment: str
    signature: str
    errors: int


@dataclass(slots=True, kw_only=True)
class Quarantined:
    """A report that the filter put aside; ``state`` is quarantined, released or dropped."""

    task_id: str
    at: float
    signature: str
    environment: str
    score: float
    kind: str
    state: str = "quarantined"
    decided_at: float = 0.0


@dataclass(slots=True, kw_only=True)
class TaskState:
    """A task of the task queue, by what was published of it last."""

    task_id: str
    queue: str
    priority: str
    status: str
    at: float
    agent: str
    attempt: int


@dataclass(slots=True)
class _About:
    title: str = ""
    kind: str = ""
    place: str = ""
    level: str = ""


@dataclass(slots=True)
class History:
    """What is known of a namespace; ``fold`` messages into it in any order, each once.

    Args:
        namespace: whose streams are folded; a message on any other subject is passed over.
    """

    namespace: Namespace
    issues: dict[str, Issue] = field(default_factory=dict)
    by_environment: dict[str, Series] = field(default_factory=dict)
    quarantine: dict[str, Quarantined] = field(default_factory=dict)
    tasks: dict[str, TaskState] = field(default_factory=dict)
    issue_of: dict[str, str] = field(default_factory=dict)
    folded: int = 0
    forgotten: int = 0
    _titles: dict[str, _About] = field(default_factory=dict)
    _changed: set[str] = field(default_factory=set)

    # -- folding ----------------------------------------------------------------------------------

    def fold(self, subject: str, payload: bytes, *, stored_at: float, now: float) -> None:
        """Take one message in.

        Args:
            subject: where it was published.
            payload: as it was published; what is not as it should be is passed over.
            stored_at: when the server stored it, seconds since the epoch.
            now: seconds since the epoch.
        """
        self.folded += 1
        tokens = subject.split(".")
        # A wildcard can be published to, and would ask for everybody's messages when it is looked up.
        if tokens[0] != self.namespace.name or tokens[-1] in ("*", ">"):
            return
        match tokens[1:]:
            case ["occurrences", environment, _]:
                self._count(environment, payload, stored_at=stored_at, now=now)
            case ["investigation", "status", task_id]:
                self._status(task_id, body_of(payload), stored_at)
            case ["investigation", "report", task_id]:
                self._report(task_id, body_of(payload))
            case ["investigation", "dead", task_id]:
                self._result("dead", task_id, body_of(payload), stored_at)
            case ["results", kind, task_id]:
                self._result(kind, task_id, body_of(payload), stored_at)
            case ["security", "quarantine", task_id]:
                self._quarantined(task_id, body_of(payload), stored_at)

    def queued(
        self, task_id: str, signature: str, report: Mapping[str, Any] | None, *, stored_at: float
    ) -> None:
        """Note a report that was seen in its queue; what became of it since is known by later messages."""
        issue = self._issue(signature, stored_at)
        issue.queued_at = max(issue.queued_at, stored_at)
        issue.note_task(task_id, stored_at)
        self._belongs(task_id, signature)
        if report is not None:
            issue.note_release(text(report.get("release"), _NAME), stored_at)
            self._describe(issue, _about(report))

    def left_queue(self, signature: str, *, stored_at: float) -> None:
        """Note that the report that was seen in its queue, stored at that time, is there no more."""
        issue = self.issues.get(signature)
        if issue is not None and issue.queued_at <= stored_at:
            issue.queued_at = 0.0
            self._changed.add(signature)

    def _count(self, environment: str, payload: bytes, *, stored_at: float, now: float) -> None:
        found = count_of(payload, stored_at=stored_at)
        if found is None or len(environment) > _NAME:
            return
        issue = self._issue(found.signature, found.last)
        issue.see(environment, first=found.first, last=found.last, count=found.number, now=now)
        issue.note_release(found.release, found.last)
        series = self.by_environment.get(environment)
        if series is None:
            # Subjects are a stranger's to choose, too: no more environments than a program can have.
            if len(self.by_environment) >= 100:
                return
            series = self.by_environment[environment] = Series()
        series.add(found.first, found.number, now=now)

    def _status(self, task_id: str, body: Mapping[str, Any], at: float) -> None:
        status = text(body.get("status"), _NAME)
        if body.get("queue"):
            self._task(task_id, status, body, at)
            return
        signature = signature_in(body) or self.issue_of.get(task_id, "")
        if not signature:
            return
        held = self.quarantine.get(task_id)
        if held is not None and status in ("released", "dropped") and at > held.decided_at:
            held.state, held.decided_at = status, at
        issue = self._of_task(task_id, signature, body, at)
        if (state := state_of(status)) is None:
            issue.queued_at = 0.0 if issue.queued_at <= at else issue.queued_at
        else:
            issue.settle(state, at=at, attempt=int(number(body.get("attempt"))))

    def _result(self, kind: str, task_id: str, body: Mapping[str, Any], at: float) -> None:
        status = text(body.get("status"), _NAME) or kind
        if body.get("queue"):
            self._task(task_id, status, body, at)
            return
        signature = signature_in(body) or self.issue_of.get(task_id, "")
        if not signature:
            return
        issue = self._of_task(task_id, signature, body, at)
        if not body.get("approved_by") and not body.get("rejected_by"):
            # A person's decision repeats what the run had cost.
            issue.cost_usd += number(body.get("cost_usd"))
        if at >= issue.settled_at or not issue.link:
            issue.link = text(body.get("pr_url"), 500) or text(body.get("branch"), 200) or issue.link
        if (state := state_of(status)) is not None:
            issue.settle(state, at=at, attempt=int(number(body.get("attempt"))))

    def _report(self, task_id: str, body: Mapping[str, Any]) -> None:
        about = _about(body)
        issue = self.issues.get(self.issue_of.get(task_id, ""))
        if issue is not None:
            self._describe(issue, about)
            return
        self._titles[task_id] = about
        _bound(self._titles, MAX_TITLES)

    def _quarantined(self, task_id: str, body: Mapping[str, Any], at: float) -> None:
        signature = signature_in(body)
        reason = body.get("reason") if type(body.get("reason")) is dict else {}
        verdict = reason.get("verdict") if type(reason.get("verdict")) is dict else {}  # type: ignore[union-attr]
        known = self.quarantine.get(task_id)
        if known is not None and known.at > at:
            return
        self.quarantine[task_id] = Quarantined(
            task_id=task_id,
            at=at,
            signature=signature,
            environment=text(body.get("environment"), _NAME),
            score=number(verdict.get("score")),  # type: ignore[union-attr]
            kind=text(reason.get("kind"), _NAME),  # type: ignore[union-attr]
        )
        _bound(self.quarantine, MAX_TASKS)
        if signature:
            issue = self._of_task(task_id, signature, body, at)
            issue.settle(State.REJECTED, at=at, attempt=int(number(body.get("attempt"))))
            if not issue.title:
                self._describe(issue, _about(body_of(text(body.get("report"), 1_000_000).encode())))

    def _task(self, task_id: str, status: str, body: Mapping[str, Any], at: float) -> None:
        known = self.tasks.get(task_id)
        if known is None or at >= known.at:
            self.tasks[task_id] = TaskState(
                task_id=task_id,
                queue=text(body.get("queue"), _NAME),
                priority=text(body.get("priority"), _NAME),
                status=status,
                at=at,
                agent=text(body.get("agent"), _NAME),
                attempt=int(number(body.get("attempt"))),
            )
            _bound(self.tasks, MAX_TASKS)

    def _of_task(self, task_id: str, signature: str, body: Mapping[str, Any], at: float) -> Issue:
        issue = self._issue(signature, at)
        issue.note_task(task_id, at)
        issue.note_release(text(body.get("release"), _NAME), at)
        self._belongs(task_id, signature)
        about = self._titles.pop(task_id, None)
        if about is not None:
            self._describe(issue, about)
        return issue

    def _describe(self, issue: Issue, about: _About) -> None:
        if about.title:
            issue.title, issue.kind, issue.place = about.title, about.kind, about.place
            issue.level = about.level
            self._changed.add(issue.signature)

    def _belongs(self, task_id: str, signature: str) -> None:
        self.issue_of[task_id] = signature
        _bound(self.issue_of, MAX_TASKS)

    def _issue(self, signature: str, at: float) -> Issue:
        issue = self.issues.get(signature)
        if issue is None:
            issue = self.issues[signature] = Issue(signature=signature)
            if len(self.issues) > MAX_ISSUES:
                self._forget(MAX_ISSUES // 20)
                self.issues[signature] = issue
        if not issue.series:
            # Nothing is counted (yet): the time of the message is the best that is known.
            issue.first_seen = min(issue.first_seen or at, at)
            issue.last_seen = max(issue.last_seen, at)
        self._changed.add(signature)
        return issue

    def _forget(self, how_many: int) -> None:
        oldest = sorted(self.issues.values(), key=lambda issue: max(issue.last_seen, issue.settled_at))
        for issue in oldest[:how_many]:
            del self.issues[issue.signature]
            self.forgotten += 1
        self.issue_of = {task: known for task, known in self.issue_of.items() if known in self.issues}

    # -- asking -----------------------------------------------------------------------------------

    def take_changed(self) -> set[str]:
        """Give the signatures of the issues that changed since this was asked last."""
        changed, self._changed = self._changed, set()
        return changed

    def rates(self, *, unit: int, since: float, now: float) -> Iterator[Rate]:
        """Give every bucket that is not empty, by signature and environment.

        Args:
            unit: seconds of a bucket, MINUTE (the last 24 hours) or HOUR (the last 30 days).
            since: seconds since the epoch; the bucket that it lies in is given whole.
            now: seconds since the epoch.
        """
        for issue in self.issues.values():
            if issue.last_seen < since:
                continue
            for environment, series in issue.series.items():
                for start, count in series.buckets(unit, since=since, now=now):
                    yield Rate(start, environment, issue.signature, count)

    def most(self, number: int, *, unit: int, since: float) -> list[tuple[Issue, int]]:
        """Give the issues that occurred most from a time on, with how often; takes 60 ms of 50,000.

        Args:
            number: how many issues at most.
            unit: MINUTE or HOUR, the buckets that are added up.
            since: seconds since the epoch.
        """
        counted = (
            (sum(series.total(unit, since=since) for series in issue.series.values()), issue.signature)
            for issue in self.issues.values()
            if issue.last_seen >= since
        )
        most = heapq.nlargest(number, counted)
        return [(self.issues[signature], count) for count, signature in most if count]

    def totals(self, *, unit: int, since: float, now: float) -> Mapping[str, list[tuple[int, int]]]:
        """Give start and count of each bucket that is not empty, by environment, oldest first.

        Takes the same arguments as ``rates``, and includes issues that were forgotten.
        """
        return {
            environment: list(series.buckets(unit, since=since, now=now))
            for environment, series in self.by_environment.items()
        }


def _about(report: Mapping[str, Any]) -> _About:
    """Describe a report in a line; every word of it is a stranger's."""
    title = text(report.get("error"), 4 * _TITLE).strip()
    kind = text(report.get("type"), _KIND) or title.partition(":")[0][:_KIND]
    context = report.get("context")
    place = ""
    if type(context) is dict:
        place = text(context.get("file"), _PLACE)
        line = context.get("line")
        if place and (type(line) is int or (type(line) is str and line.isdigit() and len(line) < 9)):
            place = f"{place}:{line}"
    first = title.splitlines()[0] if title else ""
    return _About(title=first[:_TITLE], kind=kind, place=place, level=text(report.get("level"), 20))


def _bound(known: dict[str, Any], most: int) -> None:
    """Forget what was noted first, where it is too much."""
    while len(known) > most:
        del known[next(iter(known))]
