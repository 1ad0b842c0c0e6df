"""Each finding about the server is made by bringing the situation about on a real one."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from aat_consumer import streams
from aat_consumer.jetstream import JetStream, connect
from aat_consumer.operate.server import EmbeddedServer
from aat_reporters.connection import Connection
from aat_reporters.wire import Namespace
from tests import servers
from tests.doctors import findings_of, ids_of


def ensure(url: str, namespace: Namespace) -> None:
    async def work() -> None:
        js = await connect(Connection(url=url), namespace=namespace, name="test")
        try:
            await streams.apply(js, await streams.inspect(js))
        finally:
            await js.close()

    asyncio.run(work())


@contextlib.contextmanager
def listener(banner: bytes) -> Iterator[int]:
    """Accept connections, and say something that no nats-server says, or nothing at all."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        accepted: list[socket.socket] = []

        def accept() -> None:
            with contextlib.suppress(OSError):
                while True:
                    one, _ = server.accept()
                    accepted.append(one)
                    one.sendall(banner)

        threading.Thread(target=accept, daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        for one in accepted:
            one.close()


def test_a_healthy_server_with_all_streams_has_no_finding_but_its_temporary_store(
    own_server: EmbeddedServer, namespace: Namespace
) -> None:
    ensure(own_server.url, namespace)
    assert ids_of(own_server.url, namespace, monitoring=own_server.monitoring_url) == {"AAT-W10"}
    assert ids_of(own_server.url, namespace) == set()


def test_nothing_listens(namespace: Namespace) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    (finding,) = findings_of(f"nats://127.0.0.1:{port}", namespace)
    assert finding.id == "AAT-E01"
    assert str(port) in finding.evidence


def test_a_name_that_nobody_knows(namespace: Namespace) -> None:
    assert ids_of("nats://no-such-host.invalid:4222", namespace) == {"AAT-E17"}


@pytest.mark.parametrize(("banner", "told"), [(b"SSH-2.0-x\r\n", "does not begin"), (b"", "did not say")])
def test_something_else_listens(namespace: Namespace, banner: bytes, told: str) -> None:
    with listener(banner) as port:
        (finding,) = findings_of(f"nats://127.0.0.1:{port}", namespace)
    assert finding.id == "AAT-E18"
    assert told in finding.evidence


def test_no_jetstream(tmp_path: Path, namespace: Namespace) -> None:
    with servers.started(tmp_path, "-a", "127.0.0.1") as server:
        assert ids_of(server.url, namespace) == {"AAT-E02"}


@pytest.mark.parametrize("url", ["nats://127.0.0.1:{}", "nats://nobody:wrong@127.0.0.1:{}"])
def test_credentials_are_refused(tmp_path: Path, namespace: Namespace, url: str) -> None:
    config = 'authorization { user: shop, password: "s3cr3t-of-the-shop" }'
    with servers.started(tmp_path, "-a", "127.0.0.1", "--js", "-sd", str(tmp_path), config=config) as server:
        port = server.url.rpartition(":")[2]
        (finding,) = findings_of(url.format(port), namespace)
        assert finding.id == "AAT-E15"
        assert "wrong" not in finding.evidence
        good = f"nats://shop:s3cr3t-of-the-shop@127.0.0.1:{port}"
        assert "AAT-E15" not in ids_of(good, namespace)


def test_tls_is_asked_for_and_the_server_has_none(own_server: EmbeddedServer, namespace: Namespace) -> None:
    assert ids_of(own_server.url.replace("nats://", "tls://"), namespace) == {"AAT-E16"}


def test_a_certificate_that_nobody_trusts(tmp_path: Path, namespace: Namespace) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    words = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    words += ["-keyout", str(key), "-out", str(certificate), "-subj", "/CN=127.0.0.1"]
    subprocess.run(
        ["openssl", "req", *words, "-addext", "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True
    )
    config = f'tls {{ cert_file: "{certificate}", key_file: "{key}" }}'
    with servers.started(tmp_path, "-a", "127.0.0.1", "--js", "-sd", str(tmp_path), config=config) as server:
        assert ids_of(server.url, namespace) == {"AAT-E16"}
        trusted = Connection(url=server.url.replace("nats:", "tls:"), ca=str(certificate))
        assert ids_of(trusted, namespace) == {"AAT-E03"}


def test_the_server_takes_smaller_messages_than_reports_are(namespace: Namespace) -> None:
    with EmbeddedServer(config="max_payload: 65536") as server:
        ensure(server.url, namespace)
        (finding,) = findings_of(server.url, namespace)
    assert (finding.id, finding.facts["max_payload_bytes"]) == ("AAT-E12", 65536)


def test_monitoring_and_clients_are_open_to_the_network_and_not_when_on_loopback(
    tmp_path: Path, namespace: Namespace
) -> None:
    with servers.started(tmp_path, "-a", "0.0.0.0", "--js", "-sd", str(tmp_path / "store")) as server:
        ensure(server.url, namespace)
        found = ids_of(server.url, namespace, monitoring=server.monitoring_url)
        assert found == {"AAT-W01", "AAT-W13", "AAT-W14", "AAT-W10"}


def test_this_machines_clock_is_wrong(
    tmp_path: Path, own_server: EmbeddedServer, namespace: Namespace
) -> None:
    """The command runs in a process whose clock is ten minutes ahead."""
    ensure(own_server.url, namespace)
    (tmp_path / "sitecustomize.py").write_text(
        "import time\n_real = time.time\ntime.time = lambda: _real() + 600.0\n"
    )
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(tmp_path), "HOME": str(tmp_path)}
    words = ["--json", "--namespace", namespace.name, "--nats-url", own_server.url]
    done = subprocess.run(
        [sys.executable, "-m", "aat_consumer", "doctor", *words],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    found = {one["id"]: one for one in map(json.loads, done.stdout.splitlines())}
    assert found["AAT-W02"]["facts"]["ahead_s"] == pytest.approx(600, abs=5)


def test_the_store_is_nearly_given_away(namespace: Namespace) -> None:
    with EmbeddedServer(config="jetstream { max_file_store: 620MB }") as server:
        ensure(server.url, namespace)
        found = ids_of(server.url, namespace, monitoring=server.monitoring_url)
    assert found == {"AAT-W07", "AAT-W10"}


def test_two_projects_on_one_server(own_server: EmbeddedServer, namespace: Namespace) -> None:
    for name in (namespace, Namespace("billing")):
        ensure(own_server.url, name)
    (finding,) = findings_of(own_server.url, namespace)
    assert (finding.id, finding.facts["others"]) == ("AAT-I02", ["billing"])
    assert finding.fix == f"aat server config {namespace.name} billing"


def test_a_subject_that_no_stream_takes(own_server: EmbeddedServer, namespace: Namespace) -> None:
    ensure(own_server.url, namespace)
    good = namespace.error_subject("staging")
    assert ids_of(own_server.url, namespace, subject=good) == set()
    (finding,) = findings_of(own_server.url, namespace, subject=f"{namespace.name}.erors.staging")
    assert (finding.id, finding.facts["closest"]) == ("AAT-E03", good)

    async def foreign(js: JetStream) -> None:
        await js.context.add_stream(name="THEIRS", subjects=["theirs.>"])

    asyncio.run(with_server(own_server.url, namespace, foreign))
    (finding,) = findings_of(own_server.url, namespace, subject="theirs.errors")
    assert finding.id == "AAT-E03"
    assert "taken by THEIRS" in finding.evidence


async def with_server(url: str, namespace: Namespace, work: Any) -> None:
    js = await connect(Connection(url=url), namespace=namespace, name="test")
    try:
        await work(js)
    finally:
        await js.close()


def test_no_stream_at_all_and_one_missing(own_server: EmbeddedServer, namespace: Namespace) -> None:
    (finding,) = findings_of(own_server.url, namespace)
    assert (finding.id, finding.facts["missing"]) == ("AAT-E03", 10)
    ensure(own_server.url, namespace)

    async def delete(js: JetStream) -> None:
        await js.context.delete_stream(namespace.security)

    asyncio.run(with_server(own_server.url, namespace, delete))
    (finding,) = findings_of(own_server.url, namespace)
    assert (finding.id, finding.subject, finding.fix) == ("AAT-E03", namespace.security, "aat stream ensure")


def test_drift_in_place_and_beyond(own_server: EmbeddedServer, namespace: Namespace) -> None:
    async def wrong(js: JetStream) -> None:
        await js.context.add_stream(name=namespace.tasks, subjects=[f"{namespace.name}.tasks.>"])

    asyncio.run(with_server(own_server.url, namespace, wrong))
    ensure(own_server.url, namespace)

    async def drift(js: JetStream) -> None:
        info = await js.context.stream_info(namespace.results)
        await js.context.update_stream(info.config.evolve(max_bytes=1_000_000))

    asyncio.run(with_server(own_server.url, namespace, drift))
    found = {finding.subject: finding for finding in findings_of(own_server.url, namespace)}
    assert {finding.id for finding in found.values()} == {"AAT-E04"}
    assert "max_bytes is 1000000" in found[namespace.results].evidence
    assert "aat stream ensure --dry-run" in found[namespace.results].fix
    assert "cannot be changed in place" in found[namespace.tasks].fix


def test_another_stream_takes_our_subjects(own_server: EmbeddedServer, namespace: Namespace) -> None:
    async def foreign(js: JetStream) -> None:
        await js.context.add_stream(name="GREEDY", subjects=[f"{namespace.name}.results.>"])

    asyncio.run(with_server(own_server.url, namespace, foreign))
    found = {finding.subject: finding for finding in findings_of(own_server.url, namespace)}
    finding = found[namespace.results]
    assert (finding.id, finding.facts["taken_by"]) == ("AAT-E04", ["GREEDY"])


def test_more_than_a_thousand_messages_a_second(own_server: EmbeddedServer, namespace: Namespace) -> None:
    ensure(own_server.url, namespace)
    over = threading.Event()

    async def flood(js: JetStream) -> None:
        while not over.is_set():
            for _ in range(200):
                await js.client.publish(f"{namespace.name}.occurrences.staging.x", b"{}")
            await js.client.flush()

    def run() -> None:
        asyncio.run(with_server(own_server.url, namespace, flood))

    thread = threading.Thread(target=run)
    thread.start()
    try:
        found = {finding.id: finding for finding in findings_of(own_server.url, namespace)}
    finally:
        over.set()
        thread.join(20)
    assert found["AAT-W05"].subject == namespace.occurrences
    assert "--replicas 3" in found["AAT-W05"].fix


def test_a_stream_over_four_fifths_of_its_limit(own_server: EmbeddedServer, namespace: Namespace) -> None:
    ensure(own_server.url, namespace)

    async def fill(js: JetStream) -> None:
        for stream in (namespace.results, namespace.error_stream("staging")):
            info = await js.context.stream_info(stream)
            await js.context.update_stream(info.config.evolve(max_bytes=100_000))
            subject = (info.config.subjects or [""])[0].replace(">", "x")
            for _ in range(85):
                await js.context.publish(subject, b"x" * 950)

    asyncio.run(with_server(own_server.url, namespace, fill))
    found = {f.subject: f for f in findings_of(own_server.url, namespace) if f.id == "AAT-W04"}
    assert set(found) == {namespace.results, namespace.error_stream("staging")}
    assert "forgets its oldest" in found[namespace.results].evidence
    assert "aat stream purge" in found[namespace.results].fix
    assert "refuses new" in found[namespace.error_stream("staging")].evidence
