"""A server that comes back without its store: streams made anew, the loss told, no commit repeated."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from aat_consumer.jetstream import JetStream
from aat_consumer.losses import Loss, find_losses, memory_file
from aat_consumer.operate.server import EmbeddedServer
from aat_reporters.wire import Namespace
from tests.faults.consumers import assert_each_has_one_outcome, consuming
from tests.shop import Shop, make_shop

pytestmark = pytest.mark.faults


def losses(shop: Shop) -> list[Loss]:
    file = memory_file(shop.namespace, server=shop.url, environment=shop.environment())

    async def look(js: JetStream) -> list[Loss]:
        return await find_losses(js, file)

    return shop.with_server(look)


def report_as_a_program(shop: Shop, error: str) -> None:
    """Report once from a process of its own, which ends at once and leaves its spool behind."""
    program = (
        "import aat_reporters\n"
        "with aat_reporters.Reporter.open(environment='staging') as reporter:\n"
        f"    reporter.report({error!r})\n"
        "    reporter.flush(5)\n"
    )
    variables = {**shop.environment(), "NATS_NAMESPACE": shop.namespace.name}
    subprocess.run([sys.executable, "-c", program], env=variables, cwd=shop.folder, check=True, timeout=30)


def test_the_loss_is_told_spools_arrive_and_nothing_is_committed_twice(
    tmp_path: Path, namespace: Namespace
) -> None:
    store = tmp_path / "store"
    with EmbeddedServer(store=store) as server:
        shop = make_shop(tmp_path / "shop", namespace=namespace, url=server.url)
        shop.publish(shop.report(), message_id="shell-1")
        with consuming(shop) as consumer:
            consumer.until(lambda: bool(shop.results()) and shop.is_settled())
            assert not losses(shop)
            first = shop.branches()
            server.kill()
            shutil.rmtree(store)
            report_as_a_program(shop, "ValueError: reported while the server was away")
            server.start()
            done = shop.aat("stream", "ensure")
            assert done.returncode == 0, done.stderr
            # The first program comes again, for nobody acknowledged it as far as it knows.
            shop.publish(shop.report(), message_id="shell-1")
            # The next process of the other one sends what its predecessor left behind.
            report_as_a_program(shop, "KeyError: 'the server is back'")
            consumer.until(lambda: len(shop.results()) == 3 and shop.is_settled())
        told = {loss.stream: loss for loss in losses(shop)}
        assert told.keys() == shop.namespace.stream_names()
        assert told[shop.namespace.results].messages == 1
        assert all(loss.since <= loss.until for loss in told.values())
        assert set(first) <= set(shop.branches())
        assert_each_has_one_outcome(shop, fixed=3)
        found = {one["id"]: one for one in map(json.loads, shop.aat("doctor", "--json").stdout.splitlines())}
        facts = found["AAT-E14"]["facts"]
        assert set(facts["streams"]) == shop.namespace.stream_names()
        assert facts["since"] <= facts["until"]


def test_the_next_consumer_tells_it_at_its_start(tmp_path: Path, namespace: Namespace) -> None:
    store = tmp_path / "store"
    with EmbeddedServer(store=store) as server:
        shop = make_shop(tmp_path / "shop", namespace=namespace, url=server.url)
        shop.publish(shop.report(), message_id="shell-1")
        assert shop.aat("run", "--once").returncode == 0
        server.kill()
        shutil.rmtree(store)
        server.start()
        assert shop.aat("stream", "ensure").returncode == 0
        with consuming(shop) as consumer:
            consumer.until(lambda: "made anew at" in consumer.said.read_text())
        assert shop.namespace.results in consumer.said.read_text()


@pytest.mark.parametrize(
    "content", ["", "no json", "[]", '{"streams": [], "losses": {}}', '{"losses": [1, {}]}']
)
def test_a_memory_that_is_none_is_no_loss(
    content: str, tmp_path: Path, nats_server: EmbeddedServer, namespace: Namespace
) -> None:
    shop = make_shop(tmp_path, namespace=namespace, url=nats_server.url)
    file = memory_file(namespace, server=shop.url, environment=shop.environment())
    file.parent.mkdir(parents=True)
    file.write_text(content)
    assert losses(shop) == []
    assert json.loads(file.read_text())["streams"].keys() == namespace.stream_names()
