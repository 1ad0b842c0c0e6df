"""Run the real ``aat`` command and kill -9 a process exactly at one step of the loop.

usage: killed_at.py STEP PID WORDS...    (PID 0 is this process itself)
"""

from __future__ import annotations

import logging
import os
import signal
import sys


class KillAt(logging.Handler):
    """Kill when a step is told; handlers run within the call, so nothing happens between."""

    def __init__(self, step: str, pid: int) -> None:
        super().__init__()
        self.step = step
        self.pid = pid

    def emit(self, record: logging.LogRecord) -> None:
        """Compare the step."""
        if record.getMessage() == self.step and self.pid >= 0:
            pid, self.pid = self.pid or os.getpid(), -1
            os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    step, pid, *words = sys.argv[1:]
    steps = logging.getLogger("aat_consumer.steps")
    steps.setLevel(logging.DEBUG)
    steps.propagate = False
    steps.addHandler(KillAt(step, int(pid)))
    sys.argv = ["aat", *words]
    from aat_consumer.cli import main

    main()
