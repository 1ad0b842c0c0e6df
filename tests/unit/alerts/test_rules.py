"""What is told, by the messages that the streams hold."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from aat_consumer.alert_settings import AlertSettings
from aat_consumer.intake import take
from aat_consumer.jetstream import Read
from aat_consumer.operate.alerts.judging import Judge
from aat_consumer.operate.alerts.rules import Alert
from aat_consumer.queues import error_queue
from aat_reporters.wire import Namespace

SHOP = Namespace("shop")
SIGNATURE = "s1-" + "0f" * 16
TASK = "6a9f0d52-0000-5000-8000-000000000001"

#: A Monday, far enough behind an hour's start that windows of minutes lie within the hour.
NOON = datetime(2026, 11, 23, 12, 30, tzinfo=UTC).timestamp()


class Streams:
    """Judge what is stored, as it is stored."""

    def __init__(self, **settings: Any) -> None:
        self.judge = Judge(SHOP, AlertSettings(**settings))

    def store(self, subject: str, body: object, *, at: float) -> list[Alert]:
        payload = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.judge.of_log(Read(subject, 1, at, payload))

    def count(
        self, number: int = 1, *, at: float, seen: float | None = None, release: str = "1.0", **changes: Any
    ) -> list[Alert]:
        last = datetime.fromtimestamp(at if seen is None else seen, UTC).isoformat()
        body = {"count": number, "last_seen": last, "release": release, **changes}
        return self.store(SHOP.occurrence_subject("production", SIGNATURE), body, at=at)

    def queue(self, at: float = NOON, **report: Any) -> list[Alert]:
        body = {"error": "E: x", "signature": {"stable": SIGNATURE}, **report}
        queue = error_queue(SHOP, "production")
        task = take(json.dumps(body).encode(), headers={}, queue=queue, message_id="m")
        return self.judge.of_queue(task, stored_at=at)

    def end(self, kind: str, *, at: float, release: str = "1.0", status: str = "") -> list[Alert]:
        body = {"signature": SIGNATURE, "release": release, "environment": "production"}
        return self.store(SHOP.result_subject(kind, TASK), {**body, "status": status or kind}, at=at)


def rules(alerts: list[Alert]) -> list[str]:
    return [alert.rule for alert in alerts]


def test_an_error_is_new_once_whichever_message_tells_of_it_first() -> None:
    streams = Streams()
    assert rules(streams.queue()) == ["new"]
    assert rules(streams.count(at=NOON + 1)) == []
    assert rules(streams.queue(at=NOON + 9)) == []
    assert rules(Streams().count(at=NOON)) == ["new"]


@pytest.mark.parametrize(
    ("level", "is_urgent"), [("critical", True), ("FATAL", True), ("error", False), (None, False)]
)
def test_a_new_critical_error_waits_for_nothing(level: str | None, is_urgent: bool) -> None:
    report: dict[str, Any] = {"level": level} if level else {}
    (alert,) = Streams().queue(**report)
    assert alert.is_urgent is is_urgent


def test_an_alert_says_what_and_where() -> None:
    context = {"file": "shop/cart.py", "line": 42, "function": "total"}
    (alert,) = Streams().queue(error="ValueError: no price", context=context, release="1.2")
    assert (alert.text, alert.title) == ("new error in production, release 1.2", "ValueError: no price")
    assert alert.place == "shop/cart.py:42 in total"


def test_the_screened_copy_gives_the_words_where_the_queue_was_emptied_before_a_look() -> None:
    streams = Streams()
    kept = {"error": "ValueError: no price", "level": "critical"}
    assert streams.store(SHOP.report_subject(TASK), kept, at=NOON) == []
    body = {"signature": SIGNATURE, "environment": "production", "release": "", "status": "started"}
    (alert,) = streams.store(SHOP.status_subject(TASK), body, at=NOON)
    assert (alert.title, alert.is_urgent) == ("ValueError: no price", True)


def test_a_fixed_error_in_another_release_is_a_regression_once() -> None:
    streams = Streams()
    streams.count(at=NOON)
    streams.end("fixed", at=NOON + 60)
    assert rules(streams.count(at=NOON + 70)) == []
    (alert,) = streams.count(at=NOON + 80, release="1.1")
    assert (alert.rule, alert.text) == (
        "regression",
        "again in production, release 1.1, after a fix of release 1.0",
    )
    assert rules(streams.count(at=NOON + 90, release="1.1")) == []


def test_the_release_that_had_it_before_the_fix_is_no_regression() -> None:
    """Production still runs the old release while staging's error is fixed."""
    streams = Streams()
    streams.count(at=NOON, release="0.9")
    streams.count(at=NOON, release="1.0")
    streams.end("fixed", at=NOON + 60, release="1.0")
    assert rules(streams.count(at=NOON + 70, release="0.9")) == []


