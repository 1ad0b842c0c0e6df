"""The ``aat`` command: parse, call one function, print, return a code."""

from __future__ import annotations

from aat_consumer.cli.frame import run_group
from aat_consumer.cli.group import aat

__all__ = ["main"]


def main() -> None:
    """Run the ``aat`` command and leave with its exit code."""
    run_group(aat)
