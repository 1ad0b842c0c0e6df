"""Facts about a request or task reach every report made meanwhile, and cost nothing until then."""

from __future__ import annotations

import contextvars
from collections.abc import Iterator

import pytest

from aat_reporters.context import bind, bind_source, bound, unbind
from aat_reporters.reporter import Reporter
from aat_reporters.testing import recording_reporter
from tests.edges.conftest import Reports


@pytest.fixture
def recorded() -> Iterator[tuple[Reporter, Reports]]:
    with recording_reporter() as recorded:
        yield recorded


def context_of(report: dict[str, dict[str, object]]) -> dict[str, object]:
    """Give the context without the place."""
    return {key: value for key, value in report["context"].items() if key not in ("file", "line", "function")}


def test_a_source_is_asked_when_an_error_happens_and_not_before(recorded: tuple[Reporter, Reports]) -> None:
    reporter, reports = recorded
    request = {"route": "unknown yet"}
    token = bind_source(lambda: dict(request))
    request["route"] = "/cart/<id>"
    reporter.report("failed")
    unbind(token)
    reporter.report("failed outside")
    assert [context_of(report) for report in reports] == [{"route": "/cart/<id>"}, {}]


def test_what_is_bound_wins_over_sources_and_what_is_given_over_both(
    recorded: tuple[Reporter, Reports],
) -> None:
    reporter, reports = recorded
    outer = bind_source(lambda: {"a": "outer", "b": "outer", "c": "outer", "d": "outer"})
    inner = bind_source(lambda: {"b": "inner", "c": "inner", "d": "inner"})
    with bound(c="bound", d="bound"):
        reporter.report("failed", d="given")
    unbind(inner)
    unbind(outer)
    assert context_of(reports[0]) == {"a": "outer", "b": "inner", "c": "bound", "d": "given"}


def test_a_source_that_fails_costs_its_facts_and_not_the_report(recorded: tuple[Reporter, Reports]) -> None:
    def broken() -> dict[str, object]:
        raise AttributeError("a request that was never finished")

    reporter, reports = recorded
    first = bind_source(broken)
    second = bind_source(lambda: {"task": "ship"})
    reporter.report("failed")
    unbind(second)
    unbind(first)
    assert context_of(reports[0]) == {"task": "ship"}
    assert reporter.stats().dropped == {}


def test_unbinding_in_another_context_is_harmless() -> None:
    token = contextvars.copy_context().run(bind, request_id="r-1")
    unbind(token)
