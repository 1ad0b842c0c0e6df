"""Judge signatures of families pair by pair."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import combinations

from tests.unit.signature.families import Family

__all__ = ["collisions", "wrong_pairs"]

Sign = Callable[[Mapping[str, object]], str]


def wrong_pairs(family: Family, sign: Sign) -> list[str]:
    """Say which pairs of a family were split or merged against their labels."""
    signed = [(number, member.label, sign(member.facts)) for number, member in enumerate(family.members)]
    wrong: list[str] = []
    for (i, first, one), (j, second, two) in combinations(signed, 2):
        if first == second and one != two:
            wrong.append(f"{family.name}: split {first} {i}/{j}")
        if first.partition("~")[0] != second.partition("~")[0] and one == two:
            wrong.append(f"{family.name}: merged {first} and {second} {i}/{j}")
    return wrong


def collisions(families: tuple[Family, ...], sign: Sign) -> list[str]:
    """Name families that share a signature with another."""
    owner: dict[str, str] = {}
    found: list[str] = []
    for family in families:
        for member in family.members:
            other = owner.setdefault(sign(member.facts), family.name)
            if other != family.name:
                found.append(f"{family.name} and {other}")
    return sorted(set(found))
