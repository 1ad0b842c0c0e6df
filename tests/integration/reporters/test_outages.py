"""While the server is away, or refuses, nothing is lost, nothing repeats, and the operator is told once."""

from __future__ import annotations

import logging
import sqlite3
import stat
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from aat_consumer.operate.server import EmbeddedServer
from aat_reporters.reporter import Reporter
from aat_reporters.wire import Namespace
from tests.integration.reporters.conftest import OpenReporter
from tests.integration.reporters.stream_access import (
    eventually,
    make_streams,
    occurrences,
    reports,
)

NOWHERE = "nats://127.0.0.1:9"


def report_kinds(reporter: Reporter, *names: str) -> None:
    for name in names:
        reporter.report(type(name, (Exception,), {})("something is wrong"))


def kinds(server: EmbeddedServer, namespace: Namespace) -> list[str]:
    return [stored.body["type"].rpartition(".")[2] for stored in reports(server.url, namespace)]


def told(caplog: pytest.LogCaptureFixture, word: str) -> list[str]:
    return [
        record.message
        for record in caplog.records
        if record.name == "aat_reporters" and word in record.message
    ]


def test_the_first_error_with_the_server_away_arrives_when_it_is_back(
    own_server: EmbeddedServer,
    namespace: Namespace,
    open_reporter: OpenReporter,
    caplog: pytest.LogCaptureFixture,
) -> None:
    make_streams(own_server.url, namespace)
    own_server.kill()
    reporter = open_reporter(own_server.url)
    report_kinds(reporter, "First", "Second", "Third")
    assert reporter.flush(10)
    assert reporter.stats().spooled == 3
    own_server.start()
    found = eventually(lambda: kinds(own_server, namespace), lambda names: len(names) == 3)
    assert found == ["First", "Second", "Third"]
    stats = eventually(reporter.stats, lambda stats: stats.replayed == 3)
    assert (stats.published, stats.replayed, stats.dropped) == (3, 3, {})
    assert len(told(caplog, "no NATS server")) == 1


def test_a_server_that_dies_between_errors_loses_none(
    own_server: EmbeddedServer, namespace: Namespace, open_reporter: OpenReporter
) -> None:
    make_streams(own_server.url, namespace)
    reporter = open_reporter(own_server.url)
    names = [f"Kind{number:02}" for number in range(30)]
    for number, name in enumerate(names):
        report_kinds(reporter, name)
        if number % 10 == 5:
            assert reporter.flush(10)
            own_server.kill()
        if number % 10 == 8:
            own_server.start()
    assert reporter.flush(10)
    found = eventually(lambda: kinds(own_server, namespace), lambda found: len(found) >= 30)
    assert sorted(found) == names
    assert sum(occurrences(own_server.url, namespace).values()) == 30


def test_without_streams_it_says_what_to_do_and_delivers_when_they_exist(
    nats_server: EmbeddedServer,
    namespace: Namespace,
    open_reporter: OpenReporter,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "aat_reporters")
    reporter = open_reporter(nats_server.url)
    report_kinds(reporter, "One", "Two")
    assert reporter.flush(10)
    assert reporter.stats().spooled == 2
    report_kinds(reporter, "Three")
    assert reporter.flush(10)
    (text,) = eventually(lambda: told(caplog, "error reports are kept"), bool)
    assert "aat stream ensure" in text
    assert f"{namespace.name}.errors" in text
    make_streams(nats_server.url, namespace)
    found = eventually(lambda: kinds(nats_server, namespace), lambda names: len(names) == 3)
    assert found == ["One", "Two", "Three"]
    counted = eventually(
        lambda: sum(occurrences(nats_server.url, namespace).values()), lambda total: total == 3
    )
    assert counted == 3


