"""The package is light to import and says what is public."""

from __future__ import annotations

import os
import subprocess
import sys

import aat_reporters

HEAVY = ("nats", "asyncio", "structlog", "django", "flask", "celery", "sentry_sdk", "spacy", "sqlite3")


def imported(statement: str) -> set[str]:
    """Give the modules of a fresh interpreter after a statement, without those that measure coverage."""
    program = f"{statement}\nimport sys; print('\\n'.join(sys.modules))"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment
    )
    return set(done.stdout.split())


def test_importing_the_package_imports_neither_nats_nor_asyncio_nor_a_framework() -> None:
    assert imported("import aat_reporters").isdisjoint(HEAVY)


def test_making_a_handler_imports_neither_nats_nor_asyncio() -> None:
    statement = (
        "from aat_reporters.logging import ErrorReportHandler\nErrorReportHandler(namespace='shop', spool='')"
    )
    assert imported(statement).isdisjoint({"nats", "asyncio"})


def test_public_names_are_pinned_and_load() -> None:
    assert aat_reporters.__all__ == [
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
    assert all(getattr(aat_reporters, name) for name in aat_reporters.__all__)
    assert set(aat_reporters.__all__) <= set(dir(aat_reporters))


def test_an_unknown_name_is_an_attribute_error() -> None:
    assert not hasattr(aat_reporters, "nonsense")
