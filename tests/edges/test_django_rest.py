"""Django REST framework: what it answers by itself is no error; what nobody handled is reported once."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("rest_framework")

from aat_reporters.logging import ErrorReportHandler
from tests.edges.conftest import Reports
from tests.edges.django_project import people
from tests.edges.test_django import root_handler as root_handler  # a fixture, and Django's settings


@pytest.fixture
def client(reports: Reports) -> Any:
    # It reads Django's settings, which the other module has made.
    from rest_framework.test import APIClient

    return APIClient(raise_request_exception=False)


def test_an_unhandled_exception_is_one_report_with_its_request(
    client: Any, reports: Reports, root_handler: ErrorReportHandler
) -> None:
    client.force_authenticate(people.Backend().get_user(7))
    people.LOOKED_UP.clear()
    assert client.get("/api/fails", headers={"x-request-id": "r-30"}).status_code == 500
    (report,) = reports
    assert report["error"] == "KeyError: 'price'"
    context = report["context"]
    assert (context["request_id"], context["route"], context["user_id"]) == ("r-30", "api/fails", 7)
    assert people.LOOKED_UP == []


@pytest.mark.parametrize(("what", "status"), [("invalid", 400), ("missing", 404), ("refused", 403)])
def test_what_the_framework_answers_is_not_reported(
    client: Any, reports: Reports, root_handler: ErrorReportHandler, what: str, status: int
) -> None:
    assert client.get(f"/api/refuses/{what}").status_code == status
    assert reports == []


def test_a_deliberate_500_is_reported_by_the_handler_that_django_logs_it_to(
    client: Any, reports: Reports, root_handler: ErrorReportHandler
) -> None:
    assert client.get("/api/refuses/unavailable").status_code == 500
    assert [report["error"] for report in reports] == ["Internal Server Error: /api/refuses/unavailable"]


def test_a_deliberate_500_is_not_reported_by_the_middleware(client: Any, reports: Reports) -> None:
    assert client.get("/api/refuses/unavailable").status_code == 500
    assert reports == []
