"""What a program reports arrives on the stream: right, once, and without the program waiting."""

from __future__ import annotations

import hashlib
import logging
import logging.config
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from aat_consumer.operate.server import EmbeddedServer
from aat_reporters.context import bound
from aat_reporters.logging import ErrorReportHandler
from aat_reporters.report import decode, encode
from aat_reporters.wire import Namespace
from tests.integration.reporters.conftest import OpenReporter
from tests.integration.reporters.stream_access import eventually, occurrences, reports

PROJECT_ROOT = str(Path(__file__).parent)


def fail(number: int) -> float:
    return 1 / (number - number)


def failed(number: int = 1) -> ZeroDivisionError:
    try:
        fail(number)
    except ZeroDivisionError as exc:
        return exc
    raise AssertionError


@pytest.fixture
def logger() -> Iterator[logging.Logger]:
    logger = logging.getLogger("shop.cart")
    yield logger
    for handler in list(logger.handlers):
        logger.removeHandler(handler)
        handler.close()


def test_an_exception_arrives_as_a_whole_report(
    nats_server: EmbeddedServer, streams: Namespace, open_reporter: OpenReporter
) -> None:
    reporter = open_reporter(nats_server.url, project_root=PROJECT_ROOT)
    reporter.report(failed(), request_id="r-17")
    assert reporter.flush(10)
    (stored,) = reports(nats_server.url, streams)
    report = stored.body
    assert report["error"] == "ZeroDivisionError: division by zero"
    assert report["stack"].startswith("Traceback (most recent call last):\n")
    assert report["stack"].endswith("ZeroDivisionError: division by zero\n")
    assert report["context"] == {
        "file": "test_publishing.py",
        "line": fail.__code__.co_firstlineno + 1,
        "function": "fail",
        "request_id": "r-17",
    }
    assert report["timestamp"].endswith("Z")
    assert report["type"] == "ZeroDivisionError"
    assert [frame["function"] for frame in report["frames"]] == ["failed", "fail"]
    assert report["release"] == "r1"
    assert stored.id == f"{streams.name}-errors-{report['signature']['stable']}-r1" == report["id"]
    assert stored.subject == f"{streams.name}.errors"
    assert decode(encode(report))


def test_the_exact_signature_is_what_sha256sum_gives_for_the_published_fields(
    nats_server: EmbeddedServer, streams: Namespace, open_reporter: OpenReporter
) -> None:
    reporter = open_reporter(nats_server.url)
    reporter.report(ValueError("cannot open postgres://shop:hunter2@db/shop"))
    assert reporter.flush(10)
    (stored,) = reports(nats_server.url, streams)
    report = stored.body
    assert "hunter2" not in str(report)
    text = f"{report['error']}:{report['context']['file']}:{report['context']['line']}"
    assert report["signature"]["exact"] == hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize("environment", ["staging", "production"])
def test_each_environment_has_its_own_stream(
    nats_server: EmbeddedServer, streams: Namespace, open_reporter: OpenReporter, environment: str
) -> None:
    reporter = open_reporter(nats_server.url, environment=environment)
    reporter.report(failed())
    assert reporter.flush(10)
    (stored,) = reports(nats_server.url, streams, environment)
    assert stored.subject == f"{streams.name}.errors.{environment}"
    assert stored.id.startswith(f"{streams.name}-{environment}-s1-")


def test_repeats_are_counted_and_not_published(
    nats_server: EmbeddedServer, streams: Namespace, open_reporter: OpenReporter
) -> None:
    reporter = open_reporter(nats_server.url)
    for number in range(300):
        reporter.report(failed(number))
    assert reporter.flush(10)
    (stored,) = reports(nats_server.url, streams)
    assert occurrences(nats_server.url, streams) == {stored.body["signature"]["stable"]: 300}
    stats = reporter.stats()
    assert (stats.accepted, stats.published, stats.suppressed, stats.dropped) == (300, 1, 299, {})


def test_another_process_with_the_same_error_makes_a_duplicate(
    nats_server: EmbeddedServer, streams: Namespace, open_reporter: OpenReporter
) -> None:
    first = open_reporter(nats_server.url)
    first.report(failed())
    assert first.flush(10)
    # Another setting makes another publisher, which knows nothing of the first one's reports.
    second = open_reporter(nats_server.url, queue_size=99)
    second.report(failed())
    assert second.flush(10)
    assert len(reports(nats_server.url, streams)) == 1
    assert second.stats().duplicate == 1


def test_a_record_logged_at_error_is_reported_with_its_context(
    nats_server: EmbeddedServer, streams: Namespace, open_reporter: OpenReporter, logger: logging.Logger
) -> None:
    reporter = open_reporter(nats_server.url)
    logger.addHandler(ErrorReportHandler(reporter=reporter))
    with bound(request_id="r-3", user_id=7):
        logger.error("order %s is lost", 12, extra={"basket": ["a", "b"]})
    logger.warning("not an error")
    assert reporter.flush(10)
    (stored,) = reports(nats_server.url, streams)
    report = stored.body
    assert (report["error"], report["type"], report["level"], report["logger"]) == (
        "order 12 is lost",
        "",
        "ERROR",
        "shop.cart",
    )
    assert report["context"]["request_id"] == "r-3"
    assert report["context"]["user_id"] == 7
    assert report["context"]["basket"] == ["a", "b"]
    assert report["context"]["function"].startswith("test_a_record_logged")


