"""A network that is cut in the middle of a request: the answer is lost, or the request itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from aat_consumer.operate.server import EmbeddedServer
from aat_reporters.wire import Namespace
from tests.faults.consumers import assert_each_has_one_outcome, consuming
from tests.faults.proxy import CuttingProxy
from tests.shop import make_shop

pytestmark = pytest.mark.faults

#: Each request of the loop whose loss could lose or double something, by what stands in it.
REQUESTS = {
    "claim": b"$KV.{bucket}.task.",
    "report": b"{name}.investigation.report.",
    "fence": b'"state": "publishing"',
    "result": b"{name}.results.fixed.",
    "done": b'"state": "done"',
    "acknowledgement": b"+ACK",
}


@pytest.mark.parametrize("is_forwarded", [True, False], ids=["answer", "request"])
@pytest.mark.parametrize("request_name", REQUESTS)
def test_a_cut_connection_loses_and_doubles_nothing(
    request_name: str, is_forwarded: bool, tmp_path: Path, nats_server: EmbeddedServer, namespace: Namespace
) -> None:
    shop = make_shop(tmp_path, namespace=namespace, url=nats_server.url)
    text = REQUESTS[request_name]
    text = text.replace(b"{name}", namespace.name.encode()).replace(b"{bucket}", namespace.bucket.encode())
    shop.publish(shop.report(), message_id="shell-1")
    with (
        CuttingProxy(nats_server.url, text=text, is_forwarded=is_forwarded) as proxy,
        consuming(shop, url=proxy.url) as consumer,
    ):
        consumer.until(lambda: proxy.cuts == 1)
        consumer.until(lambda: bool(shop.results()) and shop.is_settled())
        assert "Traceback" not in consumer.said.read_text()
    assert_each_has_one_outcome(shop, fixed=1)
