"""Read the server's own description of streams and consumers. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

__all__ = ["ConsumerFacts", "StreamFacts", "moment_of", "read_consumer", "read_stream"]

#: The server writes a time that never was as the year 1.
_NEVER = 1

_NANOSECONDS = 1e9


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamFacts:
    """What a stream is set up as, and what it holds.

    Args:
        name: of the stream.
        subjects: what it captures.
        retention: ``workqueue`` or ``limits``.
        discard: ``new`` refuses when full, ``old`` forgets.
        storage: ``file`` or ``memory``.
        replicas: servers that hold a copy.
        max_bytes: -1 without a limit.
        max_messages: -1 without a limit.
        max_age: seconds; 0 keeps.
        duplicate_window: seconds in which a message id is known.
        messages: held now.
        used_bytes: of them.
        first_sequence: of the oldest message.
        last_sequence: of the newest.
        first_at: when the oldest came.
        last_at: when the newest came.
        deleted: messages taken out between first and last.
        subject_count: subjects with messages.
        consumers: how many.
        created_at: when the stream was made.
        leader: server that leads it; empty on a single server.
        lagging: replicas that are away or behind.
    """

    name: str
    subjects: tuple[str, ...] = ()
    retention: str = ""
    discard: str = ""
    storage: str = ""
    replicas: int = 1
    max_bytes: int = -1
    max_messages: int = -1
    max_age: float = 0.0
    duplicate_window: float = 0.0
    messages: int = 0
    used_bytes: int = 0
    first_sequence: int = 0
    last_sequence: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None
    deleted: int = 0
    subject_count: int = 0
    consumers: int = 0
    created_at: datetime | None = None
    leader: str = ""
    lagging: tuple[str, ...] = ()

    @property
    def fill_percent(self) -> float:
        """Say how much of its limit in bytes is used; 0 without a limit."""
        return 100 * self.used_bytes / self.max_bytes if self.max_bytes > 0 else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsumerFacts:
    """How a consumer is set up, and how far it has come.

    Args:
        stream: that it reads.
        name: of the consumer.
        filter: subject that it takes; empty for all.
        is_durable: it outlives whoever reads.
        ack_wait: seconds without a sign of life until the next delivery.
        max_deliver: deliveries at most; -1 without a limit.
        max_in_flight: deliveries at a time at most; -1 without a limit.
        waiting: messages never delivered.
        in_flight: messages delivered and not settled.
        redelivered: of those, delivered more than once.
        pulls: requests for a message that wait right now.
        delivered: the highest sequence delivered.
        delivered_at: when.
        settled: the sequence up to which all is settled.
        settled_at: when it last rose.
        is_paused: the server delivers nothing for a time.
        pause_left: seconds until it goes on.
        created_at: when the consumer was made.
    """

    stream: str
    name: str
    filter: str = ""
    is_durable: bool = True
    ack_wait: float = 0.0
    max_deliver: int = -1
    max_in_flight: int = -1
    waiting: int = 0
    in_flight: int = 0
    redelivered: int = 0
    pulls: int = 0
    delivered: int = 0
    delivered_at: datetime | None = None
    settled: int = 0
    settled_at: datetime | None = None
    is_paused: bool = False
    pause_left: float = 0.0
    created_at: datetime | None = None


def read_stream(info: Mapping[str, Any]) -> StreamFacts:
    """Read the answer to ``STREAM.INFO``."""
    config, state, cluster = (info.get(key) or {} for key in ("config", "state", "cluster"))
    lagging = [
        str(peer.get("name"))
        for peer in cluster.get("replicas") or []
        if peer.get("offline") or not peer.get("current")
    ]
    return StreamFacts(
        name=str(config.get("name", "")),
        subjects=tuple(config.get("subjects") or ()),
        retention=str(config.get("retention", "")),
        discard=str(config.get("discard", "")),
        storage=str(config.get("storage", "")),
        replicas=int(config.get("num_replicas") or 1),
        max_bytes=int(config.get("max_bytes") or -1),
        max_messages=int(config.get("max_msgs") or -1),
        max_age=(config.get("max_age") or 0) / _NANOSECONDS,
        duplicate_window=(config.get("duplicate_window") or 0) / _NANOSECONDS,
        messages=int(state.get("messages") or 0),
        used_bytes=int(state.get("bytes") or 0),
        first_sequence=int(state.get("first_seq") or 0),
        last_sequence=int(state.get("last_seq") or 0),
        first_at=moment_of(state.get("first_ts")),
        last_at=moment_of(state.get("last_ts")),
        deleted=int(state.get("num_deleted") or 0),
        subject_count=int(state.get("num_subjects") or 0),
        consumers=int(state.get("consumer_count") or 0),
        created_at=moment_of(info.get("created")),
        leader=str(cluster.get("leader") or ""),
        lagging=tuple(lagging),
    )


def read_consumer(info: Mapping[str, Any]) -> ConsumerFacts:
    """Read the answer to ``CONSUMER.INFO``, or one entry of ``CONSUMER.LIST``."""
    config, delivered, floor = (info.get(key) or {} for key in ("config", "delivered", "ack_floor"))
    return ConsumerFacts(
        stream=str(info.get("stream_name", "")),
        name=str(info.get("name", "")),
        filter=str(config.get("filter_subject") or ", ".join(config.get("filter_subjects") or ())),
        is_durable=bool(config.get("durable_name")),
        ack_wait=(config.get("ack_wait") or 0) / _NANOSECONDS,
        max_deliver=int(config.get("max_deliver") or -1),
        max_in_flight=int(config.get("max_ack_pending") or -1),
        waiting=int(info.get("num_pending") or 0),
        in_flight=int(info.get("num_ack_pending") or 0),
        redelivered=int(info.get("num_redelivered") or 0),
        pulls=int(info.get("num_waiting") or 0),
        delivered=int(delivered.get("stream_seq") or 0),
        delivered_at=moment_of(delivered.get("last_active")),
        settled=int(floor.get("stream_seq") or 0),
        settled_at=moment_of(floor.get("last_active")),
        is_paused=bool(info.get("paused")),
        pause_left=(info.get("pause_remaining") or 0) / _NANOSECONDS,
        created_at=moment_of(info.get("created")),
    )


def moment_of(text: object) -> datetime | None:
    """Read a time as the server writes it; None for one that never was."""
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return moment if moment.year > _NEVER else None