def test_reports_arrive_although_only_the_stream_of_counts_is_missing(
    nats_server: EmbeddedServer, namespace: Namespace, open_reporter: OpenReporter
) -> None:
    make_streams(nats_server.url, namespace, only=(namespace.error_stream("default"),))
    reporter = open_reporter(nats_server.url)
    report_kinds(reporter, "One", "Two")
    assert reporter.flush(10)
    report_kinds(reporter, "Three")
    assert reporter.flush(10)
    assert kinds(nats_server, namespace) == ["One", "Two", "Three"]


def test_two_processes_share_one_spool_and_each_report_arrives_once(
    own_server: EmbeddedServer, namespace: Namespace, open_reporter: OpenReporter
) -> None:
    make_streams(own_server.url, namespace)
    own_server.kill()
    # Other settings make another publisher with its own connection, as another process has.
    first, second = open_reporter(own_server.url), open_reporter(own_server.url, queue_size=99)
    report_kinds(first, *(f"A{number:02}" for number in range(20)))
    report_kinds(second, *(f"B{number:02}" for number in range(20)))
    assert first.flush(10)
    assert second.flush(10)
    own_server.start()
    found = eventually(lambda: kinds(own_server, namespace), lambda names: len(names) >= 40)
    assert sorted(found) == [f"{letter}{number:02}" for letter in "AB" for number in range(20)]


def test_the_spool_is_for_this_user_only(open_reporter: OpenReporter, spool: Path) -> None:
    reporter = open_reporter(NOWHERE)
    report_kinds(reporter, "Private")
    assert reporter.flush(10)
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (spool, *spool.iterdir())]
    assert all(mode & 0o077 == 0 for mode in modes)


def test_a_full_spool_drops_the_oldest_and_counts_them(
    own_server: EmbeddedServer, namespace: Namespace, open_reporter: OpenReporter, spool: Path
) -> None:
    make_streams(own_server.url, namespace)
    own_server.kill()
    reporter = open_reporter(own_server.url, spool_max_bytes=200_000)
    for number in range(60):
        reporter.report(type(f"Kind{number:02}", (Exception,), {})("long " * 3000))
    assert reporter.flush(10)
    stats = reporter.stats()
    lost = stats.dropped["spool full"]
    assert stats.spooled == 60
    assert 0 < lost < 60
    assert sum(path.stat().st_size for path in spool.iterdir()) <= 200_000
    own_server.start()
    found = eventually(lambda: kinds(own_server, namespace), lambda names: len(names) == 60 - lost)
    assert found == [f"Kind{number:02}" for number in range(lost, 60)]


def test_what_is_too_old_is_not_sent(
    own_server: EmbeddedServer, namespace: Namespace, open_reporter: OpenReporter, spool: Path
) -> None:
    make_streams(own_server.url, namespace)
    own_server.kill()
    reporter = open_reporter(own_server.url)
    report_kinds(reporter, "Old")
    assert reporter.flush(10)
    with sqlite3.connect(spool / f"{namespace.name}.sqlite3") as database:
        database.execute("UPDATE spool SET created = created - 8 * 86400 WHERE is_report")
    database.close()
    report_kinds(reporter, "New")
    assert reporter.flush(10)
    own_server.start()
    assert eventually(lambda: kinds(own_server, namespace), bool) == ["New"]
    assert reporter.stats().dropped == {"too old in the spool": 1}


