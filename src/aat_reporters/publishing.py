"""Pass errors from the calling threads to a background thread that signs, counts and sends them.

The calling thread appends to a deque and sets an event: no lock, no waiting. The background thread
starts with the first error, belongs to one process, and is replaced in a forked child together with
everything that it shared with its parent.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from logging import LogRecord
from pathlib import Path

from aat_reporters.background import Background, Flush
from aat_reporters.counters import Counters, Stats
from aat_reporters.identity import Site
from aat_reporters.messages import Outlet
from aat_reporters.settings import ReporterSettings
from aat_reporters.snapshots import Captured, Snapshot, thaw

__all__ = ["Publisher", "Recorder"]

#: Called on the calling thread instead of publishing, while a test records.
Recorder = Callable[[ReporterSettings, Snapshot], None]

#: Seconds that a fork waits for the background thread to finish an import or a write to the spool.
FORK_PATIENCE = 1.0


class LastLogged(threading.local):
    """Remember what this thread reported last without an exception, for another edge may see it again."""

    #: The log record: its id and time.
    record: tuple[int, float] | None = None
    #: Tells of a log record whether it says again what was just reported.
    is_echo: Callable[[LogRecord], bool] | None = None


class Publisher:
    """Sign, count and publish errors of this process in the background.

    Safe to use from any thread. Made without a thread; after a fork the child's is empty.

    Args:
        settings: of the reporter.
        make_outlet: opens the way to the server, in the background thread, for importing it takes long.
    """

    def __init__(self, settings: ReporterSettings, *, make_outlet: Callable[[], Outlet]) -> None:
        self.settings = settings
        #: Errors that may wait; read for every error, so it stands here.
        self.queue_size = settings.queue_size
        self.recorder: Recorder | None = None
        #: As a number; an error that went there once, by whatever edge, is reported.
        self.destination = hash(settings.destination)
        self._make_outlet = make_outlet
        self._inherited: list[object] = []
        self._reset()

    def _reset(self) -> None:
        """Start from nothing, in a new process or a forked child."""
        self._process = os.getpid()
        self.counters = Counters()
        self._background = Background(self.settings, self.counters, make_outlet=self._make_outlet)
        self.inside = self._background.inside
        self.last_logged = LastLogged()
        self._count_accepted = self.counters.accepted.raise_by_one
        self.queue = self._background.queue
        self._start_permit: deque[None] = deque([None])
        self._is_running = False
        self._exit_deadline: float | None = None
        self._thread: threading.Thread | None = None
        self._fork_locks: list[bool] = []

    def submit(self, captured: Captured) -> None:
        """Hand over an error; returns at once."""
        if os.getpid() != self._process:
            # A fork that Python was not told of, as some servers written in C make them.
            self.after_fork_in_child()
        self._count_accepted()
        if self.recorder is not None:
            self.recorder(self.settings, thaw(captured))
            return
        self.queue.append(captured)
        background = self._background
        if not background.is_awake:
            background.awaken()
        if not self._is_running:
            if self._exit_deadline is None:
                self._start()
            else:
                background.run_here(self._exit_deadline)

    def overflow(self, site: Site) -> None:
        """Count an error that found the queue full."""
        if not self._background.overflow.add(site):
            self.counters.drop("queue full")

    def adopt(self) -> None:
        """Start the background thread if an earlier process left a spool behind."""
        path = self.settings.spool_path
        if path and Path(path).exists() and not self._is_running:
            self._background.awaken()
            self._start()

    def flush(self, timeout: float) -> bool:
        """Wait until every error so far is acknowledged, or on disk.

        Args:
            timeout: seconds to wait at most.

        Returns:
            False when the time was up, or something is neither acknowledged nor on disk.
        """
        if threading.current_thread() is self._thread:
            return False
        if not self._is_running and self._background.is_idle:
            return True
        marker = Flush()
        self.queue.append(marker)
        self._background.hurry()
        if not self._is_running:
            self._start()
        if not self._is_running:
            self._background.run_here(time.monotonic() + timeout)
        return marker.done.wait(timeout) and marker.is_safe

    def retire(self) -> None:
        """Let the background thread send what it has and end; the next error starts another."""
        self._background.is_stopping = True
        self._background.hurry()

    def finish(self, timeout: float) -> None:
        """Send or spool everything and stop the background thread.

        Args:
            timeout: seconds to wait at most; what is not sent by then is spooled, or counted as lost.
        """
        thread = self._thread
        if threading.current_thread() is thread:
            return
        self._background.deadline = deadline = time.monotonic() + timeout
        self.retire()
        if thread is not None and thread.is_alive():
            thread.join(timeout)
            if thread.is_alive():
                return
        if not self._background.is_idle:
            # No thread ran, or it may not start any more: Python 3.12 refuses threads at exit.
            self._background.run_here(deadline)

    def leave(self, deadline: float) -> None:
        """Finish, as the interpreter is leaving; what comes later is sent on the thread that reports it.

        Args:
            deadline: monotonic time by which that must be over.
        """
        self._exit_deadline = deadline
        self.finish(max(deadline - time.monotonic(), 0.0))

    def stats(self) -> Stats:
        """Give the numbers of this process."""
        return self.counters.stats(len(self.queue) + self._background.held)

    def before_fork(self) -> None:
        """Let the background thread finish what a child could not go on with: an import, a write."""
        self._fork_locks.append(self._background.indivisible.acquire(timeout=FORK_PATIENCE))

    def after_fork_in_parent(self) -> None:
        """Go on."""
        if self._fork_locks and self._fork_locks.pop():
            self._background.indivisible.release()

    def after_fork_in_child(self) -> None:
        """Start from nothing: the parent has the queue, the connection and the thread."""
        # Kept for ever: destroying them here could write to the parent's sockets.
        self._inherited.append((self._background, self._thread))
        self._reset()

    def _start(self) -> None:
        try:
            self._start_permit.pop()
        except IndexError:
            # Another thread is at it.
            return
        self._is_running = True
        self._background.is_stopping, self._background.deadline = False, None
        thread = threading.Thread(target=self._work, name="aat-reporter", daemon=True)
        self._thread = thread
        try:
            thread.start()
        except RuntimeError:
            # The interpreter is on its way out; finish() does the work.
            self._ended()
        else:
            _run_at_end_of_worker_process(self)

    def _work(self) -> None:
        try:
            self._background.run()
        finally:
            self._ended()
        if self.queue and not self._is_running:
            self._start()

    def _ended(self) -> None:
        self._is_running = False
        self._start_permit.append(None)


def _run_at_end_of_worker_process(publisher: Publisher) -> None:
    """Finish in children of multiprocessing too: they leave by os._exit, which runs no atexit."""
    process = sys.modules.get("multiprocessing.process")
    util = sys.modules.get("multiprocessing.util")
    if process is not None and util is not None and process.parent_process() is not None:
        util.Finalize(publisher, publisher.finish, args=(publisher.settings.exit_timeout,), exitpriority=100)
