"""A program may name an error itself, from every edge; what goes wrong with that costs no report."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from aat_reporters.errors import SettingsError
from aat_reporters.logging import ErrorReportHandler
from aat_reporters.reporter import Reporter
from aat_reporters.settings import ReporterSettings
from aat_reporters.signature import facts_of, stable
from aat_reporters.testing import recording_reporter

Report = dict[str, Any]
DEFAULT = "{{ default }}"


def failing(number: object = 7) -> ValueError:
    try:
        raise ValueError(f"order {number} is lost")
    except ValueError as exc:
        return exc


def by_hand(reporter: Reporter, fingerprint: object) -> None:
    reporter.report(failing(), **({} if fingerprint is None else {"fingerprint": fingerprint}))


def by_logging(reporter: Reporter, fingerprint: object) -> None:
    logger = logging.Logger("shop")
    logger.addHandler(ErrorReportHandler(reporter=reporter))
    extra = None if fingerprint is None else {"fingerprint": fingerprint}
    logger.error("checkout failed", exc_info=failing(), extra=extra)


def by_structlog_event(reporter: Reporter, fingerprint: object) -> None:
    event: dict[str, object] = {"event": "checkout failed", "exc_info": failing()}
    if fingerprint is not None:
        event["fingerprint"] = fingerprint
    reporter.report_record(logging.LogRecord("shop", logging.ERROR, __file__, 1, event, None, None))


def by_told_report(reporter: Reporter, fingerprint: object) -> None:
    told: dict[str, object] = {"error": "ValueError: order 7 is lost", "type": "ValueError"}
    if fingerprint is not None:
        told["fingerprint"] = fingerprint
    reporter.report_told(told)


EDGES = pytest.mark.parametrize("edge", [by_hand, by_logging, by_structlog_event, by_told_report])
Edge = Callable[[Reporter, object], None]


def signed(edge: Edge, *fingerprints: object, **settings: object) -> list[str]:
    with recording_reporter(**settings) as (reporter, reports):
        for fingerprint in fingerprints:
            edge(reporter, fingerprint)
    for report in reports:
        assert stable(facts_of(report)) == report["signature"]["stable"], "the consumer would compute another"
        assert "fingerprint" not in report["context"]
    return [report["signature"]["stable"] for report in reports]


@EDGES
def test_words_replace_the_signature_from_every_edge(edge: Edge) -> None:
    plain, one, same, other = signed(edge, None, ["payments"], ["payments"], ["payments", "eu"])
    assert one == same
    assert len({plain, one, other}) == 3


@EDGES
def test_the_default_among_words_stands_for_the_signature(edge: Edge) -> None:
    plain, alone, among, last = signed(edge, None, [DEFAULT], ["eu", DEFAULT, "card"], ["eu", DEFAULT])
    assert plain == alone
    assert len({plain, among, last}) == 3


def test_the_default_keeps_other_errors_apart() -> None:
    def other(reporter: Reporter, fingerprint: object) -> None:
        reporter.report(KeyError("x"), fingerprint=fingerprint)

    words = ["eu", DEFAULT]
    assert signed(by_hand, words) != signed(other, words)
    assert signed(by_hand, ["eu"]) == signed(other, ["eu"])


@EDGES
@pytest.mark.parametrize("fingerprint", [7, {"a": 1}, [], [None], [["a"]]])
def test_what_is_no_list_of_words_changes_nothing(edge: Edge, fingerprint: object) -> None:
    plain, given = signed(edge, None, fingerprint)
    assert plain == given


@EDGES
def test_one_word_is_a_list_of_one(edge: Edge) -> None:
    one, listed = signed(edge, "payments", ["payments"])
    assert one == listed


def test_numbers_are_words() -> None:
    one, two = signed(by_hand, ["tenant", 1], ["tenant", 2])
    assert one != two


def test_secrets_in_words_are_scrubbed() -> None:
    with recording_reporter() as (reporter, reports):
        reporter.report(failing(), fingerprint=["postgres://shop:hunter2@db/shop"])
    assert "hunter2" not in str(reports[0])


def test_a_hook_splits_and_merges_by_what_the_report_says() -> None:
    seen: list[tuple[Report, str]] = []

    def by_tenant(report: Report, default: str) -> list[str] | None:
        seen.append((report, default))
        tenant = report["context"].get("tenant")
        return [default, str(tenant)] if tenant else None

    with recording_reporter(fingerprint=by_tenant) as (reporter, reports):
        for tenant in ("a", "b", "a", None):
            reporter.report(failing(), tenant=tenant)
    first, second, third, fourth = (report["signature"]["stable"] for report in reports)
    assert first == third
    assert len({first, second, fourth}) == 3
    report, default = seen[0]
    assert report["error"] == "ValueError: order 7 is lost"
    assert report["signature"]["stable"] == default == fourth
    assert all(stable(facts_of(report)) == report["signature"]["stable"] for report in reports)
    assert all(
        report["id"].endswith(report["signature"]["stable"])
        for report in reports
        if not report.get("release")
    )


def test_a_hook_comes_after_the_words_of_an_edge() -> None:
    def hook(report: Report, default: str) -> list[str]:
        return [*report["fingerprint"], "more"]

    assert signed(by_hand, ["payments"], fingerprint=hook) == signed(by_hand, ["payments", "more"])


def raising(report: Report, default: str) -> list[str]:
    raise RuntimeError("no such tenant")


@pytest.mark.parametrize(
    "hook", [raising, lambda *_: "payments", lambda *_: [], lambda *_: [7], lambda *_: {"a": 1}, lambda: None]
)
def test_a_hook_that_fails_or_gives_anything_else_changes_nothing(hook: object) -> None:
    assert signed(by_hand, None, fingerprint=hook) == signed(by_hand, None)


def test_a_hook_must_be_a_function() -> None:
    with pytest.raises(SettingsError, match="fingerprint must be a function that takes a report: list"):
        ReporterSettings.resolve({"fingerprint": ["payments"]}, environment={})


def test_told_reports_that_differ_in_their_words_alone_are_told_apart() -> None:
    """Signatures are remembered by what they are made of."""
    from aat_reporters.identity import Identities
    from aat_reporters.rendering import Renderer

    renderer = Renderer(ReporterSettings.resolve({"spool": ""}, environment={}))
    identities = Identities(renderer.signature)

    def of(told: Mapping[str, object]) -> str:
        return identities.signature((0.0, "ERROR", None, None, {}, {}, told))

    assert of({"error": "x", "fingerprint": ["a"]}) != of({"error": "x", "fingerprint": ["b"]})
    assert of({"error": "x", "type": "A"}) != of({"error": "x", "type": "B"})
