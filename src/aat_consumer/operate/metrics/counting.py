"""Count what the streams tell, under labels that nobody can make many of. Pure."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter, OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aat_consumer.operate.alerts.happenings import object_in
from aat_consumer.results import RESULT_KINDS
from aat_reporters.wire import ENVIRONMENTS, Namespace

__all__ = ["RUN_BUCKETS", "Counts"]

#: Upper bounds in seconds of the histogram of runs; the longest is twice an agent's default time limit.
RUN_BUCKETS = (10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1_200.0, 1_800.0, 3_600.0)

#: What stands for a label that is none of ours: whoever may publish could make any number of them.
OTHER = "other"

#: Families of the filter's rules counted one by one; there are some thirty.
MAX_FAMILIES = 100

#: Runs that have begun and not ended.
MAX_RUNS = 10_000

#: Largest numbers that are believed of one message: a thousand million occurrences, a million dollars.
MAX_COUNT, MAX_COST = 10**9, 1e6

#: What a report comes to; each begins at 0, for Prometheus sees no increase in a series that begins at 1.
_ENDINGS = tuple(
    (kind, status, environment)
    for kind, status in (
        ("fixed", "fixed"),
        ("failed", "not_fixed"),
        ("failed", "dead"),
        ("rejected", "rejected"),
        ("held", "awaiting_approval"),
    )
    for environment in ENVIRONMENTS
)

_FAMILY = re.compile(r"[a-z][a-z_]{0,31}\Z")


@dataclass(slots=True)
class Counts:
    """Hold the numbers since the process began.

    Args:
        namespace: whose messages are counted.
        occurrences: by environment.
        results: by kind, status and environment.
        dead: dead letters by environment.
        rejected: reports in quarantine, by the families of rules that spoke against them.
        denied: runs in which an agent tried what it may not.
        cost_usd: of the runs whose agent tells.
        runs: by bucket of RUN_BUCKETS, the last one for longer ones.
        run_seconds: of all runs together.
    """

    namespace: Namespace
    occurrences: Counter[str] = field(default_factory=lambda: Counter(dict.fromkeys(ENVIRONMENTS, 0)))
    results: Counter[tuple[str, str, str]] = field(
        default_factory=lambda: Counter(dict.fromkeys(_ENDINGS, 0))
    )
    dead: Counter[str] = field(default_factory=lambda: Counter(dict.fromkeys(ENVIRONMENTS, 0)))
    rejected: Counter[str] = field(default_factory=Counter)
    denied: int = 0
    cost_usd: float = 0.0
    runs: list[int] = field(default_factory=lambda: [0] * (len(RUN_BUCKETS) + 1))
    run_seconds: float = 0.0
    _begun: OrderedDict[str, float] = field(default_factory=OrderedDict)

    def fold(self, subject: str, payload: bytes, *, stored_at: float) -> None:
        """Count one message; never raises, whatever a stranger stored there."""
        tokens = subject.split(".")
        if len(tokens) < 4 or tokens[0] != self.namespace.name:
            return
        body = object_in(payload)
        match tokens[1:3]:
            case ["occurrences", environment]:
                count = body.get("count")
                if type(count) is int and 0 < count <= MAX_COUNT:
                    self.occurrences[_one_of(environment, ENVIRONMENTS)] += count
            case ["results", kind]:
                self._result(kind, tokens[3], body, stored_at)
            case ["investigation", "status"] if body.get("status") == "started":
                self._begun[tokens[3]] = stored_at
                if len(self._begun) > MAX_RUNS:
                    self._begun.popitem(last=False)
            case ["investigation", "dead"]:
                self.dead[_one_of(body.get("environment"), ENVIRONMENTS)] += 1
            case ["security", "quarantine"]:
                self.rejected.update(self._families(body))
            case ["security", "denied"]:
                self.denied += 1

    def _result(self, kind: str, task_id: str, body: Mapping[str, Any], stored_at: float) -> None:
        status = body.get("status")
        known = status if isinstance(status, str) and _FAMILY.match(status) else OTHER
        # A task of the task queue has no environment.
        environment = body.get("environment") or ("tasks" if body.get("queue") else "")
        labels = (_one_of(kind, RESULT_KINDS), known, _one_of(environment, (*ENVIRONMENTS, "tasks")))
        if labels in self.results or len(self.results) < 10 * MAX_FAMILIES:
            self.results[labels] += 1
        cost = body.get("cost_usd")
        if isinstance(cost, int | float) and not isinstance(cost, bool) and 0 <= cost <= MAX_COST:
            self.cost_usd += cost
        begun = self._begun.pop(task_id, None)
        if begun is not None:
            seconds = max(0.0, stored_at - begun)
            self.runs[bisect_left(RUN_BUCKETS, seconds)] += 1
            self.run_seconds += seconds

    def _families(self, body: Mapping[str, Any]) -> Iterable[str]:
        reason = body.get("reason")
        verdict = reason.get("verdict") if isinstance(reason, dict) else None
        reasons = verdict.get("reasons") if isinstance(verdict, dict) else None
        listed = reasons if isinstance(reasons, list) else []
        found = {entry.get("family") for entry in listed[:1_000] if isinstance(entry, dict)}
        families = {name for name in found if isinstance(name, str) and _FAMILY.match(name)}
        # Undecodable ones have no verdict.
        known = {
            name if name in self.rejected or len(self.rejected) < MAX_FAMILIES else OTHER for name in families
        }
        return known or {"unreadable"}


def _one_of(value: object, known: tuple[str, ...]) -> str:
    return value if isinstance(value, str) and value in known else OTHER
