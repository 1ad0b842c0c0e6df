"""Any WSGI application: what leaves it is reported once, with its request, and goes on."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any
from wsgiref.util import FileWrapper, setup_testing_defaults
from wsgiref.validate import validator

import pytest

from aat_consumer.operate.server import EmbeddedServer
from aat_reporters.errors import SettingsError
from aat_reporters.logging import ErrorReportHandler
from aat_reporters.wire import Namespace
from aat_reporters.wsgi import ErrorReportMiddleware
from tests.edges.conftest import Reports
from tests.edges.web_servers import serving, succeeding
from tests.integration.reporters.stream_access import eventually, occurrences
from tests.integration.reporters.stream_access import reports as published

pytest.importorskip("gunicorn")

Environ = dict[str, Any]

APPLICATION = """
from aat_reporters.wsgi import ErrorReportMiddleware

def pages(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    if environ["PATH_INFO"] == "/fail":
        raise LookupError("no such page")
    return [b"fine"]

app = ErrorReportMiddleware(pages)
"""


def request(path: str, **more: object) -> Environ:
    environ: Environ = {"PATH_INFO": path, "SCRIPT_NAME": "", "HTTP_HOST": "shop.example.com", **more}
    setup_testing_defaults(environ)
    return environ


def ask(app: Any, environ: Environ) -> bytes:
    """Ask as a server does: iterate over the answer, then close it."""
    answer = app(environ, lambda *_: lambda _: None)
    try:
        return b"".join(answer)
    finally:
        if hasattr(answer, "close"):
            answer.close()


def failing(environ: Environ, start_response: Any) -> Iterable[bytes]:
    raise LookupError("no such cart")


def always(answer: Iterable[bytes]) -> Callable[[Environ, Any], Iterable[bytes]]:
    return lambda environ, start_response: answer


def test_an_exception_is_reported_with_its_request_and_goes_on(reports: Reports) -> None:
    app = ErrorReportMiddleware(failing)
    environ = request("/cart/7", QUERY_STRING="page=2&code=s3cret&token=s3cret", HTTP_X_REQUEST_ID="r-17")
    with pytest.raises(LookupError):
        ask(app, environ)
    (report,) = reports
    assert report["error"] == "LookupError: no such cart"
    context = report["context"]
    assert (context["request_id"], context["method"]) == ("r-17", "GET")
    assert context["url"] == ("http://shop.example.com/cart/7?page=2&code=[redacted]&token=[redacted]")


def test_an_answer_that_stops_in_the_middle_is_reported_with_its_request(reports: Reports) -> None:
    class Parts:
        closed = False

        def __iter__(self) -> Iterator[bytes]:
            yield b"one"
            raise LookupError("no second part")

        def close(self) -> None:
            Parts.closed = True

    app = ErrorReportMiddleware(lambda environ, start_response: Parts())
    with pytest.raises(LookupError):
        ask(app, request("/export"))
    (report,) = reports
    assert report["context"]["url"] == "http://shop.example.com/export"
    assert Parts.closed


def test_an_answer_that_is_none_is_reported(reports: Reports) -> None:
    app = ErrorReportMiddleware(lambda environ, start_response: None)  # type: ignore[arg-type, return-value]
    with pytest.raises(TypeError):
        ask(app, request("/"))
    assert [report["type"] for report in reports] == ["TypeError"]


def test_what_is_logged_meanwhile_carries_the_request_and_later_not(reports: Reports) -> None:
    logger = logging.getLogger("shop.wsgi")
    handler = ErrorReportHandler()
    logger.addHandler(handler)

    def logging_app(environ: Environ, start_response: Any) -> Iterator[bytes]:
        logger.error("stock is low")
        yield b"part"
        logger.error("stock is gone")

    ask(ErrorReportMiddleware(logging_app), request("/stock"))
    logger.error("outside of any request")
    logger.removeHandler(handler)
    assert [report["context"].get("method") for report in reports] == ["GET", "GET", None]


def test_an_exception_that_was_logged_on_its_way_is_one_report(reports: Reports) -> None:
    logger = logging.getLogger("shop.wsgi")
    handler = ErrorReportHandler()
    logger.addHandler(handler)

    def logging_app(environ: Environ, start_response: Any) -> Iterable[bytes]:
        try:
            return failing(environ, start_response)
        except LookupError:
            logger.exception("failed")
            raise

    with pytest.raises(LookupError):
        ask(ErrorReportMiddleware(logging_app), request("/"))
    logger.removeHandler(handler)
    assert len(reports) == 1


def test_further_facts_of_a_framework_are_asked_only_when_an_error_happens(reports: Reports) -> None:
    asked: list[str] = []

    def facts(environ: Environ) -> dict[str, object]:
        asked.append(environ["PATH_INFO"])
        return {"route": "/carts/<number>"}

    ask(ErrorReportMiddleware(always([b"fine"]), facts=facts), request("/carts/6"))
    with pytest.raises(LookupError):
        ask(ErrorReportMiddleware(failing, facts=facts), request("/carts/7"))
    assert asked == ["/carts/7"]
    assert reports[0]["context"]["route"] == "/carts/<number>"


def test_a_request_is_named_where_a_framework_cannot_say_more_of_it(reports: Reports) -> None:
    def facts(environ: Environ) -> dict[str, object]:
        raise RuntimeError("no request here")

    with pytest.raises(LookupError):
        ask(ErrorReportMiddleware(failing, facts=facts), request("/carts/7"))
    assert reports[0]["context"]["url"] == "http://shop.example.com/carts/7"


def test_answers_that_servers_send_themselves_stay_what_they_are(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"content")
    for answer in ([b"whole"], FileWrapper((tmp_path / "file").open("rb"))):
        app = ErrorReportMiddleware(always(answer))
        environ = request("/", **{"wsgi.file_wrapper": FileWrapper})
        assert app(environ, lambda *_: lambda _: None) is answer
        if isinstance(answer, FileWrapper):
            answer.close()


def test_it_keeps_to_the_standard() -> None:
    def app(environ: Environ, start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain")])
        yield b"part"

    checked = validator(ErrorReportMiddleware(validator(app)))
    assert ask(checked, request("/", QUERY_STRING="", REQUEST_METHOD="GET")) == b"part"


def test_a_wrong_setting_is_told_when_the_application_is_wrapped() -> None:
    with pytest.raises(SettingsError, match=r"namespace.*'a b'"):
        ErrorReportMiddleware(failing, namespace="a b")


@pytest.mark.parametrize("options", [["--preload", "--workers", "2"], ["--max-requests", "1"]], ids=" ".join)
def test_under_gunicorn_every_error_of_every_worker_is_counted(
    nats_server: EmbeddedServer,
    streams: Namespace,
    variables: dict[str, str],
    tmp_path: Path,
    options: list[str],
) -> None:
    (tmp_path / "shop.py").write_text(APPLICATION)
    with serving(
        "gunicorn", *options, "--bind", "127.0.0.1:0", "shop:app", folder=tmp_path, variables=variables
    ) as server:
        statuses = [server.get("/fail") for _ in range(12)]
    assert statuses == [500] * 12
    with succeeding(variables):
        counts = eventually(
            lambda: occurrences(nats_server.url, streams), lambda counts: sum(counts.values()) == 12
        )
    assert sum(counts.values()) == 12
    (report,) = [stored.body for stored in published(nats_server.url, streams)]
    assert (report["type"], report["context"]["method"]) == ("LookupError", "GET")
