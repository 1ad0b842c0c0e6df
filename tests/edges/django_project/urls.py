"""Pages of a shop that fail in every way a page can."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from importlib.util import find_spec
from typing import Any

from asgiref.sync import sync_to_async
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import transaction
from django.http import Http404, HttpResponse, StreamingHttpResponse, UnreadablePostError
from django.template import engines
from django.template.response import TemplateResponse
from django.urls import path

logger = logging.getLogger("shop")


def fine(request: Any) -> HttpResponse:
    return HttpResponse("fine")


def fails(request: Any, number: int) -> HttpResponse:
    raise ArithmeticError(f"cart {number} is broken")


async def fails_later(request: Any, number: int) -> HttpResponse:
    await asyncio.sleep(0)
    raise ArithmeticError(f"cart {number} is broken")


def distinct(request: Any, number: int) -> HttpResponse:
    raise type(f"Cart{number}Error", (Exception,), {})("cart is broken")


async def distinct_later(request: Any, number: int) -> HttpResponse:
    raise type(f"Cart{number}Error", (Exception,), {})("cart is broken")


def fails_and_logs(request: Any) -> HttpResponse:
    try:
        raise ArithmeticError("cart is broken")
    except ArithmeticError:
        logger.exception("failed")
        raise


def logs(request: Any) -> HttpResponse:
    logger.error("stock is low")
    return HttpResponse("fine")


def missing(request: Any) -> HttpResponse:
    raise Http404("no such cart")


def forbidden(request: Any) -> HttpResponse:
    raise PermissionDenied("not yours")


def suspicious(request: Any) -> HttpResponse:
    raise SuspiciousOperation("a forged form")


def left(request: Any) -> HttpResponse:
    raise UnreadablePostError("the client went away")


def bad_gateway(request: Any) -> HttpResponse:
    return HttpResponse("the bank is away", status=502)


class Cart:
    @property
    def total(self) -> int:
        raise ArithmeticError("no prices")


def template(request: Any) -> TemplateResponse:
    return TemplateResponse(request, engines["django"].from_string("{{ cart.total }}"), {"cart": Cart()})


def commits(request: Any) -> HttpResponse:
    def tell_the_warehouse() -> None:
        raise ArithmeticError("the warehouse is away")

    with transaction.atomic():
        transaction.on_commit(tell_the_warehouse)
    return HttpResponse("fine")


def _parts() -> Iterator[bytes]:
    yield b"one"
    logger.error("half way")
    raise ArithmeticError("no second part")


async def _parts_later() -> AsyncIterator[bytes]:
    yield b"one"
    logger.error("half way")
    raise ArithmeticError("no second part")


def stream(request: Any) -> StreamingHttpResponse:
    return StreamingHttpResponse(_parts())


async def stream_later(request: Any) -> StreamingHttpResponse:
    return StreamingHttpResponse(_parts_later())


async def _endless_parts() -> AsyncIterator[bytes]:
    yield b"one"
    await asyncio.Event().wait()


async def endless_stream(request: Any) -> StreamingHttpResponse:
    return StreamingHttpResponse(_endless_parts())


def whole_stream(request: Any) -> StreamingHttpResponse:
    return StreamingHttpResponse(iter([b"one", b"two"]))


async def _whole_parts() -> AsyncIterator[bytes]:
    yield b"one"
    yield b"two"


async def whole_stream_later(request: Any) -> StreamingHttpResponse:
    return StreamingHttpResponse(_whole_parts())


def knows_user(request: Any) -> HttpResponse:
    assert request.user.is_authenticated
    raise ArithmeticError("cart is broken")


async def knows_user_later(request: Any) -> HttpResponse:
    if hasattr(request, "auser"):
        await request.auser()
    else:
        await sync_to_async(bool)(request.user)
    raise ArithmeticError("cart is broken")


async def current_task(request: Any) -> HttpResponse:
    return HttpResponse(str(id(asyncio.current_task())))


urlpatterns = [
    path("", fine),
    path("fails/<int:number>/", fails),
    path("fails-later/<int:number>/", fails_later),
    path("distinct/<int:number>/", distinct),
    path("distinct-later/<int:number>/", distinct_later),
    path("fails-and-logs", fails_and_logs),
    path("logs", logs),
    path("missing", missing),
    path("forbidden", forbidden),
    path("suspicious", suspicious),
    path("left", left),
    path("bad-gateway", bad_gateway),
    path("template", template),
    path("commits", commits),
    path("stream", stream),
    path("stream-later", stream_later),
    path("endless-stream", endless_stream),
    path("whole-stream", whole_stream),
    path("whole-stream-later", whole_stream_later),
    path("knows-user", knows_user),
    path("knows-user-later", knows_user_later),
    path("current-task", current_task),
]
if find_spec("rest_framework"):
    from tests.edges.django_project import rest

    urlpatterns += rest.urlpatterns
