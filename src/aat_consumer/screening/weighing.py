"""Add findings up to a verdict."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from aat_consumer.screening.tuning import Tuning
from aat_consumer.screening.verdict import Reason, Verdict

__all__ = ["doubted", "weighed"]

#: Most reasons in a verdict; the strongest are kept.
REASONS = 20

#: What a rule counts where the categoriser is sure that a report is harmless, unless the rule is surer than
#: ``SURE``: one that matches words of several sentences of a manual is wrong more often than the categoriser.
DOUBTED, SURE = 0.8, 0.8


def doubted(found: Iterable[Reason]) -> list[Reason]:
    """Return what findings weigh in a report in which the categoriser sees nothing suspicious."""
    return [one if one.weight >= SURE else replace(one, weight=one.weight * DOUBTED) for one in found]


def weighed(found: Iterable[Reason], *, tuning: Tuning, versions: Mapping[str, str]) -> Verdict:
    """Return the verdict that findings add up to: families count as independent evidence."""
    tuned = (
        replace(one, weight=tuning.weight(rule=one.rule, family=one.family, weight=one.weight))
        for one in found
    )
    ordered = sorted(tuned, key=lambda reason: -reason.weight)
    reasons: dict[tuple[str, str], Reason] = {}
    families: dict[str, float] = {}
    for reason in ordered:
        reasons.setdefault((reason.rule, reason.path), reason)
        families[reason.family] = max(families.get(reason.family, 0.0), reason.weight)
    innocent = 1.0
    for weight in families.values():
        innocent *= 1.0 - weight
    return Verdict(score=1.0 - innocent, reasons=tuple(reasons.values())[:REASONS], versions=dict(versions))
