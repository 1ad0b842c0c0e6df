"""Django under real servers: every error of every worker is counted, and reported with its request."""

from __future__ import annotations

import http.client
import socket
from importlib.util import find_spec
from pathlib import Path

import pytest

pytest.importorskip("django")
pytest.importorskip("gunicorn")
pytest.importorskip("uvicorn")

from aat_consumer.operate.server import EmbeddedServer
from aat_reporters.wire import Namespace
from tests.edges.web_servers import WebServer, serving
from tests.integration.reporters.stream_access import eventually, occurrences
from tests.integration.reporters.stream_access import reports as published

ROOT = Path(__file__).parents[2]
GUNICORN = ("gunicorn", "--bind", "127.0.0.1:0")
WSGI = "tests.edges.django_project.servers:wsgi"
ASGI = "tests.edges.django_project.servers:asgi"

MANAGE = """
import os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "shop_settings"
from django.core.management import execute_from_command_line
execute_from_command_line(["manage.py", *sys.argv[1:]])
"""

#: Servers that leave as Python programs do, with every exit function.
LEAVING = {
    "preload": (*GUNICORN, "--preload", "--workers", "2", WSGI),
    "max-requests": (*GUNICORN, "--max-requests", "6", WSGI),
    "gevent": (*GUNICORN, "--preload", "--worker-class", "gevent", WSGI),
    "asgi": (*GUNICORN, "--worker-class", "asgi", ASGI),
}

#: Servers that end by the signal that they got, so that only what was sent before counts.
ENDING = {
    "uvicorn": ("uvicorn", "--port", "0", ASGI),
    "uvicorn-worker": (*GUNICORN, "--worker-class", "uvicorn.workers.UvicornWorker", ASGI),
}


@pytest.fixture
def address() -> str:
    """Give an address that is free; runserver keeps its own over reloads, so it cannot choose."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return f"127.0.0.1:{listening.getsockname()[1]}"


#: Servers whose own code warns: one deprecates its worker, one patches what is imported already.
WARNING = {"gevent", "uvicorn-worker"}


@pytest.fixture
def of_project(variables: dict[str, str], request: pytest.FixtureRequest) -> dict[str, str]:
    """Give the variables by which a server finds the project too."""
    callspec = getattr(request.node, "callspec", None)
    name = callspec.params["name"] if callspec is not None else ""
    warnings = "default" if name in WARNING else "error"
    return {**variables, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": warnings}


def stops_in_the_middle(server: WebServer, path: str) -> bool:
    try:
        server.get(path, x_request_id="r-1")
    except (OSError, http.client.HTTPException):
        return True
    return False


@pytest.mark.parametrize("name", LEAVING)
def test_every_error_of_every_worker_is_counted_to_the_last(
    nats_server: EmbeddedServer,
    streams: Namespace,
    of_project: dict[str, str],
    tmp_path: Path,
    name: str,
) -> None:
    if name == "gevent":
        pytest.importorskip("gevent")
    if name == "asgi" and find_spec("gunicorn.workers.gasgi") is None:
        pytest.skip("this gunicorn speaks no ASGI")
    stream = "stream-later" if name == "asgi" else "stream"
    with serving(*LEAVING[name], folder=tmp_path, variables=of_project) as server:
        assert stops_in_the_middle(server, f"/{stream}")
        statuses = [server.get(f"/fails/{number}/", x_request_id="r-1") for number in range(8)]
        statuses += [server.get(f"/fails-later/{number}/", x_request_id="r-1") for number in range(4)]
    assert statuses == [500] * 12, "".join(server.lines)
    assert sum(occurrences(nats_server.url, streams).values()) == 13, "".join(server.lines)
    contexts = [stored.body["context"] for stored in published(nats_server.url, streams)]
    assert {context["request_id"] for context in contexts} == {"r-1"}
    assert sorted(context["route"] for context in contexts) == [
        "fails-later/<int:number>/",
        "fails/<int:number>/",
        stream,
    ]


@pytest.mark.parametrize("name", ENDING)
def test_every_error_under_asgi_is_reported_at_once(
    nats_server: EmbeddedServer,
    streams: Namespace,
    of_project: dict[str, str],
    tmp_path: Path,
    name: str,
) -> None:
    if name == "uvicorn-worker" and find_spec("uvicorn.workers") is None:
        pytest.skip("this uvicorn has no worker for gunicorn any more")
    with serving(*ENDING[name], folder=tmp_path, variables=of_project) as server:
        assert stops_in_the_middle(server, "/stream-later")
        statuses = [server.get(f"/distinct/{number}/", x_request_id="r-1") for number in range(6)]
        statuses += [server.get(f"/distinct-later/{number}/", x_request_id="r-1") for number in range(6)]
        counts = eventually(lambda: occurrences(nats_server.url, streams), lambda found: len(found) == 13)
    assert statuses == [500] * 12, "".join(server.lines)
    assert list(counts.values()) == [1] * 13
    contexts = [stored.body["context"] for stored in published(nats_server.url, streams)]
    assert len(contexts) == 13
    assert {context["request_id"] for context in contexts} == {"r-1"}


def test_runserver_loses_no_error_when_it_reloads(
    nats_server: EmbeddedServer,
    streams: Namespace,
    of_project: dict[str, str],
    tmp_path: Path,
    address: str,
) -> None:
    settings = tmp_path / "shop_settings.py"
    settings.write_text("from tests.edges.django_project.settings import *\n")
    (tmp_path / "manage.py").write_text(MANAGE)
    with serving("manage", "runserver", address, folder=tmp_path, variables=of_project) as server:
        statuses = [server.get("/fails/7/") for _ in range(5)]

        def starts_after_a_change() -> int:
            # A change before the server's first look at its files goes unnoticed.
            settings.touch()
            return eventually(
                lambda: sum("Starting" in line for line in server.lines), lambda seen: seen > 1, patience=8
            )

        again = eventually(starts_after_a_change, lambda seen: seen > 1, patience=40)
        assert again == 2, "".join(server.lines)
        statuses.append(server.get("/distinct/1/"))
        counts = eventually(lambda: occurrences(nats_server.url, streams), lambda found: len(found) == 2)
    assert statuses == [500] * 6
    assert sorted(counts.values()) == [1, 5]


def test_the_example_reports_its_error(
    nats_server: EmbeddedServer, streams: Namespace, variables: dict[str, str], address: str
) -> None:
    command = ("django_shop", "runserver", "--noreload", address)
    with serving(*command, folder=ROOT / "examples", variables=variables) as server:
        assert server.get("/price/4/") == 200
        assert server.get("/price/0/") == 500
        found = eventually(lambda: published(nats_server.url, streams), bool)
    (report,) = [stored.body for stored in found]
    assert (report["type"], report["release"]) == ("ZeroDivisionError", "1.4.0")
    assert report["context"]["route"] == "price/<int:parts>/"
