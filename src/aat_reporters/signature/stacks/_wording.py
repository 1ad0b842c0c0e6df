"""Settle what an error is called and says when report and stack both tell."""

from __future__ import annotations

from aat_reporters.signature.stacks._lines import split_type

__all__ = ["settle"]


def settle(error: str, *, kind: str, said: str) -> tuple[str, str]:
    """Give type and message.

    Args:
        error: the report's ``error``, with or without the type in front.
        kind: the type that the stack names; empty if it names none.
        said: the message in the stack; used if the report has none.
    """
    text = error.strip() or said
    if kind:
        for lead in (f"{kind}: ", f"{kind.rpartition('.')[2]}: ", f"{kind}:"):
            if text.startswith(lead):
                return kind, text[len(lead) :].strip()
        if text.strip() in (kind, kind.rpartition(".")[2]):
            return kind, said if said and not said.startswith(kind) else ""
        named, rest = split_type(text)
        # Shorter and longer names of one type, and a lead such as "Uncaught", say nothing new.
        if named and (named.rpartition(".")[2] == kind.rpartition(".")[2] or rest.strip() == said.strip()):
            return kind, rest.strip()
        return kind, text
    named, rest = split_type(text)
    return named, rest if named else text
