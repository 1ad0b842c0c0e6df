"""Any ASGI application: what leaves it is reported once, with its request, and goes on."""

from __future__ import annotations

import asyncio
import gc
import logging
import weakref
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from aat_consumer.operate.server import EmbeddedServer
from aat_reporters.asgi import ErrorReportMiddleware
from aat_reporters.errors import SettingsError
from aat_reporters.logging import ErrorReportHandler
from aat_reporters.wire import Namespace
from tests.edges.conftest import Reports
from tests.integration.reporters.programs import run
from tests.integration.reporters.stream_access import occurrences

Message = dict[str, Any]
Scope = dict[str, Any]


@pytest.fixture
def root_handler() -> Iterator[None]:
    """Report what anybody logs, as a program does that has our handler at its root logger."""
    handler = ErrorReportHandler()
    logging.getLogger().addHandler(handler)
    yield
    logging.getLogger().removeHandler(handler)


def http(path: str, **more: object) -> Scope:
    return {
        "type": "http",
        "method": "POST",
        "scheme": "https",
        "path": path,
        "query_string": b"",
        "headers": [(b"host", b"shop.example.com")],
        **more,
    }


async def serve(app: Any, scope: Scope, *incoming: Message) -> list[Message]:
    """Serve as uvicorn does: hand on messages, and log what the application raises."""
    waiting = list(incoming)
    sent: list[Message] = []

    async def receive() -> Message:
        return waiting.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    try:
        await app(scope, receive, send)
    except BaseException as error:
        logging.getLogger("uvicorn.error").error("Exception in ASGI application\n", exc_info=error)
    return sent


def raising(error: BaseException) -> Any:
    async def app(scope: Scope, receive: Any, send: Any) -> None:
        raise error

    return ErrorReportMiddleware(app)


async def test_an_exception_is_reported_once_with_its_request_and_goes_on(
    reports: Reports, root_handler: None
) -> None:
    scope = http(
        "/cart/7",
        query_string=b"page=2&token=s3cret",
        headers=[(b"host", b"shop.example.com"), (b"x-request-id", b"r-17"), (b"x-request-id", b"r-18")],
    )
    await serve(raising(LookupError("no such cart")), scope)
    (report,) = reports
    assert report["error"] == "LookupError: no such cart"
    context = report["context"]
    assert (context["request_id"], context["method"]) == ("r-17", "POST")
    assert context["url"] == "https://shop.example.com/cart/7?page=2&token=[redacted]"


async def test_a_request_without_headers_is_named_by_the_servers_address(reports: Reports) -> None:
    scope = http("/a b", raw_path=b"/a%20b", headers=[], server=("127.0.0.1", 8000))
    with pytest.raises(LookupError):
        await raising(LookupError())(scope, None, None)
    assert reports[0]["context"]["url"] == "https://127.0.0.1:8000/a%20b"
    assert "request_id" not in reports[0]["context"]


@pytest.mark.parametrize(
    ("user", "expected"),
    [
        (SimpleNamespace(id=7, name="Ann"), 7),
        (SimpleNamespace(username="ann"), "ann"),
        ({"sub": "u-9"}, "u-9"),
        ("u-3", "u-3"),
        (SimpleNamespace(_wrapped=SimpleNamespace(id=8)), 8),
        (SimpleNamespace(_wrapped=object()), None),
        (SimpleNamespace(name="Ann"), None),
        (None, None),
    ],
)
async def test_the_user_is_known_by_plain_data(reports: Reports, user: object, expected: object) -> None:
    await serve(raising(LookupError()), http("/", user=user))
    assert reports[0]["context"].get("user_id") == expected


async def test_no_code_of_a_user_or_session_is_run(reports: Reports) -> None:
    class Lazy:
        def __getattribute__(self, name: str) -> object:
            raise AssertionError(name)

    class Guarded(dict[str, object]):
        def get(self, *arguments: object) -> object:
            raise AssertionError

        __getitem__ = get

    scope = http("/", user=Lazy(), session=Guarded())
    await serve(raising(LookupError()), scope)
    assert "user_id" not in reports[0]["context"]


