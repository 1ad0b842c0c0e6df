"""Work off the queue of errors in rounds, on the background thread or, at the exit, on another."""

from __future__ import annotations

import logging
import math
import os
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aat_reporters.counters import Counters
from aat_reporters.identity import Overflow
from aat_reporters.messages import Outlet
from aat_reporters.settings import ReporterSettings
from aat_reporters.snapshots import Captured

if TYPE_CHECKING:
    from aat_reporters.pipeline import Pipeline

__all__ = ["Background", "Flush"]

logger = logging.getLogger("aat_reporters")

#: Seconds between two rounds, so that a burst is worked on in few rounds.
ROUND_INTERVAL = 0.05

#: Seconds between two rounds at most; a round is followed by a rest of its own length, so that the
#: background thread leaves the interpreter to the program half of the time.
LONGEST_REST = 1.0

#: Errors taken from the queue in one go.
BATCH = 256

#: Seconds between two tries after a failure of ours, which must not become a busy loop.
FAILURE_REST = 5.0


@dataclass(slots=True, eq=False)
class Flush:
    """Stand in the queue behind everything that must be sent first."""

    done: threading.Event = field(default_factory=threading.Event)
    is_safe: bool = False


class Background:
    """The queue and everything behind it, of one process; a forked child gets another.

    Args:
        settings: of the reporter.
        counters: of the process.
        make_outlet: opens the way to the server; importing it takes long.
    """

    def __init__(
        self, settings: ReporterSettings, counters: Counters, *, make_outlet: Callable[[], Outlet]
    ) -> None:
        self.queue: deque[Captured | Flush] = deque()
        self.overflow = Overflow()
        #: Threads that are inside a report, or do the background thread's work: what they report, from a
        #: destructor or a hook, is about the reporting itself.
        self.inside: set[int] = set()
        #: Whether the thread works or is about to; a plain attribute, for every error reads it.
        self.is_awake = False
        self._wake = threading.Event()
        self.is_stopping = False
        #: Monotonic time by which all must be over, as at the exit.
        self.deadline: float | None = None
        #: Held during what must not be cut in two by a fork.
        self.indivisible = threading.Lock()
        self._hurry = threading.Event()
        self._settings = settings
        self._counters = counters
        self._make_outlet = make_outlet
        self._pipeline: Pipeline | None = None

    @property
    def held(self) -> int:
        """Count reports that wait in memory behind the queue."""
        return self._pipeline.held if self._pipeline is not None else 0

    @property
    def is_idle(self) -> bool:
        """Tell whether there is nothing to send, nor anything to close."""
        return not self.queue and self._pipeline is None

    def hurry(self) -> None:
        """End a rest, and have a round made."""
        self._hurry.set()
        self.awaken()

    def awaken(self) -> None:
        """Have a round made; returns at once."""
        self.is_awake = True
        self._wake.set()

    def run(self) -> None:
        """Make rounds until told to stop; the body of the background thread."""
        self.inside.add(threading.get_ident())
        try:
            self._make_rounds()
        finally:
            # The next thread may get the same number.
            self.inside.discard(threading.get_ident())

    def _make_rounds(self) -> None:
        process = os.getpid()
        while os.getpid() == process:
            self._wake.wait(self._patience())
            self.is_awake = True
            self._wake.clear()
            started = time.monotonic()
            try:
                self._work_off()
                if self.is_stopping and not self.queue:
                    self._close()
                    return
            except Exception:
                # The one broad except of this thread: a bug of ours must neither end the reporting
                # nor be printed by the interpreter as the program's own.
                self._failed()
            self._rest(started)

    def run_here(self, deadline: float) -> None:
        """Do all the work on this thread, where no thread can start.

        Args:
            deadline: monotonic time by which it must be over.
        """
        self.deadline = deadline
        was_inside = threading.get_ident() in self.inside
        self.inside.add(threading.get_ident())
        try:
            self._work_off()
            self._close()
        except Exception:
            # As in run, and this thread is the program's own.
            self._failed()
        finally:
            if not was_inside:
                self.inside.discard(threading.get_ident())

    def _rest(self, started: float) -> None:
        """Let the program run; further errors find us awake and pay nothing for waking us."""
        rest = min(max(ROUND_INTERVAL, time.monotonic() - started), LONGEST_REST)
        self._hurry.wait(rest)
        self._hurry.clear()
        self.is_awake = False
        if self.queue or self.is_stopping:
            # What came until now found us awake; what comes from here on wakes us.
            self.awaken()

    def _patience(self) -> float | None:
        if self._pipeline is None:
            return 0.0 if self.is_awake else None
        due = self._pipeline.next_due()
        return None if due is None else max(due - time.monotonic(), 0.0)

    def _work_off(self) -> None:
        with self.indivisible:
            if self._pipeline is None:
                self._pipeline = self._make_pipeline()
        pipeline = self._pipeline
        while self.queue:
            flush = self._take_batch(pipeline)
            pipeline.send(everything=flush is not None)
            if flush is not None:
                flush.is_safe = pipeline.held == 0
                flush.done.set()
            elif not self.is_stopping:
                time.sleep(0)  # Under gevent this is where the others run.
        pipeline.count_overflow(self.overflow)
        pipeline.send(everything=False)
        if not self.is_stopping:
            pipeline.notices.emit()

    def _make_pipeline(self) -> Pipeline:
        # Imported here, in the background: signatures, SQLite and the rest take 200 ms and 12 MB.
        from aat_reporters.pipeline import Pipeline

        return Pipeline(
            self._settings, self._counters, self._make_outlet(), lock=self.indivisible, deadline=self._until
        )

    def _take_batch(self, pipeline: Pipeline) -> Flush | None:
        """Take errors up to a flush, which is given."""
        for _ in range(BATCH):
            try:
                item = self.queue.popleft()
            except IndexError:
                break
            if isinstance(item, Flush):
                pipeline.count_overflow(self.overflow)
                return item
            pipeline.take(item)
        return None

    def _until(self) -> float:
        return math.inf if self.deadline is None else self.deadline

    def _close(self) -> None:
        pipeline, self._pipeline = self._pipeline, None
        if pipeline is not None:
            pipeline.send(everything=True)
            pipeline.close()

    def _failed(self) -> None:
        self._counters.drop("internal error")
        if not self.is_stopping:
            logger.exception("error in the reporter itself, please report it")
            self._hurry.wait(FAILURE_REST)
