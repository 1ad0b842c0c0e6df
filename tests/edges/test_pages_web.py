"""The examples and the pages of FastAPI and Flask do what they say."""

from __future__ import annotations

import pytest

from aat_consumer.operate.server import EmbeddedServer
from aat_reporters.wire import Namespace
from tests.edges.conftest import Reports
from tests.edges.pages import EXAMPLES, shown
from tests.edges.web_servers import serving
from tests.integration.reporters.stream_access import eventually
from tests.integration.reporters.stream_access import reports as published

pytest.importorskip("fastapi")
pytest.importorskip("flask")
pytest.importorskip("uvicorn")

from fastapi.testclient import TestClient

# The oldest releases of Starlette use what the httpx of that time deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:The 'app' shortcut is now deprecated:DeprecationWarning")

COMMANDS = {
    "fastapi": ("uvicorn", "--port", "0", "with_fastapi:app"),
    "flask": ("flask", "--app", "with_flask", "run", "--port", "0"),
}


@pytest.mark.parametrize("framework", COMMANDS)
def test_an_example_is_served_and_its_error_arrives(
    nats_server: EmbeddedServer, streams: Namespace, variables: dict[str, str], framework: str
) -> None:
    # Old releases of the frameworks meet what newer ones of their own parts have deprecated.
    variables["PYTHONWARNINGS"] = "default"
    with serving(*COMMANDS[framework], folder=EXAMPLES, variables=variables) as server:
        assert server.get("/carts/1") == 200
        assert server.get("/carts/7") == 500
        (report,) = eventually(lambda: published(nats_server.url, streams), bool)
    assert report.body["error"] == "KeyError: 7"
    assert report.body["context"]["route"] in {"/carts/{number}", "/carts/<int:number>"}


def test_what_the_page_about_asgi_shows_works(reports: Reports) -> None:
    names = shown("edges/asgi.md")
    TestClient(names["application"], raise_server_exceptions=False).get("/about")
    TestClient(names["app"], raise_server_exceptions=False).get("/carts/7")
    assert [report["id"].partition("-")[0] for report in reports] == ["shop", "shop"]
    assert reports[1]["context"]["user_id"] == 7


def test_what_the_page_about_flask_shows_works(reports: Reports, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLASK_AAT__namespace", "cellar")
    names = shown("edges/flask.md")

    def fail() -> str:
        raise LookupError("no such cart")

    for app in (names["app"], names["create_app"]()):
        app.add_url_rule("/carts", view_func=fail)
        assert app.test_client().get("/carts").status_code == 500
    assert [report["id"].partition("-")[0] for report in reports] == ["shop", "cellar"]
