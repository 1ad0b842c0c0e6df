"""Flask: what no handler took is reported once, with its request, whatever the application's mode."""

from __future__ import annotations

import gc
import http.client
import logging
import weakref
from collections.abc import Iterator
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from aat_consumer.operate.server import EmbeddedServer
from aat_reporters.errors import SettingsError
from aat_reporters.logging import ErrorReportHandler
from aat_reporters.reporter import Reporter
from aat_reporters.wire import Namespace
from tests.edges.conftest import Reports
from tests.edges.web_servers import serving, succeeding
from tests.integration.reporters.stream_access import eventually, occurrences
from tests.integration.reporters.stream_access import reports as published

pytest.importorskip("flask")

from flask import Blueprint, Flask, Response, abort, g, request, session, stream_with_context
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.test import Client

from aat_reporters.flask import ErrorReports


def shop(**config: object) -> Flask:
    """Give an application with every way to fail."""
    app = Flask("shop")
    app.config.update(SECRET_KEY="for tests", PROPAGATE_EXCEPTIONS=False)
    app.config.update(config)
    app.add_url_rule("/carts/<int:number>", view_func=cart)
    app.add_url_rule("/signed-in", view_func=signed_in)
    app.add_url_rule("/loaded", view_func=loaded)
    app.add_url_rule("/stream", view_func=stream)
    app.add_url_rule("/stream-in-context", view_func=stream_in_context)
    app.add_url_rule("/abort/<int:code>", view_func=abort)
    app.add_url_rule("/handled", view_func=handled)
    app.add_url_rule("/form", view_func=form)
    app.add_url_rule("/logged", view_func=logged)
    app.add_url_rule("/async", view_func=asynchronous)
    app.register_error_handler(PermissionError, lambda error: ("sorry", 400))
    inner, outer = Blueprint("inner", __name__), Blueprint("outer", __name__)
    inner.add_url_rule("/<name>", view_func=page)
    outer.register_blueprint(inner, url_prefix="/pages")
    app.register_blueprint(outer, url_prefix="/outer")
    return app


def cart(number: int) -> str:
    raise LookupError("no such cart")


def page(name: str) -> str:
    raise LookupError("no such page")


async def asynchronous() -> str:
    raise LookupError("no such cart")


def signed_in() -> str:
    session["_user_id"] = "u-7"
    raise LookupError("no such cart")


def loaded() -> str:
    g._login_user = SimpleNamespace(id=9)
    raise LookupError("no such cart")


def parts() -> Iterator[bytes]:
    yield b"one"
    raise LookupError("no second part")


def stream() -> Response:
    return Response(parts())


def stream_in_context() -> Response:
    return Response(stream_with_context(parts()))


def handled() -> str:
    raise PermissionError("handled")


def form() -> str:
    return request.form["missing"]


def logged() -> str:
    logging.getLogger("shop.stock").error("stock is low")
    return "fine"


@pytest.fixture
def root_handler() -> Iterator[None]:
    """Report what anybody logs, as a program does that has our handler at its root logger."""
    handler = ErrorReportHandler()
    logging.getLogger().addHandler(handler)
    yield
    logging.getLogger().removeHandler(handler)


