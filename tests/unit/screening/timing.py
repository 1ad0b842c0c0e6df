"""Say whether this process runs at its own speed, so that a measured time says something."""

from __future__ import annotations

import sys

__all__ = ["is_slowed"]


def is_slowed() -> bool:
    """Return whether something follows each line run, as coverage does; no time is asserted then."""
    return sys.gettrace() is not None
