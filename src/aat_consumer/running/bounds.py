"""Say what a program may use, and how it ended."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

__all__ = ["Bounds", "Ending", "Finished", "allowed_environment"]

#: Bytes kept of stdout and of stderr, the newest; a longer line is cut. Agents print a few hundred KB.
DEFAULT_OUTPUT_BYTES = 4 * 1024 * 1024

#: Bytes read of both together before the program is ended: more is a runaway, not a result.
DEFAULT_FLOOD_BYTES = 64 * 1024 * 1024

#: Seconds between asking a program to end and killing it. The claude program needs about two.
DEFAULT_GRACE = 5.0

Ending = Literal["time", "silence", "flood"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What a program may use.

    Args:
        timeout: seconds it may run.
        home: its HOME, an existing folder that it may write to.
        environment: its whole environment; see :func:`allowed_environment`.
        sandbox: ``bwrap``, or ``none``: then others' files, network and processes are within its reach.
        writable: further existing folders it may write to, the working copy among them (``bwrap`` only).
        readable: further folders it may see, read-only (``bwrap`` only).
        hidden: folders it must not see even where they lie below something readable (``bwrap`` only).
        network: whether it has a network (``bwrap`` only).
        silence_timeout: seconds it may run without printing anything; None for no such limit.
        max_output_bytes: bytes kept of stdout and of stderr, the newest.
        max_flood_bytes: bytes printed, both together, at which it is ended.
        grace: seconds between TERM and KILL.
        run_id: marks its processes, see :func:`kill_leftovers`; empty for a random one.
    """

    timeout: float
    home: Path
    environment: Mapping[str, str]
    sandbox: Literal["bwrap", "none"]
    writable: tuple[Path, ...] = ()
    readable: tuple[Path, ...] = ()
    hidden: tuple[Path, ...] = ()
    network: bool = True
    silence_timeout: float | None = None
    max_output_bytes: int = DEFAULT_OUTPUT_BYTES
    max_flood_bytes: int = DEFAULT_FLOOD_BYTES
    grace: float = DEFAULT_GRACE
    run_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """How a program ended.

    Args:
        returncode: as a shell tells it: 128 + n for signal n.
        stdout: the newest output, invalid UTF-8 replaced.
        stderr: likewise.
        ended_by: the limit that ended it, or None where it ended by itself.
        truncated: whether output is missing at the front.
        seconds: how long it ran.
    """

    returncode: int
    stdout: str
    stderr: str
    ended_by: Ending | None
    truncated: bool
    seconds: float

    @property
    def timed_out(self) -> bool:
        """Whether the time limit ended it."""
        return self.ended_by == "time"

    @property
    def silent(self) -> bool:
        """Whether it was ended because it printed nothing for too long."""
        return self.ended_by == "silence"

    @property
    def flooded(self) -> bool:
        """Whether it was ended because it printed too much."""
        return self.ended_by == "flood"


def allowed_environment(names: Sequence[str], *, home: Path, source: Mapping[str, str]) -> dict[str, str]:
    """Pick the variables a program may see.

    Args:
        names: names to copy from the source where they are set; a trailing ``*`` stands for any ending.
        home: becomes HOME, whatever the source says.
        source: the environment to pick from.

    Returns:
        The picked variables. What names NATS never goes along, even where it is asked for: an agent that
        could publish could acknowledge, reject and fake results.
    """
    exact = {name for name in names if not name.endswith("*")}
    endings = tuple(name[:-1] for name in names if name.endswith("*"))
    picked = {name: value for name, value in source.items() if name in exact or name.startswith(endings)}
    picked.setdefault("PATH", os.defpath)
    picked["HOME"] = str(home)
    return {name: value for name, value in picked.items() if not name.upper().startswith("NATS_")}
