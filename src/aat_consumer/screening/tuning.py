"""Adapt the filter to a project without training it again: what counts less, and what is always blocked."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from aat_consumer.screening.grammar import GRAMMAR_WEIGHTS
from aat_consumer.screening.rules import LEARNED_RULE, load_rules
from aat_reporters.errors import SettingsError

__all__ = ["ALLOWED_WEIGHT", "Tuning"]

#: What an allowed rule or family still weighs: alone it blocks nothing, beside another finding it counts.
ALLOWED_WEIGHT = 0.2

#: Letters and digits that a denied text has at least; shorter ones are in every report.
DENIED_CHARACTERS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuning:
    """Hold a project's own wishes; checked when it is made.

    Args:
        allow: ids of rules, or families of rules, that weigh at most ``ALLOWED_WEIGHT``.
        deny: texts that block a report wherever a reading of it holds them; letters are compared in
            their plain lower-case form, and any space is like any other.
        model: name or path of a spaCy pipeline with a parser; empty for ``en_core_web_sm`` where installed.
    """

    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()
    model: str = ""

    def __post_init__(self) -> None:
        """Check each value once.

        Raises:
            SettingsError: an unknown rule, or a text too short to mean anything.
        """
        ruleset = load_rules()
        known = {rule.id for rule in ruleset.rules} | {rule.family for rule in ruleset.rules}
        known |= {f"disguise.{name}" for name in ruleset.disguises}
        known |= {*GRAMMAR_WEIGHTS, "grammar", "disguise", LEARNED_RULE, LEARNED_RULE.partition(".")[0]}
        for name in self.allow:
            if name not in known:
                close = difflib.get_close_matches(name, known, 1)
                hint = (
                    f"; did you mean {close[0]!r}?" if close else "; aat screen prints the rules that match"
                )
                raise SettingsError(f"screening.allow names no rule or family: {name!r}{hint}")
        for text in self.deny:
            if sum(one.isalnum() for one in text) < DENIED_CHARACTERS:
                raise SettingsError(
                    f"screening.deny needs at least {DENIED_CHARACTERS} letters or digits in a text: {text!r}"
                )

    def weight(self, *, rule: str, family: str, weight: float) -> float:
        """Return what a finding weighs in this project."""
        if rule in self.allow or family in self.allow:
            return min(weight, ALLOWED_WEIGHT)
        return weight
