"""Hold what is known of one issue: everything that has the same signature."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from aat_consumer.operate.history.series import Series

__all__ = ["Issue", "State", "state_of"]

#: Releases and tasks remembered of an issue, newest last.
MAX_RELEASES, MAX_TASKS = 10, 20


class State(enum.Enum):
    """Name where an issue stands."""

    COUNTED = "counted"
    QUEUED = "queued"
    INVESTIGATING = "investigating"
    RETRYING = "retrying"
    AWAITING_APPROVAL = "awaiting approval"
    FIXED = "fixed"
    NOT_FIXED = "not fixed"
    REJECTED = "rejected"
    DEAD = "dead"


#: Word of a result or status to the state that it leads to; any other word of a status is of a run.
_STATES = {
    "fixed": State.FIXED,
    "answered": State.FIXED,
    "not_fixed": State.NOT_FIXED,
    "not_approved": State.NOT_FIXED,
    "awaiting_approval": State.AWAITING_APPROVAL,
    "rejected": State.REJECTED,
    "dropped": State.REJECTED,
    "dead": State.DEAD,
    "retrying": State.RETRYING,
    "released": State.QUEUED,
    "retried": State.QUEUED,
}


def state_of(status: str) -> State | None:
    """Give the state that a status leads to; None for a repeat, which changes nothing."""
    return None if status == "repeated" else _STATES.get(status, State.INVESTIGATING)


@dataclass(slots=True, kw_only=True)
class Issue:
    """One issue; changed by the History that it belongs to alone.

    Args:
        signature: what all its errors have in common.
        title: first line of the error, written by a stranger; empty where only counts are known.
        kind: the error's type, and ``place`` where it was raised; both of a stranger.
        level: of the report, empty where it has none.
        first_seen: seconds since the epoch, and ``last_seen`` too; 0 where nothing is counted yet.
        count: occurrences within the kept 30 days.
        series: counts by environment.
        releases: in which it was seen, to when it was last seen there.
        attempt: of the last run, 0 before the first.
        cost_usd: of all runs whose cost the agent told.
        link: of the last fix: a branch, or an address of a pull request, which is to be checked before it
            is linked to.
        tasks: ids of its tasks, the newest last.
    """

    signature: str
    title: str = ""
    kind: str = ""
    place: str = ""
    level: str = ""
    first_seen: float = 0.0
    last_seen: float = 0.0
    count: int = 0
    series: dict[str, Series] = field(default_factory=dict)
    releases: dict[str, float] = field(default_factory=dict)
    attempt: int = 0
    cost_usd: float = 0.0
    link: str = ""
    tasks: dict[str, float] = field(default_factory=dict)
    settled: State = State.COUNTED
    settled_at: float = 0.0
    queued_at: float = 0.0

    @property
    def state(self) -> State:
        """Say where it stands by what happened last."""
        return State.QUEUED if self.queued_at > self.settled_at else self.settled

    @property
    def environments(self) -> list[str]:
        """List where it occurred."""
        return list(self.series)

    @property
    def release(self) -> str:
        """Give the release in which it was seen last, empty where none is known."""
        return max(self.releases, key=self.releases.__getitem__, default="")

    @property
    def task_id(self) -> str:
        """Give its newest task, empty where there is none."""
        return max(self.tasks, key=self.tasks.__getitem__, default="")

    def see(self, environment: str, *, first: float, last: float, count: int, now: float) -> None:
        """Count occurrences."""
        series = self.series.get(environment)
        if series is None:
            series = self.series[environment] = Series()
        series.add(first, count, now=now)
        self.count += count
        if not self.first_seen or first < self.first_seen:
            self.first_seen = first
        if last > self.last_seen:
            self.last_seen = last

    def settle(self, state: State, *, at: float, attempt: int) -> None:
        """Note where it stands from a time on; an older message changes nothing."""
        if at >= self.settled_at:
            self.settled, self.settled_at, self.attempt = state, at, attempt or self.attempt

    def note_release(self, release: str, at: float) -> None:
        """Remember a release, of too many the newest."""
        if release:
            _remember(self.releases, release, at, MAX_RELEASES)

    def note_task(self, task_id: str, at: float) -> None:
        """Remember a task, of too many the newest."""
        _remember(self.tasks, task_id, at, MAX_TASKS)


def _remember(known: dict[str, float], name: str, at: float, most: int) -> None:
    if name in known:
        if known[name] < at:
            known[name] = at
        return
    known[name] = at
    if len(known) > most:
        del known[min(known, key=known.__getitem__)]
