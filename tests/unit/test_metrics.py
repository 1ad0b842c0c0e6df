"""What Prometheus is shown: right numbers, under labels that nobody can make many of."""

from __future__ import annotations

import json
from collections.abc import Iterable

import pytest
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from aat_consumer.operate.alerts.ledger import Ledger
from aat_consumer.operate.facts import ConsumerFacts
from aat_consumer.operate.metrics.counting import Counts
from aat_consumer.operate.metrics.exposition import page
from aat_consumer.operate.metrics.sampling import Sample
from aat_consumer.streams import StreamState
from aat_reporters.wire import Namespace

SHOP = Namespace("shop")
SIGNATURE = "s1-" + "0f" * 16
TASK = "6a9f0d52-0000-5000-8000-000000000001"

Series = dict[tuple[str, frozenset[tuple[str, str]]], float]


def full_sample() -> Sample:
    ledger = Ledger()
    ledger.use_channels(("webhook-hooks.example.com",))
    facts = ConsumerFacts(
        stream="SHOP_STAGING_ERRORS", name="d", waiting=3, in_flight=2, redelivered=1, pulls=1
    )
    spec = SHOP.streams()[0]
    state = StreamState(spec=spec, exists=True, messages=5, used_bytes=50, last_sequence=9, max_bytes=100)
    return Sample(
        is_up=True,
        version="2.15.1",
        streams=(state,),
        queues={"staging": facts, "production": None},
        oldest={"staging": 12.5, "production": 0.0},
        is_paused=True,
        alerts=ledger,
    )


def parsed(text: bytes) -> list[Metric]:
    return list(text_string_to_metric_families(text.decode()))


def series(families: Iterable[Metric]) -> Series:
    """Give every value by its name and labels, without the namespace, which all have."""
    found: Series = {}
    for family in families:
        for sample in family.samples:
            labels = dict(sample.labels)
            assert labels.pop("namespace") == "shop"
            found[sample.name, frozenset(labels.items())] = sample.value
    return found


def shown(counts: Counts, sample: Sample | None = None) -> Series:
    return series(parsed(page(counts, sample or Sample())))


def value(found: Series, name: str, **labels: str) -> float:
    return found[name, frozenset(labels.items())]


def fold(counts: Counts, subject: str, body: object, at: float = 0.0) -> None:
    counts.fold(subject, body if isinstance(body, bytes) else json.dumps(body).encode(), stored_at=at)


def test_what_the_server_tells_is_shown() -> None:
    found = shown(Counts(SHOP), full_sample())
    assert value(found, "aat_up") == 1
    assert value(found, "aat_server_info", version="2.15.1") == 1
    assert value(found, "aat_stream_stored_total", stream="SHOP_ERROR_REPORTS") == 9
    assert value(found, "aat_consumer_pending", environment="staging") == 3
    assert value(found, "aat_consumer_redelivered", environment="staging") == 1
    assert value(found, "aat_queue_oldest_age_seconds", environment="staging") == 12.5
    assert value(found, "aat_paused") == 1
    assert value(found, "aat_alert_channel_up", channel="webhook-hooks.example.com") == 1


def test_without_a_server_there_is_no_number_of_it() -> None:
    found = shown(Counts(SHOP))
    assert value(found, "aat_up") == 0
    assert not [name for name, _ in found if name.startswith(("aat_stream", "aat_consumer", "aat_paused"))]
    assert value(found, "aat_dead_letters_total", environment="staging") == 0


def test_a_run_is_counted_with_its_result_time_and_cost() -> None:
    counts = Counts(SHOP)
    about = {"signature": SIGNATURE, "environment": "staging"}
    fold(counts, SHOP.status_subject(TASK), {**about, "status": "started"}, at=100.0)
    fold(counts, SHOP.result_subject("fixed", TASK), {**about, "status": "fixed", "cost_usd": 0.25}, at=145.0)
    found = shown(counts)
    assert value(found, "aat_results_total", kind="fixed", status="fixed", environment="staging") == 1
    assert value(found, "aat_agent_cost_usd_total") == 0.25
    assert value(found, "aat_agent_run_seconds_sum") == 45
    assert [value(found, "aat_agent_run_seconds_bucket", le=le) for le in ("30.0", "60.0", "+Inf")] == [
        0,
        1,
        1,
    ]


def test_occurrences_rejections_denials_and_dead_letters_are_counted() -> None:
    counts = Counts(SHOP)
    fold(counts, SHOP.occurrence_subject("production", SIGNATURE), {"count": 41})
    fold(counts, SHOP.occurrence_subject("production", SIGNATURE), {"count": 1})
    reasons = [{"family": "override"}, {"family": "override"}, {"family": "secret"}]
    fold(counts, SHOP.quarantine_subject(TASK), {"reason": {"verdict": {"reasons": reasons}}})
    fold(counts, SHOP.quarantine_subject(TASK), {"reason": {"kind": "undecodable"}})
    fold(counts, SHOP.denied_subject(TASK), {"count": 3})
    fold(counts, SHOP.dead_subject(TASK), {"environment": "production"})
    found = shown(counts)
    assert value(found, "aat_occurrences_total", environment="production") == 42
    families = {"override": 1, "secret": 1, "unreadable": 1}
    assert {name: value(found, "aat_filter_rejected_total", family=name) for name in families} == families
    assert value(found, "aat_agent_denied_total") == 1
    assert value(found, "aat_dead_letters_total", environment="production") == 1


@pytest.mark.parametrize(
    "body",
    [b"\xff", b"[" * 99_999, b"[1]", {"count": -1}, {"count": True}, {"count": 10**12}, {"count": "5"}, {}],
)
def test_a_strangers_message_counts_nothing_and_breaks_nothing(body: object) -> None:
    counts = Counts(SHOP)
    before = shown(counts)
    fold(counts, SHOP.occurrence_subject("staging", SIGNATURE), body)
    assert shown(counts) == before


def test_nobody_can_make_many_series() -> None:
    counts = Counts(SHOP)
    for number in range(5_000):
        fold(counts, f"shop.occurrences.env{number}.s1-{number:032x}", {"count": 1})
        reasons = [{"family": f"family_{chr(97 + number % 26)}{chr(97 + number // 26 % 26)}"}]
        fold(counts, f"shop.security.quarantine.{number}", {"reason": {"verdict": {"reasons": reasons}}})
        body = {
            "status": f"status_{chr(97 + number % 26)}{chr(97 + number // 26 % 26)}",
            "environment": str(number),
        }
        fold(counts, f"shop.results.kind{number}.{number}", body)
        fold(counts, f"shop.investigation.dead.{number}", {"environment": f"e{number}"})
    found = shown(counts)
    assert len(found) < 1_300
    assert value(found, "aat_occurrences_total", environment="other") == 5_000
    text = page(counts, full_sample()).decode()
    assert "s1-" not in text


def test_no_label_is_a_signature_a_release_or_a_task() -> None:
    labels = {
        label
        for family in parsed(page(Counts(SHOP), full_sample()))
        for sample in family.samples
        for label in sample.labels
    }
    assert labels == {
        *("namespace", "stream", "environment", "version", "channel"),
        *("kind", "status", "le"),
    }
