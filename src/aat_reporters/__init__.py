"""Publish the errors of a running program, in the background, to NATS JetStream.

    with aat_reporters.Reporter.open(namespace="shop") as reporter:
        reporter.report(error, request_id="r-17")

Importing this package imports neither nats nor asyncio nor any framework: names are loaded when they
are first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aat_reporters.context import bind, bound, unbind
    from aat_reporters.errors import AatError, NotConnectedError, ReportError, SettingsError
    from aat_reporters.reporter import Reporter
    from aat_reporters.settings import ReporterSettings

__all__ = [
    "AatError",
    "NotConnectedError",
    "ReportError",
    "Reporter",
    "ReporterSettings",
    "SettingsError",
    "bind",
    "bound",
    "unbind",
]

_HOMES = {
    "AatError": "errors",
    "NotConnectedError": "errors",
    "ReportError": "errors",
    "Reporter": "reporter",
    "ReporterSettings": "settings",
    "SettingsError": "errors",
    "bind": "context",
    "bound": "context",
    "unbind": "context",
}


def __getattr__(name: str) -> object:
    """Load a public name when it is first used."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names with the rest."""
    return sorted({*globals(), *__all__})
