"""Run the dashboard: in the foreground for ``aat dashboard``, in a thread for ``aat dev``."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import secrets
import socket
import threading
from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from typing import Any

import uvicorn

from aat_consumer.errors import ServerError
from aat_consumer.jetstream import connect
from aat_consumer.operate.dashboard.app import make_app
from aat_consumer.operate.dashboard.guard import Access
from aat_consumer.operate.dashboard.running import Watching
from aat_consumer.operate.keeping import Snapshot, snapshot_of
from aat_consumer.settings import Settings
from aat_reporters.errors import AatError

__all__ = ["DEFAULT_PORT", "Background", "Options", "serve"]

#: Where the dashboard listens when nothing is set.
DEFAULT_PORT = 8228

#: Objects made until the collector looks at the youngest, and times until it looks at older ones.
_GC_THRESHOLDS = (50_000, 20, 100)

#: Seconds that open requests get when it stops; event streams end at once.
STOP_TIMEOUT = 2

#: Seconds in which a dashboard in a thread must be there.
START_DEADLINE = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Say how one dashboard is run.

    Args:
        access: who may look and act.
        port: 0 chooses a free one.
        by: in whose name actions are carried out.
        keeps_snapshot: the history is kept for the next start.
    """

    access: Access
    port: int = DEFAULT_PORT
    by: str = "dashboard"
    keeps_snapshot: bool = True


async def serve(
    settings: Settings,
    options: Options,
    *,
    on_ready: Callable[[str], None],
    stopping: asyncio.Event,
) -> None:
    """Serve until the event is set.

    Args:
        settings: namespace and connection.
        options: how.
        on_ready: told the address of the page, when it can be opened.
        stopping: ends it.

    Raises:
        NotConnectedError: no server.
        ServerError: the port is taken.
    """
    access = replace(options.access, key=secrets.token_bytes(32))
    # A history is a million objects without cycles: looking for some in all of them took a fifth of a
    # rebuild's time, and half of a snapshot's.
    gc.set_threshold(*_GC_THRESHOLDS)
    with contextlib.closing(_listen(access.host, options.port)) as listening:
        js = await connect(settings.connection, namespace=settings.namespace, name="aat-dashboard")
        try:
            watching = Watching(js, snapshot=_snapshot(settings) if options.keeps_snapshot else None)
            app = make_app(watching, settings=settings, access=access, by=options.by)
            server = _Server(_config(app), watching=watching)
            url = _url(access, listening)
            await _run(server, watching, listening, on_ready=lambda: on_ready(url), stopping=stopping)
        finally:
            await js.close()


class _Server(uvicorn.Server):
    """Leave signals to the command, and end the open event streams before waiting for requests."""

    def __init__(self, config: uvicorn.Config, *, watching: Watching) -> None:
        super().__init__(config)
        self._watching = watching

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        """Capture none: a dashboard in a thread could not, and the command keeps the history first."""
        yield

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop."""
        self._watching.hub.close()
        await super().shutdown(sockets)


async def _run(
    server: _Server,
    watching: Watching,
    listening: socket.socket,
    *,
    on_ready: Callable[[], None],
    stopping: asyncio.Event,
) -> None:
    following = asyncio.create_task(watching.run())
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    waiting: list[asyncio.Task[Any]] = [following, serving, asyncio.create_task(stopping.wait())]
    on_ready()  # the socket listens already; who comes now waits some milliseconds
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    finally:
        server.should_exit = True
        await asyncio.gather(serving, return_exceptions=True)
        for task in waiting:
            task.cancel()
        ended = await asyncio.gather(*waiting, return_exceptions=True)
        watching.keep()
    for found in ended:
        if isinstance(found, Exception):
            raise found


def _config(app: Any) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        access_log=False,
        lifespan="off",
        log_config=None,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=STOP_TIMEOUT,
        ws="none",
    )


def _listen(host: str, port: int) -> socket.socket:
    """Open the socket before anything else, so that a taken port is known at once."""
    try:
        family, kind, number, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listening = socket.socket(family, kind, number)
    except OSError as exc:
        raise ServerError(f"the dashboard cannot listen on {host}: {exc.strerror or exc}") from exc
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(128)
    except OSError as exc:
        listening.close()
        raise ServerError(
            f"port {port} of {host} cannot be had ({exc.strerror}); choose another with --port, or 0 for any"
        ) from exc
    return listening


def _url(access: Access, listening: socket.socket) -> str:
    host = f"[{access.host}]" if ":" in access.host else access.host
    return f"http://{host}:{listening.getsockname()[1]}/"


def _snapshot(settings: Settings) -> Snapshot | None:
    return snapshot_of(settings.namespace, server=settings.connection.server, source=os.environ)


class Background:
    """Run a dashboard in a thread with an event loop and a connection of its own.

    Args:
        settings: namespace and connection.
        options: how.
    """

    def __init__(self, settings: Settings, options: Options) -> None:
        self.url = ""
        self._settings = settings
        self._options = options
        self._is_ready = threading.Event()
        self._problem: AatError | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None
        self._thread = threading.Thread(target=self._run, name="aat-dashboard", daemon=True)

    def start(self) -> Background:
        """Start it and wait until it listens.

        Raises:
            NotConnectedError: no server.
            ServerError: the port is taken, or it does not come up in 15 s.
        """
        self._thread.start()
        if not self._is_ready.wait(START_DEADLINE):
            raise ServerError(f"the dashboard did not start in {START_DEADLINE:.0f} s")
        if self._problem is not None:
            raise self._problem
        return self

    def stop(self) -> None:
        """Stop it and wait for its thread; calling it again does nothing."""
        if self._loop is not None and self._stopping is not None and self._thread.is_alive():
            with contextlib.suppress(RuntimeError):  # its loop has just ended
                self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(START_DEADLINE)

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except AatError as exc:
            self._problem = exc
        finally:
            self._is_ready.set()

    async def _serve(self) -> None:
        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        await serve(self._settings, self._options, on_ready=self._ready, stopping=self._stopping)

    def _ready(self, url: str) -> None:
        self.url = url
        self._is_ready.set()
