"""Measure what a check judges, by the same signals as the diagnosis."""

from __future__ import annotations

from datetime import datetime

from aat_consumer.operate.checking import Measure
from aat_consumer.operate.diagnosis import Monitoring, Signals, diagnose

__all__ = ["measures"]


def measures(signals: Signals) -> list[Measure]:
    """Make the measures of a check from the signals of a server that was reached."""
    queues = {name: facts for name, facts in signals.present.items() if facts.retention == "workqueue"}
    fullest = max(signals.present.values(), key=lambda facts: facts.fill_percent, default=None)
    readers = [reader for reader in signals.consumers if reader.stream in queues]
    in_flight = sum(reader.in_flight for reader in readers)
    waiting = max(sum(facts.messages for facts in queues.values()) - in_flight, 0)
    now = signals.server_now or signals.now
    oldest = min(
        (facts.first_at for facts in queues.values() if facts.messages and facts.first_at), default=now
    )
    unattended = [one for one in diagnose(signals) if one.id == "AAT-E05"]
    alive = [_age(now, one.alive_at) for one in signals.in_flight]
    return [
        Measure(name="connect_ms", value=round(1000 * signals.connect_seconds, 1)),
        Measure(name="missing_streams", value=len(signals.missing), about=", ".join(signals.missing[:3])),
        Measure(
            name="fill_percent",
            value=round(fullest.fill_percent, 1) if fullest is not None else 0.0,
            about=fullest.name if fullest is not None and fullest.fill_percent else "",
        ),
        Measure(name="store_percent", value=_store_percent(signals.monitoring)),
        Measure(name="waiting", value=waiting),
        Measure(name="oldest_s", value=round(_age(now, oldest) if waiting else 0.0, 1)),
        Measure(
            name="unattended",
            value=sum(int(str(one.facts["waiting"])) for one in unattended),
            about=", ".join(one.subject for one in unattended),
        ),
        Measure(name="in_flight", value=in_flight),
        Measure(name="redelivered", value=sum(reader.redelivered for reader in readers)),
        Measure(name="silent_s", value=round(max(alive, default=0.0), 1)),
        Measure(name="dead", value=len(signals.dead) + signals.left_behind),
        Measure(
            name="paused",
            value=int(signals.pause is not None) + sum(reader.is_paused for reader in readers),
            about=f"by {signals.pause.by}" if signals.pause is not None else "",
        ),
    ]


def _age(now: datetime, then: datetime | None) -> float:
    return max((now - then).total_seconds(), 0.0) if then is not None else 0.0


def _store_percent(monitoring: Monitoring | None) -> float | None:
    if monitoring is None or not monitoring.max_store_bytes:
        return None
    taken = max(monitoring.reserved_bytes, monitoring.used_bytes)
    return round(100 * taken / monitoring.max_store_bytes, 1)
