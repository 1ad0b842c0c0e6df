"""Ask a server whether it insists on TLS, before any secret is sent.

nats-py upgrades to TLS only where the server demands it: to one that does not, it sends user and
password in plain text even for a ``tls://`` address (nats-py 2.16; nats.py pull request 912).
"""

from __future__ import annotations

import json
import socket
from urllib.parse import urlsplit

from aat_reporters.connection import Connection
from aat_reporters.errors import NotConnectedError

__all__ = ["refuse_plain_text"]

#: Bytes of the server's first line that are read; it has some 500.
_MAX_INFO_BYTES = 16_384

#: The port where an address names none.
_DEFAULT_PORT = 4222


def refuse_plain_text(connection: Connection, *, timeout: float) -> None:
    """Raise if TLS is asked for and a server that answers does not insist on it.

    A server that does not answer is passed over: connecting will say so. Blocks for at most timeout
    seconds a server, so call it from a background thread.

    Raises:
        NotConnectedError: a server would be spoken to in plain text.
    """
    if not connection.wants_tls:
        return
    for address in connection.servers:
        parts = urlsplit(address)
        if parts.scheme not in ("nats", "tls"):
            continue  # a websocket's TLS is part of its scheme
        info = _info(parts.hostname or "", parts.port or _DEFAULT_PORT, timeout)
        if info is not None and not info.get("tls_required"):
            raise NotConnectedError(
                f"{parts.hostname}:{parts.port or _DEFAULT_PORT} does not insist on TLS, which the settings "
                "ask for; nothing was sent to it"
            )


def _info(host: str, port: int, timeout: float) -> dict[str, object] | None:
    """Read the line that a nats-server sends first."""
    try:
        with socket.create_connection((host, port), timeout=timeout) as raw, raw.makefile("rb") as lines:
            verb, _, payload = lines.readline(_MAX_INFO_BYTES).partition(b" ")
            info = json.loads(payload) if verb == b"INFO" else None
    except (OSError, ValueError):
        return None
    return info if isinstance(info, dict) else None
