"""Report what a WSGI application raises: ``app = ErrorReportMiddleware(app)``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any, TypeVar

from aat_reporters.context import Source, bind_source, unbind
from aat_reporters.opening import open_reporter
from aat_reporters.reporter import Reporter
from aat_reporters.web import request_facts

__all__ = ["ErrorReportMiddleware"]

T = TypeVar("T")

_Environ = dict[str, Any]
_Application = Callable[[_Environ, Callable[..., Any]], Iterable[bytes]]


class ErrorReportMiddleware:
    """Report exceptions that leave an application, also while its answer is sent, and let them go on.

    Whatever is logged meanwhile carries the request's id, method and URL. Safe under any server; what
    it adds to a request that does not fail is one context variable.

    Args:
        app: the application.
        reporter: one that is open already, instead of settings.
        facts: gives further facts of a request by its environ; asked only when an error happens, so it
            must neither wait nor run code of the user.
        settings: fields of ReporterSettings or Connection; the rest comes from the environment.

    Raises:
        SettingsError: a setting is unknown, mistyped or outside its limits.
    """

    def __init__(
        self,
        app: _Application,
        *,
        reporter: Reporter | None = None,
        facts: Callable[[_Environ], Mapping[str, object]] | None = None,
        **settings: object,
    ) -> None:
        self._app = app
        self._more = facts or _nothing_more
        self._reporter = open_reporter(settings) if reporter is None else reporter

    def __call__(self, environ: _Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer a request."""

        def facts() -> dict[str, object]:
            found = _facts(environ)
            # The request is named even where a framework cannot say more of it.
            with suppress(Exception):
                found |= self._more(environ)
            return found

        token = bind_source(facts)
        try:
            answer = self._app(environ, start_response)
            if isinstance(answer, list | tuple) or _is_file(answer, environ):
                # Complete already, or sent by the server itself, which must see its own kind of answer.
                return answer
            return _Answer(answer, reporter=self._reporter, facts=facts)
        except Exception as error:
            # Whatever the application raises is what we are for, and an answer that is none.
            self._reporter.report_raised(error)
            raise
        finally:
            unbind(token)


class _Answer:
    """Hand on an answer part by part, and report what stops it."""

    def __init__(self, parts: Iterable[bytes], *, reporter: Reporter, facts: Source) -> None:
        self._parts = parts
        self._iterator = iter(parts)
        self._reporter = reporter
        self._facts = facts

    def __iter__(self) -> Iterator[bytes]:
        """Give itself."""
        return self

    def __next__(self) -> bytes:
        """Give the next part."""
        return self._watched(self._iterator.__next__)

    def close(self) -> None:
        """Close the application's answer, as servers do at the end."""
        close: Callable[[], object] | None = getattr(self._parts, "close", None)
        if close is not None:
            self._watched(close)

    def _watched(self, step: Callable[[], T]) -> T:
        token = bind_source(self._facts)
        try:
            return step()
        except StopIteration:
            raise
        except Exception as error:
            # As above; the status is sent already, so nobody else will tell.
            self._reporter.report_raised(error)
            raise
        finally:
            unbind(token)


def _nothing_more(_: _Environ) -> dict[str, object]:
    return {}


def _is_file(answer: object, environ: _Environ) -> bool:
    wrapper = environ.get("wsgi.file_wrapper")
    return isinstance(wrapper, type) and isinstance(answer, wrapper)


def _facts(environ: _Environ) -> dict[str, object]:
    def header(name: str) -> str | None:
        value = environ.get("HTTP_" + name.upper().replace("-", "_"))
        return value if isinstance(value, str) else None

    return request_facts(
        method=environ.get("REQUEST_METHOD", ""),
        scheme=environ.get("wsgi.url_scheme", "http"),
        host=environ.get("HTTP_HOST") or environ.get("SERVER_NAME", ""),
        path=environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", ""),
        query=environ.get("QUERY_STRING", ""),
        header=header,
    )
