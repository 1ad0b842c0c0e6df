"""Tell how long a server has been up: by its monitoring port, or at least how long by the connection."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime

from aat_consumer.jetstream import JetStream
from aat_consumer.operate.diagnosis import Monitoring
from aat_consumer.operate.facts import moment_of

__all__ = ["Uptime", "measure", "words"]

_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Uptime:
    """How long a server has been up, and how fast it answers.

    Args:
        seconds: since it started; None where nothing tells.
        is_exact: by the monitoring port; otherwise it is up for at least so long, by its oldest client.
        round_trip: seconds for one answer.
        clients: connections now; of this account alone where the monitoring is not reached.
    """

    seconds: float | None
    is_exact: bool
    round_trip: float
    clients: int | None


async def measure(js: JetStream, monitoring: Monitoring | None) -> Uptime:
    """Measure through the monitoring where it was reached, and through the connection where not.

    Raises:
        QueueError: the server does not answer any more.
    """
    started = time.perf_counter()
    await js.ask("INFO")
    round_trip = time.perf_counter() - started
    if monitoring is not None and monitoring.now is not None and monitoring.started_at is not None:
        seconds = (monitoring.now - monitoring.started_at).total_seconds()
        return Uptime(seconds=seconds, is_exact=True, round_trip=round_trip, clients=monitoring.connections)
    answer = await js.system("REQ.ACCOUNT.PING.CONNZ")
    data = answer.get("data") or {}
    now = moment_of(data.get("now"))
    starts = [moment_of(one.get("start")) for one in data.get("connections") or []]
    oldest = min((start for start in starts if start is not None), default=None)
    return Uptime(
        seconds=_between(oldest, now),
        is_exact=False,
        round_trip=round_trip,
        clients=data.get("num_connections"),
    )


def words(seconds: float) -> str:
    """Write a length of time by its two largest units."""
    whole = int(seconds)
    if whole >= _DAY:
        return f"{whole // _DAY} d {whole % _DAY // _HOUR} h"
    if whole >= _HOUR:
        return f"{whole // _HOUR} h {whole % _HOUR // _MINUTE} min"
    return f"{whole // _MINUTE} min {whole % _MINUTE} s" if whole >= _MINUTE else f"{whole} s"


def _between(start: datetime | None, end: datetime | None) -> float | None:
    return (end - start).total_seconds() if start is not None and end is not None else None
