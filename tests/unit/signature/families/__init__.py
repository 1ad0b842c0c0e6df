"""Judged families: members with one label must share a signature, others must not.

A label says which bug a member shows. What stands before ``~`` is judged; two members whose labels
differ only behind it may go either way. Members of different families never share a signature.
The families were written from the rules before the code was tried on them.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Family", "Member", "at", "said"]

Facts = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One report of a family."""

    label: str
    facts: Facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """Reports about a few related bugs."""

    name: str
    members: tuple[Member, ...]


def at(label: str, error: str, stack: str, *, file: str = "", line: int = 0, function: str = "") -> Member:
    """Make a report with a foreign stack, as shell and browser publishers send it."""
    context: Facts = {"file": file, "line": line}
    if function:
        context["function"] = function
    return Member(
        label=label, facts={"error": error, "type": "", "stack": stack, "frames": [], "context": context}
    )


def said(
    label: str, error: str, *, file: str = "/opt/jobs/nightly.sh", line: int = 3, function: str = ""
) -> Member:
    """Make a report that is a message only."""
    return at(label, error, "", file=file, line=line, function=function)
