"""The handler reports what is logged at ERROR, once, and never harms the program that logs."""

from __future__ import annotations

import gc
import logging
import logging.config
from collections.abc import Iterator
from typing import Any

import pytest

from aat_reporters.context import leave
from aat_reporters.errors import SettingsError
from aat_reporters.logging import OWN_LOGGERS, TOLD, ErrorReportHandler
from aat_reporters.reporter import Reporter
from aat_reporters.settings import ReporterSettings
from aat_reporters.shared import Publishers
from aat_reporters.testing import recording_reporter

Recorded = tuple[Reporter, list[dict[str, Any]]]


@pytest.fixture
def recorded() -> Iterator[Recorded]:
    with recording_reporter() as recorded:
        yield recorded


@pytest.fixture
def logger(recorded: Recorded) -> Iterator[logging.Logger]:
    logger = logging.getLogger("shop.orders")
    handler = ErrorReportHandler(reporter=recorded[0])
    logger.addHandler(handler)
    yield logger
    logger.removeHandler(handler)


def test_a_handler_made_before_the_block_is_recorded_too() -> None:
    logger = logging.getLogger("shop.before")
    handler = ErrorReportHandler(namespace="shop", spool="")
    logger.addHandler(handler)
    with recording_reporter() as (_, reports):
        logger.error("lost")
    logger.removeHandler(handler)
    handler.close()
    assert [report["error"] for report in reports] == ["lost"]


def test_arguments_by_name_are_scrubbed_by_their_names(logger: logging.Logger, recorded: Recorded) -> None:
    logger.error("%(user)s came with %(password)s", {"user": "ann", "password": "hunter2"})
    assert recorded[1][0]["error"] == "ann came with [redacted]"


def test_an_exception_is_the_error_and_the_message_is_context(
    logger: logging.Logger, recorded: Recorded
) -> None:
    try:
        {}["missing"]  # type: ignore[index]
    except KeyError:
        logger.exception("order %s failed", 7)
    (report,) = recorded[1]
    assert report["error"] == "KeyError: 'missing'"
    assert report["type"] == "KeyError"
    assert report["context"]["log_message"] == "order 7 failed"
    assert report["level"] == "ERROR"


def test_however_an_exception_is_logged_its_signature_is_the_same(
    logger: logging.Logger, recorded: Recorded
) -> None:
    reporter, reports = recorded

    def fail() -> None:
        raise ValueError("no such order")

    for way in range(4):
        try:
            fail()
        except ValueError as exc:
            match way:
                case 0:
                    logger.exception("caught")
                case 1:
                    logger.critical("Internal Server Error: %s", "/cart", exc_info=exc)
                case 2:
                    logger.error(exc)
                case 3:
                    reporter.report(exc)
    assert len(reports) == 4
    assert len({report["signature"]["stable"] for report in reports}) == 1


def test_one_exception_logged_on_its_way_up_is_one_report(logger: logging.Logger, recorded: Recorded) -> None:
    try:
        try:
            raise ValueError("once")
        except ValueError:
            logger.exception("inner")
            raise
    except ValueError:
        logger.exception("outer")
    assert len(recorded[1]) == 1


def test_edges_with_other_settings_for_the_same_destination_report_an_exception_once(
    recorded: Recorded,
) -> None:
    reports = recorded[1]
    others = [
        Reporter.open(namespace=name, spool="", queue_size=size, url=url)
        for name, size, url in (
            ("default", 7, "nats://127.0.0.1:4222"),
            ("default", 8, "nats://127.0.0.1:4222"),
            ("other", 7, "nats://127.0.0.1:4222"),
            ("default", 7, "nats://127.0.0.1:4333"),
        )
    ]
    error = ValueError("seen by four edges")
    for other in others:
        other.report(error)
    assert len(reports) == 3
    for other in others:
        other.close()


def test_the_unformatted_template_signs_a_message(logger: logging.Logger, recorded: Recorded) -> None:
    for number in (1, 2):
        logger.error("order %d is lost", number)
    first, second = recorded[1]
    assert first["error"] == "order 1 is lost"
    assert first["signature"]["stable"] == second["signature"]["stable"]


def test_structlogs_event_dict_is_unwrapped(logger: logging.Logger, recorded: Recorded) -> None:
    try:
        raise ValueError("wrapped")
    except ValueError as exc:
        logger.error({"event": "order_failed", "order": 5, "exc_info": exc, "level": "error"})
    logger.error({"event": "order_lost", "order": 6})
    first, second = recorded[1]
    assert first["error"] == "ValueError: wrapped"
    assert second["error"] == "order_lost"


@pytest.mark.parametrize("name", [*OWN_LOGGERS, *(f"{name}.child" for name in OWN_LOGGERS)])
def test_loggers_of_the_reporting_itself_are_ignored(recorded: Recorded, name: str) -> None:
    handler = ErrorReportHandler(reporter=recorded[0])
    handler.handle(logging.LogRecord(name, logging.ERROR, "", 1, "failed", (), None))
    assert recorded[1] == []


def test_what_another_edge_reports_is_left_to_it(logger: logging.Logger, recorded: Recorded) -> None:
    error = ValueError("reported in other words")
    recorded[0].pass_over(error)
    logger.error("failed", exc_info=error)
    logger.error("told by a signal too", extra={TOLD: True})
    assert recorded[1] == []


