"""Django: what nobody handled is reported once, with its request, from wherever it was raised."""

from __future__ import annotations

import asyncio
import gc
import logging
import logging.config
import pickle
import weakref
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("django")

import django
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import got_request_exception
from django.http import FileResponse, HttpRequest, HttpResponse
from django.test import AsyncClient, Client, RequestFactory, override_settings
from django.urls import path

from aat_reporters.context import bind, bind_source, current, unbind
from aat_reporters.django import ErrorReportMiddleware
from aat_reporters.django.requests import RequestSource, facts_of
from aat_reporters.logging import ErrorReportHandler
from aat_reporters.redaction import session_hash
from tests.edges.conftest import Reports
from tests.edges.django_project import people
from tests.edges.django_project import settings as project
from tests.edges.pages import blocks_of

if not settings.configured:
    # Not by the variable: programs that other tests start would inherit it.
    settings.configure(**{name: value for name, value in vars(project).items() if name.isupper()})
    django.setup()

OURS = "aat_reporters.django.ErrorReportMiddleware"
RAISING = "tests.edges.django_project.middleware.RaisingMiddleware"


@pytest.fixture
def client(reports: Reports) -> Client:
    return Client(raise_request_exception=False)


@pytest.fixture
def async_client(reports: Reports) -> AsyncClient:
    return AsyncClient(raise_request_exception=False)


@pytest.fixture
def django_settings() -> Iterator[None]:
    """Name environment and namespace in Django's settings, which count for every edge."""
    with override_settings(AAT={"namespace": "shop", "environment": "staging"}):
        yield


@pytest.fixture
def root_handler(reports: Reports) -> Iterator[ErrorReportHandler]:
    """Report on the root logger too, as a project's LOGGING does, with nothing in its line."""
    handler = ErrorReportHandler()
    logging.getLogger().addHandler(handler)
    yield handler
    logging.getLogger().removeHandler(handler)
    handler.close()


def log_in(client: Client | AsyncClient) -> str:
    """Log the one user in, with a session that lives in its cookie; give the cookie."""
    from django.contrib.sessions.backends.signed_cookies import SessionStore

    user = people.Backend().get_user(7)
    session = SessionStore()
    session["_auth_user_id"] = "7"
    session["_auth_user_backend"] = project.AUTHENTICATION_BACKENDS[0]
    session["_auth_user_hash"] = user.get_session_auth_hash()
    session.save()
    key = session.session_key
    client.cookies["sessionid"] = key
    people.LOOKED_UP.clear()
    return str(key)


