"""Connect to the server, or say in under a second why not."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import nats.errors
from nats.aio.client import Client

from aat_consumer.jetstream._client import RETRY_INTERVAL, JetStream, abandon
from aat_reporters.connection import Connection
from aat_reporters.errors import NotConnectedError
from aat_reporters.probe import refuse_plain_text
from aat_reporters.wire import Namespace

__all__ = ["connect"]

logger = logging.getLogger(__name__)

#: Seconds for a first connection; a person waits for it, and loopback answers in 5 ms.
CONNECT_TIMEOUT = 0.8

#: Seconds between pings; two lost ones mean that the server is gone (the client's own 120 s would
#: leave a frozen server unnoticed for four minutes).
PING_INTERVAL = 10


async def connect(connection: Connection, *, namespace: Namespace, name: str) -> JetStream:
    """Connect, or say in under a second why not.

    The connection then outlives restarts of the server.

    Raises:
        NotConnectedError: nothing answers, the credentials are refused, or TLS was asked for and the
            server speaks plain text.
    """
    errors: list[BaseException] = []

    refused: set[str] = set()

    async def on_error(error: Exception) -> None:
        errors.append(error)
        logger.debug("connection trouble: %s", error)
        told = refusal(str(error), connection)
        if told and told not in refused:
            # Nobody answers the request itself: it ends with a time-out that does not say why.
            refused.add(told)
            logger.warning("%s", told)

    async def on_change() -> None:
        logger.debug("connection changed")

    client = Client()
    options: dict[str, Any] = {
        **connection.options(),
        "name": name,
        "connect_timeout": CONNECT_TIMEOUT,
        "max_reconnect_attempts": 1,
        "reconnect_time_wait": 0.05,
        "ping_interval": PING_INTERVAL,
        "max_outstanding_pings": 2,
        # While disconnected a publish must fail: one that is sent later, behind our back, could be a
        # result of a task that somebody else has taken over.
        "pending_size": 0,
        "error_cb": on_error,
        "disconnected_cb": on_change,
        "reconnected_cb": on_change,
        "closed_cb": on_change,
    }
    try:
        await asyncio.to_thread(refuse_plain_text, connection, timeout=CONNECT_TIMEOUT)
        async with asyncio.timeout(CONNECT_TIMEOUT):
            await client.connect(**options)
    except NotConnectedError:
        raise
    except Exception as exc:
        # Broken credentials raise what only the package nkeys could name.
        await abandon(client, timeout=CONNECT_TIMEOUT)
        # A refusal is followed by a broken connection, which is not the reason.
        refusals = [error for error in errors if "uthorization" in str(error)]
        told = [*refusals, *reversed(errors), exc]
        raise NotConnectedError(_why_not(connection, told[0])) from exc
    client.options["max_reconnect_attempts"] = -1
    client.options["reconnect_time_wait"] = RETRY_INTERVAL
    return JetStream(client, namespace=namespace)


def refusal(text: str, connection: Connection) -> str:
    """Say what a user is not allowed, in a line with what to do; empty where it is something else.

    Args:
        text: of an error that the server sent; it writes subjects in quotes, in lower case.
        connection: who was refused.
    """
    if "permissions violation" not in text.lower():
        return ""
    who = f"user {connection.user!r}" if connection.user else "this user"
    subject = text.partition('"')[2].partition('"')[0]
    if subject.lower().startswith("$sys."):
        return ""  # asked in case it is allowed
    if "for subscription" in text.lower():
        return (
            f"the server does not let {who} subscribe to {subject}: set NATS_INBOX_PREFIX "
            "(nats.inbox_prefix) to the prefix that it may read"
        )
    return (
        f"the server does not let {who} publish to {subject}: 'aat init --nats-permissions' prints what each "
        "user needs"
    )


def _why_not(connection: Connection, error: BaseException) -> str:
    text = str(error)
    where = connection.server
    if "uthorization" in text or "uthentication" in text:
        return f"{where} refused the credentials (signing in by {connection.signs_in_by})"
    if isinstance(error, ConnectionRefusedError | nats.errors.NoServersError):
        return f"nothing listens on {where}; start a server with 'aat dev' or set NATS_URL"
    if isinstance(error, TimeoutError):
        return f"{where} did not answer in {CONNECT_TIMEOUT} s"
    return f"cannot connect to {where}: {text or type(error).__name__}"
