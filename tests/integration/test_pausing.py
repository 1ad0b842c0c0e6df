"""A switch that stops all dispatch at once, and burns no delivery of what waits."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aat_consumer.jetstream import JetStream, Lag
from aat_consumer.operate.server import EmbeddedServer
from aat_reporters.wire import Namespace
from tests.shop import Shop, make_shop


@pytest.fixture
def shop(tmp_path: Path, nats_server: EmbeddedServer, namespace: Namespace) -> Shop:
    return make_shop(tmp_path, namespace=namespace, url=nats_server.url)


def printed(done: subprocess.CompletedProcess[str]) -> Any:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def until(holds: Callable[[], bool], *, seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def lag(shop: Shop) -> Lag:
    async def work(js: JetStream) -> Lag:
        found = await js.lag(shop.namespace.error_stream("staging"))
        assert found is not None
        return found

    return shop.with_server(work)


def test_while_paused_nobody_takes_anything(shop: Shop) -> None:
    shop.publish(shop.report(), message_id="a")
    shop.publish_task("cleanup", "--description=x")
    assert printed(shop.aat("pause", "--reason", "a release", "--json")) == {"paused": True, "changed": True}
    for words in (("run", "--once"), ("task", "work", "cleanup", "--once"), ("errors", "next")):
        done = shop.aat(*words)
        assert (done.returncode, done.stdout) == (0, ""), words
        assert "paused by" in done.stderr
        assert "aat resume" in done.stderr
    assert printed(shop.aat("errors", "next", "--json"))["task_id"] is None
    assert (lag(shop).waiting, lag(shop).in_flight) == (1, 0)
    assert not shop.is_settled(tasks="cleanup")
    assert printed(shop.aat("resume", "--json")) == {"paused": False, "changed": True}
    assert [facts["delivery"] for step, facts in shop.work() if step == "fetched"] == [1]
    shop.work(tasks="cleanup")
    assert [kind for kind, _ in shop.results()] == ["fixed", "fixed"]


def test_a_running_consumer_notices_and_goes_on_when_resumed(shop: Shop) -> None:
    said, steps = shop.folder.parent / "said", shop.folder.parent / "steps"
    with said.open("w") as stderr, steps.open("w") as stdout:
        process = subprocess.Popen(
            [sys.executable, "-m", "aat_consumer", "run", "--json"],
            cwd=shop.folder,
            env=shop.environment(),
            stdout=stdout,
            stderr=stderr,
        )
    try:
        until(lambda: "consuming staging" in said.read_text())
        assert shop.aat("pause").returncode == 0
        until(lambda: "paused by" in said.read_text())
        shop.publish(shop.report(), message_id="a")
        assert (lag(shop).waiting, lag(shop).pulls) == (1, 0)
        assert shop.aat("resume").returncode == 0
        until(lambda: bool(shop.results()))
        until(shop.is_settled)
        assert said.read_text().count("paused by") == 1
        assert "resumed" in said.read_text()
        fetched = json.loads(steps.read_text().splitlines()[0])
        assert (fetched["step"], fetched["delivery"]) == ("fetched", 1)
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.wait()


def test_pausing_and_resuming_twice_changes_nothing_and_tells_who_was_first(shop: Shop) -> None:
    assert "not paused" in shop.aat("resume").stdout
    assert shop.aat("pause").returncode == 0
    again = shop.aat("pause")
    assert (again.returncode, "already" in again.stdout) == (0, True)
    assert "@" in again.stdout
    health = [json.loads(line) for line in shop.aat("health", "--json").stdout.splitlines()]
    assert [found["ok"] for found in health if found["subject"] == "dispatch"] == [True]
    assert "it was paused by" in shop.aat("resume").stdout
    assert "dispatch" not in shop.aat("health").stdout