def ask(app: Flask, path: str, **headers: str) -> None:
    """Ask for a page as a server does, which logs and answers what the application raises."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        app.test_client().get(path, headers=named, buffered=True)
    except (LookupError, HTTPException):
        logging.getLogger("gunicorn.error").exception("Error handling request")


@pytest.mark.parametrize(
    "config",
    [{}, {"DEBUG": True}, {"TESTING": True}, {"PROPAGATE_EXCEPTIONS": True}],
    ids=["as served", "debug", "testing", "propagating"],
)
@pytest.mark.parametrize("path", ["/carts/7", "/async", "/stream", "/stream-in-context"])
def test_an_exception_is_reported_once_with_its_request(
    reports: Reports, root_handler: None, config: dict[str, object], path: str
) -> None:
    app = shop(**config)
    if "DEBUG" in config or "TESTING" in config:
        app.config["PROPAGATE_EXCEPTIONS"] = None
    ErrorReports(app)
    ask(app, f"{path}?token=s3cret", X_Request_ID="r-17")
    (report,) = reports
    assert report["type"] == "LookupError"
    context = report["context"]
    assert (context["request_id"], context["method"]) == ("r-17", "GET")
    assert context["url"] == f"http://localhost{path}?token=[redacted]"


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/carts/7", "/carts/<int:number>"),
        ("/outer/pages/about", "/outer/pages/<name>"),
        ("/stream", "/stream"),
    ],
)
def test_the_route_is_that_of_the_application(reports: Reports, path: str, route: str) -> None:
    app = shop()
    ErrorReports(app)
    ask(app, path)
    assert reports[0]["context"]["route"] == route


@pytest.mark.parametrize("path", ["/abort/404", "/abort/403", "/abort/503", "/nothing", "/handled"])
def test_what_is_no_error_of_the_program_is_not_reported(
    reports: Reports, root_handler: None, path: str
) -> None:
    app = shop()
    ErrorReports(app)
    ask(app, path)
    assert reports == []


@pytest.mark.parametrize(
    "config", [{"TRAP_HTTP_EXCEPTIONS": True}, {"DEBUG": True, "PROPAGATE_EXCEPTIONS": None}]
)
def test_an_answer_that_is_trapped_for_the_debugger_is_no_error(
    reports: Reports, root_handler: None, config: dict[str, object]
) -> None:
    app = shop(**config)
    ErrorReports(app)
    ask(app, "/form")
    assert reports == []


@pytest.mark.parametrize(
    ("path", "user"),
    [("/signed-in", "u-7"), ("/loaded", 9), ("/carts/7", None)],
)
def test_the_user_is_known_where_somebody_loaded_it(reports: Reports, path: str, user: object) -> None:
    app = shop()
    ErrorReports(app)
    ask(app, path)
    assert reports[0]["context"].get("user_id") == user


def test_a_look_at_the_session_changes_no_answer(reports: Reports, root_handler: None) -> None:
    app = shop()
    ErrorReports(app)
    answer = app.test_client().get("/logged")
    assert [report["error"] for report in reports] == ["stock is low"]
    assert "Vary" not in answer.headers


def test_a_session_on_the_server_is_known_by_the_hash_of_its_id(reports: Reports, tmp_path: Path) -> None:
    flask_session = pytest.importorskip("flask_session")
    cachelib = pytest.importorskip("cachelib")
    if find_spec("flask_session.cachelib"):
        app = shop(SESSION_TYPE="cachelib", SESSION_CACHELIB=cachelib.FileSystemCache(str(tmp_path)))
    else:
        app = shop(SESSION_TYPE="filesystem", SESSION_FILE_DIR=str(tmp_path))
    flask_session.Session(app)
    ErrorReports(app)
    ask(app, "/signed-in")
    context = reports[0]["context"]
    assert context["session_id"].startswith("sha256:")
    assert context["user_id"] == "u-7"


def test_flask_login_is_not_asked_for_a_user_it_has_not_loaded(reports: Reports) -> None:
    flask_login = pytest.importorskip("flask_login")
    app = shop()
    manager = flask_login.LoginManager(app)
    asked: list[str] = []
    manager.user_loader(asked.append)
    ErrorReports(app)
    client = app.test_client()
    with client.session_transaction() as kept:
        kept["_user_id"] = "u-8"
    client.get("/carts/7")
    assert reports[0]["context"]["user_id"] == "u-8"
    assert asked == []


def test_an_error_while_a_request_is_torn_down_is_reported_with_its_route(reports: Reports) -> None:
    app = shop()

    @app.teardown_request
    def fail(_: object) -> None:
        raise LookupError("cannot close")

    ErrorReports(app)
    ask(app, "/logged")
    (report,) = reports
    assert report["context"]["route"] == "/logged"


def test_a_proxys_address_is_taken_wherever_the_fix_stands(reports: Reports) -> None:
    for is_outside in (False, True):
        app = shop()
        if is_outside:
            ErrorReports(app)
        app.wsgi_app = ProxyFix(app.wsgi_app)  # type: ignore[method-assign]
        if not is_outside:
            ErrorReports(app)
        ask(app, "/carts/7", X_Forwarded_For="192.0.2.1", X_Forwarded_Proto="https")
    assert [report["context"]["url"] for report in reports] == ["https://localhost/carts/7"] * 2


def test_an_application_below_another_path_has_it_in_its_url(reports: Reports) -> None:
    app = shop()
    ErrorReports(app)
    Client(DispatcherMiddleware(Flask("front"), {"/shop": app})).get("/shop/carts/7")
    assert reports[0]["context"]["url"] == "http://localhost/shop/carts/7"


def test_a_handler_for_everything_reports_by_hand_and_once(reports: Reports, root_handler: None) -> None:
    app = shop()
    errors = ErrorReports(app)

    @app.errorhandler(Exception)
    def sorry(error: Exception) -> Any:
        if isinstance(error, HTTPException):
            return error
        errors.report(error, shelf=3)
        app.logger.exception("sorry")
        return "sorry", 500

    ask(app, "/carts/7")
    ask(app, "/nothing")
    (report,) = reports
    assert (report["type"], report["context"]["shelf"]) == ("LookupError", 3)
    assert report["context"]["route"] == "/carts/<int:number>"


def test_a_handler_of_the_answer_500_that_logs_makes_no_second_report(
    reports: Reports, root_handler: None
) -> None:
    app = shop()
    ErrorReports(app)

    @app.errorhandler(500)
    def sorry(error: Any) -> Any:
        app.logger.error("sorry", exc_info=error.original_exception)
        return "sorry", 500

    ask(app, "/carts/7")
    assert len(reports) == 1


def test_each_application_has_settings_of_its_own(reports: Reports) -> None:
    errors = ErrorReports(environment="staging")
    for name in ("first", "second"):
        app = shop(AAT={"namespace": name})
        errors.init_app(app)
        ask(app, "/carts/7")
    assert [report["id"].partition("-s1-")[0] for report in reports] == ["first-staging", "second-staging"]


def test_settings_come_from_prefixed_variables(reports: Reports, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLASK_AAT__NAMESPACE", "cellar")
    monkeypatch.setenv("FLASK_AAT__scrub_keys", '["shelf"]')
    app = shop()
    app.config.from_prefixed_env()
    ErrorReports(app)
    ask(app, "/carts/7?shelf=3")
    assert reports[0]["id"].startswith("cellar-")
    assert reports[0]["context"]["url"].endswith("shelf=[redacted]")


def test_a_second_time_does_nothing(reports: Reports) -> None:
    app = shop()
    errors = ErrorReports(app)
    wrapped = app.wsgi_app
    errors.init_app(app)
    ErrorReports(app)
    assert app.wsgi_app is wrapped
    ask(app, "/carts/7")
    assert len(reports) == 1


def test_a_reporter_that_is_open_already_is_used(reports: Reports) -> None:
    with Reporter.open(namespace="cellar", spool="") as reporter:
        app = shop(AAT={"namespace": "attic"})
        ErrorReports(app, reporter=reporter)
        ask(app, "/carts/7")
    assert reports[0]["id"].startswith("cellar-")


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"namespace": "a b"}, r"namespace.*'a b'"),
        ({"namespaces": "shop"}, r"unknown key .*'namespaces'"),
        ("shop", r"AAT must be a dict"),
    ],
)
def test_a_wrong_setting_is_told_in_one_line_at_the_start(settings: object, told: str) -> None:
    with pytest.raises(SettingsError, match=told) as caught:
        ErrorReports(shop(AAT=settings))
    assert "\n" not in str(caught.value)


def test_an_application_that_nobody_uses_any_more_goes(reports: Reports) -> None:
    def used_once() -> weakref.ref[Flask]:
        # Propagating, for what is logged stays with pytest.
        app = shop(PROPAGATE_EXCEPTIONS=True)
        ErrorReports(app)
        with suppress(LookupError):
            app.test_client().get("/carts/7")
        return weakref.ref(app)

    gone = used_once()
    gc.collect()
    assert gone() is None
    assert len(reports) == 1


SHOP = """
import flask
from aat_reporters.flask import ErrorReports