@pytest.fixture
def in_cookies() -> Iterator[None]:
    """Keep sessions in cookies, so that a user is known without a database."""
    with override_settings(SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies"):
        yield


def test_an_unhandled_exception_is_reported_with_its_request(client: Client, reports: Reports) -> None:
    answer = client.get("/fails/7/?page=2&token=s3cret", headers={"x-request-id": "r-17"})
    assert answer.status_code == 500
    (report,) = reports
    assert report["error"] == "ArithmeticError: cart 7 is broken"
    context = report["context"]
    assert (context["request_id"], context["method"]) == ("r-17", "GET")
    assert context["route"] == "fails/<int:number>/"
    assert context["url"] == "http://testserver/fails/7/?page=2&token=[redacted]"
    assert (context["file"], context["function"]) == ("tests/edges/django_project/urls.py", "fails")


async def test_an_async_view_is_reported_with_its_request(
    async_client: AsyncClient, reports: Reports
) -> None:
    answer = await async_client.get("/fails-later/7/", headers={"x-request-id": "r-18"})
    assert answer.status_code == 500
    (report,) = reports
    context = report["context"]
    assert report["error"] == "ArithmeticError: cart 7 is broken"
    assert (context["request_id"], context["route"]) == ("r-18", "fails-later/<int:number>/")
    assert context["function"] == "fails_later"


async def test_an_async_view_runs_in_the_task_of_the_server(async_client: AsyncClient) -> None:
    """A middleware that is only sync would give each request a thread and a task of its own."""
    with override_settings(MIDDLEWARE=[OURS]):
        answer = await async_client.get("/current-task")
    assert answer.content == str(id(asyncio.current_task())).encode()


def test_a_client_that_raises_sees_the_exception_and_it_is_reported_once(reports: Reports) -> None:
    with pytest.raises(Exception, match="cart 7 is broken"):
        Client().get("/fails/7/")
    assert len(reports) == 1


@pytest.mark.parametrize("option", ["DEBUG", "DEBUG_PROPAGATE_EXCEPTIONS"])
def test_a_developer_s_server_reports_too_and_once(reports: Reports, option: str) -> None:
    with override_settings(**{option: True}):
        client = Client(raise_request_exception=option != "DEBUG")
        with suppress(ArithmeticError):
            assert client.get("/fails/7/").status_code == 500
    assert len(reports) == 1


@pytest.mark.parametrize("path", ["/missing", "/forbidden", "/nowhere", "/suspicious", "/bad-gateway"])
def test_an_answer_that_was_meant_is_not_reported(client: Client, reports: Reports, path: str) -> None:
    assert client.get(path).status_code >= 400
    assert reports == []


@pytest.mark.parametrize("middleware", [[OURS], [RAISING, OURS]], ids=["first", "second"])
@pytest.mark.parametrize(
    ("path", "error"),
    [("/suspicious", "SuspiciousOperation: a forged form"), ("/bad-gateway", "Bad Gateway: /bad-gateway")],
)
def test_what_django_logs_at_error_reaches_a_handler_that_is_there(
    reports: Reports, root_handler: ErrorReportHandler, path: str, error: str, middleware: list[str]
) -> None:
    with override_settings(MIDDLEWARE=middleware):
        Client().get(path, headers={"x-request-id": "r-19"})
    (report,) = reports
    assert report["error"].endswith(error)
    assert report["context"]["request_id"] == "r-19"


@pytest.mark.parametrize("path", ["/missing", "/forbidden", "/nowhere", "/left"])
def test_what_django_logs_below_error_or_of_a_client_that_left_does_not(
    client: Client, reports: Reports, root_handler: ErrorReportHandler, path: str
) -> None:
    client.get(path)
    assert reports == []


@pytest.mark.parametrize("path", ["/fails/7/", "/fails-and-logs", "/template", "/commits"])
def test_one_error_is_one_report_although_it_is_logged_too(
    django_settings: None, root_handler: ErrorReportHandler, reports: Reports, path: str
) -> None:
    Client(raise_request_exception=False).get(path)
    (report,) = reports
    assert (report["environment"], report["type"]) == ("staging", "ArithmeticError")


async def test_one_error_of_an_async_view_is_one_report_although_it_is_logged_too(
    async_client: AsyncClient, reports: Reports, root_handler: ErrorReportHandler
) -> None:
    await async_client.get("/fails-later/7/")
    assert [report["type"] for report in reports] == ["ArithmeticError"]


def test_it_stays_one_report_when_logging_is_configured_again(client: Client, reports: Reports) -> None:
    configuration = {
        "version": 1,
        "disable_existing_loggers": False,
        "handlers": {"errors": {"class": "aat_reporters.logging.ErrorReportHandler"}},
        "root": {"handlers": ["errors"]},
    }
    root = logging.getLogger()
    before = root.handlers[:]
    root.handlers.clear()
    try:
        for _ in range(2):
            logging.config.dictConfig(configuration)
        client.get("/fails/7/")
    finally:
        root.handlers[:] = before
    assert [report["type"] for report in reports] == ["ArithmeticError"]


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("order", [[OURS, RAISING], [RAISING, OURS]], ids=["behind", "before"])
def test_what_other_middleware_raises_is_reported_from_any_place(
    client: Client, reports: Reports, order: list[str], when: str
) -> None:
    with override_settings(MIDDLEWARE=order):
        client.get("/", headers={"x-raise": when, "x-request-id": "r-20"})
    (report,) = reports
    assert report["error"] == "LookupError: no such tenant"
    assert report["context"]["request_id"] == "r-20"


async def test_sync_middleware_around_async_views_is_reported_once_too(
    async_client: AsyncClient, reports: Reports
) -> None:
    with override_settings(MIDDLEWARE=[RAISING, OURS]):
        await async_client.get("/fails-later/7/", headers={"x-request-id": "r-21"})
        await async_client.get("/", headers={"x-raise": "after", "x-request-id": "r-22"})
    assert [report["context"]["request_id"] for report in reports] == ["r-21", "r-22"]


@pytest.mark.parametrize("path", ["/template", "/commits"])
def test_what_fails_behind_the_view_is_reported(client: Client, reports: Reports, path: str) -> None:
    client.get(path)
    (report,) = reports
    assert (report["type"], report["context"]["route"]) == ("ArithmeticError", path[1:])


def test_a_stream_that_stops_in_the_middle_is_reported_with_its_request(
    client: Client, reports: Reports, root_handler: ErrorReportHandler
) -> None:
    answer = client.get("/stream", headers={"x-request-id": "r-23"})
    with pytest.raises(Exception, match="no second part"):
        list(answer)
    assert [report["error"] for report in reports] == ["half way", "ArithmeticError: no second part"]
    assert {report["context"]["request_id"] for report in reports} == {"r-23"}
    assert {report["context"]["route"] for report in reports} == {"stream"}
    assert current() == ({}, ())


async def test_an_async_stream_that_stops_in_the_middle_is_reported_with_its_request(
    async_client: AsyncClient, reports: Reports, root_handler: ErrorReportHandler
) -> None:
    answer = await async_client.get("/stream-later", headers={"x-request-id": "r-24"})
    with pytest.raises(Exception, match="no second part"):
        [part async for part in answer]
    assert [report["error"] for report in reports] == ["half way", "ArithmeticError: no second part"]
    assert {report["context"]["request_id"] for report in reports} == {"r-24"}


def test_a_stream_that_ends_well_is_whole(client: Client, reports: Reports) -> None:
    assert b"".join(client.get("/whole-stream")) == b"onetwo"
    assert reports == []


async def test_an_async_stream_that_ends_well_is_whole(async_client: AsyncClient, reports: Reports) -> None:
    answer = await async_client.get("/whole-stream-later")
    assert [part async for part in answer] == [b"one", b"two"]
    assert reports == []


def test_a_stream_whose_reader_leaves_is_no_error(client: Client, reports: Reports) -> None:
    answer = client.get("/stream")
    assert next(iter(answer.streaming_content)) == b"one"
    answer.close()
    assert reports == []


async def test_an_async_stream_whose_reader_leaves_is_no_error(
    async_client: AsyncClient, reports: Reports
) -> None:
    answer = await async_client.get("/endless-stream")
    parts = aiter(answer.streaming_content)
    assert await anext(parts) == b"one"
    reading = asyncio.create_task(anext(parts))
    await asyncio.sleep(0)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert reports == []


def test_a_file_is_left_to_the_server(tmp_path: Path, reports: Reports) -> None:
    (tmp_path / "file").write_bytes(b"content")
    file = (tmp_path / "file").open("rb")
    answer = ErrorReportMiddleware(lambda request: FileResponse(file))(RequestFactory().get("/"))
    assert answer.file_to_stream is file
    assert b"".join(answer) == b"content"
    answer.close()


def test_what_is_logged_meanwhile_carries_the_request_and_later_not(
    client: Client, reports: Reports, root_handler: ErrorReportHandler
) -> None:
    client.get("/logs", headers={"x-request-id": "r-25"})
    logging.getLogger("shop").error("outside of any request")
    assert [report["context"].get("request_id") for report in reports] == ["r-25", None]


@pytest.mark.usefixtures("in_cookies")
def test_a_user_and_a_session_that_are_known_are_reported(client: Client, reports: Reports) -> None:
    key = log_in(client)
    client.get("/knows-user")
    (report,) = reports
    assert report["context"]["user_id"] == 7
    assert report["context"]["session_id"] == session_hash(key)
    assert key not in str(report)


@pytest.mark.usefixtures("in_cookies")
async def test_a_user_that_an_async_view_asked_for_is_reported(
    async_client: AsyncClient, reports: Reports
) -> None:
    log_in(async_client)
    await async_client.get("/knows-user-later")
    assert reports[0]["context"]["user_id"] == 7


@pytest.mark.usefixtures("in_cookies")
@pytest.mark.parametrize("path", ["/fails/7/", "/fails-later/7/"])
async def test_a_user_that_nobody_asked_for_is_not_looked_up(
    async_client: AsyncClient, reports: Reports, path: str
) -> None:
    log_in(async_client)
    await async_client.get(path)
    assert "user_id" not in reports[0]["context"]
    assert people.LOOKED_UP == []


def test_a_session_is_named_without_a_query(client: Client, reports: Reports) -> None:
    from django.db import connection

    queries: list[str] = []

    def refuse(execute: Any, sql: str, *rest: Any) -> None:
        queries.append(sql)
        raise AssertionError(sql)

    client.cookies["sessionid"] = "s" * 32
    with connection.execute_wrapper(refuse):
        client.get("/fails/7/")
    assert reports[0]["context"]["session_id"] == session_hash("s" * 32)
    assert queries == []


def test_a_request_with_a_forged_host_is_described(reports: Reports) -> None:
    facts = facts_of(RequestFactory().get("/a b?q=1", headers={"host": "evil.example.com"}))
    assert facts["url"] == "http://evil.example.com/a%20b?q=1"


def test_a_context_that_lives_on_does_not_keep_its_request() -> None:
    request = RequestFactory().get("/")
    gone = weakref.ref(request)
    source = RequestSource(request)
    token = bind_source(source)
    assert source()
    del request
    gc.collect()
    assert gone() is None
    assert source() == {}
    unbind(token)


def test_a_request_that_came_by_can_be_pickled_still() -> None:
    request = HttpRequest()
    ErrorReportMiddleware(lambda request: HttpResponse())(request)
    copied = pickle.loads(pickle.dumps(request))
    assert copied.META == request.META


def test_many_clients_listen_once(reports: Reports) -> None:
    for _ in range(5):
        Client(raise_request_exception=False).get("/fails/7/")
    assert len(reports) == 5
    ours = [key for key, *_ in got_request_exception.receivers if key[0] == "aat_reporters.django"]
    assert len(ours) == 1


def test_a_signal_that_a_library_sends_without_an_exception_is_harmless(
    client: Client, reports: Reports
) -> None:
    client.get("/")
    got_request_exception.send(sender=None)
    try:
        raise LookupError("no request")
    except LookupError:
        got_request_exception.send(sender=None)
    try:
        raise LookupError("another kind of request")
    except LookupError:
        got_request_exception.send(sender=None, request=7)
    assert [report["error"] for report in reports] == [
        "LookupError: no request",
        "LookupError: another kind of request",
    ]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"namespace": "a b"}, "'a b'"),
        ({"name_space": "shop"}, "'name_space'"),
        ("shop", "AAT must be a dict"),
    ],
)
def test_wrong_settings_are_told_when_django_loads_the_middleware(given: object, words: str) -> None:
    with override_settings(AAT=given), pytest.raises(ImproperlyConfigured, match=words):
        ErrorReportMiddleware(lambda request: None)


def test_the_programs_that_the_documentation_shows_run() -> None:
    def cart(request: HttpRequest, number: int) -> HttpResponse:
        return HttpResponse(str(1 / number))

    class Pages:
        urlpatterns = (path("cart/<int:number>/", cart),)

    names: dict[str, Any] = {}
    shown = [block for block in blocks_of("edges/django.md") if "import" in block]
    assert len(shown) == 2
    before = current()
    token = bind()
    for block in shown:
        exec(block, names)
    with override_settings(ROOT_URLCONF=Pages):
        names["test_the_cart_reports_its_errors"]()
    unbind(token)
    assert current() == before
