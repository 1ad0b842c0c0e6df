"""Bind each request's facts to what is reported meanwhile, and report what Django could not handle."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from functools import partial
from types import TracebackType
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import got_request_exception
from django.http import HttpRequest, StreamingHttpResponse, UnreadablePostError

from aat_reporters.context import Source, bind_source, leave, unbind
from aat_reporters.django.requests import RequestSource
from aat_reporters.errors import SettingsError
from aat_reporters.opening import open_reporter
from aat_reporters.reporter import Reporter

__all__ = ["ErrorReportMiddleware"]

#: What Django's signal knows our one receiver by.
_RECEIVER = "aat_reporters.django"

_END = object()


class ErrorReportMiddleware:
    """Report unhandled exceptions of views, middleware, templates and streams, each once.

    For sync and async views alike, without a change of thread. Put it first: what other middleware raises
    is reported from any place, but what it logs carries the request only behind this one. A request that
    does not fail pays for one context variable.

    Args:
        get_response: the next middleware, or the view.

    Raises:
        ImproperlyConfigured: ``AAT`` in the settings, or the environment, cannot be used.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self._get_response = get_response
        self._is_async = bool(iscoroutinefunction(get_response))
        if self._is_async:
            markcoroutinefunction(self)
        try:
            self._reporter = open_reporter({})
        except SettingsError as exc:
            raise ImproperlyConfigured(f"the settings of aat_reporters cannot be used: {exc}") from exc
        _listen(self._reporter)

    def __call__(self, request: HttpRequest) -> Any:
        """Answer a request, or give what answers it."""
        if self._is_async:
            return self._answer_later(request)
        source = _source_left_on(request)
        token = bind_source(source)
        try:
            response = self._get_response(request)
        finally:
            unbind(token)
        return self._watched(response, source)

    async def _answer_later(self, request: HttpRequest) -> Any:
        source = _source_left_on(request)
        token = bind_source(source)
        try:
            answer: Awaitable[Any] = self._get_response(request)
            response = await answer
        finally:
            unbind(token)
        return self._watched(response, source)

    def _watched(self, response: Any, source: Source) -> Any:
        # A file is left alone: servers send it themselves, and know it by its kind.
        if isinstance(response, StreamingHttpResponse) and getattr(response, "file_to_stream", None) is None:
            parts = self._parts_later if response.is_async else self._parts
            response.streaming_content = parts(response.streaming_content, source)
        return response

    def _parts(self, content: Iterator[bytes], source: Source) -> Iterator[bytes]:
        while True:
            with _Watch(self._reporter, source):
                part: Any = next(content, _END)
            if part is _END:
                return
            yield part

    async def _parts_later(self, content: AsyncIterator[bytes], source: Source) -> AsyncIterator[bytes]:
        while True:
            with _Watch(self._reporter, source):
                part: Any = await anext(content, _END)
            if part is _END:
                return
            yield part


def _source_left_on(request: HttpRequest) -> Source:
    source = RequestSource(request)
    leave(request, source)
    return source


class _Watch:
    """Bind a request while a part of its answer is made, and report what stops it.

    Nobody else would tell: the status is sent already, and Django sends no signal.
    """

    def __init__(self, reporter: Reporter, source: Source) -> None:
        self._reporter = reporter
        self._source = source

    def __enter__(self) -> None:
        self._token = bind_source(self._source)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, Exception):
            self._reporter.report_raised(error)
        unbind(self._token)


def _listen(reporter: Reporter) -> None:
    """Make this reporter the one that is told of unhandled exceptions; the newest settings count.

    Django makes middleware anew for each test client and server of a process; it sends one signal.
    """
    got_request_exception.disconnect(dispatch_uid=_RECEIVER)
    got_request_exception.connect(partial(_report, reporter), weak=False, dispatch_uid=_RECEIVER)


def _report(reporter: Reporter, *, request: object = None, **_: object) -> None:
    """Report the exception that Django is handling."""
    error = sys.exc_info()[1]
    if error is None:
        # A library sent the signal outside of an except clause.
        return
    if isinstance(error, UnreadablePostError):
        # The client went away while it sent; Django logs that as an error too.
        reporter.pass_over(error)
        return
    if not isinstance(request, HttpRequest):
        reporter.report_raised(error)
        return
    # Bound already unless a middleware before ours raised.
    with _Watch(reporter, RequestSource(request)):
        reporter.report_raised(error)
