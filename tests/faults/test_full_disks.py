"""Disks without room: of the working copies, of the spool, of the server's store."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from aat_consumer.operate.server import EmbeddedServer
from aat_reporters import Reporter
from aat_reporters.wire import Namespace
from tests.faults.consumers import assert_each_has_one_outcome, consuming
from tests.shop import make_shop

pytestmark = pytest.mark.faults


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Give a disk of 16 MiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(folder)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("only root can mount a small disk")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def fill(disk: Path) -> Path:
    """Take all the room that is left, and give what to remove for it."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (1024 * 1024, 4096, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                continue
    return ballast


def test_without_room_for_a_working_copy_a_report_waits_and_is_fixed_later(
    tmp_path: Path, small_disk: Path, nats_server: EmbeddedServer, namespace: Namespace
) -> None:
    shop = make_shop(tmp_path / "shop", namespace=namespace, url=nats_server.url)
    shop.publish(shop.report(), message_id="shell-1")
    ballast = fill(small_disk)
    with consuming(shop, variables={"XDG_CACHE_HOME": str(small_disk)}) as consumer:
        consumer.until_step("retrying")
        ballast.unlink()
        consumer.until(lambda: bool(shop.results()) and shop.is_settled())
        (retrying, *_) = [step for step in consumer.steps() if step["step"] == "retrying"]
    assert "o space left" in str(retrying["why"])
    assert_each_has_one_outcome(shop, fixed=1)


def test_without_room_in_the_spool_reports_wait_in_memory(
    tmp_path: Path, small_disk: Path, own_server: EmbeddedServer, namespace: Namespace
) -> None:
    shop = make_shop(tmp_path / "shop", namespace=namespace, url=own_server.url)
    own_server.kill()
    fill(small_disk)
    with Reporter.open(
        namespace=namespace.name, environment="staging", url=own_server.url, spool=str(small_disk / "spool")
    ) as reporter:
        for name in ("One", "Two", "Three"):
            reporter.report(type(name, (Exception,), {})("no room"))
        reporter.flush(3)
        assert reporter.stats().dropped == {}
        own_server.start()
        with consuming(shop) as consumer:
            consumer.until(lambda: reporter.flush(1) and len(shop.results()) == 3 and shop.is_settled())
    assert_each_has_one_outcome(shop, fixed=3)


def test_a_server_whose_store_is_full_takes_nothing_and_loses_nothing(
    tmp_path: Path, small_disk: Path, namespace: Namespace
) -> None:
    """The server gives JetStream up when it cannot write; it needs room and a restart, nobody else does."""
    spool = str(tmp_path / "spool")
    with EmbeddedServer(store=small_disk / "store", config="jetstream { max_file_store: 1TB }") as server:
        shop = make_shop(tmp_path / "shop", namespace=namespace, url=server.url)
        shop.publish(shop.report(1, error="ValueError: before"), message_id="before")
        with (
            consuming(shop) as consumer,
            Reporter.open(
                namespace=namespace.name, environment="staging", url=server.url, spool=spool
            ) as reporter,
        ):
            consumer.until(lambda: len(shop.results()) == 1 and shop.is_settled())
            ballast = fill(small_disk)
            reporter.report(ValueError("x" * 20_000))
            reporter.flush(10)
            ballast.unlink()
            server.kill()
            server.start()
            consumer.until(lambda: reporter.flush(1) and len(shop.results()) == 2 and shop.is_settled())
            assert reporter.stats().dropped == {}
            assert "Traceback" not in consumer.said.read_text()
        assert_each_has_one_outcome(shop, fixed=2)
