"""Many reports and several consumers: each report has exactly one outcome."""

from __future__ import annotations

import json
import random
import sys
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import pytest

from aat_consumer.jetstream import JetStream
from aat_consumer.operate.server import EmbeddedServer
from aat_reporters.wire import MESSAGE_ID_HEADER, Namespace
from tests.faults.consumers import assert_each_has_one_outcome, consuming
from tests.shop import Shop, make_shop

pytestmark = pytest.mark.faults

MANY = 10_000


def publish_many(shop: Shop, count: int) -> None:
    """Publish reports of different errors, some at a time."""

    async def publish(js: JetStream) -> None:
        subject = shop.namespace.error_subject("staging")
        for number in range(count):
            payload = json.dumps(shop.report(number, error=f"Error{number}: failed")).encode()
            await js.context.publish(subject, payload, headers={MESSAGE_ID_HEADER: f"many-{number}"})

    shop.with_server(publish)


def test_two_consumers_share_a_repository(
    tmp_path: Path, nats_server: EmbeddedServer, namespace: Namespace
) -> None:
    shop = make_shop(tmp_path, namespace=namespace, url=nats_server.url, settings="concurrency = 2")
    publish_many(shop, 8)
    with consuming(shop, "one") as one, consuming(shop, "two") as two:
        one.until(lambda: len(shop.results()) == 8 and shop.is_settled())
        done = [[step for step in each.steps() if step["step"] == "done"] for each in (one, two)]
    assert sum(map(len, done)) == 8
    assert_each_has_one_outcome(shop, fixed=8)


@pytest.mark.timeout(900)
def test_ten_thousand_queued_reports_have_one_outcome_each(tmp_path: Path, namespace: Namespace) -> None:
    """With two consumers that run dry, for it is the queue that is tried here, not the agent."""
    with EmbeddedServer(config="jetstream { max_file_store: 100TB }") as server, ExitStack() as running:
        shop = make_shop(tmp_path, namespace=namespace, url=server.url, settings="concurrency = 4")
        file = shop.folder / "aat.toml"
        file.write_text(file.read_text().replace('kind = "command"', 'kind = "dry-run"'))
        publish_many(shop, MANY)
        (one, _) = [running.enter_context(consuming(shop, name)) for name in ("one", "two")]
        deadline = time.monotonic() + 800
        while not shop.is_settled():
            assert one.process.poll() is None, one.said.read_text()
            assert time.monotonic() < deadline
            time.sleep(1)

        async def count(js: JetStream) -> Counter[str]:
            subject = f"{namespace.name}.results.>"
            return Counter([found.subject async for found in js.messages.walk(namespace.results, subject)])

        found = shop.with_server(count)
    assert (len(found), set(found.values())) == (MANY, {1})


@pytest.mark.timeout(400)
def test_consumers_that_are_killed_all_the_time_give_each_report_one_outcome(
    tmp_path: Path, nats_server: EmbeddedServer, namespace: Namespace
) -> None:
    """Kill one of two every two seconds at a moment drawn by chance; the seed is told by a failure."""
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    shop = make_shop(tmp_path, namespace=namespace, url=nats_server.url)
    publish_many(shop, 10)
    kills = 0
    deadline = time.monotonic() + 350
    with consuming(shop, "steady") as steady:
        while not shop.is_settled():
            assert time.monotonic() < deadline, f"seed {seed}"
            with consuming(shop, f"killed-{kills}") as victim:
                victim.until_step("fetched") if not shop.is_settled() else None
                end = time.monotonic() + chance.uniform(0, 2)
                while time.monotonic() < end and steady.process.poll() is None:
                    time.sleep(0.01)
                victim.process.kill()
                kills += 1
            if kills == 6:
                steady.until(shop.is_settled)
    print(f"seed {seed}, {kills} kills, {sys.version_info}")
    dead = shop.stored(namespace.investigations, f"{namespace.name}.investigation.dead.>")
    outcomes = shop.results()
    assert len({body["task_id"] for _, body in outcomes}) == len(outcomes) == 10, f"seed {seed}"
    assert len(shop.branches()) == 10 - len(dead), f"seed {seed}"