def test_two_edges_that_see_one_exception_make_one_report(
    nats_server: EmbeddedServer, streams: Namespace, open_reporter: OpenReporter, logger: logging.Logger
) -> None:
    reporter = open_reporter(nats_server.url)
    logger.addHandler(ErrorReportHandler(reporter=reporter))
    error = failed()
    reporter.report(error)
    logger.error("Internal Server Error: /cart", exc_info=error)
    assert reporter.flush(10)
    assert reporter.stats().accepted == 1
    assert sum(occurrences(nats_server.url, streams).values()) == 1


def test_dict_config_may_run_twice(
    nats_server: EmbeddedServer, streams: Namespace, spool: Path, logger: logging.Logger
) -> None:
    settings = {"url": nats_server.url, "namespace": streams.name, "spool": str(spool)}
    handler = {"class": "aat_reporters.logging.ErrorReportHandler", "level": "ERROR", **settings}
    config = {
        "version": 1,
        "disable_existing_loggers": False,
        "handlers": {"errors": handler},
        "loggers": {"shop.cart": {"handlers": ["errors"]}},
    }
    for round_ in range(2):
        logging.config.dictConfig(config)
        logger.error("round %d failed differently: %s", round_, "ab"[round_])
    found = eventually(lambda: sum(occurrences(nats_server.url, streams).values()), lambda count: count == 2)
    assert found == 2
    logging.config.dictConfig({"version": 1, "disable_existing_loggers": False})


def test_a_fingerprint_hook_that_fails_is_counted_and_told_and_loses_nothing(
    nats_server: EmbeddedServer,
    streams: Namespace,
    open_reporter: OpenReporter,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def hook(report: dict[str, Any], default: str) -> list[str]:
        return [report["context"]["tenant"], default]

    reporter = open_reporter(nats_server.url, fingerprint=hook)
    for tenant in ("a", "b", "a", 7):
        reporter.report(failed(), tenant=tenant)
    reporter.report(failed())
    assert reporter.flush(10)
    stored = reports(nats_server.url, streams)
    signatures = [one.body["signature"]["stable"] for one in stored]
    # Number 7 is no word, and without a tenant the hook raises: both are the error without a hook.
    assert len(set(signatures)) == len(signatures) == 3
    assert occurrences(nats_server.url, streams) == dict(zip(signatures, (2, 1, 2), strict=True))
    stats = reporter.stats()
    assert (stats.accepted, stats.published, stats.suppressed) == (5, 3, 2)
    assert (stats.fingerprint_failed, stats.dropped) == (2, {})
    assert stats.as_dict()["fingerprint_failed"] == 2
    told = eventually(
        lambda: [r.getMessage() for r in caplog.records if "fingerprint" in r.getMessage()], bool
    )
    assert told == [
        "fingerprint is not used, calling it failed: it must give a list of strings or None: [7, '"
        + signatures[2]
        + "']"
    ]


def test_errors_told_apart_by_fingerprints_alone_are_not_counted_as_each_other(
    nats_server: EmbeddedServer, streams: Namespace, open_reporter: OpenReporter
) -> None:
    reporter = open_reporter(nats_server.url, queue_size=1)
    for number in range(200):
        reporter.report("refused", fingerprint=["refused", str(number)])
    assert reporter.flush(20)
    stats = reporter.stats()
    assert stats.suppressed == 0
    assert stats.published + stats.dropped["queue full"] == 200


def test_numbers_that_json_or_python_cannot_write_lose_no_error(
    nats_server: EmbeddedServer, streams: Namespace, open_reporter: OpenReporter
) -> None:
    reporter = open_reporter(nats_server.url)
    record = logging.LogRecord("shop", logging.ERROR, "", 1, "%d orders", (2**20_000,), None)
    vars(record).update(total=2**20_000, mean=float("nan"))
    # Not by a logger, for pytest's own handler would fail to format it.
    ErrorReportHandler(reporter=reporter).handle(record)
    assert reporter.flush(10)
    (stored,) = reports(nats_server.url, streams)
    assert stored.body["context"]["total"] == "<int of 20001 bits>"
    assert stored.body["context"]["mean"] == "nan"


def test_a_before_send_that_fails_is_told_without_the_secrets_in_its_words(
    nats_server: EmbeddedServer,
    streams: Namespace,
    open_reporter: OpenReporter,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def refuse(report: dict[str, object]) -> dict[str, object]:
        raise ValueError("password=hunter2 is in it")

    reporter = open_reporter(nats_server.url, before_send=refuse)
    reporter.report(failed())
    assert reporter.flush(10)
    eventually(lambda: "making it failed" in caplog.text, bool)
    assert "hunter2" not in caplog.text
    assert reporter.stats().dropped == {"could not be rendered": 1}
