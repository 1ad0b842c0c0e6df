"""Find mistakes in a project's settings before its first error does.

aat.E001  a setting cannot be used; the server does not start
aat.W001  the middleware stands in MIDDLEWARE more than once
aat.W002  the app is installed and the middleware is not
aat.W003  a logging handler reports to another place than AAT, so that one error is reported twice
aat.W004  a logging handler reports records below ERROR, each page that is not found among them
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from typing import Any

from django.conf import settings
from django.core import checks
from django.utils.module_loading import import_string

from aat_reporters.django.middleware import ErrorReportMiddleware
from aat_reporters.errors import SettingsError
from aat_reporters.logging import ErrorReportHandler
from aat_reporters.opening import resolve_settings
from aat_reporters.settings import ReporterSettings

__all__ = ["check_settings"]

#: What stands in a handler of LOGGING and is no setting of ours.
_LOGGING_KEYS = frozenset({"class", "()", "level", "filters", "formatter", ".", "reporter"})


def check_settings(**_: object) -> list[checks.CheckMessage]:
    """Check AAT, MIDDLEWARE and LOGGING, as ``manage.py check`` and ``runserver`` ask for."""
    try:
        own = resolve_settings({})
    except SettingsError as exc:
        found = checks.Error(
            f"the settings of aat_reporters cannot be used: {exc}",
            hint="Correct AAT in the settings, or the variable of the environment.",
            id="aat.E001",
        )
        return [found, *_middleware()]
    return [*_middleware(), *_handlers(own)]


def _middleware() -> Iterator[checks.CheckMessage]:
    match sum(map(_is_ours, settings.MIDDLEWARE)):
        case 0:
            yield checks.Warning(
                "aat_reporters.django is installed and its middleware is not: nothing is reported",
                hint="Put 'aat_reporters.django.ErrorReportMiddleware' first in MIDDLEWARE.",
                id="aat.W002",
            )
        case 1:
            return
        case number:
            yield checks.Warning(
                f"ErrorReportMiddleware stands in MIDDLEWARE {number} times",
                hint="Keep the first.",
                id="aat.W001",
            )


def _is_ours(path: str) -> bool:
    try:
        middleware = import_string(path)
    except ImportError:
        # Django says so itself when it loads the middleware.
        return False
    return isinstance(middleware, type) and issubclass(middleware, ErrorReportMiddleware)


def _handlers(own: ReporterSettings) -> Iterator[checks.CheckMessage]:
    for name, handler in _our_handlers():
        if _has_another_destination(handler, own):
            yield checks.Warning(
                f"the handler {name!r} of LOGGING reports to another place than AAT, each error twice",
                hint="Remove its settings; it takes those of AAT.",
                id="aat.W003",
            )
        if _number(handler.get("level", logging.ERROR)) < logging.ERROR:
            yield checks.Warning(
                f"the handler {name!r} of LOGGING reports below ERROR, each page not found too",
                hint="Give it the level ERROR.",
                id="aat.W004",
            )


def _has_another_destination(handler: Mapping[str, Any], own: ReporterSettings) -> bool:
    arguments = {key: value for key, value in handler.items() if key not in _LOGGING_KEYS}
    try:
        return "reporter" not in handler and resolve_settings(arguments).destination != own.destination
    except SettingsError:
        # A reference such as ext://..., which dictConfig has followed: what is wrong it has refused.
        return False


def _our_handlers() -> Iterator[tuple[str, Mapping[str, Any]]]:
    path = f"{ErrorReportHandler.__module__}.{ErrorReportHandler.__qualname__}"
    if settings.LOGGING_CONFIG is None:
        # The project configures logging by itself, and LOGGING may be anything.
        return
    for name, handler in (settings.LOGGING or {}).get("handlers", {}).items():
        if handler.get("class", handler.get("()")) in (path, ErrorReportHandler):
            yield name, handler


def _number(level: int | str) -> int:
    return logging.getLevelNamesMapping()[level] if isinstance(level, str) else level
