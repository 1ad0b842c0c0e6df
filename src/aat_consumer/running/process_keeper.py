"""Keep one program together with all that it starts, and end them all when it ends or the consumer dies.

Run as a script by an isolated interpreter (``python -I -S process_keeper.py CONTROL STATUS GRACE PROGRAM``),
so it imports nothing of the project and starts in about 20 ms. ``CONTROL`` is a pipe from the consumer: ``T``
asks the programs to end, ``K`` kills them, end-of-file (the consumer is gone) means ``T``. On the pipe
``STATUS`` the keeper writes one line, ``exit CODE``, once nothing of what it kept is alive. Orphans that left
the session and the process group become children of the keeper (``PR_SET_CHILD_SUBREAPER``), so they are
found whatever they did to their environment. Where there is no ``/proc`` only the process group is ended.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import signal
import sys
import time
from pathlib import Path

__all__ = ["END", "KILL", "KILL_SECONDS", "descendants", "processes_with", "send"]

#: What the consumer writes to ask for the end, and for the end at once.
END = b"T"
KILL = b"K"

#: Seconds that processes are killed over and over before the keeper gives up on them (uninterruptible sleep).
KILL_SECONDS = 10.0

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_PROC = Path("/proc")


def descendants(root: int) -> dict[int, str]:
    """Find everything alive below a process.

    Args:
        root: a process id.

    Returns:
        Process ids with their program names, zombies left out; empty where there is no ``/proc``.
    """
    children: dict[int, list[tuple[int, str, str]]] = {}
    for pid in _pids():
        try:
            head, _, tail = (_PROC / str(pid) / "stat").read_text(errors="replace").rpartition(")")
        except OSError:
            continue
        state, parent = tail.split()[:2]
        children.setdefault(int(parent), []).append((pid, head.partition("(")[2], state))
    found: dict[int, str] = {}
    waiting = [root]
    while waiting:
        for pid, name, state in children.get(waiting.pop(), ()):
            waiting.append(pid)
            if state not in "ZX":
                found[pid] = name
    return found


def processes_with(entry: bytes) -> list[int]:
    """Find living processes of this user whose environment at their start held an entry.

    Args:
        entry: ``NAME=value``; the whole entry must match.
    """
    found = []
    for pid in _pids():
        try:
            environment = (_PROC / str(pid) / "environ").read_bytes()
        except OSError:
            continue
        if entry in environment.split(b"\0"):
            found.append(pid)
    return found


def send(pids: list[int], number: signal.Signals) -> None:
    """Signal processes, passing over those that are gone or are not ours."""
    for pid in pids:
        try:
            os.kill(pid, number)
        except (ProcessLookupError, PermissionError):
            continue


def _pids() -> list[int]:
    try:
        return [int(name) for name in os.listdir(_PROC) if name.isdigit()]  # noqa: PTH208 - names are enough
    except OSError:
        return []


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def _start(command: list[str]) -> int:
    """Start the program in a process group of its own; a failure to start is exit code 127."""
    pid = os.fork()
    if pid:
        return pid
    try:
        os.setpgid(0, 0)
        # If the program kills the keeper, it goes down with it.
        _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        os.execvp(command[0], command)  # noqa: S606 - no shell is the point
    except OSError as exc:
        os.write(2, f"cannot start {command[0]}: {exc.strerror}\n".encode(errors="replace"))
    finally:
        os._exit(127)


def _reap(main: int) -> int | None:
    """Collect what ended; the main program's exit code if it is among it."""
    code = None
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return code
        if pid == 0:
            return code
        if pid == main:
            code = os.waitstatus_to_exitcode(status)


def _ask_to_end(main: int) -> None:
    """Send TERM to all but the sandbox around them, whose end would kill the rest without grace."""
    found = descendants(os.getpid())
    if found:
        send([pid for pid, name in found.items() if name != "bwrap"], signal.SIGTERM)
    else:
        _signal_group(main, signal.SIGTERM)


def _signal_group(main: int, number: signal.Signals) -> None:
    try:
        os.killpg(main, number)
    except (ProcessLookupError, PermissionError):
        return


def _kill_all(main: int) -> int | None:
    """Kill until nothing is left; orphans of what was just killed show up in the next round."""
    code = None
    _signal_group(main, signal.SIGKILL)
    end = time.monotonic() + KILL_SECONDS
    while time.monotonic() < end:
        found = descendants(os.getpid())
        send(list(found), signal.SIGKILL)
        reaped = _reap(main)
        code = reaped if reaped is not None else code
        if not found:
            break
        time.sleep(0.002)
    return code


def _keep(control: int, grace: float, main: int, wake: int) -> int:
    """Wait for the program's end or the consumer's word, then leave nothing alive."""
    poll = select.poll()
    poll.register(control, select.POLLIN)
    poll.register(wake, select.POLLIN)
    deadline: float | None = None
    code = _reap(main)
    while code is None:
        left = None if deadline is None else deadline - time.monotonic()
        if left is not None and left <= 0:
            break
        for descriptor, _ in poll.poll(None if left is None else left * 1000):
            word = os.read(descriptor, 512)
            if descriptor == wake:
                continue
            if not word:
                poll.unregister(control)
            if KILL in word:
                deadline = 0.0
            elif deadline is None:
                deadline = time.monotonic() + grace
                _ask_to_end(main)
        code = _reap(main)
    killed = _kill_all(main)
    code = killed if code is None else code
    return 128 + signal.SIGKILL if code is None else code if code >= 0 else 128 - code


def main(arguments: list[str]) -> int:
    """Keep the program named on the command line and give its exit code (128 + n for signal n)."""
    control, status, grace = int(arguments[0]), int(arguments[1]), float(arguments[2])
    os.set_inheritable(control, False)
    os.set_inheritable(status, False)
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    wake_read, wake_write = os.pipe()
    os.set_blocking(wake_write, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
    # Nobody but the consumer ends the keeper politely: it would leave programs behind.
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: None)
    code = _keep(control, grace, _start(arguments[3:]), wake_read)
    with contextlib.suppress(BrokenPipeError):  # the consumer died first
        os.write(status, b"exit %d\n" % code)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
