"""How often errors occur, from what real reporters counted, repeats included."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from aat_consumer.operate.server import EmbeddedServer
from aat_reporters import Reporter
from aat_reporters.wire import Namespace
from tests.shop import Shop, make_shop


@pytest.fixture
def shop(
    tmp_path: Path, nats_server: EmbeddedServer, namespace: Namespace, monkeypatch: pytest.MonkeyPatch
) -> Shop:
    monkeypatch.setenv("NATS_URL", nats_server.url)
    return make_shop(tmp_path, namespace=namespace, url=nats_server.url)


def fail(shop: Shop, kind: type[Exception], times: int, environment: str = "staging") -> None:
    """Let a real reporter see an error several times; its counts are out when it is closed."""
    with Reporter.open(namespace=shop.namespace.name, environment=environment) as reporter:
        for _ in range(times):
            try:
                raise kind("broken")
            except kind as error:
                reporter.report(error)


def lines(done: subprocess.CompletedProcess[str]) -> list[Any]:
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_errors_are_counted_by_environment_and_signature_repeats_included(shop: Shop) -> None:
    fail(shop, ValueError, 5)
    fail(shop, KeyError, 2)
    fail(shop, ValueError, 3, environment="production")
    for per, average in (("hour", 24), ("minute", 60)):
        found = lines(shop.aat("rate", "--per", per, "--json"))
        assert [(one["environment"], one["errors"]) for one in found] == [
            ("staging", 5),
            ("production", 3),
            ("staging", 2),
        ]
        assert found[0]["signature"] == found[1]["signature"] != found[2]["signature"]
        assert sum(bucket["errors"] for bucket in found[0]["buckets"]) == 5
        assert found[0]["average"] == pytest.approx(5 / average, rel=0.05)


def test_narrowed_to_environment_signature_and_totals(shop: Shop) -> None:
    fail(shop, ValueError, 5)
    fail(shop, KeyError, 2)
    fail(shop, ValueError, 3, environment="production")
    all_of_them = lines(shop.aat("rate", "--json"))
    (one,) = lines(shop.aat("rate", "--environment", "production", "--json"))
    assert one["errors"] == 3
    named = lines(shop.aat("rate", "--signature", all_of_them[2]["signature"], "--json"))
    assert [one["errors"] for one in named] == [2]
    totals = lines(shop.aat("rate", "--totals", "--json"))
    assert [(one["environment"], one["signature"], one["errors"]) for one in totals] == [
        ("staging", "", 7),
        ("production", "", 3),
    ]
    limited = shop.aat("rate", "--limit", "1", "--json")
    assert (len(lines(limited)), "--limit shows more" in limited.stderr) == (1, True)
    shown = shop.aat("rate").stdout
    assert "█" in shown
    assert all_of_them[0]["signature"] in shown


def test_nothing_counted_and_no_streams_are_told_in_a_line(shop: Shop) -> None:
    done = shop.aat("rate")
    assert (done.returncode, done.stdout) == (0, "")
    assert "no errors were counted" in done.stderr
    done = shop.aat("rate", "--namespace", "nobody")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    for length in ("31d", "1s"):
        assert shop.aat("rate", "--since", length).returncode == 2


def test_watching_shows_what_happens_meanwhile(shop: Shop) -> None:
    fail(shop, ValueError, 1)
    out = shop.folder.parent / "out"
    with out.open("w") as stdout:
        process = subprocess.Popen(
            [sys.executable, "-m", "aat_consumer", "rate", "--watch", "--json"],
            cwd=shop.folder,
            env=shop.environment(),
            stdout=stdout,
        )
    try:
        wait_for(out, 1)
        fail(shop, ValueError, 4)
        wait_for(out, 5)
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 130
    finally:
        process.kill()
        process.wait()


def wait_for(path: Path, errors: int) -> None:
    deadline = time.monotonic() + 40
    while not any(json.loads(line)["errors"] == errors for line in path.read_text().splitlines()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
