"""Look at server, streams and queues, and say what is wrong in a line each."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from aat_consumer import streams
from aat_consumer.errors import QueueError
from aat_consumer.jetstream import JetStream
from aat_consumer.operate import uptime
from aat_consumer.operate.diagnosis import Monitoring
from aat_consumer.operate.uptime import Uptime
from aat_consumer.pausing import Pause, find_pause

__all__ = ["Finding", "look"]

#: Percent of a stream's limit from which it counts as nearly full, as the nats program has it.
NEARLY_FULL = 75.0

#: Looks for a pulling consumer, which waits on one queue at a time.
PULL_LOOKS = 4

#: Seconds between two of them.
PULL_INTERVAL = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at.

    Args:
        subject: what: ``server``, a stream's name, or ``queue <environment>``.
        is_well: nothing needs a human.
        text: the state in words.
        facts: the state in numbers.
    """

    subject: str
    is_well: bool
    text: str
    facts: dict[str, object]


async def look(
    js: JetStream, environments: tuple[str, ...], *, monitoring: Monitoring | None = None
) -> list[Finding]:
    """Look at everything once; what cannot be looked at is a finding.

    Args:
        js: a connection.
        environments: whose queues are looked at.
        monitoring: what the monitoring port told; None where it was not reached.

    Raises:
        QueueError: the server does not answer any more.
    """
    version = js.server_version
    try:
        found = await streams.states(js)
    except QueueError as exc:
        return [
            Finding(
                subject="server", is_well=False, text=str(exc), facts={"version": version, "jetstream": False}
            )
        ]
    server = _server(version, await uptime.measure(js, monitoring), monitoring)
    has_bucket = any(state.exists and state.spec == js.namespace.bucket_spec for state in found)
    pause = await find_pause(js) if has_bucket else None
    is_set_up = any(state.exists for state in found)
    queues = await _queues(js, environments, is_paused=pause is not None) if is_set_up else []
    return [server, *map(_stream, found), *_dispatch(pause), *queues]


def _server(version: str, up: Uptime, monitoring: Monitoring | None) -> Finding:
    text = f"nats-server {version} with JetStream"
    if up.seconds is not None:
        text += f", up {'' if up.is_exact else 'at least '}{uptime.words(up.seconds)}"
    text += f", answers in {1000 * up.round_trip:.1f} ms"
    if up.clients is not None:
        text += f", {up.clients} clients"
    facts: dict[str, object] = {
        "version": version,
        "jetstream": True,
        "uptime_s": None if up.seconds is None else round(up.seconds, 1),
        "uptime_exact": up.is_exact,
        "round_trip_ms": round(1000 * up.round_trip, 2),
        "clients": up.clients,
        "memory_bytes": monitoring.memory_bytes if monitoring is not None else None,
        "slow_consumers": monitoring.slow_consumers if monitoring is not None else None,
    }
    return Finding(subject="server", is_well=True, text=text, facts=facts)


def _dispatch(pause: Pause | None) -> list[Finding]:
    if pause is None:
        return []
    text = f"paused by {pause.by} since {pause.at}: nothing is fetched until aat resume"
    facts: dict[str, object] = {"paused": True, "by": pause.by, "at": pause.at}
    return [Finding(subject="dispatch", is_well=True, text=text, facts=facts)]


def _stream(state: streams.StreamState) -> Finding:
    if not state.exists:
        text = "missing; make it with: aat stream ensure"
        return Finding(subject=state.spec.name, is_well=False, text=text, facts={"exists": False})
    fill = 100 * state.used_bytes / state.max_bytes if state.max_bytes > 0 else 0.0
    is_full = fill >= NEARLY_FULL and state.spec.is_work_queue
    text = f"{state.messages} messages, {fill:.1f} % full" + (", nearly full" if is_full else "")
    facts: dict[str, object] = {"exists": True, "messages": state.messages, "fill_percent": round(fill, 1)}
    return Finding(subject=state.spec.name, is_well=not is_full, text=text, facts=facts)


async def _queues(js: JetStream, environments: tuple[str, ...], *, is_paused: bool) -> list[Finding]:
    """Describe each queue; reports that wait while nobody pulls are what a human must know of.

    While dispatch is paused nobody pulls, and somebody knows.
    """
    lags = {name: await js.lag(js.namespace.error_stream(name)) for name in environments}
    pulls = sum(lag.pulls for lag in lags.values() if lag is not None)
    waits = any(lag is not None and lag.waiting for lag in lags.values())
    for _ in range(PULL_LOOKS if waits and not is_paused else 0):
        if pulls:
            break
        await asyncio.sleep(PULL_INTERVAL)
        again = [await js.lag(js.namespace.error_stream(name)) for name in environments]
        pulls = sum(lag.pulls for lag in again if lag is not None)
    found = []
    for name, lag in lags.items():
        if lag is None:
            text = "no consumer has started here yet"
            found.append(Finding(subject=f"queue {name}", is_well=True, text=text, facts={"durable": False}))
            continue
        is_stuck = bool(lag.waiting) and not pulls and not lag.in_flight and not is_paused
        text = f"{lag.waiting} waiting, {lag.in_flight} in work"
        text += ", and no consumer pulls: aat run" if is_stuck else ""
        facts: dict[str, object] = {"waiting": lag.waiting, "in_flight": lag.in_flight, "pulling": pulls}
        found.append(Finding(subject=f"queue {name}", is_well=not is_stuck, text=text, facts=facts))
    return found
