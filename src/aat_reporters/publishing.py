"""Pass errors from the calling threads to a background thread that signs, counts and sends them.

The calling thread appends to a deque and sets an event: no lock, no waiting. The background thread
starts with the first error, belongs to one process, and is replaced in a forked child together with
everything that it shared with its parent.
"""

from __future__ import annotations

import math
import os
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from aat_reporters.counters import Counters, Stats
from aat_reporters.identity import Overflow, Site
from aat_reporters.messages import Outlet
from aat_reporters.settings import ReporterSettings
from aat_reporters.snapshots import Captured, Snapshot, thaw

if TYPE_CHECKING:
    from aat_reporters.pipeline import Pipeline

__all__ = ["Publisher", "Recorder"]

#: Called on the calling thread instead of publishing, while a test records.
Recorder = Callable[[ReporterSettings, Snapshot], None]

#: Seconds between two rounds of the background thread, so that a burst is worked on in few rounds.
ROUND_INTERVAL = 0.05

#: Seconds between two rounds at most; a round is followed by a rest of its own length, so that the
#: background thread leaves the interpreter to the program half of the time.
LONGEST_REST = 1.0

#: Errors taken from the queue in one go.
BATCH = 256

#: Seconds that a fork waits for the background thread to finish an import or a write to the spool.
FORK_PATIENCE = 1.0


@dataclass(slots=True, eq=False)
class _Flush:
    """Stand in the queue behind everything that must be sent first."""

    done: threading.Event = field(default_factory=threading.Event)
    is_safe: bool = False


class _CallingThread(threading.local):
    """Tell whether this thread is inside a report already: a destructor may log while we work."""

    is_inside = False
    #: Whether this thread does the background thread's work.
    is_working = False


