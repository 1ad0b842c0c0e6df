"""The only door to apprise, which knows mail, chat and paging services by their addresses."""

from __future__ import annotations

import logging
from collections.abc import Callable

from aat_consumer.errors import ChannelError
from aat_reporters.errors import SettingsError

__all__ = ["opened"]


def opened(url: str) -> Callable[[str, str], None]:
    """Open a channel, and give what sends a title and a body there.

    What is given blocks until the service has answered, and raises ChannelError where it did not take it.

    Args:
        url: in the form of apprise; it holds secrets, so no message quotes more than its kind.

    Raises:
        SettingsError: apprise is not installed, or does not know such an address.
    """
    try:
        import apprise  # takes a tenth of a second, which other channels need not
    except ModuleNotFoundError as exc:
        raise SettingsError(
            "alerts.urls need apprise, which is not installed; run: pip install 'aat-reporters[alerts]'"
        ) from exc
    # Its log repeats addresses with their secrets; what went wrong is told by us.
    logging.getLogger("apprise").setLevel(logging.CRITICAL)
    kind = url.partition("://")[0][:20]
    channel = apprise.Apprise()
    if not channel.add(url):
        raise SettingsError(f"alerts.urls holds an address of kind {kind!r} that apprise cannot use")

    def send(title: str, body: str) -> None:
        # As text, so that apprise escapes it for services that read HTML or Markdown.
        if not channel.notify(title=title, body=body, body_format=apprise.NotifyFormat.TEXT):
            raise ChannelError(f"apprise could not deliver to {kind}; its address or the service is wrong")

    return send
