"""The catalogue of findings is complete, told and tested; what the rules say of values alone."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from aat_consumer.operate.diagnosis import CATALOGUE, Reach, Severity, Signals, diagnose, explain
from aat_consumer.operate.diagnosis.server_rules import is_open
from aat_consumer.operate.facts import StreamFacts
from aat_reporters.wire import Namespace

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 23, 10, 30, tzinfo=UTC)
QUIET = Signals(namespace=Namespace("shop"), address="nats://127.0.0.1:4222", now=NOW)


def test_every_finding_stands_in_the_docs_with_its_title() -> None:
    rows = dict(
        re.findall(r"^\| (AAT-\w\d\d) \| ([^|]+) \|", (ROOT / "docs" / "doctor.md").read_text(), flags=re.M)
    )
    assert rows == {code: entry.title for code, entry in CATALOGUE.items()}


def test_every_finding_is_brought_about_by_a_test() -> None:
    files = [*ROOT.glob("tests/integration/test_doctor*.py"), ROOT / "tests/integration/test_old_server.py"]
    named = set(re.findall(r"AAT-\w\d\d", "".join(file.read_text() for file in files)))
    assert named == set(CATALOGUE)


@pytest.mark.parametrize(("word", "id"), [("AAT-E05", "AAT-E05"), ("w04", "AAT-W04"), ("10058", "10058")])
def test_findings_and_codes_are_explained_by_id(word: str, id: str) -> None:  # noqa: A002
    found = explain(word)
    assert found is not None
    assert found.id == id


def test_an_unknown_id_is_explained_by_nothing() -> None:
    assert explain("E99") is explain("99999") is None


def test_nothing_is_wrong_where_nothing_was_seen() -> None:
    assert diagnose(QUIET) == []


def test_errors_come_first() -> None:
    signals = replace(
        QUIET,
        reach=Reach(info={"host": "0.0.0.0", "auth_required": True}),
        others=("billing",),
        has_jetstream=False,
    )
    severities = [finding.severity for finding in diagnose(signals)]
    assert severities == [Severity.ERROR, Severity.WARNING, Severity.INFO]


@pytest.mark.parametrize(("seconds", "wrong"), [(4.9, False), (-4.9, False), (5.1, True), (-5.1, True)])
def test_clocks_may_differ_by_five_seconds(seconds: float, wrong: bool) -> None:
    signals = replace(QUIET, server_now=NOW - timedelta(seconds=seconds))
    assert [finding.id for finding in diagnose(signals)] == (["AAT-W02"] if wrong else [])


@pytest.mark.parametrize(("used", "ids"), [(799, []), (800, ["AAT-W04"]), (1000, ["AAT-W04"])])
def test_a_stream_is_nearly_full_from_four_fifths(used: int, ids: list[str]) -> None:
    facts = StreamFacts(name="SHOP_TASKS", used_bytes=used, max_bytes=1000)
    found = diagnose(replace(QUIET, streams={"SHOP_TASKS": facts}))
    assert [finding.id for finding in found] == ids


@pytest.mark.parametrize(
    ("host", "is_one"),
    [
        ("127.0.0.1", False),
        ("127.0.0.1:8222", False),
        ("localhost", False),
        ("::1", False),
        ("", False),
        ("0.0.0.0", True),
        ("::", True),
        ("10.1.2.3:8222", True),
        ("nats.example.com", True),
    ],
)
def test_which_addresses_other_machines_reach(host: str, is_one: bool) -> None:
    assert is_open(host) == is_one