def test_a_damaged_spool_is_set_aside_and_told_once(
    own_server: EmbeddedServer,
    namespace: Namespace,
    open_reporter: OpenReporter,
    spool: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    make_streams(own_server.url, namespace)
    spool.mkdir(mode=0o700)
    (spool / f"{namespace.name}.sqlite3").write_bytes(b"this was a database once" * 100)
    own_server.kill()
    reporter = open_reporter(own_server.url)
    report_kinds(reporter, "One", "Two")
    assert reporter.flush(10)
    own_server.start()
    found = eventually(lambda: kinds(own_server, namespace), lambda names: len(names) == 2)
    assert sorted(found) == ["One", "Two"]
    assert len(eventually(lambda: told(caplog, "damaged"), bool)) == 1
    assert (spool / f"{namespace.name}.corrupt").exists()


def test_a_spool_that_cannot_be_written_is_told_once_and_memory_serves(
    own_server: EmbeddedServer,
    namespace: Namespace,
    open_reporter: OpenReporter,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    make_streams(own_server.url, namespace)
    own_server.kill()
    blocked = tmp_path / "a-file"
    blocked.write_text("no folder can be made here")
    reporter = open_reporter(own_server.url, spool=str(blocked / "spool"))
    report_kinds(reporter, "One")
    assert not reporter.flush(5)
    report_kinds(reporter, "Two")
    assert not reporter.flush(5)
    own_server.start()
    found = eventually(lambda: kinds(own_server, namespace), lambda names: len(names) == 2)
    assert found == ["One", "Two"]
    assert len(told(caplog, "spool cannot be used")) == 1


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Give a disk of 256 KiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(folder)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("only root can mount a small disk")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("is_burst", [False, True], ids=["one by one", "at once"])
def test_on_a_full_disk_memory_serves_and_everything_arrives(
    own_server: EmbeddedServer,
    namespace: Namespace,
    open_reporter: OpenReporter,
    small_disk: Path,
    caplog: pytest.LogCaptureFixture,
    is_burst: bool,
) -> None:
    make_streams(own_server.url, namespace)
    own_server.kill()
    reporter = open_reporter(own_server.url, spool=str(small_disk / "spool"))
    names = [f"Kind{number:02}" for number in range(60)]
    for name in names:
        reporter.report(type(name, (Exception,), {})("long " * 1500))
        if not is_burst:
            reporter.flush(5)
    reporter.flush(5)
    assert 0 < reporter.stats().spooled < 60
    assert reporter.stats().dropped == {}
    assert len(told(caplog, "wait in memory")) == 1
    own_server.start()
    found = eventually(lambda: kinds(own_server, namespace), lambda names: len(names) == 60)
    assert sorted(found) == names


def test_without_a_spool_memory_is_bounded_and_losses_are_counted(open_reporter: OpenReporter) -> None:
    reporter = open_reporter(NOWHERE, spool="")
    for number in range(1_300):
        reporter.report(type(f"Kind{number}", (Exception,), {})("x"))
    reporter.flush(60)
    stats = reporter.stats()
    assert stats.waiting + stats.dropped["server away and no spool"] == 1_300
    # Their counts wait no longer: a count without its report helps nobody.
    assert stats.waiting == 1_000


def test_a_full_stream_keeps_reports_until_there_is_room(
    nats_server: EmbeddedServer, namespace: Namespace, open_reporter: OpenReporter
) -> None:
    import asyncio

    import nats
    from nats.js.api import DiscardPolicy, RetentionPolicy, StreamConfig

    config = StreamConfig(
        name=namespace.error_stream("default"),
        subjects=[namespace.error_subject("default")],
        retention=RetentionPolicy.WORK_QUEUE,
        discard=DiscardPolicy.NEW,
        max_msgs=1,
    )

    async def configure(max_messages: int) -> None:
        client = await nats.connect(nats_server.url)
        config.max_msgs = max_messages
        change = client.jetstream().add_stream if max_messages == 1 else client.jetstream().update_stream
        await change(config)
        await client.close()

    asyncio.run(configure(1))
    reporter = open_reporter(nats_server.url)
    report_kinds(reporter, "One")
    assert reporter.flush(10)
    report_kinds(reporter, "Two")
    assert reporter.flush(10)
    assert kinds(nats_server, namespace) == ["One"]
    asyncio.run(configure(10))
    found = eventually(lambda: kinds(nats_server, namespace), lambda names: len(names) == 2)
    assert found == ["One", "Two"]


def test_a_reporter_without_permission_says_so_and_keeps_its_reports(
    namespace: Namespace, open_reporter: OpenReporter, caplog: pytest.LogCaptureFixture
) -> None:
    config = """
    authorization {
      users = [
        {user: admin, password: admin}
        {user: app, password: app, permissions: {publish: ["other.>"], subscribe: ["_INBOX.>"]}}
      ]
    }
    """
    with EmbeddedServer(config=config) as server:
        admin = server.url.replace("nats://", "nats://admin:admin@")
        make_streams(admin, namespace)
        reporter = open_reporter(server.url, user="app", password="app")
        report_kinds(reporter, "Forbidden")
        assert reporter.flush(10)
        assert reporter.stats().spooled == 1
        (text,) = eventually(lambda: told(caplog, "error reports are kept"), bool)
        assert f"{namespace.name}.errors" in text
        wrong = open_reporter(server.url, user="app", password="wrong-secret")
        report_kinds(wrong, "Unknown")
        assert wrong.flush(10)
        assert eventually(lambda: told(caplog, "no NATS server"), bool)
        assert "wrong-secret" not in caplog.text


def test_a_report_larger_than_the_server_takes_is_cut_and_arrives(
    namespace: Namespace, open_reporter: OpenReporter
) -> None:
    with EmbeddedServer(config="max_payload: 8192") as server:
        make_streams(server.url, namespace)
        reporter = open_reporter(server.url)
        reporter.report(ValueError("long " * 3_000))
        assert reporter.flush(10)
        (stored,) = reports(server.url, namespace)
        assert stored.body["error"].startswith("ValueError: long long")


def test_one_report_that_is_too_large_holds_up_no_other(
    namespace: Namespace, open_reporter: OpenReporter
) -> None:
    with EmbeddedServer(config="max_payload: 2048") as server:
        make_streams(server.url, namespace)
        reporter = open_reporter(server.url)
        report_kinds(reporter, "Small")
        reporter.report(ValueError("long " * 3_000), request_id="r" * 1_900)
        report_kinds(reporter, "Other")
        assert reporter.flush(10)
        found = reports(server.url, namespace)
        stats = reporter.stats()
        assert len(found) + stats.dropped.get("too large for the server", 0) == 3
        assert stats.spooled == 0


def test_tls_that_the_server_does_not_offer_is_refused(
    nats_server: EmbeddedServer,
    namespace: Namespace,
    open_reporter: OpenReporter,
    caplog: pytest.LogCaptureFixture,
) -> None:
    make_streams(nats_server.url, namespace)
    reporter = open_reporter(nats_server.url.replace("nats://", "tls://"))
    report_kinds(reporter, "Secret")
    assert reporter.flush(10)
    assert reporter.stats().spooled == 1
    assert len(eventually(lambda: told(caplog, "TLS"), bool)) == 1
    assert reports(nats_server.url, namespace) == []


def test_while_logging_is_locked_waiting_ends_and_the_outage_is_told_afterwards(
    open_reporter: OpenReporter, caplog: pytest.LogCaptureFixture
) -> None:
    reporter = open_reporter(NOWHERE)
    released = threading.Event()
    holds = threading.Event()

    def configure() -> None:
        # What dictConfig does while it closes the handlers of before.
        with logging._lock:  # type: ignore[attr-defined]
            logging.getLogger("aat_reporters").manager._clear_cache()  # type: ignore[attr-defined]
            holds.set()
            released.wait(20)

    thread = threading.Thread(target=configure)
    thread.start()
    assert holds.wait(20)
    report_kinds(reporter, "One")
    # The outage may be told before the waiting is answered: then it ends at its time, and not never.
    reporter.flush(0.5)
    eventually(reporter.stats, lambda stats: stats.spooled == 1)
    assert reporter.stats().spooled == 1
    released.set()
    thread.join()
    assert reporter.flush(10)
    assert len(eventually(lambda: told(caplog, "no NATS server"), bool)) == 1
