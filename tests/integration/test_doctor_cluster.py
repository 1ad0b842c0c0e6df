"""Scaling advice is followed on a real cluster of three: copies are made, and a lost server is named."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from aat_consumer import streams
from aat_consumer.errors import QueueError
from aat_consumer.jetstream import connect
from aat_consumer.operate.server import EmbeddedServer
from aat_reporters.connection import Connection
from aat_reporters.errors import NotConnectedError
from aat_reporters.wire import Namespace
from tests.doctors import findings_of
from tests.nats_cluster import nats_cluster
from tests.shop import Shop


def until(holds: Callable[[], bool], *, seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def is_set_up(url: str, namespace: Namespace) -> bool:
    """Make the streams, as soon as the cluster has a leader."""

    async def work() -> bool:
        try:
            js = await connect(Connection(url=url), namespace=namespace, name="test")
        except NotConnectedError:
            return False
        try:
            await streams.apply(js, await streams.inspect(js))
        except QueueError:
            return False
        finally:
            await js.close()
        return True

    return asyncio.run(work())


@pytest.mark.timeout(240)
def test_one_copy_in_a_cluster_becomes_three_and_a_lost_server_is_named(
    tmp_path: Path, namespace: Namespace
) -> None:
    with nats_cluster(tmp_path) as nodes:
        url = nodes.url
        until(lambda: is_set_up(url, namespace))
        finding = next(one for one in findings_of(url, namespace) if one.id == "AAT-W11")
        assert finding.fix == "aat stream ensure --replicas 3"
        assert len(json.dumps(finding.facts["streams"])) > 10
        shop = Shop(folder=tmp_path, namespace=namespace, url=url)
        (tmp_path / "aat.toml").write_text(f'namespace = "{namespace.name}"\n')
        dry = shop.aat("stream", "ensure", "--replicas", "3", "--dry-run")
        assert dry.returncode == 0
        assert dry.stdout.count("replicas: 1 -> 3") == 10
        assert shop.aat("stream", "ensure", "--replicas", "3").returncode == 0
        until(lambda: not {one.id for one in findings_of(url, namespace)} & {"AAT-W11", "AAT-W12"})
        report = [json.loads(line) for line in shop.aat("stream", "report", "--json").stdout.splitlines()]
        assert {one["replicas"] for one in report} == {3}
        # Without a wish of its own, ensure leaves the copies as they are.
        assert "0 changed" in shop.aat("stream", "ensure").stderr
        nodes.kill(2)
        until(lambda: "AAT-W12" in {one.id for one in findings_of(url, namespace)})
        until(lambda: "AAT-E22" not in {one.id for one in findings_of(url, namespace)})
        named = {str(one.facts["lagging"]) for one in findings_of(url, namespace) if one.id == "AAT-W12"}
        assert named == {"['node2']"}
        nodes.kill(1)
        until(lambda: {one.id for one in findings_of(url, namespace)} == {"AAT-E22"})
        assert shop.aat("check").stdout.startswith(f"AAT CRITICAL: {namespace.name}: AAT-E22")


def test_three_copies_on_one_server_are_refused_in_a_line(tmp_path: Path, namespace: Namespace) -> None:
    with EmbeddedServer() as server:
        shop = Shop(folder=tmp_path, namespace=namespace, url=server.url)
        (tmp_path / "aat.toml").write_text(f'namespace = "{namespace.name}"\n')
        done = shop.aat("stream", "ensure", "--replicas", "3")
        assert (done.returncode, done.stderr.count("\n")) == (1, 1)
        assert "(10074)" in done.stderr
        assert "--replicas 1" in shop.aat("explain", "10074").stdout
