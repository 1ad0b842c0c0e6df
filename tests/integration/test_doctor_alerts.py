"""The doctor finds that nobody sends alerts, and that a channel does not take them."""

from __future__ import annotations

import json
from pathlib import Path

from aat_consumer.operate.server import EmbeddedServer
from aat_reporters.wire import Namespace
from tests.integration.receivers import Receiver, until
from tests.integration.test_alerts import SECRET, configure, count, signature, watching
from tests.shop import Shop, make_shop


def found(shop: Shop) -> dict[str, dict[str, str]]:
    """Give what the real doctor finds about alerts."""
    findings = [json.loads(line) for line in shop.aat("doctor", "--json").stdout.splitlines()]
    return {one["id"]: one for one in findings if one.get("id") in ("AAT-W15", "AAT-W16")}


def test_nobody_sends_and_a_channel_fails(
    nats_server: EmbeddedServer, namespace: Namespace, tmp_path: Path
) -> None:
    shop = make_shop(tmp_path / "shop", namespace=namespace, url=nats_server.url)
    assert found(shop) == {}
    with Receiver(SECRET) as receiver:
        configure(shop, receiver)
        assert found(shop)["AAT-W16"]["fix"] == "aat alert run"
        receiver.status = 503
        with watching(shop):
            assert found(shop) == {}
            count(shop, signature(1))
            until(lambda: "AAT-W15" in found(shop), "the doctor sees the failure")
            assert "127.0.0.1 answered 503" in found(shop)["AAT-W15"]["evidence"]
            receiver.status = 200
            until(lambda: found(shop) == {}, "all is well")
