"""Tell a chain of exceptions in the words that ``Reporter.report_told`` takes; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

__all__ = ["headline", "told_chain"]


def told_chain(failures: Sequence[Mapping[str, object]], relations: Sequence[str]) -> dict[str, object]:
    """Tell exceptions of which each led to the one before.

    Args:
        failures: the one that was raised last first; each with ``type``, ``error`` (its message alone)
            and ``frames``.
        relations: of each to the one behind it, ``cause`` or ``context``; of the last, empty.
    """
    explicit = next(number for number, relation in enumerate(relations) if relation != "cause")
    stack = [
        {"error": headline(failure), "frames": failure["frames"], "relation": relation}
        for failure, relation in zip(failures, relations, strict=True)
    ]
    first = failures[0]
    return {
        **first,
        "error": headline(first),
        "causes": list(failures[1 : explicit + 1]),
        "stack": stack[::-1],
    }


def headline(failure: Mapping[str, object]) -> str:
    """Give the line with which a traceback ends."""
    return f"{failure['type']}: {failure['error']}" if failure["error"] else str(failure["type"])
