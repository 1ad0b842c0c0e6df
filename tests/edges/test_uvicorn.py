"""ASGI applications under a real server: each error is on the stream once, also from several workers."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from aat_consumer.operate.server import EmbeddedServer
from aat_reporters.wire import Namespace
from tests.edges.web_servers import PATIENCE, WebServer, serving, succeeding
from tests.integration.reporters.stream_access import eventually, occurrences
from tests.integration.reporters.stream_access import reports as published

pytest.importorskip("uvicorn")
pytest.importorskip("fastapi")
pytest.importorskip("websockets")

#: Uvicorn keeps what it logs from the root logger unless a program wants it there, as this one does.
LOGGING = """
import logging
from aat_reporters.logging import ErrorReportHandler
logging.getLogger("uvicorn").propagate = True
logging.getLogger().addHandler(ErrorReportHandler())
"""

SHOP = (
    LOGGING
    + """
from fastapi import FastAPI, Request, WebSocket
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.responses import StreamingResponse
from aat_reporters.asgi import ErrorReportMiddleware

# So that the background thread of every worker has started before the requests come.
logging.getLogger("shop").error("a worker starts")

class CartError(Exception): pass
class PartError(Exception): pass
class RoomError(Exception): pass

app = FastAPI()

@app.get("/carts/{number}")
def cart(number: int):
    raise CartError("no such cart")

async def parts():
    yield b"one"
    raise PartError("no second part")

@app.get("/stream")
async def stream():
    return StreamingResponse(parts())

@app.post("/upload")
async def upload(request: Request):
    await request.body()

@app.websocket("/live")
async def live(socket: WebSocket):
    await socket.accept()
    raise RoomError("no such room")

async def pass_through(request, call_next):
    return await call_next(request)

app.add_middleware(ErrorReportMiddleware)
app.add_middleware(BaseHTTPMiddleware, dispatch=pass_through)
"""
)

BARE = """
from aat_reporters.asgi import ErrorReportMiddleware

async def pages(scope, receive, send):
    assert scope["type"] == "http", "no lifespan here"
    raise LookupError("no such page")

app = ErrorReportMiddleware(pages)
"""

BROKEN = """
from contextlib import asynccontextmanager
from fastapi import FastAPI
from aat_reporters.asgi import ErrorReportMiddleware

@asynccontextmanager
async def lifespan(app):
    raise LookupError("no database")
    yield

app = FastAPI(lifespan=lifespan)
app.add_middleware(ErrorReportMiddleware)
"""

HANDSHAKE = (
    b"GET /live HTTP/1.1\r\nHost: shop.example.com\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)
HALF_AN_UPLOAD = b"POST /upload HTTP/1.1\r\nHost: shop.example.com\r\nContent-Length: 100\r\n\r\nhalf"


@pytest.fixture
def variables(variables: dict[str, str]) -> dict[str, str]:
    """Let old releases of the frameworks warn of what newer ones of their own parts have deprecated."""
    return variables | {"PYTHONWARNINGS": "default"}


def send(server: WebServer, request: bytes, *, is_answered: bool) -> bytes:
    """Send bytes on a connection of their own; then wait for its end, or leave at once."""
    address = urlsplit(server.url)
    with socket.create_connection((address.hostname, address.port), PATIENCE) as connection:
        connection.sendall(request)
        answer = b""
        while is_answered and (part := connection.recv(4096)):
            answer += part
        return answer


def raised(server: EmbeddedServer, namespace: Namespace) -> dict[str, dict[str, Any]]:
    """Give the context of each report by the error it tells, also where it came in a task group."""
    found = [stored.body for stored in published(server.url, namespace)]
    kinds = [re.findall(r"(\w+Error): no ", body["stack"]) or [body["error"]] for body in found]
    contexts = {kind[0]: body["context"] for kind, body in zip(kinds, found, strict=True)}
    assert len(contexts) == len(found)
    return contexts


def counted(server: EmbeddedServer, namespace: Namespace) -> int:
    return sum(occurrences(server.url, namespace).values())


@pytest.mark.parametrize("workers", [1, 2])
def test_every_error_of_every_worker_is_counted_and_the_end_of_a_connection_is_none(
    nats_server: EmbeddedServer,
    streams: Namespace,
    variables: dict[str, str],
    tmp_path: Path,
    workers: int,
) -> None:
    (tmp_path / "shop.py").write_text(SHOP)
    command = ["uvicorn", "--port", "0", "--workers", str(workers), "shop:app"]
    with serving(*command, folder=tmp_path, variables=variables) as server:
        # With several workers the address is printed before anybody listens to it.
        eventually(lambda: sum("startup complete" in line for line in server.lines), lambda n: n == workers)
        eventually(lambda: counted(nats_server, streams), lambda count: count == workers)
        statuses = Counter([server.get("/carts/7")])
        # What comes behind the first count waits for more, and is sent when the server stops.
        eventually(lambda: counted(nats_server, streams), lambda count: count > workers)
        statuses += Counter(server.get("/carts/7") for _ in range(9))
        send(server, HALF_AN_UPLOAD, is_answered=False)
        assert b"101 Switching" in send(server, HANDSHAKE, is_answered=True)
        send(server, b"GET /stream HTTP/1.1\r\nHost: shop.example.com\r\n\r\n", is_answered=True)
    assert statuses == {500: 10}
    contexts = raised(nats_server, streams)
    assert set(contexts) == {"CartError", "PartError", "RoomError", "a worker starts"}
    assert counted(nats_server, streams) == 12 + workers
    assert contexts["CartError"]["route"] == "/carts/{number}"
    assert contexts["RoomError"]["url"] == "ws://shop.example.com/live"


def test_a_bare_application_without_lifespan_is_served_and_reported(
    nats_server: EmbeddedServer, streams: Namespace, variables: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "bare.py").write_text(BARE)
    with serving("uvicorn", "--port", "0", "bare:app", folder=tmp_path, variables=variables) as server:
        assert server.get("/") == 500
        contexts = eventually(lambda: raised(nats_server, streams), bool)
    assert set(contexts) == {"LookupError"}


def test_a_failed_start_is_not_lost_when_the_server_leaves(
    nats_server: EmbeddedServer, streams: Namespace, variables: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "broken.py").write_text(BROKEN)
    done = subprocess.run(
        [sys.executable, "-m", "uvicorn", "--port", "0", "broken:app"],
        cwd=tmp_path,
        env={**os.environ, **variables},
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 3
    with succeeding(variables):
        assert eventually(lambda: counted(nats_server, streams), bool) == 1
    assert set(raised(nats_server, streams)) == {"LookupError"}
