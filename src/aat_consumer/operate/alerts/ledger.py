"""Keep account of what is to be told, was told, and still has to reach a channel. Pure: time is a value.

The whole account is one record, so that it changes in one step: a kill between any two leaves either the
one or the other.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aat_consumer.alert_settings import AlertSettings
from aat_consumer.operate.alerts.rules import Alert, merged

__all__ = ["OVER", "Ledger", "Notification"]

#: Ends the key of an alert that says that another one is over.
OVER = ":over"

#: Alerts that wait to be told one by one; of more, the number is told.
MAX_PENDING = 100

#: Alerts whose last telling is remembered; the record must stay below the server's limit of 1 MiB.
MAX_TOLD = 2_000

#: Notifications that wait for channels which fail; beyond it the oldest are given up, and counted.
MAX_OUTBOX = 20

#: Alerts that one notification lists.
MAX_LISTED = 25

#: Seconds before the second try of a channel; doubles up to the last.
FIRST_RETRY = 5.0
LAST_RETRY = 300.0

#: Seconds after which a notification that a channel did not take is given up: it is no news any more.
GIVEN_UP_AFTER = 86_400.0

_HOUR = 3_600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """What is sent to every channel at once.

    Args:
        id: the same for every try, so that a receiver can drop what it has.
        at: when it was put together, seconds since the epoch.
        alerts: urgent ones first.
        more: further alerts that are not listed.
        is_last: the hourly cap is reached with it.
    """

    id: str
    at: float
    alerts: tuple[Alert, ...]
    more: int = 0
    is_last: bool = False


@dataclass(slots=True)
class Channel:
    """How one channel does; kept while it is configured.

    Args:
        delivered_at: of the last notification that it took.
        failing_since: of the first failure behind that; 0 while it works.
        error: of the last failure, without secrets.
        lost: notifications that it never took.
    """

    delivered_at: float = 0.0
    failing_since: float = 0.0
    error: str = ""
    lost: int = 0


@dataclass(slots=True)
class _Sending:
    notification: Notification
    #: Channel to tries so far and the time of the next.
    waiting: dict[str, tuple[int, float]]


@dataclass(slots=True)
class Ledger:
    """Group alerts into notifications, and notifications into deliveries.

    Args:
        cursors: stream to the last sequence that was judged.
        holding: keys of conditions that were told and are not over.
        silenced: alerts that a silence kept back, since the account was begun.
    """

    cursors: dict[str, int] = field(default_factory=dict)
    holding: set[str] = field(default_factory=set)
    channels: dict[str, Channel] = field(default_factory=dict)
    silenced: int = 0
    _told: dict[str, float] = field(default_factory=dict)
    _repeats: dict[str, int] = field(default_factory=dict)
    _pending: dict[str, Alert] = field(default_factory=dict)
    _overflow: int = 0
    _opened_at: float = 0.0
    _sent: list[float] = field(default_factory=list)
    _outbox: list[_Sending] = field(default_factory=list)

    def offer(self, alert: Alert, *, now: float, settings: AlertSettings) -> None:
        """Take an alert in; what was told lately is only counted."""
        if alert.key.endswith(OVER):
            base = alert.key.removesuffix(OVER)
            if self._pending.pop(base, None) is not None or self._told.pop(base, None) is None:
                return
        elif now - self._told.get(alert.key, -settings.repeat - 1) < settings.repeat:
            self._repeats[alert.key] = self._repeats.get(alert.key, 0) + alert.count
            return
        earlier = self._pending.get(alert.key)
        if earlier is None and len(self._pending) >= MAX_PENDING:
            self._overflow += 1
            return
        if not self._pending:
            self._opened_at = now
        self._pending[alert.key] = merged(earlier, alert) if earlier else alert

    def due_at(self, settings: AlertSettings) -> float | None:
        """Give when the next notification may be put together; None where nothing waits."""
        if not self._pending:
            return None
        due = self._opened_at
        if not any(alert.is_urgent for alert in self._pending.values()):
            after_last = self._sent[-1] + settings.group_interval if self._sent else due
            due = max(due + settings.group_wait, after_last)
        if len(self._sent) >= settings.hourly_cap:
            due = max(due, self._sent[-settings.hourly_cap] + _HOUR)
        return due

    def gather(self, *, now: float, settings: AlertSettings, notification_id: str) -> Notification | None:
        """Put what is due into one notification, which then waits for every channel.

        Args:
            now: seconds since the epoch.
            settings: how long alerts wait for each other.
            notification_id: nobody else's.
        """
        due = self.due_at(settings)
        if due is None or now < due:
            return None
        self._sent = [at for at in self._sent if now - _HOUR < at]
        alerts = sorted(self._pending.values(), key=lambda alert: (not alert.is_urgent, alert.at))
        for alert in alerts:
            if not alert.key.endswith(OVER):
                self._told[alert.key] = now
        told = tuple(self._with_repeats(alert) for alert in alerts[:MAX_LISTED])
        more = len(alerts) - len(told) + self._overflow
        self._pending, self._overflow = {}, 0
        self._sent.append(now)
        self._forget(now, settings)
        is_last = len(self._sent) >= settings.hourly_cap
        notification = Notification(id=notification_id, at=now, alerts=told, more=more, is_last=is_last)
        if self.channels:
            self._outbox.append(_Sending(notification, dict.fromkeys(self.channels, (0, now))))
        while len(self._outbox) > MAX_OUTBOX:
            for name in self._outbox.pop(0).waiting:
                self.channels[name].lost += 1
        return notification

    def due(self, now: float) -> list[tuple[str, Notification]]:
        """Give for each channel the oldest notification that it has not taken, if its time has come."""
        found: dict[str, tuple[float, Notification]] = {}
        for sending in self._outbox:
            for name, (_, at) in sending.waiting.items():
                found.setdefault(name, (at, sending.notification))
        return [(name, notification) for name, (at, notification) in found.items() if at <= now]

    def record(self, notification_id: str, channel: str, *, error: str, now: float) -> None:
        """Note how a try ended; without an error the channel has it."""
        state = self.channels[channel]
        if error:
            state.failing_since, state.error = state.failing_since or now, error
        else:
            state.failing_since, state.error, state.delivered_at = 0.0, "", now
        for sending in self._outbox:
            if sending.notification.id != notification_id or channel not in sending.waiting:
                continue
            tries = sending.waiting[channel][0] + 1
            is_old = now - sending.notification.at > GIVEN_UP_AFTER
            if error and not is_old:
                pause = min(FIRST_RETRY * 2 ** min(tries - 1, 10), LAST_RETRY)
                sending.waiting[channel] = (tries, now + pause)
                continue
            state.lost += bool(error)
            del sending.waiting[channel]
        self._outbox = [sending for sending in self._outbox if sending.waiting]

    def use_channels(self, names: tuple[str, ...]) -> None:
        """Keep account of these channels alone; what waits for others goes nowhere any more."""
        self.channels = {name: self.channels.get(name, Channel()) for name in names}
        for sending in self._outbox:
            sending.waiting = {name: due for name, due in sending.waiting.items() if name in self.channels}
        self._outbox = [sending for sending in self._outbox if sending.waiting]

    @property
    def pending(self) -> int:
        """Count the alerts that wait to be told."""
        return len(self._pending) + self._overflow

    def waiting_for(self, channel: str) -> int:
        """Count the notifications that a channel has not taken."""
        return sum(channel in sending.waiting for sending in self._outbox)

    def _with_repeats(self, alert: Alert) -> Alert:
        return dataclasses.replace(alert, count=alert.count + self._repeats.pop(alert.key, 0))

    def _forget(self, now: float, settings: AlertSettings) -> None:
        """Forget what may be told again, but conditions that hold; beyond the limit the oldest."""
        kept = [
            (key, at) for key, at in self._told.items() if now - at < settings.repeat or key in self.holding
        ]
        self._told = dict(sorted(kept, key=lambda pair: pair[1])[-MAX_TOLD:])
        self._repeats = {key: count for key, count in self._repeats.items() if key in self._told}

    def to_json(self) -> dict[str, object]:
        """Give the record key by key."""
        return {
            "cursors": self.cursors,
            "holding": sorted(self.holding),
            "channels": {name: dataclasses.asdict(channel) for name, channel in self.channels.items()},
            "silenced": self.silenced,
            "told": self._told,
            "repeats": self._repeats,
            "pending": [dataclasses.asdict(alert) for alert in self._pending.values()],
            "overflow": self._overflow,
            "opened_at": self._opened_at,
            "sent": self._sent,
            "outbox": [
                {
                    "notification": dataclasses.asdict(sending.notification),
                    "waiting": {name: list(due) for name, due in sending.waiting.items()},
                }
                for sending in self._outbox
            ],
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Ledger:
        """Read a record of ours; what an older release left out is empty."""
        pending = [Alert(**alert) for alert in value.get("pending", [])]
        return cls(
            cursors=dict(value.get("cursors", {})),
            holding=set(value.get("holding", [])),
            channels={name: Channel(**channel) for name, channel in value.get("channels", {}).items()},
            silenced=int(value.get("silenced", 0)),
            _told=dict(value.get("told", {})),
            _repeats=dict(value.get("repeats", {})),
            _pending={alert.key: alert for alert in pending},
            _overflow=int(value.get("overflow", 0)),
            _opened_at=float(value.get("opened_at", 0.0)),
            _sent=list(value.get("sent", [])),
            _outbox=[_sending(entry) for entry in value.get("outbox", [])],
        )


def _sending(value: Mapping[str, Any]) -> _Sending:
    told = dict(value["notification"])
    told["alerts"] = tuple(Alert(**alert) for alert in told["alerts"])
    waiting = {name: (int(tries), float(at)) for name, (tries, at) in value["waiting"].items()}
    return _Sending(Notification(**told), waiting)
