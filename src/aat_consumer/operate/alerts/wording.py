"""Write a notification as text for people and as JSON for programs. Pure."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime

from aat_consumer.operate.alerts.ledger import Notification
from aat_consumer.operate.alerts.plain import link
from aat_consumer.operate.alerts.rules import Alert

__all__ = ["body_of", "json_of", "title_of"]

#: What a rule is called in the title, for one alert and for several.
_NAMES = {
    "new": ("new error", "new errors"),
    "regression": ("regression", "regressions"),
    "spike": ("spike", "spikes"),
    "dead": ("dead letter", "dead letters"),
    "rejected": ("rejection", "rejections"),
    "denied": ("denied attempt", "denied attempts"),
    "stuck": ("stuck queue", "stuck queues"),
    "full": ("full stream", "full streams"),
    "down": ("server down", "servers down"),
    "test": ("test", "tests"),
}


def title_of(notification: Notification, namespace: str) -> str:
    """Write one line: the alert, or how many of each kind."""
    alerts = notification.alerts
    if len(alerts) == 1 and not notification.more:
        what = f": {alerts[0].title}" if alerts[0].title else ""
        return f"[{namespace}] {alerts[0].text}{what}"
    counts = Counter(alert.rule for alert in alerts)
    parts = [f"{count} {_NAMES[rule][count > 1]}" for rule, count in counts.items()]
    parts += [f"{notification.more} more"] if notification.more else []
    return f"[{namespace}] " + ", ".join(parts)


def body_of(notification: Notification, dashboard: str) -> str:
    """Write a paragraph for each alert, with a link where there is a dashboard."""
    paragraphs = [_paragraph(alert, dashboard) for alert in notification.alerts]
    if notification.more:
        paragraphs.append(f"{notification.more} more alerts are not listed.")
    if notification.is_last:
        paragraphs.append(
            "The hourly cap is reached (alerts.hourly_cap); what follows is told together, later."
        )
    return "\n\n".join(paragraphs)


def json_of(notification: Notification, *, namespace: str, dashboard: str) -> bytes:
    """Write the body of the webhook, in the form of Standard Webhooks: type, timestamp, data."""
    alerts = [
        {
            "rule": alert.rule,
            "urgent": alert.is_urgent,
            "text": alert.text,
            "at": _time(alert.at),
            "count": alert.count,
            "signature": alert.signature,
            "environment": alert.environment,
            "release": alert.release,
            "task_id": alert.task_id,
            "title": alert.title,
            "place": alert.place,
            "url": link(dashboard, alert.signature),
        }
        for alert in notification.alerts
    ]
    body = {
        "type": "aat.alerts",
        "timestamp": _time(notification.at),
        "data": {
            "id": notification.id,
            "namespace": namespace,
            "title": title_of(notification, namespace),
            "alerts": alerts,
            "more": notification.more,
            "capped": notification.is_last,
        },
    }
    return json.dumps(body).encode()


def _paragraph(alert: Alert, dashboard: str) -> str:
    times = f" ({alert.count} times)" if alert.count > 1 else ""
    lines = [f"{alert.rule}: {alert.text}{times}"]
    lines += [line for line in (alert.title, alert.place and f"at {alert.place}") if line]
    lines += [link(dashboard, alert.signature) or (alert.signature and f"signature {alert.signature}")]
    lines += [f"task {alert.task_id}"] if alert.rule in ("dead", "rejected", "denied") else []
    lines += [_time(alert.at)]
    return "\n".join(line for line in lines if line)


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
