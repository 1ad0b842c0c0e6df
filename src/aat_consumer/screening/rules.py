"""Load the rules: what may not be said to an agent, family by family, as data."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

__all__ = ["LEARNED_RULE", "Rule", "RuleSet", "load_rules"]

#: Id of what the categoriser finds.
LEARNED_RULE = "learned.segment"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Hold one rule.

    Args:
        id: unique name, the family in front of a dot.
        weight: score of a report in which only this rule matches, 0 to 1.
        patterns: sequences of concepts, any of which is a match.
    """

    id: str
    family: str
    weight: float
    patterns: tuple[str, ...]

    def __post_init__(self) -> None:
        if not 0 < self.weight <= 1:
            raise ValueError(f"weight of rule {self.id!r} must be in 0 to 1: {self.weight!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSet:
    """Hold all rules and the weights of what hiding a text says by itself."""

    rules: tuple[Rule, ...]
    disguises: dict[str, float]
    version: str

    def by_id(self) -> dict[str, Rule]:
        """Return the rules by their id."""
        return {rule.id: rule for rule in self.rules}


@lru_cache(maxsize=1)
def load_rules() -> RuleSet:
    """Read the rules shipped with the package, once a process."""
    text = (resources.files("aat_consumer.screening") / "data" / "rules.toml").read_text(encoding="utf-8")
    table = tomllib.loads(text)
    rules = [
        Rule(
            id=one["id"],
            family=one["id"].partition(".")[0],
            weight=one["weight"],
            patterns=tuple(one["patterns"]),
        )
        for one in table["rule"]
    ]
    return RuleSet(rules=tuple(rules), disguises=table["disguise"], version=table["version"])
