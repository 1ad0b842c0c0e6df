"""Take errors one by one through signing, counting, rendering and delivery, in the background thread."""

from __future__ import annotations

import os
import threading
import time
from collections import OrderedDict

from aat_reporters.capture import message_of
from aat_reporters.counters import Counters
from aat_reporters.delivery import Delivery
from aat_reporters.identity import Identities, Overflow
from aat_reporters.keeping import Keeping
from aat_reporters.messages import Deadline, Message, Outlet
from aat_reporters.notices import Notices
from aat_reporters.occurrences import Occurrences
from aat_reporters.rendering import Renderer
from aat_reporters.report import encode
from aat_reporters.settings import ReporterSettings
from aat_reporters.snapshots import Captured, Snapshot, thaw
from aat_reporters.spool import Spool

__all__ = ["Pipeline"]

#: Seconds for which a report under the same id is only counted.
REPEAT_INTERVAL = 60.0

#: Signatures remembered with the time of their last report.
MAX_SIGNATURES = 10_000

#: Seconds without an error after which the connection is closed.
IDLE_SECONDS = 30.0


class Pipeline:
    """Turn errors into messages and get them delivered; used by one thread at a time.

    Args:
        settings: of the reporter.
        counters: of the process.
        outlet: the way to the server.
        lock: held while the spool is open.
        deadline: by which all must be over, as at the exit.
    """

    def __init__(
        self,
        settings: ReporterSettings,
        counters: Counters,
        outlet: Outlet,
        *,
        lock: threading.Lock,
        deadline: Deadline,
    ) -> None:
        self.notices = Notices()
        self._settings = settings
        self._counters = counters
        self._renderer = Renderer(settings, hook_failed=self._fingerprint_failed)
        self._identities = Identities(self._renderer.signature)
        self._occurrences = Occurrences(settings, token=os.urandom(8).hex())
        self._keeping = Keeping(Spool.of(settings, lock=lock), counters, self.notices)
        self._delivery = Delivery(settings, outlet, self._keeping, counters, self.notices, deadline)
        self._reported: OrderedDict[str, float] = OrderedDict()
        self._outgoing: list[tuple[str, Message]] = []
        self._last_sent = time.monotonic()
        self._is_open = False
        self._outlet = outlet

    @property
    def held(self) -> int:
        """Count reports that wait in memory."""
        return self._keeping.held_reports

    def take(self, captured: Captured) -> None:
        """Count an error and, unless it was reported a moment ago, make its report."""
        now = time.monotonic()
        try:
            signature, snapshot = self._identify(captured)
            self._occurrences.add(signature, count=1, at=captured[0], now=now)
            last = self._reported.get(signature)
            if last is not None and now - last < REPEAT_INTERVAL:
                self._counters.suppressed += 1
                return
            rendered = self._renderer.render(snapshot or thaw(captured), signature)
        except Exception as exc:
            # A hook of the user's, a broken source file, a bug of ours: the thread must go on.
            self._counters.drop("could not be rendered")
            why = self._renderer.scrubbed(message_of(exc))
            self.notices.warn(
                "rendering", "a report is dropped, making it failed: %s: %s", type(exc).__name__, why
            )
            return
        if rendered is None:
            self._counters.drop("before_send")
            return
        self._reported[signature] = now
        self._reported.move_to_end(signature)
        if len(self._reported) > MAX_SIGNATURES:
            self._reported.popitem(last=False)
        settings = self._settings
        message = Message(
            id=rendered.id,
            subject=settings.namespace.error_subject(settings.environment),
            payload=encode(rendered.report),
            created=captured[0],
            is_report=True,
        )
        self._outgoing.append((signature, message))

    def _identify(self, captured: Captured) -> tuple[str, Snapshot | None]:
        """Give an error's signature, and the snapshot where it had to be made for that."""
        signature = self._identities.signature(captured)
        if self._settings.fingerprint is None:
            return signature, None
        snapshot = self._renderer.fingerprinted(thaw(captured), signature)
        signature = self._renderer.signature(snapshot)
        self._identities.remember(captured, signature)
        return signature, snapshot

    def _fingerprint_failed(self, problem: str) -> None:
        self._counters.fingerprint_failed += 1
        self.notices.warn(
            "fingerprint", "fingerprint is not used, calling it failed: %s", self._renderer.scrubbed(problem)
        )

    def count_overflow(self, overflow: Overflow) -> None:
        """Count the occurrences that found the queue full, as repeats where their place is known."""
        for site, count in overflow.news():
            signature = self._identities.at(site)
            if signature is not None:
                self._occurrences.add(signature, count=count, at=time.time(), now=time.monotonic())
                self._counters.count_late(count)
            else:
                self._counters.drop_many("queue full", count)

    def send(self, *, everything: bool) -> None:
        """Send what waits; with everything, also counts whose time has not come and what is spooled."""
        now = time.monotonic()
        outgoing, self._outgoing = self._outgoing, []
        counts = self._occurrences.all() if everything else self._occurrences.due(now)
        messages = [message for _, message in outgoing] + counts
        if everything:
            self._delivery.hurry()
        if messages:
            safe = self._delivery.deliver(messages)
            for signature, message in outgoing:
                if message.id not in safe:
                    # Not acknowledged and not on disk: its next occurrence is tried at once.
                    self._reported.pop(signature, None)
            self._last_sent, self._is_open = time.monotonic(), True
        self._delivery.replay()
        self.notices.losses(self._counters.dropped(), now)
        if self._is_open and time.monotonic() - self._last_sent >= IDLE_SECONDS:
            self._is_open = False
            self._outlet.close()

    def next_due(self) -> float | None:
        """Tell when there is something to do again, in monotonic seconds."""
        times = [self._occurrences.next_due(), self._delivery.next_due()]
        if self._is_open:
            times.append(self._last_sent + IDLE_SECONDS)
        return min((moment for moment in times if moment is not None), default=None)

    def close(self) -> None:
        """Close the connection; what is only in memory is lost, and counted."""
        self._delivery.close()
