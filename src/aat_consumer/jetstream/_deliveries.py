"""Describe one delivery, and how far a durable has come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from nats.aio.msg import Msg

from aat_reporters.wire import MESSAGE_ID_HEADER

__all__ = ["Delivery", "Lag", "delivery_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One delivery of one message from a work queue.

    Args:
        payload: the message as published.
        headers: the message's headers.
        stream: where it lies.
        sequence: its sequence in the stream.
        attempt: 1 for the first delivery; the server gives up behind the third.
        reply: where it is acknowledged, from any connection.
        timestamp: when the server stored it.
    """

    payload: bytes
    headers: Mapping[str, str]
    stream: str
    sequence: int
    attempt: int
    reply: str
    timestamp: datetime

    @property
    def message_id(self) -> str:
        """Give the id by which the server drops repeats, empty where there is none."""
        return self.headers.get(MESSAGE_ID_HEADER, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lag:
    """How far the durable of a stream has come.

    Args:
        waiting: messages never delivered.
        in_flight: messages delivered and not settled, delayed ones included.
        pulls: consumers that wait for a message right now.
        delivered: the highest sequence delivered so far.
    """

    waiting: int
    in_flight: int
    pulls: int
    delivered: int


def delivery_of(message: Msg) -> Delivery:
    """Read what the server wrote into the reply subject."""
    metadata = message.metadata
    return Delivery(
        payload=message.data,
        headers=dict(message.headers or {}),
        stream=metadata.stream,
        sequence=metadata.sequence.stream,
        attempt=metadata.num_delivered,
        reply=message.reply,
        timestamp=metadata.timestamp,
    )
