"""A TCP proxy that cuts a connection at a chosen moment, as a network does."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit


class CuttingProxy:
    """Stand between a client and a server on loopback; cut once when a text passes towards the server.

    Args:
        server: address of the real server.
        text: what is waited for, such as ``+ACK``.
        is_forwarded: the text still reaches the server, and the answer is lost; otherwise it is lost itself.
    """

    def __init__(self, server: str, *, text: bytes, is_forwarded: bool) -> None:
        parts = urlsplit(server)
        self._address = (parts.hostname or "127.0.0.1", parts.port or 4222)
        self._text = text
        self._is_forwarded = is_forwarded
        self._is_ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.cuts = 0
        self.url = ""

    def __enter__(self) -> CuttingProxy:
        self._thread.start()
        assert self._is_ready.wait(10)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        self._stop = asyncio.Event()
        self._ways: set[asyncio.Task[None]] = set()
        listening = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.url = f"nats://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
        self._is_ready.set()
        await self._stop.wait()
        listening.close()
        for way in self._ways:
            way.cancel()
        await asyncio.gather(*self._ways, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            server_reader, server_writer = await asyncio.open_connection(*self._address)
        except OSError:
            writer.transport.abort()
            return
        writers = (writer, server_writer)
        self._start(self._to_server(reader, server_writer, writers))
        self._start(self._to_client(server_reader, writer, writers))

    def _start(self, way: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(way)
        self._ways.add(task)
        task.add_done_callback(self._ways.discard)

    async def _to_server(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        both: tuple[asyncio.StreamWriter, asyncio.StreamWriter],
    ) -> None:
        try:
            while data := await reader.read(65_536):
                is_now = self._text in data and not self.cuts
                if is_now:
                    self.cuts += 1
                if not is_now or self._is_forwarded:
                    writer.write(data)
                    await writer.drain()
                if is_now:
                    # The client is cut off at once; the server still gets what was sent to it.
                    both[0].transport.abort()
                    break
        except OSError:
            pass
        writer.close()

    async def _to_client(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        both: tuple[asyncio.StreamWriter, asyncio.StreamWriter],
    ) -> None:
        try:
            while data := await reader.read(65_536):
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        for one in both:
            one.transport.abort()
