"""Make findings of the catalogue's entries."""

from __future__ import annotations

from dataclasses import dataclass, field

from aat_consumer.operate.diagnosis.catalogue import CATALOGUE, Severity

__all__ = ["Finding", "make"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong, or worth knowing.

    Args:
        id: of the catalogue's entry.
        subject: what it is about: ``server``, a stream, a consumer, ``machine``.
        evidence: what was measured, in words.
        fix: what to do.
        facts: what was measured, in values.
    """

    id: str
    subject: str
    evidence: str
    fix: str
    facts: dict[str, object] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """Give the catalogue's few words."""
        return CATALOGUE[self.id].title

    @property
    def severity(self) -> Severity:
        """Give how much it matters."""
        return CATALOGUE[self.id].severity


def make(code: str, about: str, evidence: str, *, fix: str = "", **facts: object) -> Finding:
    """Make a finding; the catalogue's own words say what to do where no better ones are given."""
    return Finding(
        id=code, subject=about, evidence=evidence, fix=fix or CATALOGUE[code].fix, facts=dict(facts)
    )
