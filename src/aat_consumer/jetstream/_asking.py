"""Ask the server's JetStream API for what nats-py does not model on every version."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import nats.errors
from nats.aio.client import Client

from aat_consumer.errors import QueueError, RefusedError
from aat_consumer.jetstream._wording import CLIENT_ERRORS, wording

__all__ = ["ask"]

#: The server's code for JetStream that is not enabled; nobody answers then who could give it.
NO_JETSTREAM = 10076


async def ask(
    client: Client, request: str, body: Mapping[str, object] | None, *, timeout: float
) -> dict[str, Any]:
    """Send one request and read the answer.

    Raises:
        RefusedError: the server says no, with its code.
        QueueError: no server, or no JetStream.
    """
    payload = json.dumps(body).encode() if body else b""
    try:
        reply = await client.request(f"$JS.API.{request}", payload, timeout=timeout)
    except nats.errors.NoRespondersError as exc:
        text = "the server runs without JetStream; start it with -js"
        raise RefusedError(text, code=NO_JETSTREAM) from exc
    except CLIENT_ERRORS as exc:
        raise QueueError(f"the server did not answer {request}: {wording(exc)}") from exc
    answer = json.loads(reply.data)
    if not isinstance(answer, dict):
        raise QueueError(f"the server's answer to {request} is no JSON object")
    if (error := answer.get("error")) is not None:
        code = int(error.get("err_code") or error.get("code") or 0)
        raise RefusedError(f"{error.get('description') or 'refused'} ({code})", code=code)
    return answer
