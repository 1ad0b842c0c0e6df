"""Take from, reset, remove and pause the consumers of a stream by hand."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from aat_consumer.errors import QueueError, RefusedError
from aat_consumer.jetstream import Delivery, JetStream
from aat_consumer.operate.facts import ConsumerFacts, read_consumer

__all__ = ["consumer_facts", "pause", "remove", "reset", "resume", "take_one"]

#: The first server that pauses consumers.
PAUSING_SINCE = (2, 11)

#: The server's code for a consumer that does not exist.
NO_CONSUMER = 10014

_VERSION = re.compile(r"(\d+)\.(\d+)")

#: What the server writes into a consumer's configuration by itself, and does not take back.
_SERVERS_OWN = ("metadata", "pause_until", "num_replicas")


async def consumer_facts(js: JetStream, stream: str, name: str) -> ConsumerFacts:
    """Describe one consumer.

    Raises:
        QueueError: it does not exist, no server, or it refuses.
    """
    return read_consumer(await _info(js, stream, name))


async def take_one(js: JetStream, stream: str, name: str, *, settle: bool) -> Delivery | None:
    """Take the next message; give it back at once, or acknowledge it.

    Giving back is one of its deliveries all the same.

    Args:
        js: a connection.
        stream: its name.
        name: of a consumer that is pulled from.
        settle: acknowledge it, which removes it from a work queue.

    Returns:
        What was taken, or None where nothing waits.

    Raises:
        QueueError: no server, no stream or no such consumer.
    """
    await _info(js, stream, name)
    delivery = await js.fetch(stream, durable=name)
    if delivery is None:
        return None
    if settle:
        await js.acknowledge(delivery)
    else:
        await js.refuse(delivery.reply, delay=0)
    return delivery


async def reset(js: JetStream, stream: str, name: str) -> ConsumerFacts:
    """Make a consumer anew with its own settings, so that it delivers from the start.

    Raises:
        QueueError: it does not exist, is no durable, no server, or it refuses.
    """
    config: dict[str, Any] = dict((await _info(js, stream, name))["config"])
    if not config.get("durable_name"):
        raise QueueError(f"consumer {name} of {stream} is no durable, so whoever made it must reset it")
    await remove(js, stream, name)
    wanted = {key: value for key, value in config.items() if key not in _SERVERS_OWN}
    wanted.pop("name", None)  # servers before 2.9 do not know it beside durable_name
    body = {"stream_name": stream, "config": wanted}
    return read_consumer(await js.ask(f"CONSUMER.DURABLE.CREATE.{stream}.{name}", body))


async def remove(js: JetStream, stream: str, name: str) -> None:
    """Delete a consumer; what it was given and did not settle is delivered to the next one again.

    Raises:
        QueueError: it does not exist, no server, or it refuses.
    """
    try:
        await js.ask(f"CONSUMER.DELETE.{stream}.{name}")
    except RefusedError as exc:
        raise _explained(exc, stream, name) from exc


async def pause(js: JetStream, stream: str, name: str, *, seconds: float) -> ConsumerFacts:
    """Let the server deliver nothing through this consumer for a time.

    Raises:
        QueueError: the server is older than 2.11, it does not exist, or no server.
    """
    until = datetime.now(UTC) + timedelta(seconds=seconds)
    return await _pause(js, stream, name, {"pause_until": until.isoformat().replace("+00:00", "Z")})


async def resume(js: JetStream, stream: str, name: str) -> ConsumerFacts:
    """Let the server deliver again.

    Raises:
        QueueError: the server is older than 2.11, it does not exist, or no server.
    """
    return await _pause(js, stream, name, {})


async def _pause(js: JetStream, stream: str, name: str, body: dict[str, object]) -> ConsumerFacts:
    known = _VERSION.search(js.server_version)
    if known is None or (int(known[1]), int(known[2])) < PAUSING_SINCE:
        raise QueueError(
            f"nats-server {js.server_version} cannot pause one consumer, 2.11 and newer can; "
            "aat pause stops all dispatch on any server"
        )
    try:
        await js.ask(f"CONSUMER.PAUSE.{stream}.{name}", body)
    except RefusedError as exc:
        raise _explained(exc, stream, name) from exc
    return await consumer_facts(js, stream, name)


async def _info(js: JetStream, stream: str, name: str) -> dict[str, Any]:
    try:
        return await js.ask(f"CONSUMER.INFO.{stream}.{name}")
    except RefusedError as exc:
        raise _explained(exc, stream, name) from exc


def _explained(error: RefusedError, stream: str, name: str) -> RefusedError:
    if error.code == NO_CONSUMER:
        text = f"{stream} has no consumer {name}; aat consumer list shows them"
        return RefusedError(text, code=error.code)
    return RefusedError(f"consumer {name} of {stream}: {error}", code=error.code)
