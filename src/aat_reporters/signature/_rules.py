"""Hold the rules by which signatures are made: the present ones and, for one window, those before.

A change of any value is a new set of rules with a prefix of its own. While programs and consumers of
the release before are still about, reports carry both values, and work that was done under either is
found.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from aat_reporters.signature._stable import stable

__all__ = ["RULES", "Rules", "signatures"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Make signatures in one way.

    Args:
        sign: gives the signature of facts, with a prefix of its own, and never raises.
        previous: the rules before these, during the window in which both are published.
    """

    sign: Callable[[Mapping[str, object]], str]
    previous: Rules | None = None


#: The rules of this release.
RULES = Rules(sign=stable)


def signatures(facts: Mapping[str, object], *, rules: Rules = RULES) -> dict[str, str]:
    """Give ``stable`` and, while there are previous rules, ``previous``.

    Args:
        facts: what :func:`aat_reporters.signature.stable` takes.
        rules: the present ones.
    """
    made = {"stable": rules.sign(facts)}
    if rules.previous is not None:
        made["previous"] = rules.previous.sign(facts)
    return made