@pytest.mark.parametrize(
    "more",
    [
        {"session": {"session_id": "s-1"}},
        {"session": SimpleNamespace(session_id="s-1")},
        {"session": {}, "session_handler": SimpleNamespace(session_id="s-1")},
    ],
    ids=["entry", "attribute", "handler"],
)
async def test_a_session_is_known_by_the_hash_of_its_id(reports: Reports, more: Scope) -> None:
    await serve(raising(LookupError()), http("/", **more))
    assert reports[0]["context"]["session_id"].startswith("sha256:")


async def test_a_websocket_is_a_request_too(reports: Reports, root_handler: None) -> None:
    scope = {"type": "websocket", "scheme": "wss", "path": "/live", "headers": [(b"host", b"example.com")]}
    await serve(raising(LookupError()), scope)
    (report,) = reports
    assert report["context"]["url"] == "wss://example.com/live"


def named(module: str, name: str, base: type[Exception] = Exception) -> Exception:
    kind: type[Exception] = type(name, (base,), {"__module__": module})
    return kind()


@pytest.mark.parametrize(
    "error",
    [
        asyncio.CancelledError(),
        named("starlette.requests", "ClientDisconnect"),
        named("starlette.websockets", "WebSocketDisconnect"),
        named("uvicorn.protocols.utils", "ClientDisconnected", OSError),
        ExceptionGroup("tasks", [named("starlette.requests", "ClientDisconnect")]),
        BaseExceptionGroup("tasks", [asyncio.CancelledError()]),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_the_end_of_a_connection_is_no_error_though_the_server_logs_it(
    reports: Reports, root_handler: None, error: BaseException
) -> None:
    await serve(raising(error), http("/"))
    assert reports == []


async def test_an_error_beside_a_disconnect_is_one(reports: Reports, root_handler: None) -> None:
    group = BaseExceptionGroup("tasks", [asyncio.CancelledError(), LookupError("no such cart")])
    await serve(raising(group), http("/"))
    (report,) = reports
    assert "LookupError: no such cart" in report["stack"]


async def test_the_members_of_a_task_group_are_reported_as_one(reports: Reports, root_handler: None) -> None:
    async def fail() -> None:
        try:
            raise LookupError("no such cart")
        except LookupError:
            logging.getLogger("shop").exception("failed")
            raise

    async def app(scope: Scope, receive: Any, send: Any) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(fail())

    await serve(ErrorReportMiddleware(app), http("/"))
    (report,) = reports
    assert (report["type"], report["context"]["method"]) == ("LookupError", "POST")


async def test_what_is_logged_carries_the_request_in_tasks_and_threads_and_later_not(
    reports: Reports, root_handler: None
) -> None:
    logger = logging.getLogger("shop")

    async def app(scope: Scope, receive: Any, send: Any) -> None:
        logger.error("here")
        await asyncio.create_task(asyncio.to_thread(logger.error, "in a thread of a task"))

    await serve(ErrorReportMiddleware(app), http("/stock"))
    logger.error("outside")
    assert [report["context"].get("method") for report in reports] == ["POST", "POST", None]


async def test_a_scope_that_is_no_request_is_served_and_reported(reports: Reports) -> None:
    await serve(raising(LookupError()), {"type": "mqtt"})
    (report,) = reports
    assert "url" not in report["context"]


async def test_a_strange_exception_goes_on_as_it_is(reports: Reports) -> None:
    class Strange(ExceptionGroup[Exception]):
        @property
        def exceptions(self) -> Any:
            raise RuntimeError("not now")

    with pytest.raises(Strange):
        await raising(Strange("tasks", [LookupError()]))(http("/"), None, None)


async def test_concurrent_requests_are_told_apart(reports: Reports) -> None:
    everybody = asyncio.Barrier(5)

    async def app(scope: Scope, receive: Any, send: Any) -> None:
        await everybody.wait()
        raise LookupError(scope["path"])

    wrapped = ErrorReportMiddleware(app)
    await asyncio.gather(*(serve(wrapped, http(f"/{number}")) for number in range(5)))
    assert all(report["context"]["url"].endswith(report["error"][-2:]) for report in reports)
    assert len(reports) == 5


STARTUP = {"type": "lifespan.startup"}
SHUTDOWN = {"type": "lifespan.shutdown"}


def living(*, fails_at: str) -> Any:
    """Give an application whose start or stop fails, and that tells the server as Starlette does."""

    async def app(scope: Scope, receive: Any, send: Any) -> None:
        while True:
            at = (await receive())["type"]
            try:
                if at == fails_at:
                    raise LookupError(at)
            except LookupError:
                await send({"type": f"{at}.failed"})
                raise
            await send({"type": f"{at}.complete"})
            if at == "lifespan.shutdown":
                return

    return ErrorReportMiddleware(app)


@pytest.mark.parametrize("moment", ["lifespan.startup", "lifespan.shutdown"])
async def test_a_failed_start_or_stop_is_reported_once(
    reports: Reports, root_handler: None, moment: str
) -> None:
    sent = await serve(living(fails_at=moment), {"type": "lifespan"}, STARTUP, SHUTDOWN)
    assert sent[-1]["type"] == f"{moment}.failed"
    assert [report["error"] for report in reports] == [f"LookupError: {moment}"]


async def test_what_was_handled_before_the_stop_is_no_error(reports: Reports) -> None:
    async def app(scope: Scope, receive: Any, send: Any) -> None:
        await receive()
        try:
            raise LookupError("handled")
        except LookupError:
            await send({"type": "lifespan.shutdown.complete"})

    await serve(ErrorReportMiddleware(app), {"type": "lifespan"}, SHUTDOWN)
    assert reports == []


async def test_an_application_without_lifespan_is_none_with_an_error(reports: Reports) -> None:
    await serve(raising(AssertionError("http only")), {"type": "lifespan"}, STARTUP)
    assert reports == []


def test_under_another_event_loop_than_asyncios_the_stop_goes_on(reports: Reports) -> None:
    stopping = serve(living(fails_at=""), {"type": "lifespan"}, STARTUP, SHUTDOWN)
    with pytest.raises(StopIteration) as ended:
        stopping.send(None)
    assert ended.value.value[-1]["type"] == "lifespan.shutdown.complete"


def test_a_wrong_setting_is_told_when_the_application_is_wrapped() -> None:
    async def app(scope: Scope, receive: Any, send: Any) -> None: ...

    with pytest.raises(SettingsError, match=r"namespace.*'a b'"):
        ErrorReportMiddleware(app, namespace="a b")


def test_the_event_loop_does_no_input_or_output_for_an_error(
    nats_server: EmbeddedServer, streams: Namespace, variables: dict[str, str]
) -> None:
    out = run(
        """
        import asyncio, threading
        from aat_reporters.asgi import ErrorReportMiddleware
        seen, is_watching, loop_thread = [], False, threading.get_ident()
        def watch(event, arguments):
            if is_watching and threading.get_ident() == loop_thread:
                seen.append(event)
        async def app(scope, receive, send):
            raise LookupError('no such cart')
        async def ask():
            global is_watching
            is_watching = True
            for number in range(100):
                try:
                    await app(scope, None, None)
                except LookupError:
                    pass
            is_watching = False
        app = ErrorReportMiddleware(app, release='r1')
        scope = {'type': 'http', 'path': '/', 'headers': [(b'host', b'shop.example.com')]}
        sys.addaudithook(watch)
        asyncio.run(ask())
        # A look at a frame's code and, once, the start of the background thread: neither waits.
        print([event for event in seen if event != 'object.__getattr__' and '_thread.start' not in event])
        assert reporter.flush(10)
        """,
        variables,
    )
    assert out == "[]\n"
    assert sum(occurrences(nats_server.url, streams).values()) == 100


async def test_nothing_of_a_request_outlives_it(reports: Reports) -> None:
    class Marked(dict[str, object]):
        """A dict that can be watched."""

    scope = Marked(http("/"))
    gone = weakref.ref(scope)
    with pytest.raises(LookupError):
        await raising(LookupError())(scope, None, None)
    del scope
    gc.collect()
    assert gone() is None
