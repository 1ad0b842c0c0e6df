"""Deliver notifications to what the settings name, each channel on its own."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from aat_consumer.alert_settings import AlertSettings
from aat_consumer.errors import ChannelError
from aat_consumer.operate.alerts import apprise_door, webhook
from aat_consumer.operate.alerts.ledger import Notification
from aat_consumer.operate.alerts.wording import body_of, json_of, title_of

__all__ = ["Channels", "open_channels"]

#: Hex digits of an address's hash that tell two channels of one kind apart without showing either.
NAME_DIGITS = 6


class Channels:
    """Everything that a notification is sent to.

    Args:
        sends: name of a channel to what delivers there; blocks, and raises ChannelError.
    """

    def __init__(self, sends: Mapping[str, Callable[[Notification], None]]) -> None:
        self._sends = sends

    @property
    def names(self) -> tuple[str, ...]:
        """Name the channels; no name holds a secret."""
        return tuple(self._sends)

    async def send(self, name: str, notification: Notification) -> str:
        """Deliver to one channel, and give what went wrong; empty where it took it."""
        try:
            await asyncio.to_thread(self._sends[name], notification)
        except ChannelError as exc:
            return str(exc)
        return ""


def open_channels(settings: AlertSettings, namespace: str) -> Channels:
    """Open what the settings name.

    Raises:
        SettingsError: an address that apprise does not know, or apprise is not installed.
    """
    sends: dict[str, Callable[[Notification], None]] = {}
    if settings.webhook:
        host = urlsplit(settings.webhook).hostname
        sends[f"webhook-{host}"] = lambda notification: webhook.post(
            settings.webhook,
            json_of(notification, namespace=namespace, dashboard=settings.dashboard),
            message_id=notification.id,
            key=settings.webhook_key,
        )
    for url in settings.urls:
        sends[_name(url)] = _sender(apprise_door.opened(url), settings, namespace)
    return Channels(sends)


def _sender(
    send: Callable[[str, str], None], settings: AlertSettings, namespace: str
) -> Callable[[Notification], None]:
    def deliver(notification: Notification) -> None:
        send(title_of(notification, namespace), body_of(notification, settings.dashboard))

    return deliver


def _name(url: str) -> str:
    digits = hashlib.sha256(url.encode()).hexdigest()[:NAME_DIGITS]
    return f"{url.partition('://')[0][:20]}-{digits}"
