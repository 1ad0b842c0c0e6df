"""Say what the filter decided, and why, without repeating a word of the payload."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

__all__ = ["THRESHOLD", "Passed", "Reason", "Verdict"]

#: Score from which a report is blocked; the only threshold there is.
THRESHOLD = 0.5

#: Score from which a report is rejected outright instead of being put aside for a person.
REJECT_FROM = 0.85

#: Decimal places of a score in JSON: more would only be noise.
SCORE_DIGITS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """Name a limit of the filter that a report passed.

    Args:
        used: what the report needs, or what was used when judging it stopped.
        limit: what it may need.
        unit: of both, such as ``characters``; ``s`` for seconds of CPU time.
    """

    used: float
    limit: float
    unit: str

    def to_json(self) -> dict[str, Any]:
        """Return the limit as plain JSON values."""
        return {"used": self.used, "limit": self.limit, "unit": self.unit}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Name one finding: which rule, where in the report, and through which decodings.

    Args:
        rule: the rule's id, such as ``override.ignore_previous``.
        family: the rule's family, such as ``override``.
        weight: what the rule alone would score, 0 to 1.
        path: the field, such as ``context.url``; joined fields are written ``error+context.url``.
        start: first character of the finding in the original text of the field.
        end: one behind its last character. For a join, both count in the join.
        chain: the decodings that were undone, outermost first.
        passed: the limit that kept the report from being judged; of the family ``limits`` alone.
    """

    rule: str
    family: str
    weight: float
    path: str = ""
    start: int = 0
    end: int = 0
    chain: tuple[str, ...] = ()
    passed: Passed | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the reason as plain JSON values; never text of the report but its field names."""
        return {
            "rule": self.rule,
            "family": self.family,
            "weight": round(self.weight, SCORE_DIGITS),
            "path": self.path,
            "start": self.start,
            "end": self.end,
            "chain": list(self.chain),
            "passed": None if self.passed is None else self.passed.to_json(),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Say whether a report may reach an agent.

    Args:
        score: 0 to 1; from ``THRESHOLD`` on the report is blocked.
        reasons: the strongest findings first; also of an allowed report.
        versions: of the rules, the lexicon and the model, by name.
    """

    score: float
    reasons: tuple[Reason, ...] = ()
    versions: dict[str, str] = field(default_factory=dict)

    @property
    def blocked(self) -> bool:
        """Whether nothing but a person may look at the report."""
        return self.score >= THRESHOLD

    @property
    def action(self) -> Literal["allow", "quarantine", "reject"]:
        """What to do with the report: both of the latter keep it apart, reject says the filter is sure."""
        if not self.blocked:
            return "allow"
        return "reject" if self.score >= REJECT_FROM else "quarantine"

    def to_json(self) -> dict[str, Any]:
        """Return the verdict as plain JSON values that never contain text of the report."""
        return {
            "blocked": self.blocked,
            "score": round(self.score, SCORE_DIGITS),
            "action": self.action,
            "reasons": [reason.to_json() for reason in self.reasons],
            "versions": dict(self.versions),
        }
