"""Find processes of runs whose consumer and keeper are both gone, and end them."""

from __future__ import annotations

import os
import signal
import time

from aat_consumer.running import process_keeper

__all__ = ["RUN_ID_VARIABLE", "kill_leftovers"]

#: Environment variable that marks every process of a run, to find what is left of it after a crash.
RUN_ID_VARIABLE = "AAT_RUN_ID"


def kill_leftovers(run_id: str, *, seconds: float = process_keeper.KILL_SECONDS) -> int:
    """Kill every process that a run left behind, found by the marker in its environment.

    Usually there are none: the keeper ends them. This is for runs whose keeper was killed as well. Needs
    ``/proc``; elsewhere it finds nothing. Blocks until they are gone, ``seconds`` at most.

    Returns:
        How many processes it killed.
    """
    marker = f"{RUN_ID_VARIABLE}={run_id}".encode()
    killed: set[int] = set()
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        # A consumer that itself runs below an agent carries that agent's marker.
        found = [pid for pid in process_keeper.processes_with(marker) if pid != os.getpid()]
        if not found:
            break
        killed.update(found)
        process_keeper.send(found, signal.SIGKILL)
        time.sleep(0.005)
    return len(killed)
