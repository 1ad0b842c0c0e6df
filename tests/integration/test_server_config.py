"""The real server runs with what ``aat server config`` prints."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from aat_consumer.operate.server import EmbeddedServer

NAMES = ("shop", "blog", "my-app")
ROLES = ("REPORTER", "CONSUMER", "DASHBOARD", "ALERTS", "OPERATOR", "ADMIN")

#: Percent of the store that the limits of all streams may reach.
ROOM = 80


def run(folder: Path, module: str, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", module, *words],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), **variables},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def printed(folder: Path, *words: str) -> str:
    done = run(folder, "aat_consumer", "server", "config", *words)
    assert done.returncode == 0, done.stderr
    return done.stdout


def embedded(config: str) -> EmbeddedServer:
    """Run what was printed; ports, log and the store's folder alone are the test's own."""
    place = '  store_dir: "/var/lib/nats"\n'
    assert place in config
    return EmbeddedServer(config=config.replace(place, ""))


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[EmbeddedServer]:
    """Run the printed configuration for three namespaces."""
    for name in NAMES:
        for role in ROLES:
            variable = f"{name.upper().replace('-', '_')}_{role}_PASSWORD"
            monkeypatch.setenv(variable, f"p{name}{role}")
    with embedded(printed(tmp_path, *NAMES)) as running:
        yield running


def url(server: EmbeddedServer, name: str, role: str) -> str:
    return f"nats://{name}-{role.lower()}:p{name}{role}@127.0.0.1:{server.port}"


def jetstream(server: EmbeddedServer) -> dict[str, object]:
    with urllib.request.urlopen(f"{server.monitoring_url}/jsz?accounts=true", timeout=5) as answer:
        found = json.load(answer)
    assert isinstance(found, dict)
    return found


def test_three_namespaces_are_set_up_and_fit(server: EmbeddedServer, tmp_path: Path) -> None:
    for name in NAMES:
        done = run(
            tmp_path,
            "aat_consumer",
            *("stream", "ensure", "--namespace", name, "--json"),
            NATS_URL=url(server, name, "ADMIN"),
        )
        assert done.returncode == 0, done.stderr
        assert len(done.stdout.splitlines()) == 10
    found = jetstream(server)
    config = found["config"]
    assert isinstance(config, dict)
    reserved, store = int(str(found["reserved_storage"])), int(config["max_storage"])
    # What the accounts may reserve counts for the server; what their streams do reserve is below it.
    assert 3 * 552 * 1024 * 1024 <= reserved <= store * ROOM / 100
    assert store == 5722 * 1024 * 1024 or store == 5722 * 1000 * 1000


def test_a_program_may_report_and_nothing_else(server: EmbeddedServer, tmp_path: Path) -> None:
    as_admin, as_reporter = url(server, "shop", "ADMIN"), url(server, "shop", "REPORTER")
    words = ("--namespace", "shop")
    assert run(tmp_path, "aat_consumer", "stream", "ensure", *words, NATS_URL=as_admin).returncode == 0
    sent = run(
        tmp_path,
        "aat_reporters",
        *("send", *words, "--error", "Error: full", "--file", "a.sh"),
        NATS_URL=as_reporter,
        NATS_INBOX_PREFIX="_INBOX_shop_reporter",
    )
    assert sent.returncode == 0, sent.stderr
    waiting = run(
        tmp_path,
        "aat_consumer",
        *("errors", "list", *words, "--environment", "default", "--json"),
        NATS_URL=as_admin,
    )
    assert len(waiting.stdout.splitlines()) == 1, waiting.stderr
    looking = run(tmp_path, "aat_consumer", "stream", "list", *words, NATS_URL=as_reporter)
    assert looking.returncode == 1
    other = run(
        tmp_path, "aat_consumer", "stream", "list", *words, "--json", NATS_URL=url(server, "blog", "ADMIN")
    )
    assert [json.loads(line)["exists"] for line in other.stdout.splitlines()] == [False] * 10


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificate")
def test_with_tls_plain_text_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    request = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=127.0.0.1"
    names = ("-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate))
    subprocess.run(["openssl", *request.split(), *names], check=True, capture_output=True)
    for role in ROLES:
        monkeypatch.setenv(f"SHOP_{role}_PASSWORD", f"pshop{role}")
    config = printed(tmp_path, "shop", "--tls-cert", str(certificate), "--tls-key", str(key))
    words = ("stream", "ensure", "--namespace", "shop")
    with embedded(config) as server:
        address = url(server, "shop", "ADMIN").replace("nats://", "tls://")
        done = run(tmp_path, "aat_consumer", *words, NATS_URL=address, NATS_CA=str(certificate))
        assert done.returncode == 0, done.stderr
        unknown = run(tmp_path, "aat_consumer", *words, NATS_URL=address)
        assert (unknown.returncode, "certificate" in unknown.stderr) == (1, True), unknown.stderr


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd checks its own units")
def test_systemd_finds_nothing_wrong_with_the_unit(tmp_path: Path) -> None:
    unit = tmp_path / "nats-server.service"
    # The program is not installed there on every machine, and a missing one is what it would complain of.
    unit.write_text(printed(tmp_path, "shop", "--unit").replace("/usr/local/bin/nats-server", "/bin/true"))
    done = subprocess.run(
        ["systemd-analyze", "verify", str(unit)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
