"""FastAPI and Starlette: what their applications raise is reported once, wherever the middleware stands."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest

from tests.edges.conftest import Reports

pytest.importorskip("fastapi")

from fastapi import APIRouter, BackgroundTasks, Depends, FastAPI, HTTPException, Request, WebSocket
from fastapi.testclient import TestClient
from starlette.applications import Starlette
from starlette.authentication import AuthCredentials, AuthenticationBackend, SimpleUser
from starlette.middleware.authentication import AuthenticationMiddleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.requests import ClientDisconnect, HTTPConnection
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.websockets import WebSocketDisconnect

from aat_reporters.asgi import ErrorReportMiddleware
from aat_reporters.errors import SettingsError
from aat_reporters.logging import ErrorReportHandler
from aat_reporters.reporter import Reporter

# The oldest releases of Starlette use what the httpx of that time deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:The 'app' shortcut is now deprecated:DeprecationWarning")

Next = Callable[[Request], Awaitable[Response]]


class SignIn(AuthenticationBackend):
    async def authenticate(self, conn: HTTPConnection) -> tuple[AuthCredentials, SimpleUser]:
        return AuthCredentials(), SimpleUser("ann")


async def pass_through(request: Request, call_next: Next) -> Response:
    return await call_next(request)


def shop() -> FastAPI:
    app = FastAPI()
    items = APIRouter(prefix="/items")

    @items.get("/{number}")
    def item(number: int) -> None:
        raise LookupError("no such item")

    app.include_router(items, prefix="/api")
    mounted = FastAPI()

    @mounted.get("/{name}")
    async def mounted_page(name: str) -> None:
        raise LookupError("no such page")

    app.mount("/admin", mounted)

    @app.get("/logged")
    def logged() -> None:
        logging.getLogger("shop").error("stock is low")

    @app.get("/later")
    async def later(tasks: BackgroundTasks) -> str:
        tasks.add_task(fail)
        return "done"

    @app.get("/stream")
    async def stream() -> StreamingResponse:
        return StreamingResponse(parts())

    @app.get("/refused/{status}")
    async def refused(status: int) -> None:
        raise HTTPException(status)

    @app.get("/handled")
    async def handled() -> None:
        raise KeyError("handled")

    @app.get("/gone")
    async def gone() -> None:
        raise ClientDisconnect

    @app.get("/grouped")
    async def grouped() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(afail())

    @app.get("/mine", dependencies=[Depends(sign_in)])
    def mine() -> None:
        raise LookupError("no such cart")

    @app.websocket("/live/{room}")
    async def live(socket: WebSocket, room: str) -> None:
        await socket.accept()
        while True:
            await socket.receive_text()
            raise LookupError("no such room")

    @app.websocket("/echo")
    async def echo(socket: WebSocket) -> None:
        await socket.accept()
        while True:
            await socket.send_text(await socket.receive_text())

    @app.exception_handler(KeyError)
    async def on_key_error(request: Request, error: Exception) -> Response:
        return PlainTextResponse("sorry", 400)

    return app


def sign_in(request: Request) -> None:
    request.scope["user"] = {"id": 7}


async def parts() -> AsyncIterator[bytes]:
    yield b"one"
    raise LookupError("no second part")


def fail() -> None:
    raise LookupError("failed later")


async def afail() -> None:
    fail()


def outside(app: Any) -> Any:
    return ErrorReportMiddleware(app)


def inside(app: FastAPI) -> Any:
    app.add_middleware(ErrorReportMiddleware)
    return app


def below_another(app: FastAPI) -> Any:
    app.add_middleware(ErrorReportMiddleware)
    app.add_middleware(BaseHTTPMiddleware, dispatch=pass_through)
    return app


def above_another(app: FastAPI) -> Any:
    app.add_middleware(BaseHTTPMiddleware, dispatch=pass_through)
    app.add_middleware(ErrorReportMiddleware)
    return app


def twice(app: FastAPI) -> Any:
    return outside(above_another(app))


PLACES = [outside, inside, below_another, above_another, twice]


@pytest.fixture(params=PLACES, ids=lambda place: place.__name__)
def client(request: pytest.FixtureRequest, reports: Reports) -> Iterator[TestClient]:
    """Serve the shop, with what the server would log reported through the root logger."""
    app = request.param(shop())
    handler = ErrorReportHandler()
    logging.getLogger().addHandler(handler)
    with TestClient(logging_server(app), raise_server_exceptions=False) as client:
        yield client
    logging.getLogger().removeHandler(handler)


def logging_server(app: Any) -> Any:
    """Log what the application raises as uvicorn does."""

    async def serve(scope: Any, receive: Any, send: Any) -> None:
        try:
            await app(scope, receive, send)
        except BaseException as error:
            if scope["type"] != "lifespan":
                logging.getLogger("uvicorn.error").error("Exception in ASGI application\n", exc_info=error)
            raise

    return serve


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("/api/items/7", "no such item"),
        ("/admin/users", "no such page"),
        ("/later", "failed later"),
        ("/stream", "no second part"),
        ("/grouped", "failed later"),
    ],
)
def test_an_exception_is_reported_once_with_its_request(
    client: TestClient, reports: Reports, path: str, error: str
) -> None:
    try:
        client.get(path, headers={"X-Request-ID": "r-17"})
    except (LookupError, ExceptionGroup):
        # The test client raises what it cannot turn into an answer.
        assert path == "/stream"
    (report,) = reports
    assert error in report["stack"]
    assert report["context"]["request_id"] == "r-17"
    assert report["context"]["url"] == f"http://testserver{path}"


@pytest.mark.parametrize(
    ("path", "route"), [("/api/items/7", "/api/items/{number}"), ("/admin/users", "/admin/{name}")]
)
def test_the_route_has_the_prefixes_it_stands_under(
    client: TestClient, reports: Reports, path: str, route: str
) -> None:
    client.get(path)
    assert reports[0]["context"]["route"] == route


def test_a_user_that_a_dependency_found_is_named(client: TestClient, reports: Reports) -> None:
    client.get("/mine")
    assert reports[0]["context"]["user_id"] == 7


@pytest.mark.parametrize(
    "path", ["/nothing", "/api/items/x", "/refused/404", "/refused/403", "/refused/503", "/handled", "/gone"]
)
def test_what_is_no_error_of_the_program_is_not_reported(
    client: TestClient, reports: Reports, path: str
) -> None:
    client.get(path)
    assert reports == []


def test_what_is_logged_in_a_synchronous_endpoint_carries_the_request(
    client: TestClient, reports: Reports
) -> None:
    client.get("/logged")
    assert (reports[0]["error"], reports[0]["context"]["url"]) == (
        "stock is low",
        "http://testserver/logged",
    )


def test_an_error_in_a_websocket_is_reported_once(client: TestClient, reports: Reports) -> None:
    def talk() -> None:
        with client.websocket_connect("/live/7") as socket:
            socket.send_text("hello")
            socket.receive_text()

    with pytest.raises((LookupError, ExceptionGroup)):
        talk()
    (report,) = reports
    assert (report["type"], report["context"]["route"]) == ("LookupError", "/live/{room}")


def test_a_client_that_closes_its_websocket_is_no_error(client: TestClient, reports: Reports) -> None:
    # Newer test clients raise what the application lets go on.
    with suppress(WebSocketDisconnect), client.websocket_connect("/echo") as socket:
        socket.send_text("hello")
        assert socket.receive_text() == "hello"
    assert reports == []


def test_what_a_handler_for_every_exception_answers_is_reported(reports: Reports) -> None:
    app = inside(shop())

    @app.exception_handler(Exception)  # type: ignore[untyped-decorator, unused-ignore]
    async def sorry(request: Request, error: Exception) -> Response:
        return PlainTextResponse("sorry", 500)

    client = TestClient(app, raise_server_exceptions=False)
    assert client.get("/api/items/7").text == "sorry"
    assert len(reports) == 1


def test_a_wrong_setting_stops_the_start(reports: Reports) -> None:
    app = FastAPI()
    app.add_middleware(ErrorReportMiddleware, namespace="a b")
    with pytest.raises(SettingsError), TestClient(app):
        pass


def test_a_reporter_that_is_open_already_is_used_and_a_wrong_setting_told_at_once(reports: Reports) -> None:
    with pytest.raises(SettingsError):
        Reporter.open(namespace="a b")
    with Reporter.open(namespace="cellar", spool="") as reporter:
        app = shop()
        app.add_middleware(ErrorReportMiddleware, reporter=reporter)
        TestClient(app, raise_server_exceptions=False).get("/api/items/7")
    assert reports[0]["id"].startswith("cellar-")


def test_starlette_without_fastapi_with_its_signed_in_user(reports: Reports) -> None:
    async def cart(request: Request) -> Response:
        raise LookupError("no such cart")

    inner = Starlette(routes=[Route("/carts/{number:int}", cart)])
    app = Starlette(routes=[Mount("/shop", inner)])
    app.add_middleware(AuthenticationMiddleware, backend=SignIn())
    app.add_middleware(ErrorReportMiddleware)
    TestClient(app, raise_server_exceptions=False).get("/shop/carts/7")
    context = reports[0]["context"]
    assert (context["user_id"], context["url"]) == ("ann", "http://testserver/shop/carts/7")
    # Older releases of Starlette do not say which route was taken.
    assert context.get("route") in {"/shop/carts/{number:int}", None}


def test_an_exception_that_stops_the_start_is_reported_once(reports: Reports) -> None:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        fail()
        yield

    app = inside(FastAPI(lifespan=lifespan))
    with pytest.raises(LookupError), TestClient(outside(app)):
        pass
    assert [report["error"] for report in reports] == ["LookupError: failed later"]
