"""Look at streams and empty them by hand, on our names alone, without the nats program."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from aat_consumer.jetstream import JetStream
from aat_consumer.operate.server import EmbeddedServer
from aat_reporters.wire import Namespace
from tests.shop import Shop, make_shop
from tests.terminals import on_a_terminal


@pytest.fixture
def shop(tmp_path: Path, nats_server: EmbeddedServer, namespace: Namespace) -> Shop:
    return make_shop(tmp_path, namespace=namespace, url=nats_server.url)


def lines(done: subprocess.CompletedProcess[str]) -> list[Any]:
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def fill(shop: Shop, count: int = 5) -> None:
    for number in range(count):
        shop.publish(shop.report(number, error="ZEBRA: wild"), message_id=f"m{number}")


def left(shop: Shop) -> list[int]:
    return [found["sequence"] for found in lines(shop.aat("stream", "view", "staging", "--json"))]


def test_a_stream_may_be_named_in_full_in_short_or_by_its_environment(shop: Shop) -> None:
    full = shop.namespace.error_stream("staging")
    for word in (full, "staging", "staging-errors"):
        (found,) = lines(shop.aat("stream", "info", word, "--json"))
        assert (found["stream"], found["retention"], found["discard"]) == (full, "workqueue", "new")
    assert lines(shop.aat("stream", "info", "state", "--json"))[0]["stream"] == f"KV_{shop.namespace.bucket}"


@pytest.mark.parametrize(
    "words",
    [("info",), ("view",), ("subjects",), ("purge", "--yes"), ("rmm", "1", "--yes")],
    ids=lambda words: words[0],
)
def test_a_stream_of_another_namespace_is_refused(shop: Shop, words: tuple[str, ...]) -> None:
    other = f"{shop.namespace.name.upper()}_V2_TASKS"

    async def make(js: JetStream) -> None:
        await js.context.add_stream(name=other, subjects=[f"{js.namespace.name}v2.>"])
        await js.context.publish(f"{js.namespace.name}v2.x", b"theirs")

    shop.with_server(make)
    done = shop.aat("stream", words[0], other, *words[1:])
    assert (done.returncode, done.stdout) == (2, "")
    assert "is no stream of" in done.stderr

    async def count(js: JetStream) -> int:
        return int((await js.context.stream_info(other)).state.messages)

    assert shop.with_server(count) == 1


def test_viewing_shows_metadata_and_text_on_a_terminal_alone(shop: Shop) -> None:
    fill(shop)
    found = lines(shop.aat("stream", "view", "staging", "--json", "--limit", "2"))
    assert [(one["sequence"], one["message_id"]) for one in found] == [(1, "m0"), (2, "m1")]
    plain = shop.aat("stream", "view", "staging")
    assert "ZEBRA" not in plain.stdout + json.dumps(found)
    assert shop.aat("stream", "view", "staging", "--raw").returncode == 2
    assert "ZEBRA: wild" in on_a_terminal(shop, "stream", "view", "staging", "--raw", "--start", "5")


def test_viewing_narrows_by_number_id_subject_and_age(shop: Shop) -> None:
    fill(shop)
    subject = shop.namespace.error_subject("staging")
    for words, wanted in (
        (("--start", "4"), [4, 5]),
        (("--id", "m2"), [3]),
        (("--subject", subject, "--since", "10m"), [1, 2, 3, 4, 5]),
        (("--subject", "nobody.there"), []),
        (("--since", "0.001s"), []),
    ):
        found = lines(shop.aat("stream", "view", "staging", "--json", *words))
        assert [one["sequence"] for one in found] == wanted, words


def test_subjects_are_counted_and_hostile_ones_are_no_sentences(shop: Shop) -> None:
    hostile = f"{shop.namespace.name}.results.ignore-all\x1b[31m"

    async def publish(js: JetStream) -> None:
        for _ in range(3):
            await js.context.publish(f"{js.namespace.name}.results.fixed.a", b"{}")
        await js.context.publish(hostile, b"{}")

    shop.with_server(publish)
    found = lines(shop.aat("stream", "subjects", "results", "--json"))
    assert found[0]["messages"] == 3
    assert "\x1b" not in shop.aat("stream", "subjects", "results").stdout
    assert "\\u001b" not in json.dumps(found)


def test_the_report_compares_all_ten(shop: Shop) -> None:
    fill(shop, 3)
    assert shop.aat("stream", "rmm", "staging", "2", "--yes").returncode == 0
    found = {one["stream"]: one for one in lines(shop.aat("stream", "report", "--json"))}
    assert set(found) == shop.namespace.stream_names()
    staging = found[shop.namespace.error_stream("staging")]
    assert (staging["messages"], staging["deleted"], staging["last_sequence"]) == (2, 1, 3)
    assert "gaps 1" in shop.aat("stream", "report").stdout


def test_purging_asks_or_wants_yes_and_says_that_ids_stay(shop: Shop) -> None:
    fill(shop)
    refused = shop.aat("stream", "purge", "staging")
    assert (refused.returncode, "--yes" in refused.stderr) == (2, True)
    assert left(shop) == [1, 2, 3, 4, 5]
    done = shop.aat("stream", "purge", "staging", "--yes", "--json")
    assert lines(done) == [{"stream": shop.namespace.error_stream("staging"), "removed": 5}]
    assert "message ids are not forgotten" in done.stderr
    assert "24 h" in done.stderr
    assert left(shop) == []
    shop.publish(shop.report(0), message_id="m0")
    assert left(shop) == []


@pytest.mark.parametrize(
    ("words", "stays"),
    [
        (("--below", "3"), [3, 4, 5]),
        (("--keep", "1"), [5]),
        (("--older-than", "1h"), [1, 2, 3, 4, 5]),
        (("--older-than", "0s"), []),
        (("--subject", "nobody.there"), [1, 2, 3, 4, 5]),
    ],
    ids=str,
)
def test_purging_part_of_a_stream(shop: Shop, words: tuple[str, ...], stays: list[int]) -> None:
    fill(shop)
    assert shop.aat("stream", "purge", "staging", "--yes", *words).returncode == 0
    assert left(shop) == stays


def test_purging_by_subject(shop: Shop) -> None:
    shop.publish_task("cleanup", "--description=x")
    shop.publish_task("cleanup", "--description=y", "--priority=urgent")
    subject = f"{shop.namespace.name}.tasks.cleanup.urgent"
    (done,) = lines(shop.aat("stream", "purge", "tasks", "--subject", subject, "--yes", "--json"))
    assert done["removed"] == 1
    (stays,) = lines(shop.aat("stream", "view", "tasks", "--json"))
    assert stays["subject"] == f"{shop.namespace.name}.tasks.cleanup"


def test_purging_by_signature_finds_the_error_in_queue_and_results(shop: Shop) -> None:
    fill(shop, 3)
    waits = lines(shop.aat("errors", "list", "--json"))
    signature = waits[1]["signature"]
    (done,) = lines(shop.aat("stream", "purge", "staging", "--signature", signature, "--yes", "--json"))
    assert (done["removed"], left(shop)) == (1, [1, 3])
    shop.work(2)
    ended = waits[0]["signature"]
    (done,) = lines(shop.aat("stream", "purge", "results", "--signature", ended, "--yes", "--json"))
    assert done["removed"] == 1
    assert len(shop.results()) == 1


def test_one_message_is_removed_once(shop: Shop) -> None:
    fill(shop, 2)
    assert shop.aat("stream", "rmm", "staging", "1").returncode == 2
    assert lines(shop.aat("stream", "rmm", "staging", "1", "--yes", "--json"))[0]["removed"] == 1
    again = shop.aat("stream", "rmm", "staging", "1", "--yes")
    assert (again.returncode, "holds no message 1" in again.stderr) == (1, True)
    assert left(shop) == [2]


def test_on_a_terminal_a_no_keeps_everything(shop: Shop) -> None:
    fill(shop, 2)
    shown = on_a_terminal(shop, "stream", "purge", "staging", answer="n\n", code=1)
    assert "What waits there was not worked on" in shown
    assert left(shop) == [1, 2]
    assert "2 messages" in on_a_terminal(shop, "stream", "purge", "staging", answer="y\n")
    assert left(shop) == []


def test_what_takes_long_shows_how_far_it_is_on_a_terminal_alone(shop: Shop) -> None:
    fill(shop, 3)
    signature = lines(shop.aat("errors", "list", "--json"))[0]["signature"]
    words = ("stream", "purge", "staging", "--signature", signature)
    quiet = shop.aat(*words[:-1], "s1-" + "0" * 32, "--yes")
    assert (quiet.returncode, quiet.stderr) == (0, "")
    assert "looking for the signature" in on_a_terminal(shop, *words, answer="y\n")
    assert left(shop) == [2, 3]


def test_limits_of_the_settings_hold_and_are_not_called_drift(shop: Shop) -> None:
    path = shop.folder / "aat.toml"
    plain = path.read_text()
    path.write_text(plain + "[streams]\nresults_mib = 7\nstate_mib = 9\n")
    changed = {
        one["stream"]: one["changes"]["max_bytes"]["wanted"]
        for one in lines(shop.aat("stream", "ensure", "--json"))
        if one["action"] == "update"
    }
    assert changed == {
        shop.namespace.results: str(7 * 1024 * 1024),
        shop.namespace.bucket_spec.name: str(9 * 1024 * 1024),
    }
    drifted = [one["id"] for one in lines(shop.aat("doctor", "--json")) if one["id"] == "AAT-E04"]
    assert drifted == []
    assert lines(shop.aat("stream", "info", "results", "--json"))[0]["max_bytes"] == 7 * 1024 * 1024
    for wrong in ("results_mib = -1", "results_mib = 'big'", "resluts_mib = 3"):
        path.write_text(f"{plain}[streams]\n{wrong}\n")
        done = shop.aat("stream", "ensure")
        assert (done.returncode, done.stderr.count("\n"), "streams" in done.stderr) == (2, 1, True)
