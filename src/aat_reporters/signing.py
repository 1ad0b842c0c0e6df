"""Sign reports that are at hand, and say in words what made their signatures and why two differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aat_reporters.signature import Explanation, exact, explain, facts_of

__all__ = ["Signed", "compared", "sign"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A report's signatures.

    Args:
        exact: the one to the letter.
        explanation: what made the stable one.
    """

    exact: str
    explanation: Explanation

    def to_json(self, *, explained: bool) -> dict[str, object]:
        """Give the signatures and, if they are to be explained, what made the stable one."""
        signatures: dict[str, object] = {"exact": self.exact, "stable": self.explanation.signature}
        return signatures | ({"explanation": self.explanation.to_json()} if explained else {})

    def to_text(self, *, explained: bool) -> str:
        """Give the same in lines for a person."""
        signatures = f"exact   {self.exact}\nstable  {self.explanation.signature}"
        if not explained:
            return signatures
        return signatures + "\n" + str(self.explanation).partition("\n")[2]


def sign(report: Mapping[str, object]) -> Signed:
    """Sign a report as it would be published."""
    return Signed(exact=exact(report), explanation=explain(facts_of(report)))


def compared(signed: Sequence[Signed]) -> tuple[str, list[str]]:
    """Say whether two reports show one bug, and why they have two signatures if not.

    Args:
        signed: the two.

    Returns:
        A sentence, and one for each part that differs.
    """
    first, second = signed
    differences = list(first.explanation.differences(second.explanation))
    if not differences:
        return "the two have one stable signature: they count as one bug", []
    return "the two have different stable signatures: they count as two bugs", differences
