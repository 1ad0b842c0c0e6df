"""Look at messages where they lie, taking none."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from datetime import datetime

import nats.js.errors
from nats.js import JetStreamContext
from nats.js.api import RawStreamMsg

from aat_consumer.errors import QueueError
from aat_consumer.jetstream._wording import CLIENT_ERRORS, no_stream, wording

__all__ = ["Messages", "Stored"]

#: Error codes of the server (facts measured on 2.9.10 and 2.15.1).
_NO_MESSAGE = 10037
_NOT_THERE = 10057


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """One message as it lies in a stream, looked at without taking it."""

    subject: str
    sequence: int
    payload: bytes
    headers: Mapping[str, str]
    timestamp: datetime | None

    def stored_at(self, *, otherwise: float = 0.0) -> float:
        """Give when it was stored, in seconds since the epoch, or another time where that is not told."""
        return self.timestamp.timestamp() if self.timestamp else otherwise


class Messages:
    """Look into the streams of one connection."""

    def __init__(self, context: JetStreamContext) -> None:
        self._context = context

    async def last(self, stream: str, subject: str) -> Stored | None:
        """Look at the last message on a subject.

        Raises:
            QueueError: no server or no stream.
        """
        return await self._look(stream, subject=subject)

    async def at(self, stream: str, sequence: int) -> Stored | None:
        """Look at one message by its sequence.

        Raises:
            QueueError: no server or no stream.
        """
        return await self._look(stream, seq=sequence)

    async def walk(self, stream: str, subject: str, *, start: int = 1) -> AsyncGenerator[Stored]:
        """Look at every message on a subject (wildcards allowed), oldest first, taking none.

        Raises:
            QueueError: no server or no stream.
        """
        sequence = start
        while (found := await self._look(stream, seq=sequence, subject=subject, following=True)) is not None:
            yield found
            sequence = found.sequence + 1

    async def _look(
        self, stream: str, *, seq: int | None = None, subject: str | None = None, following: bool = False
    ) -> Stored | None:
        try:
            raw = await self._context.get_msg(stream, seq=seq, subject=subject, next=following)
        except nats.js.errors.NotFoundError as exc:
            if exc.err_code == _NO_MESSAGE:
                return None
            raise no_stream(stream) from exc
        except CLIENT_ERRORS as exc:
            raise QueueError(f"the server did not let us look into {stream}: {wording(exc)}") from exc
        return _stored(raw)

    async def remove(self, stream: str, sequence: int) -> None:
        """Delete one message; one that is gone already is no error.

        Raises:
            QueueError: no server or no stream.
        """
        try:
            await self._context.delete_msg(stream, sequence)
        except nats.js.errors.ServerError as exc:
            if exc.err_code != _NOT_THERE:
                raise QueueError(f"message {sequence} of {stream} was not removed: {wording(exc)}") from exc
        except CLIENT_ERRORS as exc:
            raise QueueError(f"message {sequence} of {stream} was not removed: {wording(exc)}") from exc


def _stored(raw: RawStreamMsg) -> Stored:
    return Stored(
        subject=raw.subject or "",
        sequence=raw.seq or 0,
        payload=raw.data or b"",
        headers=dict(raw.headers or {}),
        timestamp=getattr(raw, "time", None),
    )
