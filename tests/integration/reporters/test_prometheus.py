"""A program's own page for Prometheus holds its reporters' counters."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from aat_consumer.operate.server import EmbeddedServer
from aat_reporters.wire import Namespace
from tests.integration.reporters.stream_access import make_streams

PROGRAM = """
import os, sys
import aat_reporters, aat_reporters.prometheus
from prometheus_client import generate_latest

aat_reporters.prometheus.register()

def page(who):
    for line in generate_latest().decode().splitlines():
        if line.startswith("aat_reporter_") and not line.endswith(" 0.0"):
            print(who, line, flush=True)

with aat_reporters.Reporter.open(environment="staging") as reporter:
    second = aat_reporters.Reporter.open(environment="staging", queue_size=7)
    for number in range(3):
        reporter.report(ValueError("the same"))
    second.report(KeyError("another"))
    assert reporter.flush(20) and second.flush(20)
    page("parent")
    if os.fork() == 0:
        reporter.report(ValueError("in the child"))
        assert reporter.flush(20)
        page("child")
        os._exit(0)
    os.wait()
    second.close()
"""


def run(url: str, namespace: Namespace, **variables: str) -> subprocess.CompletedProcess[str]:
    kept = {name: os.environ[name] for name in ("PATH", "TMPDIR") if name in os.environ}
    environment = {**kept, "NATS_URL": url, "NATS_NAMESPACE": namespace.name, **variables}
    return subprocess.run(
        [sys.executable, "-W", "ignore::DeprecationWarning", "-c", PROGRAM],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_two_reporters_are_added_up_and_a_child_begins_anew(
    nats_server: EmbeddedServer, namespace: Namespace, tmp_path_factory: pytest.TempPathFactory
) -> None:
    make_streams(nats_server.url, namespace)
    done = run(nats_server.url, namespace, HOME=str(tmp_path_factory.mktemp("home")))
    assert done.returncode == 0, done.stderr
    where = f'environment="staging",namespace="{namespace.name}"'
    assert sorted(done.stdout.splitlines()) == sorted(
        [
            f"parent aat_reporter_accepted_total{{{where}}} 4.0",
            f'parent aat_reporter_reports_total{{{where[:21]},{where[22:]},outcome="published"}} 2.0',
            f'parent aat_reporter_reports_total{{{where[:21]},{where[22:]},outcome="suppressed"}} 2.0',
            f"child aat_reporter_accepted_total{{{where}}} 1.0",
            f'child aat_reporter_reports_total{{{where[:21]},{where[22:]},outcome="published"}} 1.0',
        ]
    )


def test_the_multiprocess_mode_is_refused_instead_of_showing_nothing(
    nats_server: EmbeddedServer, namespace: Namespace, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = str(tmp_path_factory.mktemp("files"))
    done = run(nats_server.url, namespace, PROMETHEUS_MULTIPROC_DIR=folder, HOME=folder)
    assert done.returncode == 1
    assert "SettingsError: the multiprocess mode of prometheus_client" in done.stderr
