"""Notice what holds for a while, and tell when it begins and when it is over. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aat_consumer.alert_settings import AlertSettings
from aat_consumer.operate.alerts.rules import Alert

__all__ = ["Conditions", "Sample", "down_alert", "up_alert"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """How queues and streams are at one time.

    Args:
        at: seconds since the epoch.
        waiting: reports in all queues that nobody was given.
        in_flight: reports that somebody was given.
        delivered: the highest sequence delivered, by queue.
        is_paused: nothing is fetched, and somebody knows.
        fill: stream to percent of its limit, for those that refuse when they are full.
    """

    at: float
    waiting: int
    in_flight: int
    delivered: Mapping[str, int]
    is_paused: bool
    fill: Mapping[str, float]


class Conditions:
    """Compare one sample with those before it.

    Args:
        settings: limits.
        hung_after: seconds after which even somebody who works on a report must have taken another.
        holding: what was told before a restart, and not yet said to be over.
    """

    def __init__(self, settings: AlertSettings, *, hung_after: float, holding: set[str]) -> None:
        self._settings = settings
        self._hung_after = max(hung_after, settings.stuck_after)
        self.holding = holding
        self._delivered: Mapping[str, int] = {}
        self._moved_at: float | None = None

    def forget_time(self) -> None:
        """Start the clocks anew, as after the server was away: nobody could take a report meanwhile."""
        self._moved_at = None

    def observe(self, sample: Sample) -> list[Alert]:
        """Give what began to hold, holds on, or is over."""
        found: list[Alert] = []
        if sample.delivered != self._delivered or not sample.waiting or sample.is_paused:
            self._moved_at = sample.at
        self._delivered = sample.delivered
        since = sample.at - (self._moved_at if self._moved_at is not None else sample.at)
        self._moved_at = sample.at - since
        limit = self._hung_after if sample.in_flight else self._settings.stuck_after
        who = "the consumer took none" if sample.in_flight else "no consumer took one"
        stuck = f"{sample.waiting} reports wait, and {who} for {since / 60:.0f} min"
        found += self._held("stuck", "stuck", since >= limit, stuck, sample.at)
        for stream, fill in sample.fill.items():
            text = f"stream {stream} is {fill:.0f} % full, and will refuse what does not fit"
            found += self._held(
                "full", f"full:{stream}", fill >= self._settings.full_percent, text, sample.at
            )
        return [alert for alert in found if alert.rule in self._settings.rules]

    def _held(self, rule: str, key: str, holds: bool, text: str, at: float) -> list[Alert]:
        if holds:
            self.holding.add(key)
            return [Alert(rule=rule, key=key, text=text, at=at, is_urgent=True, count=0)]
        if key not in self.holding:
            return []
        self.holding.discard(key)
        over = {"stuck": "reports are taken again"}.get(key, f"{key.removeprefix('full:')} has room again")
        return [Alert(rule=rule, key=f"{key}:over", text=f"over: {over}", at=at)]


def down_alert(server: str, *, at: float, since: float) -> Alert:
    """Say that the server is away."""
    text = f"{server} has not answered for {at - since:.0f} s; nothing is reported or fixed meanwhile"
    return Alert(rule="down", key="down", text=text, at=at, is_urgent=True, count=0)


def up_alert(server: str, *, at: float, since: float) -> Alert:
    """Say that the server is back."""
    return Alert(rule="down", key="down:over", text=f"over: {server} was away for {at - since:.0f} s", at=at)
