"""Read what a program prints, within bounds."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import IO

__all__ = ["CHUNK_BYTES", "Output", "reading"]

#: Bytes read at once.
CHUNK_BYTES = 64 * 1024


@contextlib.asynccontextmanager
async def reading(pipe: IO[bytes] | None) -> AsyncIterator[asyncio.StreamReader]:
    """Read a pipe from the event loop, and close it in the end."""
    reader = asyncio.StreamReader(limit=CHUNK_BYTES)
    with contextlib.closing(pipe) if pipe is not None else contextlib.nullcontext():
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), pipe
        )
        try:
            yield reader
        finally:
            transport.close()


class Output:
    """Keep the newest bytes of a stream, and hand out its lines.

    Args:
        limit: bytes kept, and of a line bytes handed out; memory stays below three times that.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._kept = bytearray()
        self._line = bytearray()
        self.truncated = False

    def add(self, data: bytes) -> None:
        """Take what was read."""
        self._kept += data
        # Cutting at twice the limit makes the copying rare.
        if len(self._kept) > 2 * self._limit:
            self._cut()

    def lines(self, data: bytes) -> list[str]:
        """Split off whole lines; of one that is too long, the front."""
        *whole, rest = data.split(b"\n")
        found = []
        for part in whole:
            if self._line:
                self._line += part[: self._limit - len(self._line)]
                part = bytes(self._line)
                self._line.clear()
            found.append(part[: self._limit].decode(errors="replace").removesuffix("\r"))
        self._line += rest[: self._limit - len(self._line)]
        return found

    def last_line(self) -> list[str]:
        """Give the line that was never ended, if there is one."""
        return [self._line.decode(errors="replace").removesuffix("\r")] if self._line else []

    def text(self) -> str:
        """Give what was kept, invalid UTF-8 replaced."""
        self._cut()
        return self._kept.decode(errors="replace")

    def _cut(self) -> None:
        if len(self._kept) > self._limit:
            del self._kept[: -self._limit]
            self.truncated = True
