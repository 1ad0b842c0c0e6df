"""Receive what alerts are sent to: HTTP as any service would, and mail."""

from __future__ import annotations

import asyncio
import http.server
import json
import mailbox
import threading
import time
from collections.abc import Callable
from email.message import Message
from pathlib import Path
from types import TracebackType
from typing import Any

from aiosmtpd.handlers import Mailbox
from aiosmtpd.smtp import SMTP
from standardwebhooks import Webhook

#: Seconds a condition may take on a loaded machine.
PATIENCE = 45.0


def until(condition: Callable[[], object], what: str) -> None:
    """Wait for a condition with a deadline."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"never happened: {what}"
        time.sleep(0.02)


class Receiver:
    """An HTTP server that keeps what it took, and answers as it is told.

    Args:
        secret: by which each request must be signed.
    """

    def __init__(self, secret: str) -> None:
        self.secret = secret
        #: What to answer; 0 leaves the request without an answer.
        self.status = 200
        self.location = ""
        #: Every request with a right signature: the header webhook-id and the body.
        self.requests: list[tuple[str, dict[str, Any]]] = []
        self.unsigned = 0
        self._released = threading.Event()
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                receiver.take(self)

            def log_message(self, *_: object) -> None:
                """Keep the test's output clean."""

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"

    @property
    def alerts(self) -> list[dict[str, Any]]:
        """List the alerts of each notification once, as a receiver does that looks at the id."""
        told = dict(self.requests)
        return [alert for body in told.values() for alert in body["data"]["alerts"]]

    @property
    def rules(self) -> list[str]:
        """List the rules of the alerts."""
        return [alert["rule"] for alert in self.alerts]

    def take(self, handler: http.server.BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers["Content-Length"]))
        try:
            Webhook(self.secret).verify(body, dict(handler.headers))
        except Exception:
            self.unsigned += 1
            raise
        self.requests.append((handler.headers["webhook-id"], json.loads(body)))
        if not self.status:
            self._released.wait(PATIENCE)
            return
        handler.send_response(self.status)
        if self.location:
            handler.send_header("Location", self.location)
        handler.end_headers()

    def __enter__(self) -> Receiver:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._released.set()
        self._server.shutdown()
        self._server.server_close()


class MailReceiver:
    """A mail server that keeps what it took.

    Args:
        folder: a new one.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._handler = Mailbox(folder)
        self._loop = asyncio.new_event_loop()
        self.port = 0

    @property
    def letters(self) -> list[Message]:
        """Read what came."""
        return list(mailbox.Maildir(self._folder))

    def __enter__(self) -> MailReceiver:
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.port = asyncio.run_coroutine_threadsafe(self._serve(), self._loop).result(PATIENCE)
        return self

    async def _serve(self) -> int:
        self._server = await self._loop.create_server(
            lambda: SMTP(self._handler, loop=self._loop), "127.0.0.1", 0
        )
        return int(self._server.sockets[0].getsockname()[1])

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._server.close)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE)
        self._loop.close()