def test_filters_of_the_handler_are_asked(recorded: Recorded) -> None:
    handler = ErrorReportHandler(reporter=recorded[0])
    handler.addFilter(lambda record: "secret" not in record.getMessage())
    for text in ("secret", "open"):
        handler.handle(logging.LogRecord("shop", logging.ERROR, "", 1, text, (), None))
    assert [report["error"] for report in recorded[1]] == ["open"]


def test_a_hostile_record_is_counted_and_does_not_reach_the_program(recorded: Recorded) -> None:
    class HostileError(Exception):
        def __getattribute__(self, name: str) -> object:
            raise RuntimeError(name)

    reporter, reports = recorded
    handler = ErrorReportHandler(reporter=reporter)
    error = HostileError()
    handler.handle(logging.LogRecord("shop", logging.ERROR, "", 1, "x", (), (HostileError, error, None)))
    assert reports == []
    assert reporter.stats().dropped == {"could not be captured": 1}


def test_an_error_logged_while_reporting_is_dropped_and_counted(recorded: Recorded) -> None:
    reporter, reports = recorded
    logger = logging.getLogger("shop.reentrant")
    # pytest's own handler would call __str__ as well.
    logger.propagate = False
    handler = ErrorReportHandler(reporter=reporter)
    logger.addHandler(handler)

    class LoudError(Exception):
        def __str__(self) -> str:
            logger.error("logged by __str__")
            return "loud"

    try:
        raise LoudError
    except LoudError:
        logger.exception("caught")
    logger.removeHandler(handler)
    assert [report["error"] for report in reports] == [
        f"{LoudError.__module__}.{LoudError.__qualname__}: loud"
    ]
    assert reporter.stats().dropped == {"reported while reporting": 1}


def test_a_destructor_that_logs_while_an_error_is_taken_neither_hangs_nor_harms(
    logger: logging.Logger, recorded: Recorded
) -> None:
    class Garbage:
        def __init__(self) -> None:
            self.itself = self

        def __del__(self) -> None:
            logger.error("logged by a destructor")

    class CollectingError(Exception):
        def __str__(self) -> str:
            Garbage()
            gc.collect()
            return "collected"

    logger.propagate = False
    try:
        raise CollectingError
    except CollectingError:
        logger.exception("caught")
    reporter, reports = recorded
    assert [report["error"].rpartition(": ")[2] for report in reports] == ["collected"]
    assert reporter.stats().dropped == {"reported while reporting": 1}


@pytest.mark.parametrize(
    ("setting", "value"), [("namespace", "a.b"), ("queue_size", 0), ("nonsense", 1), ("environment", "dev")]
)
def test_misconfiguration_is_a_value_error_of_dict_config(setting: str, value: object) -> None:
    handler = {"class": "aat_reporters.logging.ErrorReportHandler", setting: value}
    config = {"version": 1, "disable_existing_loggers": False, "handlers": {"errors": handler}}
    with pytest.raises(ValueError, match="errors") as caught:
        logging.config.dictConfig(config)
    assert isinstance(caught.value.__cause__, SettingsError)
    assert setting in str(caught.value.__cause__)


def test_closing_twice_and_shutting_down_are_harmless() -> None:
    handler = ErrorReportHandler(namespace="shop", spool="")
    handler.flush()
    handler.close()
    handler.close()
    logging.shutdown([lambda: handler])


def test_handlers_with_equal_settings_share_a_publisher_and_leave_nothing_behind() -> None:
    first, second = (Reporter.open(namespace="shop", spool="", release="1") for _ in range(2))
    assert first._publisher is second._publisher
    first.close()
    second.close()
    del first, second
    gc.collect()
    other = Reporter.open(namespace="shop", spool="", release="1")
    assert other.stats().accepted == 0
    other.close()


def test_an_exception_that_was_passed_over_is_reported_by_nobody(
    logger: logging.Logger, recorded: Recorded
) -> None:
    try:
        raise ConnectionError("the client went away")
    except ConnectionError as error:
        recorded[0].pass_over(error)
        logger.exception("failed")
        recorded[0].report(error)
    assert recorded[1] == []


def test_a_reporter_that_was_dropped_and_not_closed_counts_no_more() -> None:
    # Its publisher is gone, and the next one is made at the same address sooner or later.
    publishers = Publishers()
    for number in range(10):
        publishers.acquire(ReporterSettings.resolve({"spool": "", "release": f"{number}"}, environment={}))
        gc.collect()
        publisher = publishers.acquire(ReporterSettings.resolve({"spool": ""}, environment={}))
        assert publishers.release(publisher)
        del publisher


def test_a_record_that_carries_a_request_has_the_facts_that_an_edge_left_on_it(
    recorded: Recorded, logger: logging.Logger
) -> None:
    class Request:
        pass

    request = Request()
    logger.error("before the edge", extra={"request": request})
    leave(request, lambda: {"request_id": "r-17"})
    logger.error("behind it", extra={"request": request})
    logger.error("no request", extra={"request": 7})
    assert [report["context"].get("request_id") for report in recorded[1]] == [None, "r-17", None]


def test_a_message_that_two_handlers_see_is_one_report_and_the_next_is_another(
    logger: logging.Logger, recorded: Recorded
) -> None:
    second = ErrorReportHandler(reporter=recorded[0])
    logger.addHandler(second)
    for _ in range(3):
        logger.error("stock is low")
    logger.removeHandler(second)
    assert len(recorded[1]) == 3
