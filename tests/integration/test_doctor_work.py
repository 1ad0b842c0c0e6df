"""Each finding about the work is made by bringing the situation about with real queues and workers."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from aat_consumer.jetstream import JetStream
from aat_consumer.operate.diagnosis import Finding
from aat_consumer.operate.server import EmbeddedServer
from aat_consumer.queues import error_queue
from aat_reporters import Reporter
from aat_reporters.wire import DURABLE, Namespace
from tests.doctors import findings_of
from tests.shop import Shop, make_shop

#: Works until it is ended.
SLOW_AGENT = "import time\ntime.sleep(120)\n"

#: Fails each time.
FAILING_AGENT = "raise SystemExit('cannot think')\n"


@pytest.fixture
def shop(tmp_path: Path, nats_server: EmbeddedServer, namespace: Namespace) -> Shop:
    return make_shop(tmp_path, namespace=namespace, url=nats_server.url)


def found(shop: Shop) -> dict[str, Finding]:
    """Give what the doctor finds of this namespace; other tests' namespaces are on the server as well."""
    return {one.id: one for one in findings_of(shop.url, shop.namespace) if one.id != "AAT-I02"}


def until(holds: Callable[[], bool], *, seconds: float = 40.0) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.1)


@contextlib.contextmanager
def worker(shop: Shop, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a real consumer until the block ends."""
    process = subprocess.Popen(
        [sys.executable, "-m", "aat_consumer", *(words or ("run",))],
        cwd=shop.folder,
        env=shop.environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGCONT)
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGINT)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def test_a_quiet_namespace_has_no_findings(shop: Shop) -> None:
    assert found(shop) == {}


def test_reports_wait_and_no_consumer_ever_started(shop: Shop) -> None:
    shop.publish(shop.report())
    finding = found(shop)["AAT-E05"]
    assert (finding.subject, finding.facts["waiting"]) == (shop.namespace.error_stream("staging"), 1)
    assert "no consumer ever started" in finding.evidence
    assert finding.fix == "aat run --environment staging"


def test_reports_wait_and_nobody_pulls_until_somebody_does(tmp_path: Path, shop: Shop) -> None:
    shop.with_server(lambda js: js.ensure_durable(shop.namespace.error_stream("staging"), ack_wait=60))
    shop.publish(shop.report())
    assert "nobody pulls" in found(shop)["AAT-E05"].evidence
    (shop.folder.parent / "agent.py").write_text(SLOW_AGENT)
    with worker(shop):
        until(lambda: found(shop) == {})
        shop.publish(shop.report(1))  # waits behind the one in work, and that is all right
        assert found(shop) == {}


def test_an_idle_worker_is_none_that_hangs(shop: Shop) -> None:
    with worker(shop):
        until(lambda: shop.with_server(pulls) > 0)
        assert found(shop) == {}


async def pulls(js: JetStream) -> int:
    lag = await js.lag(js.namespace.error_stream("staging"))
    return lag.pulls if lag is not None else 0


def test_tasks_wait_and_nobody_pulls_them(shop: Shop) -> None:
    shop.publish_task("cleanup", "--description=x", "--priority=urgent")
    finding = found(shop)["AAT-E05"]
    assert (finding.facts["queue"], finding.fix) == ("cleanup", "aat task work cleanup")
    with worker(shop, "task", "work", "cleanup"):
        until(lambda: "AAT-E05" not in found(shop))


def test_a_task_on_a_subject_that_no_queue_pulls(shop: Shop) -> None:
    subject = f"{shop.namespace.name}.tasks.cleanup.soonish"

    async def stray(js: JetStream) -> None:
        await js.context.publish(subject, b"{}")

    shop.with_server(stray)
    assert found(shop)["AAT-E03"].facts["subject"] == subject


def test_a_worker_that_was_stopped_in_the_middle_hangs(tmp_path: Path, shop: Shop) -> None:
    (shop.folder.parent / "agent.py").write_text(SLOW_AGENT)
    shop.publish(shop.report(), message_id="a")
    with worker(shop) as process:
        until(lambda: bool(shop.stored(shop.namespace.investigations, f"{shop.namespace.name}.>")))
        assert "AAT-E06" not in found(shop)
        process.send_signal(signal.SIGSTOP)
        until(lambda: "AAT-E06" in found(shop))
        finding = found(shop)["AAT-E06"]
        assert isinstance(finding.facts["silent_s"], float)
        assert finding.facts["silent_s"] > 2
        listed = json.loads(shop.aat("errors", "list", "--json").stdout)
        assert finding.facts["task_id"] == listed["task_id"]


def test_an_error_that_a_person_holds_is_none_that_hangs(shop: Shop) -> None:
    shop.publish(shop.report(), message_id="a")
    taken = json.loads(shop.aat("errors", "next", "--hold", "10m", "--json").stdout)
    time_out = time.monotonic() + 3  # longer than the ack wait of these settings
    until(lambda: time.monotonic() > time_out)
    assert "AAT-E06" not in found(shop)
    assert shop.aat("errors", "nak", taken["token"]).returncode == 0


def test_as_much_is_in_work_as_the_consumer_may_hold(shop: Shop) -> None:
    stream = shop.namespace.error_stream("staging")

    async def saturate(js: JetStream) -> None:
        config = {
            "durable_name": DURABLE,
            "ack_policy": "explicit",
            "max_ack_pending": 2,
            "ack_wait": 60 * 10**9,
        }
        await js.ask(f"CONSUMER.DURABLE.CREATE.{stream}.{DURABLE}", {"stream_name": stream, "config": config})
        for _ in range(2):
            assert await js.fetch(stream) is not None

    for number in range(3):
        shop.publish(shop.report(number))
    assert "AAT-E07" not in found(shop)
    shop.with_server(saturate)
    assert found(shop)["AAT-E07"].facts["in_flight"] == 2


def test_dispatch_is_paused(shop: Shop) -> None:
    shop.publish(shop.report())
    assert shop.aat("pause").returncode == 0
    assert {code: one.fix for code, one in found(shop).items()} == {"AAT-E08": "aat resume"}
    assert shop.aat("resume").returncode == 0
    assert "AAT-E08" not in found(shop)


def test_one_consumer_is_paused(shop: Shop) -> None:
    stream = shop.namespace.error_stream("staging")
    shop.with_server(lambda js: js.ensure_durable(stream, ack_wait=60))
    shop.publish(shop.report())
    assert shop.aat("consumer", "pause", "staging").returncode == 0
    assert {code: one.fix for code, one in found(shop).items()} == {
        "AAT-E08": f"aat consumer resume {stream} {DURABLE}"
    }


def test_dead_letters_until_they_are_dropped(shop: Shop) -> None:
    (shop.folder.parent / "agent.py").write_text(FAILING_AGENT)
    shop.publish(shop.report(), message_id="a")
    shop.work(3)
    finding = found(shop)["AAT-E09"]
    task_id = str(shop.results()[-1][1]["task_id"])
    assert finding.facts["count"] == 1
    assert f"aat dlq show {task_id}" in finding.fix
    assert shop.aat("dlq", "drop", task_id, "--yes").returncode == 0
    assert "AAT-E09" not in found(shop)


@pytest.mark.parametrize("environment", ["staging", "default"])
def test_the_server_gave_a_message_up_until_a_consumer_buries_it(shop: Shop, environment: str) -> None:
    shop.publish(shop.report(), message_id="a", environment=environment)
    queue = error_queue(shop.namespace, environment)

    async def crash_three_times(js: JetStream) -> None:
        await js.ensure_durable(queue.stream, ack_wait=1)
        for _ in range(3):
            delivery = None
            while delivery is None:
                delivery = await js.fetch(queue.stream, wait=3)
            await js.refuse(delivery.reply, delay=0)
        in_flight = 1
        while in_flight:
            assert await js.fetch(queue.stream, wait=1) is None
            lag = await js.lag(queue.stream)
            assert lag is not None
            in_flight = lag.in_flight

    shop.with_server(crash_three_times)
    finding = found(shop)["AAT-E09"]
    assert (finding.facts["left_behind"], finding.fix) == (1, "aat run")
    assert shop.aat("run", "--once", "--environment", environment).returncode == 0
    # It left as a dead letter, so nothing went unread.
    after = found(shop)
    assert (set(after), after["AAT-E09"].facts) == ({"AAT-E09"}, {"count": 1})


def test_reports_that_became_too_old_before_anybody_read_them(shop: Shop) -> None:
    stream = shop.namespace.error_stream("default")

    async def expire(js: JetStream) -> None:
        await js.ensure_durable(stream, ack_wait=60)
        info = await js.context.stream_info(stream)
        await js.context.update_stream(info.config.evolve(max_age=1, duplicate_window=1))

    for number in range(3):
        shop.publish(shop.report(number), environment="default")
    shop.with_server(expire)
    until(lambda: "AAT-E10" in found(shop))
    assert (found(shop)["AAT-E10"].subject, found(shop)["AAT-E10"].facts["count"]) == (stream, 3)


def test_what_a_person_purged_is_not_called_unread(shop: Shop) -> None:
    shop.with_server(lambda js: js.ensure_durable(shop.namespace.error_stream("staging"), ack_wait=60))
    for number in range(3):
        shop.publish(shop.report(number))
    assert shop.aat("stream", "purge", "staging", "--yes").returncode == 0
    assert found(shop) == {}


def test_a_worked_off_queue_lost_nothing(shop: Shop) -> None:
    for number in range(2):
        shop.publish(shop.report(number), message_id=str(number))
    shop.work(2)
    assert "AAT-E10" not in found(shop)


def test_repeats_are_dropped_as_they_should_be(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """A real reporter reports; the error is fixed; the same error of the same release happens again."""
    monkeypatch.setenv("NATS_URL", shop.url)

    def fail() -> dict[str, int]:
        with Reporter.open(namespace=shop.namespace.name, environment="staging", release="1.0") as reporter:
            for _ in range(2):
                try:
                    raise ValueError("broken")
                except ValueError as error:
                    reporter.report(error)
            assert reporter.flush(20)
        return {}

    fail()
    shop.work()
    assert "AAT-I01" not in found(shop)
    fail()
    until(lambda: "AAT-I01" in found(shop))
    finding = found(shop)["AAT-I01"]
    assert finding.facts["occurrences"] == 2
    assert shop.is_settled()


def test_streams_that_were_lost_with_the_store(tmp_path: Path, namespace: Namespace) -> None:
    """Work is done, the server stops, its store is deleted, it starts again."""
    store = tmp_path / "store"
    with EmbeddedServer(store=store) as server:
        shop = make_shop(tmp_path / "shop", namespace=namespace, url=server.url)
        shop.publish(shop.report(), message_id="a")
        shop.work()
        assert shop.branches()
        port = server.port
    subprocess.run(["rm", "-r", str(store)], check=True)
    with EmbeddedServer(store=store, port=port):
        done = shop.aat("doctor", "--json")
    found = {one["id"]: one for one in map(json.loads, done.stdout.splitlines())}
    assert done.returncode == 1
    assert found["AAT-E14"]["facts"]["fixes"] == 1
    assert "AAT-E03" not in found


def doctor(shop: Shop, *words: str, path: str = "", **variables: str) -> tuple[int, dict[str, Any]]:
    """Run the real command with another environment."""
    environment = shop.environment() | variables
    if path:
        environment["PATH"] = path
    done = subprocess.run(
        [sys.executable, "-m", "aat_consumer", "doctor", "--json", *words],
        cwd=shop.folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    return done.returncode, {one["id"]: one for one in map(json.loads, done.stdout.splitlines())}


def change(shop: Shop, old: str, new: str) -> None:
    path = shop.folder / "aat.toml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_this_machine_lacks_nothing(shop: Shop) -> None:
    code, found = doctor(shop)
    assert code == 0
    assert "does not" not in str(found)


def test_the_agent_is_missing(shop: Shop) -> None:
    change(shop, 'kind = "command"', 'kind = "claude"')
    change(shop, "command = [", "# command = [")
    code, found = doctor(shop, path="/usr/bin:/bin")
    assert code == 1
    assert "claude is not installed" in found["AAT-E19"]["evidence"]


def test_the_repository_cannot_be_used(shop: Shop) -> None:
    change(shop, "[repository]", '[repository]\nbase = "no-such-branch"')
    code, found = doctor(shop)
    assert (code, "no-such-branch" in found["AAT-E20"]["evidence"]) == (1, True)


def test_the_filters_model_is_missing(shop: Shop) -> None:
    change(shop, "[repository]", '[screening]\nmodel = "no_such_pipeline"\n[repository]')
    code, found = doctor(shop)
    assert (code, "AAT-E21" in found) == (1, True)


def test_what_aat_run_would_warn_of(shop: Shop) -> None:
    change(shop, "test_command", "# test_command")
    code, found = doctor(shop)
    assert code == 0
    assert "test_command is not set" in found["AAT-W08"]["evidence"]


def test_another_program_is_called_aat(tmp_path: Path, shop: Shop) -> None:
    foreign = tmp_path / "bin" / "aat"
    foreign.parent.mkdir()
    foreign.write_text("#!/bin/sh\necho trading\n")
    foreign.chmod(0o755)
    _, found = doctor(shop, path=f"{foreign.parent}:{os.environ['PATH']}")
    assert found["AAT-W09"]["facts"]["path"] == str(foreign)


def test_the_reporter_delivers_or_not(shop: Shop) -> None:
    code, found = doctor(shop, "--canary", AAT_ENVIRONMENT="staging")
    assert (code, "AAT-E13" in found) == (0, False)

    async def delete(js: JetStream) -> None:
        await js.context.delete_stream(shop.namespace.error_stream("staging"))

    shop.with_server(delete)
    code, found = doctor(shop, "--canary", AAT_ENVIRONMENT="staging")
    assert code == 1
    assert found["AAT-E13"]["evidence"]


def test_nothing_hostile_reaches_a_terminal_or_a_program(shop: Shop) -> None:
    subject = f"{shop.namespace.name}.tasks.x.ZEBRA\x1b[31m"

    async def stray(js: JetStream) -> None:
        await js.context.publish(subject, b"{}")

    shop.with_server(stray)
    shop.publish(shop.report(error="ZEBRA: wild"))
    plain = shop.aat("doctor")
    assert "\x1b" not in plain.stdout
    assert "wild" not in plain.stdout
