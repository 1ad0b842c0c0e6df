"""Share one publisher among all handlers and reporters of a process that have equal settings."""

from __future__ import annotations

import atexit
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from weakref import WeakKeyDictionary, WeakValueDictionary

from aat_reporters.counters import Stats
from aat_reporters.messages import Outlet
from aat_reporters.publishing import Publisher, Recorder
from aat_reporters.settings import ReporterSettings

__all__ = ["PUBLISHERS", "Publishers"]


class Publishers:
    """Hand out publishers by their settings, and carry them over forks and through the exit."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._by_settings: WeakValueDictionary[ReporterSettings, Publisher] = WeakValueDictionary()
        # Weak, for handlers and middleware may go without giving theirs back.
        self._users: WeakKeyDictionary[Publisher, int] = WeakKeyDictionary()
        self._recorder: Recorder | None = None
        self._is_hooked = False

    def acquire(self, settings: ReporterSettings) -> Publisher:
        """Give the publisher of these settings, a new one where there is none; pair it with release."""
        with self._lock:
            self._hook()
            publisher = self._by_settings.get(settings)
            if publisher is None:
                publisher = Publisher(settings, make_outlet=lambda: _outlet(settings))
                publisher.recorder = self._recorder
                self._by_settings[settings] = publisher
            self._users[publisher] = self._users.get(publisher, 0) + 1
        publisher.adopt()
        return publisher

    def release(self, publisher: Publisher) -> bool:
        """Give a publisher back; True when nobody else has it."""
        with self._lock:
            left = self._users.get(publisher, 1) - 1
            if left:
                self._users[publisher] = left
            else:
                self._users.pop(publisher, None)
            return not left

    @contextmanager
    def recording(self, recorder: Recorder) -> Iterator[None]:
        """Give every error of the process to a recorder, and publish none, during a with block."""
        with self._lock:
            before, self._recorder = self._recorder, recorder
            for publisher in self._all():
                publisher.recorder = recorder
        try:
            yield
        finally:
            with self._lock:
                self._recorder = before
                for publisher in self._all():
                    publisher.recorder = before

    def stats(self) -> list[tuple[ReporterSettings, Stats]]:
        """Give the counters of each publisher of this process; any thread may ask."""
        with self._lock:
            publishers = self._all()
        return [(publisher.settings, publisher.stats()) for publisher in publishers]

    def finish(self) -> None:
        """Finish every publisher within the longest of their exit timeouts, as at the interpreter's exit."""
        publishers = self._all()
        timeout = max((publisher.settings.exit_timeout for publisher in publishers), default=0.0)
        deadline = time.monotonic() + timeout
        for publisher in publishers:
            publisher.retire()
        for publisher in publishers:
            publisher.leave(deadline)

    def _all(self) -> list[Publisher]:
        return list(self._by_settings.values())

    def _hook(self) -> None:
        """Ask to be told of forks and of the exit; hooks cannot be taken back, so only once."""
        if self._is_hooked:
            return
        self._is_hooked = True
        os.register_at_fork(
            before=self._before_fork,
            after_in_parent=self._after_fork_in_parent,
            after_in_child=self._after_fork_in_child,
        )
        atexit.register(self.finish)

    def _before_fork(self) -> None:
        for publisher in self._all():
            publisher.before_fork()

    def _after_fork_in_parent(self) -> None:
        for publisher in self._all():
            publisher.after_fork_in_parent()

    def _after_fork_in_child(self) -> None:
        self._lock = threading.RLock()
        for publisher in self._all():
            publisher.after_fork_in_child()


def _outlet(settings: ReporterSettings) -> Outlet:
    # Imported by the background thread: nats and asyncio take 160 ms and 17 MB.
    from aat_reporters._jetstream import JetStreamOutlet

    return JetStreamOutlet(settings.connection, name=f"aat-reporter {settings.namespace.name}")


#: The publishers of this process. It is shared by nature: handlers made by dictConfig have nobody
#: who could hand it to them.
PUBLISHERS = Publishers()