def test_what_was_not_fixed_does_not_come_back() -> None:
    streams = Streams()
    streams.count(at=NOON)
    streams.end("failed", at=NOON + 60, status="not_fixed")
    assert rules(streams.count(at=NOON + 70, release="1.1")) == []


def test_a_spike_is_much_more_than_usual() -> None:
    streams = Streams(spike_count=20, spike_window=300.0, spike_ratio=5.0)
    streams.count(240, at=NOON - 86_000)  # about 0.84 in five minutes over the day
    assert rules(streams.count(19, at=NOON)) == []
    (alert,) = streams.count(1, at=NOON + 10)
    assert alert.rule == "spike"
    assert alert.text.startswith("20 times in 300 s in production, release 1.0, usually 0.8")


def test_what_is_usual_is_no_spike() -> None:
    streams = Streams(spike_count=20, spike_window=300.0, spike_ratio=5.0)
    for minute in range(0, 24 * 60, 5):
        streams.count(20, at=NOON - 86_400 + minute * 60)
    assert rules(streams.count(30, at=NOON)) == []


def test_what_a_spool_brings_late_is_no_spike() -> None:
    streams = Streams()
    streams.count(at=NOON - 7_200)
    assert rules(streams.count(10_000, at=NOON, seen=NOON - 3_600)) == []


@pytest.mark.parametrize(
    ("subject", "body", "told"),
    [
        (SHOP.dead_subject(TASK), {"reason": "given up"}, ["dead"]),
        (SHOP.quarantine_subject(TASK), {"reason": {"kind": "screening"}}, ["rejected"]),
        (SHOP.denied_subject(TASK), {"count": 2}, ["denied"]),
        (SHOP.rejected_subject, {"reason": "prompt_injection_detected"}, []),
        (SHOP.dead_subject(TASK), {"queue": "cleanup"}, []),
        (SHOP.occurrence_subject("production", SIGNATURE), {"count": 0}, []),
        (SHOP.occurrence_subject("production", SIGNATURE), {"count": True}, []),
        (SHOP.occurrence_subject("production", SIGNATURE), {"count": 10**12}, []),
        (SHOP.occurrence_subject("production", SIGNATURE), b"\xff not JSON", []),
        (SHOP.occurrence_subject("production", SIGNATURE), b"[" * 100_000, []),
        (SHOP.status_subject(TASK), {"signature": 5, "status": ["started"]}, []),
        ("other.occurrences.production." + SIGNATURE, {"count": 1}, []),
        ("shop", {}, []),
    ],
)
def test_each_message_is_told_or_passed_over(subject: str, body: object, told: list[str]) -> None:
    facts = {"signature": SIGNATURE, "environment": "production", "release": ""}
    body = {**facts, **body} if isinstance(body, dict) else body
    assert rules(Streams().store(subject, body, at=NOON)) == told


def test_a_rule_that_is_off_tells_nothing() -> None:
    assert Streams(rules=("spike",)).queue() == []


def test_a_report_that_cannot_be_read_is_left_to_the_filter() -> None:
    task = take(b"{", headers={}, queue=error_queue(SHOP, "staging"), message_id="m")
    assert Streams().judge.of_queue(task, stored_at=NOON) == []
