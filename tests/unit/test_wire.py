"""Names on the wire are relied on by publishers in other languages: they stay as they are."""

from __future__ import annotations

import json
import uuid
from pathlib import Path

import pytest

from aat_reporters import wire
from aat_reporters.errors import SettingsError
from aat_reporters.wire import Namespace

GOLDEN = json.loads((Path(__file__).parent / "golden" / "wire.json").read_text(encoding="utf-8"))


def describe(namespace: Namespace) -> dict[str, object]:
    task = "6b1e1c9e-0000-5000-8000-000000000000"
    return {
        "streams": {
            spec.name: {
                "subjects": list(spec.subjects),
                "work_queue": spec.is_work_queue,
                "duplicate_window": spec.duplicate_window,
                "max_age": spec.max_age,
            }
            for spec in (*namespace.streams(), namespace.bucket_spec)
        },
        "error_subjects": {name: namespace.error_subject(name) for name in wire.ENVIRONMENTS},
        "error_streams": {name: namespace.error_stream(name) for name in wire.ENVIRONMENTS},
        "message_ids": {
            name: wire.message_id(namespace, environment=name, signature="s1-ab", release="1.0")
            for name in wire.ENVIRONMENTS
        },
        "status": namespace.status_subject(task),
        "report": namespace.report_subject(task),
        "dead": namespace.dead_subject(task),
        "result": namespace.result_subject("fixed", task),
        "rejected": namespace.rejected_subject,
        "quarantine": namespace.quarantine_subject(task),
        "denied": namespace.denied_subject(task),
        "occurrence": namespace.occurrence_subject("staging", "s1-ab"),
        "tasks": {
            priority: namespace.task_subject("investigation", priority) for priority in wire.PRIORITIES
        },
        "durables": {
            queue: [wire.task_durable(queue, priority) for priority in wire.PRIORITIES]
            for queue in ("investigation", "cleanup")
        },
        "task_message_id": wire.task_message_id(namespace, "weekly-48"),
        "keys": [
            wire.task_key(task),
            wire.fix_key("s1-ab"),
            wire.run_key("s1-ab"),
            wire.released_key(task),
            wire.trusted_key("00ff"),
        ],
        "task_ids": [
            wire.task_id_of("SHOP_STAGING_ERRORS", message_id="shop-staging-s1-ab"),
            wire.task_id_of("SHOP_STAGING_ERRORS", signature="s1-ab", release="1.0"),
            wire.task_id_of("SHOP_STAGING_ERRORS", signature="s1-ab"),
        ],
    }


def test_every_name_is_as_published() -> None:
    assert describe(Namespace("Shop")) == GOLDEN


def test_a_task_id_is_the_documented_uuid5() -> None:
    expected = uuid.uuid5(uuid.NAMESPACE_URL, "nats:SHOP_STAGING_ERRORS/s1-ab-1.0")
    assert wire.task_id_of("SHOP_STAGING_ERRORS", signature="s1-ab", release="1.0") == str(expected)


def test_limits_leave_room_for_eight_projects_on_a_small_server() -> None:
    namespace = Namespace("shop")
    total = sum(spec.max_bytes for spec in (*namespace.streams(), namespace.bucket_spec))
    assert all(spec.max_bytes > 0 for spec in namespace.streams())
    assert 8 * total <= 0.8 * 6e9


@pytest.mark.parametrize("name", ["", "a b", "a.b", "a*", "a>", "ä", "x" * 65, "a\n"])
def test_a_namespace_that_makes_a_bad_subject_is_refused(name: str) -> None:
    with pytest.raises(SettingsError, match="namespace must be"):
        Namespace(name)


def test_upper_and_lower_case_are_one_namespace() -> None:
    assert Namespace("Shop") == Namespace("SHOP") == Namespace("shop")


def test_a_stream_belongs_by_its_whole_name_never_by_prefix() -> None:
    assert "SHOP_V2_TASKS" not in Namespace("shop").stream_names()
    assert not Namespace("shop").stream_names() & Namespace("shop_v2").stream_names()


@pytest.mark.parametrize("release", ["1.0 beta\r\nX: y", "r" * 500, "ä/ö"])
def test_a_release_cannot_break_the_header(release: str) -> None:
    found = wire.message_id(Namespace("shop"), environment="staging", signature="s1-ab", release=release)
    assert found.isascii()
    assert found.isprintable()
    assert " " not in found
    assert len(found) < 200


def test_an_environment_without_a_stream_is_refused() -> None:
    with pytest.raises(SettingsError, match="environment must be one of"):
        Namespace("shop").error_subject("test")
    with pytest.raises(SettingsError, match="environment must be one of"):
        wire.message_id(Namespace("shop"), environment="test", signature="s1-ab")


@pytest.mark.parametrize(
    ("queue", "priority"),
    [
        ("a.b", "normal"),
        ("", "normal"),
        ("x" * 65, "normal"),
        ("a", "soon"),
        ("low", "low"),
        ("a-high", "low"),
    ],
)
def test_a_task_queue_is_one_token_with_a_known_priority(queue: str, priority: str) -> None:
    with pytest.raises(SettingsError):
        Namespace("shop").task_subject(queue, priority)
    with pytest.raises(SettingsError):
        wire.task_durable(queue, priority)


def test_no_two_queues_share_a_durable() -> None:
    queues = ("investigation", "cleanup", "clean-up", "clean")
    durables = [wire.task_durable(queue, priority) for queue in queues for priority in wire.PRIORITIES]
    assert len(set(durables)) == len(durables)


@pytest.mark.parametrize("priority", wire.PRIORITIES)
def test_queue_and_priority_are_read_from_a_subject(priority: str) -> None:
    subject = Namespace("shop").task_subject("cleanup", priority)
    assert wire.task_place(subject) == ("cleanup", priority)


@pytest.mark.parametrize("tail", ["", ".a.normal", ".a.soon", ".a.low.b", ".low", ".a-low.high"])
def test_a_subject_that_nobody_pulls_has_no_queue(tail: str) -> None:
    assert wire.task_place(f"shop.tasks{tail}") is None


@pytest.mark.parametrize("key", ["", "a b", "ä", "x" * 101])
def test_a_key_that_cannot_be_a_message_id_is_refused(key: str) -> None:
    with pytest.raises(SettingsError, match="key must be"):
        wire.task_message_id(Namespace("shop"), key)
