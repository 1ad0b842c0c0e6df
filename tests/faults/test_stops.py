"""Processes that stop and go on: a consumer that sleeps past its lease, a server that freezes or falls."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from aat_consumer.operate.server import EmbeddedServer
from aat_reporters.wire import Namespace
from tests.faults.consumers import assert_each_has_one_outcome, consuming
from tests.faults.test_cluster import has_settled
from tests.shop import MENDING_AGENT, make_shop

pytestmark = pytest.mark.faults


def slow_agent(runs: Path, seconds: float) -> str:
    """Write down each run, and take some time for it."""
    return f"import time\nopen({str(runs)!r}, 'a').write('run ')\ntime.sleep({seconds})\n" + MENDING_AGENT


def test_a_consumer_that_wakes_up_behind_its_lease_publishes_nothing(
    tmp_path: Path, nats_server: EmbeddedServer, namespace: Namespace
) -> None:
    runs = tmp_path / "runs"
    shop = make_shop(tmp_path / "shop", namespace=namespace, url=nats_server.url, agent=slow_agent(runs, 1))
    shop.publish(shop.report(), message_id="shell-1")
    with consuming(shop, "sleeper") as sleeper:
        sleeper.until(runs.exists)
        sleeper.process.send_signal(signal.SIGSTOP)
        with consuming(shop, "other") as other:
            other.until(lambda: has_settled(shop, 1))
            sleeper.process.send_signal(signal.SIGCONT)
            sleeper.until(lambda: "taken over by another consumer" in sleeper.said.read_text())
    assert "result" not in [step["step"] for step in sleeper.steps()]
    assert runs.read_text() == "run run "
    assert_each_has_one_outcome(shop, fixed=1)


def test_a_server_that_falls_three_times_is_waited_for_by_two_consumers(
    tmp_path: Path, namespace: Namespace
) -> None:
    runs = tmp_path / "runs"
    with EmbeddedServer() as server:
        agent = slow_agent(runs, 4)
        shop = make_shop(tmp_path / "shop", namespace=namespace, url=server.url, agent=agent)
        for number in (1, 2):
            shop.publish(shop.report(number, error=f"ValueError: number {number}"), message_id=str(number))
        with consuming(shop, "one") as one, consuming(shop, "two") as two:
            one.until(runs.exists)
            for _ in range(3):
                server.kill()
                server.start()
                two.for_seconds(1.5)
            one.until(lambda: has_settled(shop, 2))
            assert "Traceback" not in one.said.read_text() + two.said.read_text()
        assert_each_has_one_outcome(shop, fixed=2)


def test_a_frozen_server_is_waited_for(tmp_path: Path, namespace: Namespace) -> None:
    runs = tmp_path / "runs"
    with EmbeddedServer() as server:
        agent = slow_agent(runs, 1)
        shop = make_shop(tmp_path / "shop", namespace=namespace, url=server.url, agent=agent)
        shop.publish(shop.report(), message_id="shell-1")
        with consuming(shop) as consumer:
            consumer.until(runs.exists)
            assert server.process is not None
            server.process.send_signal(signal.SIGSTOP)
            consumer.for_seconds(8)
            server.process.send_signal(signal.SIGCONT)
            consumer.until(lambda: has_settled(shop, 1))
        assert_each_has_one_outcome(shop, fixed=1)
    assert runs.read_text() == "run "
