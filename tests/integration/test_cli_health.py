"""Uptime comes from the monitoring port, and at least something from the connection where that is closed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from aat_consumer.operate.server import EmbeddedServer
from aat_reporters.wire import Namespace
from tests.shop import Shop, make_shop


def server_of(shop: Shop, *words: str) -> dict[str, Any]:
    done = shop.aat("health", "--json", *words)
    assert done.returncode == 0, done.stdout
    return dict(json.loads(done.stdout.splitlines()[0]))


def test_uptime_by_monitoring_and_by_the_connection(
    tmp_path: Path, own_server: EmbeddedServer, namespace: Namespace
) -> None:
    shop = make_shop(tmp_path, namespace=namespace, url=own_server.url)
    exact = server_of(shop, "--monitoring", own_server.monitoring_url)
    assert (exact["subject"], exact["uptime_exact"]) == ("server", True)
    assert 0 < exact["uptime_s"] < 60
    assert exact["memory_bytes"] > 1_000_000
    assert " up " in exact["state"]
    least = server_of(shop, "--monitoring", "http://127.0.0.1:1")
    assert not least["uptime_exact"]
    assert 0 <= least["uptime_s"] < 60
    assert "up at least" in least["state"]
    assert least["clients"] >= 1
    assert 0 < least["round_trip_ms"] < 1000
