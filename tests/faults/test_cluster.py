"""A cluster of three that loses a node while a report is worked on."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from aat_consumer.jetstream import CLIENT_ERRORS
from aat_reporters.errors import AatError
from aat_reporters.wire import Namespace
from tests.faults.consumers import assert_each_has_one_outcome, consuming
from tests.nats_cluster import nats_cluster, replicate
from tests.shop import MENDING_AGENT, Shop, make_shop

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]


def has_settled(shop: Shop, count: int) -> bool:
    """Look at results and queue; False also while the cluster has nobody to ask."""
    try:
        return len(shop.results()) == count and shop.is_settled()
    except (AatError, *CLIENT_ERRORS):
        return False


def test_a_cluster_that_loses_the_leader_of_a_queue_loses_no_report(
    tmp_path: Path, namespace: Namespace
) -> None:
    go = tmp_path / "go"
    waiting = f"import pathlib, time\nwhile not pathlib.Path({str(go)!r}).exists(): time.sleep(0.05)\n"
    with nats_cluster(tmp_path) as cluster:
        agent = waiting + MENDING_AGENT
        shop = make_shop(tmp_path / "shop", namespace=namespace, url=cluster.url, agent=agent)
        shop.with_server(partial(replicate, replicas=3))
        shop.publish(shop.report(1, error="ValueError: one"), message_id="1")
        with consuming(shop) as consumer:
            consumer.until_step("agent_started")
            lost = cluster.leader(namespace.error_stream("staging"))
            assert lost is not None
            cluster.kill(lost)
            go.touch()
            consumer.until(lambda: has_settled(shop, 1))
            # Two of three go on, and take what comes.
            shop.publish(shop.report(2, error="ValueError: two"), message_id="2")
            consumer.until(lambda: has_settled(shop, 2))
            cluster.start(lost)
            cluster.wait_ready()
            shop.publish(shop.report(3, error="ValueError: three"), message_id="3")
            consumer.until(lambda: has_settled(shop, 3))
            assert "Traceback" not in consumer.said.read_text()
        assert_each_has_one_outcome(shop, fixed=3)
