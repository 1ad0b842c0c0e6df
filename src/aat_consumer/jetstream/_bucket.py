"""Keep records in the namespace's bucket by create, compare and set."""

from __future__ import annotations

from dataclasses import dataclass

import nats.js.errors
from nats.js import JetStreamContext
from nats.js.kv import KeyValue

from aat_consumer.errors import QueueError
from aat_consumer.jetstream._wording import CLIENT_ERRORS, wording

__all__ = ["Bucket", "Entry"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One value of the bucket with the revision that an update must name."""

    value: bytes
    revision: int


class Bucket:
    """Read and write one bucket; it is looked for when first used."""

    def __init__(self, context: JetStreamContext, *, name: str) -> None:
        self._context = context
        self._name = name
        self._bucket: KeyValue | None = None

    async def get(self, key: str) -> Entry | None:
        """Read a key of the bucket.

        Raises:
            QueueError: no server or no bucket.
        """
        try:
            entry = await (await self._state()).get(key)
        except nats.js.errors.KeyNotFoundError:
            return None
        except CLIENT_ERRORS as exc:
            raise QueueError(f"bucket {self._name} did not answer: {wording(exc)}") from exc
        return Entry(value=entry.value or b"", revision=entry.revision or 0)

    async def create(self, key: str, value: bytes) -> int | None:
        """Write a key that is not there yet; None where it is there.

        Raises:
            QueueError: no server or no bucket.
        """
        return await self._write(key, value, revision=None)

    async def update(self, key: str, value: bytes, *, revision: int) -> int | None:
        """Replace a value if nobody else has since; None where somebody has.

        Raises:
            QueueError: no server or no bucket.
        """
        return await self._write(key, value, revision=revision)

    async def replace(self, key: str, value: bytes, *, entry: Entry | None) -> int | None:
        """Write a key that is still as it was read, None for not there; None where it is not.

        Raises:
            QueueError: no server or no bucket.
        """
        return await self._write(key, value, revision=None if entry is None else entry.revision)

    async def put(self, key: str, value: bytes) -> None:
        """Write a key, whatever it held.

        Raises:
            QueueError: no server or no bucket.
        """
        try:
            await (await self._state()).put(key, value)
        except CLIENT_ERRORS as exc:
            raise QueueError(f"bucket {self._name} did not take {key}: {wording(exc)}") from exc

    async def _write(self, key: str, value: bytes, *, revision: int | None) -> int | None:
        bucket = await self._state()
        try:
            if revision is None:
                return await bucket.create(key, value)
            return await bucket.update(key, value, last=revision)
        except nats.js.errors.KeyWrongLastSequenceError:
            # Ours, perhaps, if the reply to an earlier try was lost: callers make every value unique.
            now = await self.get(key)
            return now.revision if now is not None and now.value == value else None
        except CLIENT_ERRORS as exc:
            raise QueueError(f"bucket {self._name} did not take {key}: {wording(exc)}") from exc

    async def _state(self) -> KeyValue:
        if self._bucket is None:
            try:
                self._bucket = await self._context.key_value(self._name)
            except nats.js.errors.NotFoundError as exc:
                raise QueueError(
                    f"bucket {self._name} does not exist; make it with: aat stream ensure"
                ) from exc
            except CLIENT_ERRORS as exc:
                raise QueueError(f"bucket {self._name} did not answer: {wording(exc)}") from exc
        return self._bucket
