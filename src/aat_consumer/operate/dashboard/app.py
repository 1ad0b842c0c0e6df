"""Put pages, actions, files and the guard together to an ASGI application."""

from __future__ import annotations

from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from aat_consumer.operate.dashboard.actions import Actions
from aat_consumer.operate.dashboard.guard import Access, App, Guard
from aat_consumer.operate.dashboard.pages import Pages, refusal
from aat_consumer.operate.dashboard.running import Watching
from aat_consumer.settings import Settings
from aat_reporters.errors import AatError

__all__ = ["make_app"]

_STATIC = Path(__file__).parent / "static"


def make_app(watching: Watching, *, settings: Settings, access: Access, by: str) -> App:
    """Make the application.

    Args:
        watching: what it shows; the caller keeps it running.
        settings: the server's address, and the repository that fixes are published from.
        access: who may look and act.
        by: in whose name actions are carried out.
    """
    pages = Pages(watching, access=access, server=settings.connection.server)
    actions = Actions(watching, settings=settings, access=access, by=by)
    routes: list[BaseRoute] = [
        Route("/", pages.issues),
        Route("/issues/{signature:path}", pages.issue),
        Route("/quarantine", pages.quarantine),
        Route("/quarantine/{task_id:uuid}", pages.held),
        Route("/quarantine/{task_id:uuid}/release", actions.release, methods=["POST"]),
        Route("/quarantine/{task_id:uuid}/drop", actions.drop, methods=["POST"]),
        Route("/tasks", pages.tasks),
        Route("/tasks/{task_id:uuid}", pages.task),
        Route("/tasks/{task_id:uuid}/retry", actions.retry, methods=["POST"]),
        Route("/tasks/{task_id:uuid}/approve", actions.approve, methods=["POST"]),
        Route("/tasks/{task_id:uuid}/reject", actions.reject, methods=["POST"]),
        Route("/streams", pages.streams),
        Route("/health", pages.health),
        Route("/rates", pages.rates),
        Route("/events", pages.events),
        Route("/healthz", pages.healthz),
        Route("/metrics", pages.metrics),
        Route("/login", actions.sign_in, methods=["GET", "POST"]),
        Route("/logout", actions.sign_out, methods=["POST"]),
        Mount("/static", StaticFiles(directory=_STATIC)),
    ]
    app = Starlette(routes=routes, exception_handlers={AatError: _told, HTTPException: _missing})
    return Guard(app, access=access)


async def _told(_: Request, error: Exception) -> Response:
    """Say in one line what the streams or a decision stand against."""
    is_away = isinstance(error, ConnectionError)
    return refusal(str(error), status=503 if is_away else 409)


async def _missing(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    text = "There is no such page." if error.status_code == 404 else error.detail
    return refusal(text, status=error.status_code)
