"""Ask the server for the numbers of one namespace."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from aat_consumer.errors import QueueError, RefusedError
from aat_consumer.jetstream import JetStream
from aat_consumer.operate.alerts.account import look
from aat_consumer.operate.alerts.ledger import Ledger
from aat_consumer.operate.durables import consumer_facts
from aat_consumer.operate.facts import ConsumerFacts
from aat_consumer.pausing import find_pause
from aat_consumer.queues import error_queues
from aat_consumer.streams import StreamState, states
from aat_reporters.wire import ENVIRONMENTS

__all__ = ["Sample", "sample"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What the server tells at one time; empty where it does not answer.

    Args:
        is_up: the server answers, and all streams are there.
        version: of the server.
        streams: those that exist.
        queues: environment to its durable; None where no consumer ever started.
        oldest: environment to the age of the oldest report in its queue, in seconds; 0 for an empty one.
        is_paused: dispatch is paused.
        alerts: the account of the alerts; None where none ever ran.
    """

    is_up: bool = False
    version: str = ""
    streams: tuple[StreamState, ...] = ()
    queues: Mapping[str, ConsumerFacts | None] = field(default_factory=dict)
    oldest: Mapping[str, float] = field(default_factory=dict)
    is_paused: bool = False
    alerts: Ledger | None = None


async def sample(js: JetStream) -> Sample:
    """Take one sample, which costs the server some twenty small requests.

    Raises:
        QueueError: no server.
    """
    found = await states(js)
    queues: dict[str, ConsumerFacts | None] = {}
    oldest = {}
    exist = {state.spec.name for state in found if state.exists}
    for queue in error_queues(js.namespace, ENVIRONMENTS):
        if queue.stream not in exist:
            continue
        try:
            queues[queue.environment] = await consumer_facts(js, queue.stream, queue.durable)
        except RefusedError:
            queues[queue.environment] = None
        oldest[queue.environment] = 0.0
        async for first in js.messages.walk(queue.stream, queue.subject):
            now = time.time()
            oldest[queue.environment] = max(0.0, now - first.stored_at(otherwise=now))
            break
    has_bucket = js.namespace.bucket_spec.name in exist
    return Sample(
        is_up=len(exist) == len(found),
        version=js.server_version,
        streams=tuple(state for state in found if state.exists),
        queues=queues,
        oldest=oldest,
        is_paused=has_bucket and await find_pause(js) is not None,
        alerts=await look(js) if has_bucket else None,
    )


async def sample_or_none(js: JetStream) -> Sample:
    """Take one sample; an empty one where the server does not answer."""
    try:
        return await sample(js)
    except QueueError:
        return Sample()
