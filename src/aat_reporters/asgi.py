"""Report what an ASGI application raises: ``app = ErrorReportMiddleware(app)``.

Starlette and FastAPI also take it as ``app.add_middleware(ErrorReportMiddleware)``.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from aat_reporters.capture import leaves
from aat_reporters.context import Source, bind_source, unbind
from aat_reporters.opening import open_reporter
from aat_reporters.reporter import Reporter
from aat_reporters.web import kept, request_facts, user_id_of

__all__ = ["ErrorReportMiddleware"]

# Frameworks type scope and messages each in their own way: dict, mapping, TypedDict.
_Message = Any
_Scope = Any
_Receive = Callable[[], Awaitable[_Message]]
_Send = Callable[[_Message], Awaitable[None]]
_Application = Callable[[_Scope, _Receive, _Send], Awaitable[None]]

#: Exceptions that end a request and are nobody's error: the client went away, or the server stops. By
#: name, because none of these packages need be there.
_NORMAL_ENDS = frozenset(
    {
        ("asyncio.exceptions", "CancelledError"),
        ("starlette.requests", "ClientDisconnect"),
        ("starlette.websockets", "WebSocketDisconnect"),
        ("trio", "Cancelled"),
        ("uvicorn.protocols.utils", "ClientDisconnected"),
    }
)

#: What an application says last.
_STOPPED = "lifespan.shutdown.complete"
_STOP_FAILED = "lifespan.shutdown.failed"

#: Where middlewares keep the id of a session: in the session itself, or in what handles it.
_SESSION_KEYS = ("session_id", "sid")


class ErrorReportMiddleware:
    """Report exceptions that leave an application, also while its answer is sent, and let them go on.

    Requests, websockets, and the start and stop of the application (lifespan) are watched. Whatever is
    logged meanwhile, in tasks and in the threads of synchronous endpoints too, carries the request's
    id, method, URL and route. The event loop never waits; the stop of the application waits at most
    ``exit_timeout`` seconds for what is to be sent.

    Args:
        app: the application.
        reporter: one that is open already, instead of settings.
        settings: fields of ReporterSettings or Connection; the rest comes from the environment.

    Raises:
        SettingsError: a setting is unknown, mistyped or outside its limits.
    """

    _app: _Application
    _reporter: Reporter

    if TYPE_CHECKING:
        # Beside **settings, Starlette's types for add_middleware take an application by position alone;
        # its older releases give it by name.
        def __init__(
            self, app: _Application, /, *, reporter: Reporter | None = None, **settings: object
        ) -> None: ...
    else:

        def __init__(self, app, *, reporter=None, **settings):
            self._app = app
            self._reporter = open_reporter(settings) if reporter is None else reporter

    async def __call__(self, scope: _Scope, receive: _Receive, send: _Send) -> None:
        """Serve a request, a websocket, or the application's life."""
        if scope["type"] == "lifespan":
            await self._live(scope, receive, send)
            return
        token = bind_source(_source(scope))
        try:
            await self._app(scope, receive, send)
        except BaseException as error:
            # Whatever the application raises is what we are for; what is no error is told apart.
            self._judge(error)
            raise
        finally:
            unbind(token)

    async def _live(self, scope: _Scope, receive: _Receive, send: _Send) -> None:
        is_asked = False

        async def watched_receive() -> _Message:
            nonlocal is_asked
            message = await receive()
            is_asked = True
            return message

        async def watched_send(message: _Message) -> None:
            if message["type"] in (_STOPPED, _STOP_FAILED):
                # Uvicorn goes on to end the process by the signal it got, which runs no exit functions;
                # so what failed the stop must go now, though it is still on its way to us.
                error = sys.exc_info()[1]
                if error is not None and message["type"] == _STOP_FAILED:
                    self._judge(error)
                await self._flush()
            await send(message)

        try:
            await self._app(scope, watched_receive, watched_send)
        except BaseException as error:
            # An application that knows no lifespan raises before it asks what to do, and servers go on.
            if is_asked:
                self._judge(error)
            raise

    async def _flush(self) -> None:
        """Have sent what is left, on another thread."""
        # Without asyncio, or when no thread can start any more, what is left is sent at the exit.
        with suppress(RuntimeError):
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(None, self._reporter.flush, self._reporter.settings.exit_timeout)

    def _judge(self, error: BaseException) -> None:
        """Report an error, be it in a group with others; have servers' logs of a normal end passed over."""
        # A strange class of exception must not raise another in place of what was raised.
        with suppress(Exception):
            errors = [leaf for leaf in leaves(error) if not _is_normal_end(leaf)]
            if not errors:
                self._reporter.pass_over(error)
            elif any(isinstance(leaf, Exception) for leaf in errors):
                self._reporter.report_raised(error)


def _is_normal_end(error: BaseException) -> bool:
    return any((kind.__module__, kind.__qualname__) in _NORMAL_ENDS for kind in type(error).__mro__)


def _source(scope: _Scope) -> Source:
    # Taken now: older releases of Starlette shorten the path where one application is mounted in another.
    path = scope.get("raw_path") or scope.get("path")

    def facts() -> dict[str, object]:
        # Channels and others know scopes that are no request.
        return {} if path is None else _facts(scope, path)

    return facts


def _facts(scope: _Scope, path: bytes | str) -> dict[str, object]:
    headers = dict(reversed(list(scope.get("headers") or ())))

    def header(name: str) -> str | None:
        value = headers.get(name.encode("ascii"))
        return value.decode("latin-1") if value is not None else None

    text = path.decode("latin-1") if isinstance(path, bytes) else path
    facts = request_facts(
        # A websocket begins with a GET that the scope does not name.
        method=scope.get("method", "GET"),
        scheme=scope.get("scheme", "http"),
        host=header("host") or _address(scope),
        # Test clients have put the query here too.
        path=text.partition("?")[0],
        query=(scope.get("query_string") or b"").decode("latin-1"),
        header=header,
    )
    sessions = [kept(scope.get(key), _SESSION_KEYS) for key in ("session", "session_handler")]
    known = {
        "route": _route(scope),
        "user_id": user_id_of(scope.get("user")),
        "session_id": next((session for session in sessions if session is not None), None),
    }
    return facts | {name: value for name, value in known.items() if value is not None}


def _address(scope: _Scope) -> str:
    name, port = scope.get("server") or ("", None)
    return f"{name}:{port}" if port else str(name)


def _route(scope: _Scope) -> str | None:
    """Give the pattern of the path as the application wrote it, with the prefixes it stands under."""
    route = scope.get("route")
    path = kept(route, ("path",))
    # FastAPI with routers included lazily keeps the whole path beside the route.
    effective = kept(scope.get("fastapi"), ("effective_route_context",))
    if kept(effective, ("original_route",)) is route:
        path = kept(effective, ("path",)) or path
    if not isinstance(path, str):
        return None
    if "app_root_path" not in scope:
        return path
    # A mounted application: what it is mounted at has been added to the root path.
    return str(scope.get("root_path", "")).removeprefix(scope["app_root_path"]) + path
