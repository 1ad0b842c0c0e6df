"""Send a notification as signed JSON, as the Standard Webhooks specification has it.

The address is the operator's own and never holds text of a report. It is resolved once, and the
connection goes to that very address; link-local, multicast and unspecified ones, where clouds keep
their metadata, are refused. Redirects are not followed, proxies not used, replies not shown.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import http.client
import ipaddress
import socket
import ssl
import time
from urllib.parse import urlsplit

from aat_consumer.errors import ChannelError

__all__ = ["headers_of", "post"]

#: Seconds for each step of a delivery.
TIMEOUT = 10.0


def headers_of(message_id: str, body: bytes, *, key: bytes, at: int) -> dict[str, str]:
    """Sign a body.

    Args:
        message_id: of the notification, the same for every try.
        body: exactly what is sent.
        key: the secret's bytes.
        at: seconds since the epoch of this try; receivers refuse what is older than minutes.
    """
    signed = f"{message_id}.{at}.".encode() + body
    signature = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return {"webhook-id": message_id, "webhook-timestamp": str(at), "webhook-signature": f"v1,{signature}"}


def post(url: str, body: bytes, *, message_id: str, key: bytes) -> None:
    """Deliver a body; blocks, for 10 s a step at most.

    Raises:
        ChannelError: not delivered; names the reason, and of the address only the host.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    is_secure = parts.scheme == "https"
    headers = headers_of(message_id, body, key=key, at=int(time.time()))
    headers |= {"Content-Type": "application/json", "User-Agent": "aat-reporters"}
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection = http.client.HTTPConnection(host, parts.port or (443 if is_secure else 80), timeout=TIMEOUT)
    try:
        with contextlib.closing(connection):
            connection.sock = _connect(host, connection.port, is_secure=is_secure)
            connection.request("POST", path, body=body, headers=headers)
            answer = connection.getresponse()
    except (OSError, http.client.HTTPException, ValueError) as exc:
        raise ChannelError(f"{host} was not reached: {_why(exc)}") from exc
    if 300 <= answer.status < 400:
        raise ChannelError(f"{host} answered with a redirect ({answer.status}), which is not followed")
    if not 200 <= answer.status < 300:
        raise ChannelError(f"{host} answered {answer.status}")


def _connect(host: str, port: int, *, is_secure: bool) -> socket.socket:
    """Connect to the address that was checked, so that no second look-up can give another one."""
    family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    found = ipaddress.ip_address(str(address[0]).partition("%")[0])
    inner = getattr(found, "ipv4_mapped", None) or found
    if inner.is_link_local or inner.is_multicast or inner.is_unspecified:
        raise ChannelError(f"{host} is at {inner}, where no webhook may be")
    plain = socket.socket(family, socket.SOCK_STREAM)
    try:
        plain.settimeout(TIMEOUT)
        plain.connect(address)
        return ssl.create_default_context().wrap_socket(plain, server_hostname=host) if is_secure else plain
    except BaseException:
        plain.close()
        raise


def _why(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error or type(error).__name__)[:200]
