"""The ``aat`` command: parse, call one function, print, return a code."""

from __future__ import annotations

import sys

__all__ = ["main"]


def main() -> None:
    """Run the ``aat`` command and leave with its exit code."""
    try:
        from aat_consumer.cli.frame import run_group
        from aat_consumer.cli.group import aat
    except ModuleNotFoundError as exc:  # the base install is for reporters and has none of this
        sys.stderr.write(f"aat: {exc.name} is not installed; run: pip install 'aat-reporters[consumer]'\n")
        sys.exit(2)
    run_group(aat)
