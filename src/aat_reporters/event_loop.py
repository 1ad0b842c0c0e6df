"""Run an event loop inside a call, unseen by the program's own.

Under gevent all greenlets live in one thread, and asyncio asks the thread which loop is running. So
while ours waits for the server, a program's own loop would be refused because of it, and ours because
of one that the program's greenlets have.
"""

from __future__ import annotations

import asyncio
import selectors
import socket
import sys
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

__all__ = ["ClientLoop"]

T = TypeVar("T")

#: What a thread knows of its running loop: the loop, and its two hooks for asynchronous generators.
_State = tuple[asyncio.AbstractEventLoop | None, Callable[..., Any] | None, Callable[..., Any] | None]


class ClientLoop(asyncio.SelectorEventLoop):
    """An event loop that runs only inside ``run``, and that waits without holding the thread for itself."""

    def __init__(self) -> None:
        self._turns = _Turns()
        super().__init__(_make_selector(self._turns))
        # Tasks of a lost connection must not be reported through logging.
        self.set_exception_handler(_ignore)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Do some work to its end."""
        with self._turns.ours():
            return self.run_until_complete(work)

    async def getaddrinfo(self, host: Any, port: Any, **options: Any) -> Any:
        """Look a name up without an executor, which the interpreter refuses at exit."""
        with self._turns.theirs():
            return socket.getaddrinfo(host, port, **options)


class _Turns:
    """Keep what the thread knows of the program's loop while ours runs, and put it back while ours waits."""

    def __init__(self) -> None:
        self._their_state: _State = (None, None, None)

    @contextmanager
    def ours(self) -> Iterator[None]:
        self._their_state = _state()
        _put((None, None, None))
        try:
            yield
        finally:
            _put(self._their_state)

    @contextmanager
    def theirs(self) -> Iterator[None]:
        our_state = _state()
        _put(self._their_state)
        try:
            yield
        finally:
            # Only one greenlet runs at a time: what stands here now belongs to one that waits in turn.
            self._their_state = _state()
            _put(our_state)


def _state() -> _State:
    hooks = sys.get_asyncgen_hooks()
    return asyncio._get_running_loop(), hooks.firstiter, hooks.finalizer


def _put(state: _State) -> None:
    loop, first_iteration, finalizer = state
    asyncio._set_running_loop(loop)
    sys.set_asyncgen_hooks(first_iteration, finalizer)


def _make_selector(turns: _Turns) -> selectors.BaseSelector:
    default: type[selectors.BaseSelector] = selectors.DefaultSelector
    if default is getattr(selectors, "EpollSelector", None):
        # An epoll object is shared with forked children, which then take the parent's sockets out of
        # it; poll keeps its list in the process.
        return selectors.PollSelector()

    class Yielding(default):  # type: ignore[misc, valid-type]  # gevent puts its own there
        def select(self, timeout: float | None = None) -> Any:
            with turns.theirs():
                return super().select(timeout)

    return Yielding()


def _ignore(loop: asyncio.AbstractEventLoop, context: Mapping[str, Any]) -> None:
    """Say nothing."""
