"""Give tests a real nats-server of their own and a namespace nobody else uses."""

from __future__ import annotations

import itertools
import os
import signal
from collections.abc import Iterator

import pytest

from aat_consumer.errors import ServerError
from aat_consumer.operate.server import EmbeddedServer, find_program
from aat_reporters.wire import Namespace

_COUNTER = itertools.count(1)


def pytest_configure() -> None:
    """Let programs under test hear Ctrl-C also where the tests were started with ``&`` or nohup.

    Such a start ignores SIGINT, which every process started below inherits.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def _no_settings_of_the_developer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the variables of whoever runs the tests out of them."""
    for name in list(os.environ):
        if name.startswith(("NATS_", "AAT_")) or name == "PROJECT_NAME":
            monkeypatch.delenv(name)


def _require_program() -> None:
    try:
        find_program()
    except ServerError as exc:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(exc))


@pytest.fixture(scope="session")
def nats_server() -> Iterator[EmbeddedServer]:
    """Run one server for the whole session; tests keep apart by namespace."""
    _require_program()
    # What streams may take is reserved when they are made, and hundreds of namespaces have more than a
    # small disk, of which nothing is used.
    with EmbeddedServer(config="jetstream { max_file_store: 100TB }") as server:
        yield server


@pytest.fixture
def own_server() -> Iterator[EmbeddedServer]:
    """Run a server for one test, which may kill it, restart it or fill it."""
    _require_program()
    with EmbeddedServer() as server:
        yield server


@pytest.fixture
def namespace() -> Namespace:
    """Give a namespace that no other test of this session uses."""
    return Namespace(f"t{os.getpid()}x{next(_COUNTER)}")
