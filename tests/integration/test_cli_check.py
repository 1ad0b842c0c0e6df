"""A monitoring system learns from the exit code and one line what a real installation is like."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from aat_consumer.operate.checking import MEASURES
from aat_consumer.operate.server import EmbeddedServer
from aat_reporters.wire import Namespace
from tests.shop import Shop, make_shop

#: One value as the monitoring plugins' guidelines write it: 'label'=value[UOM];[warn];[crit];[min];[max]
PERFORMANCE = re.compile(r"[a-z_]+=-?[\d.]+(ms|s|%)?(;[^;\s]*){0,4}\Z")


@pytest.fixture
def shop(tmp_path: Path, own_server: EmbeddedServer, namespace: Namespace) -> Shop:
    return make_shop(tmp_path, namespace=namespace, url=own_server.url)


def values(shop: Shop, *words: str) -> dict[str, Any]:
    done = shop.aat("check", "--json", *words)
    found = json.loads(done.stdout)
    assert found["code"] == done.returncode
    return dict(found)


def test_all_is_well_in_one_line_with_performance_data(shop: Shop) -> None:
    done = shop.aat("check")
    assert (done.returncode, done.stdout.count("\n"), done.stderr) == (0, 1, "")
    text, bar, data = done.stdout.strip().partition(" | ")
    assert (text, bar) == (f"AAT OK: {shop.namespace.name}: all is well", " | ")
    assert all(PERFORMANCE.match(word) for word in data.split())
    # The store is known to the monitoring port alone.
    assert {word.partition("=")[0] for word in data.split()} == set(MEASURES) - {"store_percent"}


def test_the_store_is_measured_where_monitoring_is_reached(own_server: EmbeddedServer, shop: Shop) -> None:
    found = values(shop, "--monitoring", own_server.monitoring_url)
    assert found["measures"]["store_percent"]["value"] > 0


def test_reports_that_nobody_pulls_are_critical_and_then_worked_off(shop: Shop) -> None:
    for number in range(3):
        shop.publish(shop.report(number), message_id=str(number))
    found = values(shop)
    assert (found["state"], found["measures"]["unattended"]["value"]) == ("CRITICAL", 3)
    assert found["measures"]["waiting"]["value"] == 3
    assert 0 < found["measures"]["oldest_s"]["value"] < 60
    shop.work(3)
    assert values(shop)["state"] == "OK"


def test_thresholds_change_what_is_bad(shop: Shop) -> None:
    shop.publish(shop.report(), message_id="a")
    quiet = ("--critical", "unattended=")
    assert values(shop, *quiet)["state"] == "OK"
    assert values(shop, *quiet, "--warning", "waiting=0")["state"] == "WARNING"
    assert values(shop, *quiet, "--warning", "waiting=0", "--critical", "oldest_s=@0:3600")["code"] == 2


def test_dead_letters_and_a_pause_are_warnings(shop: Shop) -> None:
    (shop.folder.parent / "agent.py").write_text("raise SystemExit('cannot think')\n")
    shop.publish(shop.report(), message_id="a")
    shop.work(3)
    found = values(shop)
    assert (found["state"], found["measures"]["dead"]["value"]) == ("WARNING", 1)
    assert shop.aat("pause").returncode == 0
    found = values(shop)
    assert (found["state"], found["measures"]["paused"]["value"]) == ("WARNING", 1)


def test_no_server_and_missing_streams_are_critical(shop: Shop, tmp_path: Path) -> None:
    done = shop.aat("check", "--nats-url", "nats://127.0.0.1:1")
    assert done.returncode == 2
    assert done.stdout.startswith(f"AAT CRITICAL: {shop.namespace.name}: AAT-E01")
    done = shop.aat("check", "--namespace", "empty")
    assert (done.returncode, "10 streams missing" in done.stdout) == (2, True)


@pytest.mark.parametrize(
    "words",
    [
        ("--warning", "load=1"),
        ("--warning", "waiting=ten"),
        ("--bla",),
        ("--namespace", "a b"),
        ("--format", "x"),
    ],
    ids=str,
)
def test_what_is_called_wrongly_is_unknown(shop: Shop, words: tuple[str, ...]) -> None:
    done = shop.aat("check", *words)
    assert (done.returncode, done.stdout.count("\n")) == (3, 1)
    assert done.stdout.startswith("AAT UNKNOWN: ")


def test_prometheus_reads_what_is_printed_for_it(shop: Shop) -> None:
    done = shop.aat("check", "--format", "prometheus")
    assert done.returncode == 0
    script = (
        "import sys\nfrom prometheus_client.parser import text_string_to_metric_families as parse\n"
        "print(sorted((s.name, s.labels['namespace']) for f in parse(sys.stdin.read()) for s in f.samples))"
    )
    parsed = subprocess.run(
        [sys.executable, "-c", script], input=done.stdout, capture_output=True, text=True, check=True
    )
    names = {"aat_check_state", *(f"aat_check_{name}" for name in MEASURES if name != "store_percent")}
    assert parsed.stdout.strip() == str(sorted((name, shop.namespace.name) for name in names))
