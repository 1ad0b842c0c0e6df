"""Everything by hand works on the oldest server too, Debian's 2.9, and says in a line what does not."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from aat_consumer.operate.server import EmbeddedServer
from aat_reporters.wire import Namespace
from tests.doctors import findings_of
from tests.servers import OLD_SERVER
from tests.shop import Shop, make_shop


@pytest.fixture
def shop(tmp_path: Path, namespace: Namespace) -> Iterator[Shop]:
    if not OLD_SERVER.exists():
        if os.environ.get("CI"):
            raise AssertionError("the oldest server is not installed")
        pytest.skip("the oldest server is not installed")
    with EmbeddedServer(program=str(OLD_SERVER)) as server:
        version = subprocess.run([str(OLD_SERVER), "--version"], capture_output=True, text=True, check=True)
        if "v2.9." not in version.stdout:
            pytest.skip(f"{OLD_SERVER} is {version.stdout.strip()}")
        made = make_shop(tmp_path, namespace=namespace, url=server.url)
        made.with_server(lambda js: js.ensure_durable(namespace.error_stream("staging"), ack_wait=60))
        yield made


def lines(done: subprocess.CompletedProcess[str]) -> list[Any]:
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_streams_and_consumers_by_hand(shop: Shop) -> None:
    for number in range(4):
        shop.publish(shop.report(number), message_id=f"m{number}")
    assert len(lines(shop.aat("stream", "report", "--json"))) == 10
    assert [
        one["sequence"] for one in lines(shop.aat("stream", "view", "staging", "--since", "10m", "--json"))
    ]
    assert lines(shop.aat("stream", "subjects", "staging", "--json"))[0]["messages"] == 4
    assert lines(shop.aat("stream", "rmm", "staging", "1", "--yes", "--json"))[0]["removed"] == 1
    assert lines(shop.aat("stream", "purge", "staging", "--keep", "2", "--yes", "--json"))[0]["removed"] == 1
    assert lines(shop.aat("consumer", "next", "staging", "--json"))[0]["message_id"] == "m2"
    assert lines(shop.aat("consumer", "reset", "staging", "--yes", "--json"))[0]["waiting"] == 2
    assert lines(shop.aat("consumer", "rm", "staging", "--yes", "--json"))[0]["deleted"] == 1


def test_health_check_and_rate(shop: Shop) -> None:
    server = lines(shop.aat("health", "--monitoring", "http://127.0.0.1:1", "--json"))[0]
    assert server["version"].startswith("2.9.")
    assert 0 <= server["uptime_s"] < 60
    assert lines(shop.aat("check", "--json"))[0]["state"] == "OK"
    assert "no errors were counted" in shop.aat("rate").stderr


def test_a_consumer_cannot_be_paused_and_the_line_says_what_can(shop: Shop) -> None:
    for verb in ("pause", "resume"):
        done = shop.aat("consumer", verb, "staging")
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
        assert "nats-server 2.9." in done.stderr
        assert "aat pause stops all dispatch" in done.stderr


def test_the_doctor_sees_who_waits_and_that_the_server_is_old(shop: Shop) -> None:
    assert {one.id for one in findings_of(shop.url, shop.namespace)} == {"AAT-I03"}
    shop.publish(shop.report(), message_id="a")
    found = {one.id: one for one in findings_of(shop.url, shop.namespace)}
    assert set(found) == {"AAT-I03", "AAT-E05"}
    assert found["AAT-I03"].facts["version"].startswith("2.9.")  # type: ignore[attr-defined]