class Publisher:
    """Sign, count and publish errors of this process in the background.

    Safe to use from any thread. Made without a thread; after a fork the child's is empty.

    Args:
        settings: of the reporter.
        make_outlet: opens the way to the server, in the background thread, for importing it takes long.
    """

    def __init__(self, settings: ReporterSettings, *, make_outlet: Callable[[], Outlet]) -> None:
        self.settings = settings
        self.recorder: Recorder | None = None
        self._make_outlet = make_outlet
        self._inherited: list[object] = []
        self._reset()

    def _reset(self) -> None:
        """Start from nothing, in a new process or a forked child."""
        self._process = os.getpid()
        self.counters = Counters()
        self.calling = _CallingThread()
        self._queue: deque[Captured | _Flush] = deque()
        self._overflow = Overflow()
        self._wake = threading.Event()
        self._hurry = threading.Event()
        self._start_permit: deque[None] = deque([None])
        self._is_running = False
        self._is_stopping = False
        self._deadline: float | None = None
        self._exit_deadline: float | None = None
        self._thread: threading.Thread | None = None
        #: Held by the background thread during what must not be cut in two by a fork.
        self._indivisible = threading.Lock()
        self._fork_locks: list[bool] = []
        self._pipeline: Pipeline | None = None

    @property
    def is_full(self) -> bool:
        """Tell whether the next error would find the queue full."""
        return len(self._queue) >= self.settings.queue_size

    def submit(self, captured: Captured) -> None:
        """Hand over an error; returns at once."""
        if os.getpid() != self._process:
            # A fork that Python was not told of, as some servers written in C make them.
            self.after_fork_in_child()
        self.counters.accepted.raise_by_one()
        if self.recorder is not None:
            self.recorder(self.settings, thaw(captured))
            return
        self._queue.append(captured)
        if not self._wake.is_set():
            self._wake.set()
        if not self._is_running:
            if self._exit_deadline is None:
                self._start()
            elif not self.calling.is_working:
                self._run_here(self._exit_deadline)

    def overflow(self, site: Site) -> None:
        """Count an error that found the queue full."""
        if not self._overflow.add(site):
            self.counters.drop("queue full")

    def adopt(self) -> None:
        """Start the background thread if an earlier process left a spool behind."""
        path = self.settings.spool_path
        if path and Path(path).exists() and not self._is_running:
            self._wake.set()
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
        if not self._is_running and self._pipeline is None and not self._queue:
            return True
        marker = _Flush()
        self._queue.append(marker)
        self._hurry.set()
        self._wake.set()
        if not self._is_running:
            self._start()
        if not self._is_running:
            self._run_here(time.monotonic() + timeout)
        return marker.done.wait(timeout) and marker.is_safe

    def retire(self) -> None:
        """Let the background thread send what it has and end; the next error starts another."""
        self._is_stopping = True
        self._hurry.set()
        self._wake.set()

    def finish(self, timeout: float) -> None:
        """Send or spool everything and stop the background thread.

        Args:
            timeout: seconds to wait at most; what is not sent by then is spooled, or counted as lost.
        """
        thread = self._thread
        if threading.current_thread() is thread:
            return
        self._deadline = time.monotonic() + timeout
        self.retire()
        if thread is not None and thread.is_alive():
            thread.join(timeout)
            if thread.is_alive():
                return
        if self._queue or self._pipeline is not None:
            # No thread ran, or it may not start any more: Python 3.12 refuses threads at exit.
            self._run_here(self._deadline)

    def leave(self, deadline: float) -> None:
        """Finish, as the interpreter is leaving; what comes later is sent on the thread that reports it.

        Args:
            deadline: monotonic time by which that must be over.
        """
        self._exit_deadline = deadline
        self.finish(max(deadline - time.monotonic(), 0.0))

    def stats(self) -> Stats:
        """Give the numbers of this process."""
        waiting = len(self._queue) + (self._pipeline.held if self._pipeline is not None else 0)
        return self.counters.stats(waiting)

    def before_fork(self) -> None:
        """Let the background thread finish what a child could not go on with: an import, a write."""
        self._fork_locks.append(self._indivisible.acquire(timeout=FORK_PATIENCE))

    def after_fork_in_parent(self) -> None:
        """Go on."""
        if self._fork_locks.pop():
            self._indivisible.release()

    def after_fork_in_child(self) -> None:
        """Start from nothing: the parent has the queue, the connection and the thread."""
        # Kept for ever: destroying them here could write to the parent's sockets.
        self._inherited.append((self._pipeline, self._queue, self._thread, self.calling))
        self._reset()

    def _start(self) -> None:
        try:
            self._start_permit.pop()
        except IndexError:
            # Another thread is at it.
            return
        self._is_running, self._is_stopping, self._deadline = True, False, None
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
        self.calling.is_inside = True
        process = os.getpid()
        try:
            while os.getpid() == process:
                self._wake.wait(self._patience())
                self._wake.clear()
                started = time.monotonic()
                self._work_off()
                if self._is_stopping and not self._queue:
                    self._close()
                    break
                self._rest(started)
        finally:
            self._ended()
        if self._queue and not self._is_running:
            self._start()

    def _ended(self) -> None:
        self._is_running = False
        self._start_permit.append(None)

    def _rest(self, started: float) -> None:
        """Let the program run; further errors find the event set and pay nothing for waking us."""
        self._wake.set()
        rest = min(max(ROUND_INTERVAL, time.monotonic() - started), LONGEST_REST)
        self._hurry.wait(rest)
        self._hurry.clear()
        if not self._queue and not self._is_stopping:
            self._wake.clear()
            if self._queue or self._is_stopping:
                self._wake.set()

    def _patience(self) -> float | None:
        if self._pipeline is None:
            return 0.0 if self._wake.is_set() else None
        due = self._pipeline.next_due()
        if due is None:
            return None
        return max(due - time.monotonic(), 0.0)

    def _work_off(self) -> None:
        with self._indivisible:
            if self._pipeline is None:
                self._pipeline = self._make_pipeline()
        work = self._pipeline
        while self._queue:
            markers = self._take_batch(work)
            work.send(everything=bool(markers))
            for marker in markers:
                marker.is_safe = work.held == 0
                marker.done.set()
            if markers or self._is_stopping:
                continue
            time.sleep(0)  # Under gevent this is where the others run.
        work.count_overflow(self._overflow)
        work.send(everything=False)
        if not self._is_stopping:
            work.notices.emit()

    def _make_pipeline(self) -> Pipeline:
        # Imported here, in the background: signatures, SQLite and the rest take 200 ms and 12 MB.
        from aat_reporters.pipeline import Pipeline

        return Pipeline(
            self.settings, self.counters, self._make_outlet(), lock=self._indivisible, deadline=self._until
        )

    def _until(self) -> float:
        return math.inf if self._deadline is None else self._deadline

    def _take_batch(self, work: Pipeline) -> list[_Flush]:
        markers: list[_Flush] = []
        for _ in range(BATCH):
            try:
                item = self._queue.popleft()
            except IndexError:
                break
            if isinstance(item, _Flush):
                markers.append(item)
                break
            work.take(item)
        if markers:
            work.count_overflow(self._overflow)
        return markers

    def _close(self) -> None:
        work, self._pipeline = self._pipeline, None
        if work is not None:
            work.send(everything=True)
            work.close()

    def _run_here(self, deadline: float) -> None:
        """Do the background thread's work on this thread, where no thread can start."""
        self._deadline = deadline
        was_inside, self.calling.is_inside = self.calling.is_inside, True
        self.calling.is_working = True
        try:
            self._work_off()
            self._close()
        finally:
            self.calling.is_inside, self.calling.is_working = was_inside, False


def _run_at_end_of_worker_process(publisher: Publisher) -> None:
    """Finish in children of multiprocessing too: they leave by os._exit, which runs no atexit."""
    process = sys.modules.get("multiprocessing.process")
    util = sys.modules.get("multiprocessing.util")
    if process is not None and util is not None and process.parent_process() is not None:
        util.Finalize(publisher, publisher.finish, args=(publisher.settings.exit_timeout,), exitpriority=100)
