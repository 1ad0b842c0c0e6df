"""Publish to JetStream: the reporters' only door to nats-py, and to asyncio.

The event loop belongs to whichever thread calls and runs only inside a call, so an idle process has
no timers. The client's own reconnecting is switched off (it hides how long it takes): a connection
that breaks is thrown away, and whoever sends decides when to try again.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from typing import Any, TypeVar

import nats
import nats.errors
from nats.aio.client import Client
from nats.aio.msg import Msg

from aat_reporters.connection import Connection
from aat_reporters.errors import NotConnectedError
from aat_reporters.event_loop import ClientLoop
from aat_reporters.messages import Deadline, Fate, Message, Outcome, no_deadline
from aat_reporters.probe import refuse_plain_text
from aat_reporters.wire import MESSAGE_ID_HEADER

__all__ = ["JetStreamOutlet"]

#: Seconds between two pings of an open connection, so that a frozen server is noticed while sending.
PING_INTERVAL = 10

#: Seconds that closing may take; a server that is gone must not hold up the exit.
CLOSE_TIMEOUT = 0.2

#: Seconds between two looks at the deadline while waiting for a slow server.
LOOK_INTERVAL = 0.1

#: JetStream's error code for a message over the stream's max_msg_size.
_ERROR_MESSAGE_TOO_LARGE = 10054
#: JetStream's codes for a stream or a store that is full.
_ERRORS_FULL = (10077, 10023, 10047)

_NO_RESPONDERS = "503"

T = TypeVar("T")


class JetStreamOutlet:
    """One connection to a NATS server, opened by the first send."""

    def __init__(self, connection: Connection, *, name: str) -> None:
        self._connection = connection
        self._name = name
        self._loop: ClientLoop | None = None
        self._client: Client | None = None
        self._inbox = ""
        self._sent = 0
        self._waiting: dict[str, Message] = {}
        self._outcomes: dict[str, Outcome] = {}
        self._all_settled: asyncio.Future[None] | None = None
        self._last_error = ""
        self._deafness = ""

    def send(
        self,
        messages: Sequence[Message],
        *,
        connect: float,
        acknowledge: float,
        until: Deadline = no_deadline,
    ) -> list[Outcome]:
        """Publish and wait for the acknowledgements; see Outlet."""
        return self._run(self._send(messages, connect, acknowledge, until))

    def remove(self, stream: str, sequence: int) -> bool:
        """Take one message off a stream; False when it is gone or that is not allowed."""
        return self._run(self._remove(stream, sequence))

    def close(self) -> None:
        """Close the connection and the loop."""
        loop, client = self._loop, self._client
        self._loop = self._client = None
        if loop is None:
            return
        try:
            if client is not None:
                loop.run(_close(client))
            left = asyncio.all_tasks(loop)
            for task in left:
                task.cancel()
            if left:
                loop.run(asyncio.wait(left, timeout=CLOSE_TIMEOUT))
        finally:
            loop.close()

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        if self._loop is None:
            self._loop = ClientLoop()
        return self._loop.run(work)

    async def _send(
        self, messages: Sequence[Message], connect: float, acknowledge: float, until: Deadline
    ) -> list[Outcome]:
        client = await self._ensure_connected(connect, until)
        self._outcomes.clear()
        self._all_settled = None
        replies = [await self._publish(client, message) for message in messages]
        if self._waiting and not self._deafness:
            self._all_settled = asyncio.get_running_loop().create_future()
            await _wait(self._all_settled, acknowledge, until)
        unknown = Outcome(fate=Fate.UNCONFIRMED, reason=self._deafness or "no acknowledgement in time")
        outcomes = [self._outcomes.get(reply, unknown) for reply in replies]
        self._waiting.clear()
        if unknown in outcomes:
            # The client may still hold the messages; a new connection starts clean, under the same ids.
            await self._drop()
        return outcomes

    async def _remove(self, stream: str, sequence: int) -> bool:
        if self._client is None:
            return False
        try:
            return bool(await self._client.jetstream().delete_msg(stream, sequence))
        except (OSError, TimeoutError, nats.errors.Error):
            return False

    async def _publish(self, client: Client, message: Message) -> str:
        """Publish one message with a reply subject of its own, and give that; one subscription hears all.

        Awaiting each acknowledgement takes ten times as long (benchmarks/footprint.py).
        """
        self._sent += 1
        reply = f"{self._inbox}.{self._sent}"
        self._waiting[reply] = message
        if len(message.payload) > client.max_payload:
            self._settle(reply, _too_large(client.max_payload))
            return reply
        headers = {MESSAGE_ID_HEADER: message.id}
        try:
            await client.publish(message.subject, message.payload, reply=reply, headers=headers)
        except nats.errors.MaxPayloadError:
            self._settle(reply, _too_large(client.max_payload))
        except (nats.errors.Error, OSError) as exc:
            self._settle(reply, Outcome(fate=Fate.UNCONFIRMED, reason=_words(exc)))
        return reply

    async def _on_reply(self, reply: Msg) -> None:
        self._settle(reply.subject, _outcome(reply))

    async def _on_error(self, error: Exception) -> None:
        """Keep the error for the one who asks; the client's default would log it, with a traceback."""
        text = _words(error)
        if "authorization" not in self._last_error.lower():
            # The connection that breaks right after it is not the reason.
            self._last_error = text
        if "permissions violation" not in text.lower():
            return
        if "for subscription" in text.lower():
            self._deafness = (
                f"no permission to hear the server's answers on {self._inbox}: set NATS_INBOX_PREFIX to the "
                "prefix that this user may read"
            )
            for reply in list(self._waiting):
                self._settle(reply, Outcome(fate=Fate.UNCONFIRMED, reason=self._deafness))
        for reply, message in list(self._waiting.items()):
            # The server writes the subject in quotes, in lower case.
            if f'"{message.subject.lower()}"' in text.lower():
                reason = f"no permission to publish to {message.subject}"
                self._settle(reply, Outcome(fate=Fate.BLOCKED, reason=reason))

    async def _on_lost(self) -> None:
        for reply in list(self._waiting):
            self._settle(reply, Outcome(fate=Fate.UNCONFIRMED, reason="the connection broke"))

    def _settle(self, reply: str, outcome: Outcome) -> None:
        if self._waiting.pop(reply, None) is None:
            # An acknowledgement of an earlier send, which gave up on it.
            return
        self._outcomes[reply] = outcome
        if not self._waiting and self._all_settled is not None and not self._all_settled.done():
            self._all_settled.set_result(None)

    async def _ensure_connected(self, timeout: float, until: Deadline) -> Client:
        if self._client is not None and not self._client.is_connected:
            await self._drop()
        if self._client is None:
            self._last_error = self._deafness = ""
            connecting = asyncio.ensure_future(self._connect(timeout))
            await _wait(connecting, timeout, until)
            if not connecting.done():
                connecting.cancel()
                await asyncio.wait([connecting], timeout=CLOSE_TIMEOUT)
                raise self._not_connected(self._last_error or f"no answer within {timeout:g} s")
            try:
                self._client = connecting.result()
            except TimeoutError as exc:
                raise self._not_connected(self._last_error or f"no answer within {timeout:g} s") from exc
            except Exception as exc:
                # Broken credentials raise what only the package nkeys could name; whatever it is, the
                # messages must be kept.
                raise self._not_connected(self._last_error or _words(exc)) from exc
        return self._client

    async def _connect(self, timeout: float) -> Client:
        refuse_plain_text(self._connection, timeout=timeout)
        client = Client()
        try:
            options: dict[str, Any] = self._connection.options()
            await client.connect(
                **options,
                name=self._name,
                error_cb=self._on_error,
                disconnected_cb=self._on_lost,
                closed_cb=self._on_lost,
                allow_reconnect=False,
                max_reconnect_attempts=1,
                reconnect_time_wait=0.02,  # type: ignore[arg-type]  # typed int, used as seconds
                connect_timeout=timeout,  # type: ignore[arg-type]
                ping_interval=PING_INTERVAL,
            )
            self._inbox = client.new_inbox()
            await client.subscribe(f"{self._inbox}.*", cb=self._on_reply)
        except BaseException:
            await asyncio.shield(_close(client))
            raise
        return client

    async def _drop(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await _close(client)

    def _not_connected(self, reason: str) -> NotConnectedError:
        return NotConnectedError(f"no NATS server at {self._connection.server}: {reason}")


async def _wait(future: asyncio.Future[Any], seconds: float, until: Deadline) -> None:
    """Wait some seconds, and not beyond a deadline that may come closer meanwhile."""
    end = time.monotonic() + seconds
    while not future.done() and (left := min(end, until()) - time.monotonic()) > 0:
        await asyncio.wait([future], timeout=min(left, LOOK_INTERVAL))


async def _close(client: Client) -> None:
    # A client that never connected has no transport to close, and asserts that it has one.
    with suppress(OSError, TimeoutError, nats.errors.Error, AttributeError, AssertionError):
        await asyncio.wait_for(client.close(), CLOSE_TIMEOUT)


def _outcome(reply: Msg) -> Outcome:
    if reply.headers and reply.headers.get("Status") == _NO_RESPONDERS:
        return Outcome(fate=Fate.BLOCKED, reason="no stream takes this subject")
    try:
        answer = json.loads(reply.data)
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        return Outcome(fate=Fate.UNCONFIRMED, reason="an answer that is no acknowledgement")
    error = answer.get("error")
    if isinstance(error, dict):
        code = error.get("err_code")
        reason = str(error.get("description", "refused"))
        if code == _ERROR_MESSAGE_TOO_LARGE:
            return Outcome(fate=Fate.TOO_LARGE, reason=reason)
        if code in _ERRORS_FULL:
            reason = f"the stream or the server's store is full ({reason})"
        return Outcome(fate=Fate.BLOCKED, reason=reason)
    if "stream" not in answer:
        return Outcome(fate=Fate.UNCONFIRMED, reason="an answer that is no acknowledgement")
    fate = Fate.DUPLICATE if answer.get("duplicate") else Fate.PUBLISHED
    return Outcome(fate=fate, stream=str(answer["stream"]), sequence=int(answer.get("seq", 0)))


def _too_large(limit: int) -> Outcome:
    return Outcome(fate=Fate.TOO_LARGE, reason=f"the server takes {limit} bytes", limit_bytes=limit)


def _words(error: BaseException) -> str:
    return str(error).strip() or type(error).__name__
