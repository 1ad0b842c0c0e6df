"""Give tests of the edges recorded reports, or a real server and programs that find it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from aat_consumer.operate.server import EmbeddedServer
from aat_reporters.testing import recording_reporter
from aat_reporters.wire import Namespace
from tests.integration.reporters.conftest import streams as streams  # a fixture
from tests.integration.reporters.programs import environment

Reports = list[dict[str, Any]]


@pytest.fixture(autouse=True)
def _state_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the spool of whoever runs the tests out of them."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.fixture
def reports() -> Iterator[Reports]:
    """Record what this process reports, through whichever edge."""
    with recording_reporter() as (_, reports):
        yield reports


@pytest.fixture
def variables(nats_server: EmbeddedServer, streams: Namespace, tmp_path: Path) -> dict[str, str]:
    """Give the variables by which a program finds the server, its namespace and a spool of its own."""
    return environment(nats_server.url, streams.name, tmp_path / "state")
