"""Give each test a spool folder, settings that lead to a real server, and an end without leftovers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from aat_consumer.operate.server import EmbeddedServer
from aat_reporters.reporter import Reporter
from aat_reporters.wire import Namespace
from tests.integration.reporters.stream_access import make_streams

OpenReporter = Callable[..., Reporter]


@pytest.fixture
def spool(tmp_path: Path) -> Path:
    return tmp_path / "spool"


@pytest.fixture
def open_reporter(namespace: Namespace, spool: Path) -> Iterator[OpenReporter]:
    """Open reporters that are closed after the test."""
    opened: list[Reporter] = []

    def open_one(url: str, **settings: object) -> Reporter:
        defaults = {"namespace": namespace.name, "spool": str(spool), "release": "r1", "url": url}
        reporter = Reporter.open(**{**defaults, **settings})
        opened.append(reporter)
        return reporter

    yield open_one
    for reporter in opened:
        reporter.close()


@pytest.fixture
def streams(nats_server: EmbeddedServer, namespace: Namespace) -> Namespace:
    """Make the namespace's streams on the session's server."""
    make_streams(nats_server.url, namespace)
    return namespace
