"""Look at queues and streams for the alerts about what holds for a while."""

from __future__ import annotations

from aat_consumer import streams
from aat_consumer.jetstream import JetStream
from aat_consumer.operate.alerts.conditions import Sample
from aat_consumer.pausing import find_pause

__all__ = ["sample"]


async def sample(js: JetStream, environments: tuple[str, ...], *, now: float) -> Sample:
    """Take one sample.

    Args:
        js: a connection.
        environments: those that a consumer is to serve.
        now: seconds since the epoch.

    Raises:
        QueueError: no server, or no bucket.
    """
    states = {state.spec.name: state for state in await streams.states(js)}
    waiting, in_flight, delivered = 0, 0, {}
    for environment in environments:
        stream = js.namespace.error_stream(environment)
        lag = await js.lag(stream)
        # Without a durable no consumer has ever started, and everything there waits.
        waiting += lag.waiting if lag is not None else states[stream].messages
        in_flight += lag.in_flight if lag is not None else 0
        delivered[stream] = lag.delivered if lag is not None else 0
    fill = {
        name: 100 * state.used_bytes / state.max_bytes
        for name, state in states.items()
        # The others forget their oldest when they are full, which is how they are meant to be.
        if state.exists and state.max_bytes > 0 and (state.spec.is_work_queue or name.startswith("KV_"))
    }
    return Sample(
        at=now,
        waiting=waiting,
        in_flight=in_flight,
        delivered=delivered,
        is_paused=await find_pause(js) is not None,
        fill=fill,
    )