errors = ErrorReports()

def parts():
    yield b"one"
    raise EOFError("no second part")

def create_app():
    app = flask.Flask("shop")
    errors.init_app(app)

    @app.get("/carts/<int:number>")
    def cart(number):
        raise LookupError("no such cart")

    @app.get("/stream")
    def stream():
        return flask.Response(parts(), content_type="text/plain")

    @app.get("/refused")
    def refused():
        flask.abort(503)

    return app
"""


def counted(server: EmbeddedServer, namespace: Namespace) -> int:
    return sum(occurrences(server.url, namespace).values())


@pytest.mark.parametrize(
    "options", [["--preload", "--workers", "2"], ["--worker-class", "gevent"]], ids=" ".join
)
def test_under_gunicorn_every_error_of_every_worker_is_counted(
    nats_server: EmbeddedServer,
    streams: Namespace,
    variables: dict[str, str],
    tmp_path: Path,
    options: list[str],
) -> None:
    pytest.importorskip("gunicorn")
    pytest.importorskip("gevent")
    (tmp_path / "shop.py").write_text(SHOP)
    command = ["gunicorn", *options, "--bind", "127.0.0.1:0", "shop:create_app()"]
    # Releases of gevent and its parts warn of each other.
    variables["PYTHONWARNINGS"] = "default"
    with serving(*command, folder=tmp_path, variables=variables) as server:
        statuses = [server.get("/carts/7") for _ in range(10)]
        assert server.get("/refused") == 503
        for _ in range(2):
            with pytest.raises((OSError, http.client.IncompleteRead)):
                server.get("/stream")
    assert statuses == [500] * 10
    with succeeding(variables):
        assert eventually(lambda: counted(nats_server, streams), lambda count: count == 12) == 12
    contexts = {stored.body["type"]: stored.body["context"] for stored in published(nats_server.url, streams)}
    assert set(contexts) == {"LookupError", "EOFError"}
    assert contexts["LookupError"]["route"] == "/carts/<int:number>"
