"""Faults that an attack on the loop found: each lost, doubled or wedged something once."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from aat_consumer.jetstream import JetStream
from aat_consumer.operate.server import EmbeddedServer
from aat_reporters.wire import Namespace
from tests.faults.test_kills import DEADLINE, assert_one_outcome, run_killed, work_until_settled
from tests.shop import MENDING_AGENT, Shop, make_shop

pytestmark = pytest.mark.faults


@pytest.fixture
def shop(tmp_path: Path, nats_server: EmbeddedServer, namespace: Namespace) -> Shop:
    return make_shop(tmp_path, namespace=namespace, url=nats_server.url)


def killed(shop: Shop, step: str) -> None:
    """Run into the kill, however long it takes until the report is delivered again."""
    deadline = time.monotonic() + DEADLINE
    while True:
        process = run_killed(shop, step, 0)
        out, err = process.communicate(timeout=DEADLINE)
        if process.returncode == -signal.SIGKILL:
            return
        assert (process.returncode, out) == (0, ""), err
        assert time.monotonic() < deadline


@pytest.mark.parametrize("steps", [("result", "claimed"), ("committed", "claimed"), ("done", "fetched")])
def test_two_crashes_in_a_row_still_give_one_result(steps: tuple[str, str], shop: Shop) -> None:
    shop.publish(shop.report(), message_id="shell-1")
    for step in steps:
        killed(shop, step)
    work_until_settled(shop)
    assert_one_outcome(shop)
    assert shop.results()[0][1]["attempt"] == 1


@pytest.mark.parametrize("step", ["result", "committed", "done"])
def test_what_was_fixed_at_the_last_delivery_is_completed_and_not_buried(step: str, shop: Shop) -> None:
    shop.publish(shop.report(), message_id="shell-1")
    killed(shop, "fetched")
    killed(shop, "fetched")
    killed(shop, step)
    deadline = time.monotonic() + DEADLINE
    while not shop.is_settled():
        assert time.monotonic() < deadline
        assert shop.aat("run", "--once").returncode == 0
    assert_one_outcome(shop)
    assert not shop.stored(shop.namespace.investigations, f"{shop.namespace.name}.investigation.dead.>")


@pytest.mark.parametrize("prefix", ["s" + "1" * 5_000, "s１"])
def test_a_forged_signature_wedges_nobody(prefix: str, shop: Shop) -> None:
    forged = {"stable": f"{prefix}-{'a' * 32}"}
    shop.publish(shop.report(signature=forged), message_id="forged")
    shop.publish(shop.report(1, error="ValueError: another"), message_id="good")
    shop.work(2)
    assert sorted(kind for kind, _ in shop.results()) == ["fixed", "fixed"]
    assert shop.is_settled()


def test_without_a_bucket_nothing_is_fetched_and_nothing_dies(shop: Shop) -> None:
    for number in range(3):
        shop.publish(shop.report(number, error=f"ValueError: number {number}"), message_id=str(number))

    async def lose(js: JetStream) -> None:
        await js.context.delete_stream(f"KV_{shop.namespace.bucket}")

    with waiting(shop) as (process, said):
        until(lambda: bool(shop.results()), process)
        shop.with_server(lose)
        shop.publish(shop.report(9, error="ValueError: one more"), message_id="9")
        until(lambda: "waiting for the queue" in said.read_text(), process)
        for_seconds(7, process)
        assert shop.aat("stream", "ensure").returncode == 0
        until(shop.is_settled, process)
    assert "dead" not in [body["status"] for _, body in shop.results()]


def test_a_server_away_while_the_agent_works_costs_no_second_run(
    tmp_path: Path, namespace: Namespace
) -> None:
    log = tmp_path / "runs"
    agent = f"import time\nopen({str(log)!r}, 'a').write('run ')\ntime.sleep(6)\n" + MENDING_AGENT
    with EmbeddedServer() as server:
        shop = make_shop(tmp_path / "shop", namespace=namespace, url=server.url, agent=agent)
        shop.publish(shop.report(), message_id="shell-1")
        with waiting(shop) as (process, _):
            until(log.exists, process)
            server.kill()
            for_seconds(4, process)
            server.start()
            until(lambda: bool(shop.results()), process)
            until(shop.is_settled, process)
        assert_one_outcome(shop)
    assert log.read_text() == "run "


def test_an_advisory_that_is_none_does_not_stop_the_loop(shop: Shop) -> None:
    stream = shop.namespace.error_stream("staging")
    subject = f"$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.{stream}.x"

    async def forge(js: JetStream) -> None:
        for payload in (b"junk", b"[]", json.dumps({"stream": stream, "stream_seq": "x"}).encode()):
            await js.client.publish(subject, payload)
        await js.client.flush()

    shop.with_server(forge)
    shop.publish(shop.report())
    done = shop.aat("run", "--once")
    assert (done.returncode, "Traceback" in done.stderr) == (0, False)
    assert [kind for kind, _ in shop.results()] == ["fixed"]


@contextlib.contextmanager
def waiting(shop: Shop) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    """Run the real consumer, with what it says in a file; nothing of it outlives the test."""
    said = shop.folder.parent / "said"
    with said.open("w") as written:
        process = subprocess.Popen(
            [sys.executable, "-m", "aat_consumer", "run", "--json"],
            cwd=shop.folder,
            env=shop.environment(),
            stdout=subprocess.DEVNULL,
            stderr=written,
            text=True,
        )
    try:
        yield process, said
    finally:
        process.kill()
        process.wait()


def until(condition: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    """Wait for a condition while the consumer lives."""
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert process.poll() is None, "the consumer ended"
        assert time.monotonic() < deadline


def for_seconds(seconds: float, process: subprocess.Popen[str]) -> None:
    """Let time pass in which the consumer must not end."""
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(seconds)
