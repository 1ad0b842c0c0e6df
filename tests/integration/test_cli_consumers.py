"""Look at the consumers of our streams, and reset, remove and pause them by hand."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from aat_consumer.operate.server import EmbeddedServer
from aat_reporters.wire import DURABLE, Namespace
from tests.shop import Shop, make_shop


@pytest.fixture
def shop(tmp_path: Path, nats_server: EmbeddedServer, namespace: Namespace) -> Shop:
    made = make_shop(tmp_path, namespace=namespace, url=nats_server.url)
    made.with_server(lambda js: js.ensure_durable(namespace.error_stream("staging"), ack_wait=60))
    return made


def printed(done: subprocess.CompletedProcess[str]) -> Any:
    assert done.returncode == 0, done.stderr
    (line,) = done.stdout.splitlines()
    return json.loads(line)


def test_all_consumers_are_listed_with_what_waits(shop: Shop) -> None:
    shop.publish(shop.report(), message_id="a")
    found = printed(shop.aat("consumer", "list", "--json"))
    assert (found["stream"], found["consumer"]) == (shop.namespace.error_stream("staging"), DURABLE)
    assert (found["waiting"], found["in_flight"], found["max_deliver"], found["ack_wait_s"]) == (1, 0, 3, 60)
    assert "1 waiting" in shop.aat("consumer", "list", "staging").stdout
    assert shop.aat("consumer", "list", "results").stdout == ""
    assert printed(shop.aat("consumer", "info", "staging", "--json")) == found


def test_what_is_not_there_or_not_ours_is_told_in_a_line(shop: Shop) -> None:
    for words, code, told in (
        (("info", "staging", "nobody"), 1, "has no consumer nobody"),
        (("rm", "staging", "nobody", "--yes"), 1, "has no consumer nobody"),
        (("info", "OTHER_TASKS"), 2, "is no stream of"),
        (("reset", "OTHER_TASKS", "--yes"), 2, "is no stream of"),
        (("info", "staging", "a.b"), 2, "is no name of a consumer"),
        (("rm", "staging", "a *", "--yes"), 2, "is no name of a consumer"),
    ):
        done = shop.aat("consumer", *words)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (code, "", 1), words
        assert told in done.stderr


def test_the_next_message_is_given_back_and_its_text_not_shown(shop: Shop) -> None:
    shop.publish(shop.report(error="ZEBRA: wild"), message_id="a")
    for delivery in (1, 2):
        done = shop.aat("consumer", "next", "staging", "--json")
        found = printed(done)
        assert (found["message_id"], found["delivery"], found["acknowledged"]) == ("a", delivery, False)
        assert "ZEBRA" not in done.stdout
    assert shop.aat("consumer", "next", "staging", "--raw").returncode == 2
    assert shop.aat("consumer", "next", "staging", "--ack").returncode == 2
    assert printed(shop.aat("consumer", "next", "staging", "--ack", "--yes", "--json"))["acknowledged"]
    assert shop.is_settled()
    empty = shop.aat("consumer", "next", "staging")
    assert (empty.returncode, empty.stdout) == (0, "")
    assert "no message waits" in empty.stderr


def test_a_reset_delivers_again_what_is_not_acknowledged(shop: Shop) -> None:
    shop.publish(shop.report(), message_id="a")
    for _ in range(3):
        printed(shop.aat("consumer", "next", "staging", "--json"))
    assert shop.aat("consumer", "next", "staging").stdout == ""
    refused = shop.aat("consumer", "reset", "staging")
    assert (refused.returncode, "--yes" in refused.stderr) == (2, True)
    before = printed(shop.aat("consumer", "info", "staging", "--json"))
    after = printed(shop.aat("consumer", "reset", "staging", "--yes", "--json"))
    assert (before["waiting"], after["waiting"]) == (0, 1)
    for setting in ("ack_wait_s", "max_deliver", "filter", "max_in_flight", "durable"):
        assert after[setting] == before[setting]
    shop.work()
    assert [kind for kind, _ in shop.results()] == ["fixed"]


def test_a_removed_consumer_is_made_again_by_the_loop(shop: Shop) -> None:
    shop.publish(shop.report(), message_id="a")
    assert shop.aat("consumer", "rm", "staging").returncode == 2
    assert printed(shop.aat("consumer", "rm", "staging", "--yes", "--json"))["deleted"] == 1
    listed = shop.aat("consumer", "list")
    assert (listed.stdout, "there are no consumers" in listed.stderr) == ("", True)
    shop.work()
    assert shop.is_settled()


def test_a_paused_consumer_gives_nothing_until_it_is_resumed(shop: Shop) -> None:
    shop.publish(shop.report(), message_id="a")
    paused = printed(shop.aat("consumer", "pause", "staging", "--for", "20m", "--json"))
    assert paused["paused"]
    assert 1190 < paused["pause_left_s"] <= 1200
    assert shop.aat("consumer", "next", "staging").stdout == ""
    assert "paused" in shop.aat("consumer", "list").stdout
    assert not printed(shop.aat("consumer", "resume", "staging", "--json"))["paused"]
    assert printed(shop.aat("consumer", "next", "staging", "--json"))["message_id"] == "a"


def test_a_pause_of_no_length_or_a_month_is_refused(shop: Shop) -> None:
    for length in ("0s", "30d", "soon"):
        assert shop.aat("consumer", "pause", "staging", "--for", length).returncode == 2
