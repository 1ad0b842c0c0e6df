"""Make texts of templates by chance: ``[a|b]`` is either, ``{name}`` one of a list."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence

__all__ = ["expand"]

_CHOICE = re.compile(r"\[([^\[\]]*\|[^\[\]]*)\]")
_SLOT = re.compile(r"\{(\w+)\}")

#: Rounds of slots inside slots; templates need four.
ROUNDS = 8


def expand(
    template: str, *, slots: Mapping[str, Sequence[str]], chance: random.Random, kept: str = ""
) -> str:
    """Return one text that a template allows; the slot ``kept`` stays open."""
    text = template
    for _ in range(ROUNDS):
        before = text
        text = _CHOICE.sub(lambda match: chance.choice(match[1].split("|")), text)
        text = _SLOT.sub(
            lambda match: chance.choice((match[1] != kept and slots.get(match[1])) or [match[0]]), text
        )
        if text == before:
            break
    if kept:
        return text
    return re.sub(r" +([.,;:!?])", r"\1", re.sub(r"  +", " ", text)).strip()
