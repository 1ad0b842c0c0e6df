"""Celery in one process: what fails in a task is reported once, with its task, and nothing else is."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("celery")

from celery import Celery, signals
from celery.exceptions import Ignore, Reject

from aat_reporters.celery import report_failures
from aat_reporters.context import bind_source, bound, unbind
from aat_reporters.errors import SettingsError
from aat_reporters.logging import ErrorReportHandler
from tests.edges.conftest import Reports
from tests.integration.reporters.programs import run

MakeApp = Callable[..., Celery]


@pytest.fixture
def make_app() -> Iterator[MakeApp]:
    """Make apps whose tasks run at once, here."""
    apps: list[Celery] = []

    def make(**configuration: object) -> Celery:
        app = Celery("shop", set_as_current=False)
        app.conf.update({"task_always_eager": True, **configuration})
        apps.append(app)
        return app

    yield make
    for app in apps:
        app.close()


@pytest.fixture
def _logged_too() -> Iterator[None]:
    """Report what is logged at ERROR as well, as most programs do."""
    handler = ErrorReportHandler()
    root = logging.getLogger()
    root.addHandler(handler)
    yield
    root.removeHandler(handler)


def reporting(app: Celery) -> Celery:
    report_failures(app)
    return app


class OddError(Exception):
    """Cannot be pickled: what unpickling gives to it is not what it takes."""

    def __init__(self, one: int, two: int) -> None:
        super().__init__(f"{one} and {two}")


def errors(reports: Reports) -> list[str]:
    return [report["error"] for report in reports]


@pytest.mark.usefixtures("_logged_too")
def test_a_failure_is_one_report_with_its_task_although_celery_logs_it(
    make_app: MakeApp, reports: Reports
) -> None:
    app = reporting(make_app())

    @app.task(name="shop.charge")
    def charge() -> None:
        raise LookupError("no such card")

    charge.apply_async(task_id="t-1", queue="payments", routing_key="payments")
    (report,) = reports
    assert report["error"] == "LookupError: no such card"
    context = report["context"]
    assert (context["task"], context["task_id"], context["retries"]) == ("shop.charge", "t-1", 0)
    assert context["function"] == "charge"


@pytest.mark.usefixtures("_logged_too")
def test_an_exception_that_cannot_be_pickled_is_one_report_of_its_own_type(
    make_app: MakeApp, reports: Reports
) -> None:
    app = reporting(make_app())

    @app.task
    def charge() -> None:
        raise OddError(1, 2)

    charge.delay()
    (report,) = reports
    assert report["type"].endswith("OddError")
    assert report["error"].endswith("OddError: 1 and 2")
    assert report["context"]["function"] == "charge"


@pytest.mark.usefixtures("_logged_too")
def test_control_flow_and_expected_exceptions_are_no_failures(make_app: MakeApp, reports: Reports) -> None:
    app = reporting(make_app())

    @app.task
    def ignore() -> None:
        raise Ignore

    @app.task
    def reject() -> None:
        raise Reject("not now", requeue=False)

    @app.task(throws=(KeyError,))
    def expect() -> None:
        raise KeyError("k")

    for task in (ignore, reject, expect):
        task.delay()
    assert reports == []


@pytest.mark.usefixtures("_logged_too")
def test_retries_are_silent_until_they_are_used_up(make_app: MakeApp, reports: Reports) -> None:
    app = reporting(make_app())
    runs = []

    @app.task(bind=True, max_retries=2, default_retry_delay=0)
    def charge(self: Any) -> None:
        runs.append(self.request.retries)
        try:
            raise LookupError("no such card")
        except LookupError as error:
            raise self.retry(exc=error) from error

    charge.delay()
    assert runs == [0, 1, 2]
    assert errors(reports) == ["LookupError: no such card"]
    assert reports[0]["context"]["retries"] == 2


@pytest.mark.usefixtures("_logged_too")
def test_an_exception_that_the_caller_of_an_eager_task_logs_again_is_one_report(
    make_app: MakeApp, reports: Reports
) -> None:
    app = reporting(make_app())

    @app.task
    def charge() -> None:
        raise LookupError("no such card")

    with bound(request_id="r-17", method="POST"):
        result = charge.delay()
        try:
            result.get()
        except LookupError:
            logging.getLogger("shop").exception("checkout failed")
    (report,) = reports
    assert (report["context"]["request_id"], report["context"]["method"]) == ("r-17", "POST")


@pytest.mark.usefixtures("_logged_too")
def test_what_is_logged_in_a_task_carries_it_and_a_task_within_does_not_take_it_away(
    make_app: MakeApp, reports: Reports
) -> None:
    app = reporting(make_app())
    logger = logging.getLogger("shop")

    @app.task(name="inner")
    def inner() -> None:
        logger.error("inside")

    @app.task(name="outer")
    def outer() -> None:
        logger.error("before")
        inner.delay()
        logger.error("after")

    outer.delay()
    logger.error("outside")
    told = [(report["error"], report["context"].get("task")) for report in reports]
    assert told == [("before", "outer"), ("inside", "inner"), ("after", "outer"), ("outside", None)]


@pytest.mark.usefixtures("_logged_too")
def test_an_error_around_the_task_is_reported_once(make_app: MakeApp, reports: Reports) -> None:
    app = reporting(make_app())

    class Careless(app.Task):  # type: ignore[name-defined, misc]
        def after_return(self, *_: object) -> None:
            raise RuntimeError("no place to clean up")

    @app.task(base=Careless, name="shop.careless")
    def careless() -> None:
        """Do nothing."""

    with pytest.raises(RuntimeError):
        careless.delay()
    (report,) = reports
    assert report["error"] == "RuntimeError: no place to clean up"
    assert report["context"]["task"] == "shop.careless"


def test_tasks_of_other_apps_are_left_alone(make_app: MakeApp, reports: Reports) -> None:
    ours, theirs = reporting(make_app()), make_app()

    @theirs.task
    def charge() -> None:
        raise LookupError("no such card")

    charge.delay()
    assert reports == []
    assert ours.conf.task_always_eager


def test_called_twice_it_reports_once_and_the_last_settings_count(
    make_app: MakeApp, reports: Reports
) -> None:
    app = make_app()
    report_failures(app, environment="staging")
    report_failures(app, environment="production")

    @app.task
    def charge() -> None:
        raise LookupError("no such card")

    charge.delay()
    assert [report["environment"] for report in reports] == ["production"]


def test_the_id_of_the_request_that_sends_a_task_goes_with_it(make_app: MakeApp) -> None:
    app = make_app(task_always_eager=False, broker_url="memory://")
    report_failures(app)
    sent: list[dict[str, Any]] = []

    def note(headers: dict[str, Any], **_: object) -> None:
        sent.append(headers)

    signals.before_task_publish.connect(note, weak=False)
    try:
        with bound(request_id="r-17"):
            app.send_task("shop.charge")
        token = bind_source(lambda: {"request_id": "r-18"})
        app.send_task("shop.charge")
        unbind(token)
        app.send_task("shop.charge")
    finally:
        signals.before_task_publish.disconnect(note)
    assert [headers.get("aat_request_id") for headers in sent] == ["r-17", "r-18", None]


def test_settings_come_from_the_apps_configuration_and_arguments_win(
    make_app: MakeApp, reports: Reports
) -> None:
    app = make_app(aat={"environment": "staging", "release": "r7"})
    report_failures(app, release="r8")

    @app.task
    def charge() -> None:
        raise LookupError("no such card")

    charge.delay()
    assert [(report["environment"], report["release"]) for report in reports] == [("staging", "r8")]


def test_a_wrong_setting_is_told_at_once_where_the_app_is_configured(make_app: MakeApp) -> None:
    app = make_app(aat={"namespace": "a b"})
    assert app.conf.aat
    with pytest.raises(SettingsError, match=r"namespace.*'a b'"):
        report_failures(app)
    with pytest.raises(SettingsError, match=r"must be a dict"):
        report_failures(make_configured(make_app, aat="shop"))


def make_configured(make_app: MakeApp, **configuration: object) -> Celery:
    app = make_app(**configuration)
    assert app.conf
    return app


def test_a_program_that_sends_tasks_goes_on_although_a_setting_is_wrong(
    make_app: MakeApp, caplog: pytest.LogCaptureFixture
) -> None:
    app = make_app(aat={"namespace": "a b"})
    report_failures(app)

    @app.task
    def double(number: int) -> int:
        return number * 2

    assert [double.delay(number).get() for number in (1, 2)] == [2, 4]
    told = [record.getMessage() for record in caplog.records if record.name == "aat_reporters.celery"]
    assert len(told) == 1
    assert "'a b'" in told[0]


DJANGO = """
import django
from django.conf import settings
settings.configure(AAT={"environment": "staging"}, BASE_DIR="/srv/shop", CELERY_TASK_ALWAYS_EAGER=True%s)
django.setup()
from celery import Celery
from aat_reporters.celery import report_failures
from aat_reporters.testing import recording_reporter
app = Celery("shop")
app.config_from_object("django.conf:settings", namespace="CELERY")
report_failures(%s)

@app.task
def charge():
    raise LookupError("no such card")

with recording_reporter() as (_, reports):
    charge.delay()
print([(report["environment"], report["context"]["task"]) for report in reports])
"""


@pytest.mark.parametrize(
    ("more", "argument", "environment"),
    [
        ("", "app", "staging"),
        ("", "", "staging"),
        (", CELERY_AAT={'environment': 'production'}", "app", "production"),
    ],
    ids=["AAT", "AAT, any app", "CELERY_AAT"],
)
def test_in_a_django_project_its_settings_count(
    tmp_path: Path, more: str, argument: str, environment: str
) -> None:
    pytest.importorskip("django")
    variables = {"PATH": "/usr/bin", "HOME": str(tmp_path), "PYTHONPATH": ":".join(filter(None, sys.path))}
    out = run(DJANGO % (more, argument), variables, preamble="")
    assert out == f"[('{environment}', 'shop.charge')]\n"
