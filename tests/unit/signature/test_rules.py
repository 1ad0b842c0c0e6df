"""While rules change, reports carry both signatures, and each program finds what it knows."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime

from aat_consumer.intake import Task, take
from aat_consumer.queues import error_queue
from aat_reporters.capture import capture_raised
from aat_reporters.rendering import Renderer
from aat_reporters.settings import ReporterSettings
from aat_reporters.shell_report import finished
from aat_reporters.signature import RULES, Rules, facts_of, signatures, stable
from aat_reporters.snapshots import thaw
from aat_reporters.wire import Namespace

FACTS = {"type": "ValueError", "error": "cart 7 is empty"}


def next_stable(facts: Mapping[str, object]) -> str:
    """Sign by rules that a later release might have: the type alone."""
    kind = str(facts.get("type"))
    return f"s2-{sum(kind.encode()):032x}"


NEXT = Rules(sign=next_stable, previous=RULES)


def taken(report: Mapping[str, object], **rules: Rules) -> Task:
    return take(
        json.dumps(report).encode(),
        headers={},
        queue=error_queue(Namespace("shop"), "default"),
        message_id="",
        **rules,
    )


def test_the_rules_of_this_release_have_none_before_them() -> None:
    assert signatures(FACTS) == {"stable": stable(FACTS)}


def test_both_are_given_while_there_are_previous_rules() -> None:
    assert signatures(FACTS, rules=NEXT) == {"stable": next_stable(FACTS), "previous": stable(FACTS)}


def test_a_reporter_publishes_both() -> None:
    error = ValueError("cart 7 is empty")
    snapshot = thaw((time.time(), "ERROR", capture_raised(error), None, {}, {}, None))
    settings = ReporterSettings(namespace=Namespace("shop"))
    renderer = Renderer(settings, rules=NEXT)
    rendered = renderer.render(snapshot, renderer.signature(snapshot))
    assert rendered is not None
    signed = rendered.report["signature"]
    assert isinstance(signed, dict)
    assert signed["stable"] == rendered.signature == next_stable(FACTS)
    assert signed["previous"] == stable(facts_of(rendered.report)) == Renderer(settings).signature(snapshot)


def test_the_shell_publishes_both() -> None:
    settings = ReporterSettings(namespace=Namespace("shop"))
    report = {"error": "ValueError: cart 7 is empty"}
    identity, done = finished(report, settings, now=datetime.now(UTC), rules=NEXT)
    signed = done["signature"]
    assert isinstance(signed, dict)
    assert set(signed) == {"exact", "stable", "previous"}
    assert signed["previous"] == stable(facts_of(done))
    assert identity.endswith(signed["stable"])


def test_a_consumer_reads_both() -> None:
    one, other = "s2-" + "a" * 32, "s1-" + "b" * 32
    task = taken({"error": "x", "signature": {"stable": one, "previous": other}})
    assert (task.signature, task.previous_signature, task.shared_signature) == (one, other, other)
    alone = taken({"error": "x", "signature": {"stable": one}})
    assert (alone.signature, alone.previous_signature, alone.shared_signature) == (one, "", one)


def test_a_consumer_believes_no_signature_that_is_none_of_ours() -> None:
    one = "s2-" + "a" * 32
    for hostile in ("*", "s1->", 7, None, ["s1-"], "s1-" + "b" * 33):
        task = taken({"error": "x", "signature": {"stable": one, "previous": hostile}})
        assert (task.signature, task.previous_signature) == (one, "")


def test_a_consumer_signs_a_foreign_report_by_both() -> None:
    report = {"error": "ValueError: cart 7 is empty"}
    task = taken(report, rules=NEXT)
    assert task.signature.startswith("s2-")
    assert task.previous_signature == stable(facts_of(report)) == taken(report).signature
