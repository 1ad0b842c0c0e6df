"""Hold which alerts are sent, how often and where to, checked when made."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from aat_reporters.errors import SettingsError

__all__ = ["ALERT_RULES", "ALERT_VARIABLES", "AlertSettings"]

#: Every rule; what each means is told in docs/alerts.md.
ALERT_RULES = ("new", "regression", "spike", "dead", "rejected", "denied", "stuck", "full", "down")

#: Variables that may hold what is better not written into a file, and the settings that they set.
ALERT_VARIABLES = {
    "AAT_ALERT_URLS": "urls",
    "AAT_ALERT_WEBHOOK": "webhook",
    "AAT_ALERT_WEBHOOK_SECRET": "webhook_secret",
}

#: Starts the secret of a webhook, as Standard Webhooks has it; the rest is base64.
SECRET_PREFIX = "whsec_"  # noqa: S105 - the form of a secret, and none

#: Bytes of a secret, by the same standard.
SECRET_BYTES = range(24, 65)

#: Upper limit of every number of seconds: a week.
MAX_SECONDS = 604_800.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertSettings:
    """Say what is told, and to whom; a channel alone is enough.

    Args:
        urls: channels in the form of apprise, such as ``mailto://...``; they hold secrets.
        webhook: address that gets each notification as signed JSON.
        webhook_secret: by which it is signed: ``whsec_`` and 24 to 64 bytes in base64.
        dashboard: address of the dashboard, for links; empty for none.
        rules: which ones are on.
        spike_count: occurrences within the window from which it can be a spike.
        spike_window: seconds of the window, at most an hour.
        spike_ratio: times the mean window of the 24 hours before.
        stuck_after: seconds that reports wait without any being taken.
        full_percent: of a stream's limit.
        down_after: seconds without an answer of the server.
        group_wait: seconds that a first alert waits for others.
        group_interval: seconds between two notifications, but for urgent ones.
        repeat: seconds before the same is told again.
        hourly_cap: notifications within an hour at most; what comes beyond is merged into a later one.
    """

    urls: tuple[str, ...] = field(default=(), repr=False)
    webhook: str = field(default="", repr=False)
    webhook_secret: str = field(default="", repr=False)
    dashboard: str = ""
    rules: tuple[str, ...] = ALERT_RULES
    spike_count: int = 20
    spike_window: float = 300.0
    spike_ratio: float = 5.0
    stuck_after: float = 900.0
    full_percent: float = 80.0
    down_after: float = 60.0
    group_wait: float = 5.0
    group_interval: float = 60.0
    repeat: float = 14_400.0
    hourly_cap: int = 20

    def __post_init__(self) -> None:
        """Check each value once; no message quotes a channel, for those hold secrets."""
        for rule in self.rules:
            if rule not in ALERT_RULES:
                raise SettingsError(f"alerts.rules must be of {', '.join(ALERT_RULES)}: {rule!r}")
        _within("spike_count", self.spike_count, 1, 1e9)
        _within("spike_window", self.spike_window, 60, 3_600)
        _within("spike_ratio", self.spike_ratio, 1, 1e6)
        _within("stuck_after", self.stuck_after, 1, MAX_SECONDS)
        _within("full_percent", self.full_percent, 1, 100)
        _within("down_after", self.down_after, 1, MAX_SECONDS)
        _within("group_wait", self.group_wait, 0, 3_600)
        _within("group_interval", self.group_interval, 0, MAX_SECONDS)
        _within("repeat", self.repeat, 0, MAX_SECONDS)
        _within("hourly_cap", self.hourly_cap, 1, 1_000)
        if self.dashboard and not _is_web(self.dashboard):
            raise SettingsError("alerts.dashboard must be an http:// or https:// address")
        if self.webhook and not _is_web(self.webhook):
            raise SettingsError("alerts.webhook must be an http:// or https:// address")
        if self.webhook and not _is_secret(self.webhook_secret):
            raise SettingsError(
                "alerts.webhook_secret must be 'whsec_' and 24 to 64 bytes in base64 (docs/alerts.md)"
            )

    @property
    def has_channel(self) -> bool:
        """Tell whether anybody would be told."""
        return bool(self.urls or self.webhook)

    @property
    def webhook_key(self) -> bytes:
        """Give the bytes by which the webhook is signed."""
        return base64.b64decode(self.webhook_secret.removeprefix(SECRET_PREFIX))


def _within(name: str, value: float, least: float, most: float) -> None:
    if not least <= value <= most:
        raise SettingsError(f"alerts.{name} must be {least:g} to {most:g}: {value!r}")


def _is_web(address: str) -> bool:
    try:
        parts = urlsplit(address)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        return False


def _is_secret(text: str) -> bool:
    try:
        key = base64.b64decode(text.removeprefix(SECRET_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        return False
    return text.startswith(SECRET_PREFIX) and len(key) in SECRET_BYTES
