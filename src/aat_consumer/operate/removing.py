"""Remove messages from a stream for good: all, by subject, signature or age, or one by its number.

Nothing here makes the server forget a message id: what was removed stays a repeat until the stream's
duplicate window is over.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from aat_consumer.by_hand.history import body_of
from aat_consumer.errors import RefusedError
from aat_consumer.intake import take
from aat_consumer.jetstream import JetStream, Stored
from aat_consumer.operate.looking import first_since
from aat_consumer.queues import queue_at
from aat_reporters.wire import MESSAGE_ID_HEADER

__all__ = ["Purge", "purge", "remove_one", "signed"]

#: Told how many messages are done of how many.
Progress = Callable[[int, int], None]

#: The server's code for a message that is not there.
_NO_MESSAGE = (10037, 10057)


@dataclass(frozen=True, slots=True, kw_only=True)
class Purge:
    """Say which messages go; what is left empty does not narrow it.

    Args:
        stream: whose.
        subject: wildcards allowed.
        signature: of the error.
        before: stored earlier than this.
        below: with a smaller sequence.
        keep: keep so many of the newest; 0 keeps none.
    """

    stream: str
    subject: str = ""
    signature: str = ""
    before: datetime | None = None
    below: int = 0
    keep: int = 0


async def signed(js: JetStream, wish: Purge, *, last: int, progress: Progress) -> list[int]:
    """List the sequences that a purge by signature removes, looking at every message.

    Args:
        js: a connection.
        wish: what goes.
        last: the last sequence, for the progress.
        progress: told the sequence looked at.

    Raises:
        QueueError: no server or no stream.
    """
    end = await _end(js, wish)
    found = []
    async for stored in js.messages.walk(wish.stream, wish.subject or ">"):
        if end and stored.sequence >= end:
            break
        progress(stored.sequence, last)
        if _signature(js, stored) == wish.signature:
            found.append(stored.sequence)
    return found[: len(found) - wish.keep] if wish.keep else found


async def purge(js: JetStream, wish: Purge) -> int:
    """Remove what a wish without a signature names, in one request.

    Returns:
        How many messages went.

    Raises:
        QueueError: no server, no stream, or it refuses.
    """
    body: dict[str, object] = {}
    if wish.subject:
        body["filter"] = wish.subject
    if end := await _end(js, wish):
        body["seq"] = end
    if wish.keep:
        body["keep"] = wish.keep
    answer = await js.ask(f"STREAM.PURGE.{wish.stream}", body)
    return int(answer.get("purged") or 0)


async def remove_one(js: JetStream, stream: str, sequence: int) -> bool:
    """Remove one message; False where it is not there.

    Raises:
        QueueError: no server, no stream, or it refuses.
    """
    try:
        await js.ask(f"STREAM.MSG.DELETE.{stream}", {"seq": sequence, "no_erase": True})
    except RefusedError as exc:
        if exc.code in _NO_MESSAGE:
            return False
        raise
    return True


async def _end(js: JetStream, wish: Purge) -> int:
    """Give the first sequence that stays; 0 where age and number narrow nothing."""
    ends = [wish.below] if wish.below else []
    if wish.before is not None:
        ends.append(await first_since(js, wish.stream, wish.before))
    return min(ends, default=0)


def _signature(js: JetStream, stored: Stored) -> str:
    """Read or compute what a message is signed with; empty where nothing signs it."""
    queue = queue_at(js.namespace, stored.subject)
    if queue is not None:
        message_id = stored.headers.get(MESSAGE_ID_HEADER, "")
        return take(stored.payload, headers=stored.headers, queue=queue, message_id=message_id).signature
    known = body_of(stored).get("signature")
    return str(known.get("stable", "") if isinstance(known, dict) else known or "")
