"""structlog: an error is reported once, with what was bound, wherever the event goes afterwards."""

from __future__ import annotations

import copy
import io
import logging
from collections.abc import Iterator
from importlib.metadata import version
from typing import Any

import pytest

from aat_consumer.operate.server import EmbeddedServer
from aat_reporters.context import bound
from aat_reporters.errors import SettingsError
from aat_reporters.logging import ErrorReportHandler
from aat_reporters.testing import recording_reporter
from aat_reporters.wire import Namespace
from tests.edges.conftest import Reports
from tests.edges.leftovers import deliver_leftovers
from tests.integration.reporters.programs import run
from tests.integration.reporters.stream_access import occurrences
from tests.integration.reporters.stream_access import reports as published

structlog = pytest.importorskip("structlog")

from aat_reporters.structlog import ErrorReportProcessor  # noqa: E402  # it imports structlog

LEVEL = structlog.stdlib.add_log_level

IS_OLD = tuple(map(int, version("structlog").split(".")[:2])) < (23, 3)

#: What programs put behind our processor so that logging gets the event.
ENDS = {
    "wrap_for_formatter": structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    "render_to_log_kwargs": structlog.stdlib.render_to_log_kwargs,
    "JSONRenderer": structlog.processors.JSONRenderer(),
    "ConsoleRenderer": structlog.dev.ConsoleRenderer(colors=True),
    "KeyValueRenderer": structlog.processors.KeyValueRenderer(key_order=["event"]),
}


@pytest.fixture(autouse=True)
def _nothing_bound() -> Iterator[None]:
    structlog.contextvars.clear_contextvars()
    yield
    structlog.contextvars.clear_contextvars()


@pytest.fixture
def root() -> Iterator[logging.Logger]:
    """Give the root logger with our handler."""
    root, handler = logging.getLogger(), ErrorReportHandler()
    root.addHandler(handler)
    yield root
    root.removeHandler(handler)


def collected(*processors: Any) -> tuple[Any, list[dict[str, Any]]]:
    """Give a logger whose events end in a list."""
    events: list[dict[str, Any]] = []

    def collect(logger: object, method: str, event: dict[str, Any]) -> str:
        events.append(event)
        return ""

    return structlog.wrap_logger(structlog.ReturnLogger(), processors=[*processors, collect]), events


def to_logging(end: Any, *processors: Any, name: str = "shop.structlog") -> Any:
    """Give a logger whose events go to logging."""
    return structlog.wrap_logger(
        structlog.stdlib.LoggerFactory()(name),
        processors=[*processors, end],
        wrapper_class=structlog.stdlib.BoundLogger,
    )


def fail() -> None:
    raise LookupError("no such cart")


def caught() -> LookupError:
    try:
        fail()
    except LookupError as error:
        return error
    raise AssertionError


def test_an_exception_is_reported_with_everything_bound(reports: Reports) -> None:
    log, events = collected(ErrorReportProcessor())
    structlog.contextvars.bind_contextvars(request_id="r-17", session_id="abc")
    with bound(route="/cart"):
        try:
            fail()
        except LookupError:
            log.bind(user_id=7, password="hunter2x").exception("cart failed", order="o-3")
    (report,) = reports
    assert report["error"] == "LookupError: no such cart"
    context = report["context"]
    assert (context["function"], context["log_message"]) == ("fail", "cart failed")
    assert (context["request_id"], context["route"], context["user_id"]) == ("r-17", "/cart", 7)
    assert (context["order"], context["password"]) == ("o-3", "[redacted]")
    assert context["session_id"].startswith("sha256:")
    assert "exc_info" in events[0]


@pytest.mark.parametrize("form", ["exception", "true", "instance", "tuple", "event"])
def test_however_an_exception_is_given_it_is_signed_alike_and_the_event_stays_as_it_was(
    reports: Reports, form: str
) -> None:
    before: list[dict[str, Any]] = []

    def remember(logger: object, method: str, event: dict[str, Any]) -> dict[str, Any]:
        before.append(copy.copy(event))
        return event

    log, after = collected(remember, ErrorReportProcessor())
    try:
        fail()
    except LookupError as error:
        match form:
            case "exception":
                log.exception("failed")
            case "true":
                log.error("failed", exc_info=True)
            case "instance":
                log.error("failed", exc_info=error)
            case "tuple":
                log.error("failed", exc_info=(type(error), error, error.__traceback__))
            case "event":
                log.error(error)
    assert after == before
    (report,) = reports
    with recording_reporter() as (reporter, by_hand):
        reporter.report(caught())
    assert report["signature"] == by_hand[0]["signature"]


@pytest.mark.parametrize(
    ("method", "event", "level"),
    [
        ("error", {}, "ERROR"),
        ("critical", {}, "CRITICAL"),
        ("fatal", {}, "CRITICAL"),
        ("msg", {"level": "error"}, "ERROR"),
        ("msg", {"level": "CRITICAL"}, "CRITICAL"),
        ("error", {"level": "expert"}, "ERROR"),
        ("error", {"level": "warning"}, None),
        ("warning", {}, None),
        ("info", {}, None),
        ("error", {"exc_info": (None, None, None)}, "ERROR"),
    ],
)
def test_events_at_error_and_above_are_reported(
    reports: Reports, method: str, event: dict[str, Any], level: str | None
) -> None:
    assert ErrorReportProcessor()(None, method, {"event": "disk full", **event})["event"] == "disk full"
    assert [report["level"] for report in reports] == ([level] if level else [])


def test_a_message_is_signed_by_its_words_and_where_it_is_logged(reports: Reports) -> None:
    log, _ = collected(ErrorReportProcessor())
    for order in (1, 2):
        log.error("stock is low", order=order)
    log.error("stock is low")
    log.error("stock is gone")
    signatures = [report["signature"]["stable"] for report in reports]
    assert len(set(signatures)) == 2
    assert signatures[0] == signatures[1] == signatures[2]
    (first, *_) = reports
    assert first["error"] == "stock is low"
    assert first["context"]["file"].endswith("test_structlog.py")
    assert first["context"]["function"] == "test_a_message_is_signed_by_its_words_and_where_it_is_logged"


def test_arguments_that_nobody_has_put_in_yet_are_put_in_in_the_background(reports: Reports) -> None:
    log = to_logging(
        ENDS["JSONRenderer"], ErrorReportProcessor(), structlog.stdlib.PositionalArgumentsFormatter()
    )
    log.error("order %d of %s failed", 17, "ann")
    assert [report["error"] for report in reports] == ["order 17 of ann failed"]


def test_no_code_of_the_users_objects_is_run(reports: Reports) -> None:
    class Explosive:
        def __repr__(self) -> str:
            raise AssertionError("was asked for its words")

        __str__ = __repr__

    log, _ = collected(ErrorReportProcessor())
    log.error("failed", cart=Explosive(), nested={"carts": [Explosive()]})
    assert "Explosive>" in reports[0]["context"]["cart"]


def test_a_fingerprint_decides_the_signature(reports: Reports) -> None:
    log, _ = collected(ErrorReportProcessor())
    log.error("one", fingerprint="checkout")
    log.error("two", fingerprint=["checkout"])
    assert reports[0]["signature"]["stable"] == reports[1]["signature"]["stable"]
    assert "fingerprint" not in reports[0]["context"]


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("what", ["exception", "instance later", "message", "quoted message"])
def test_what_then_reaches_our_handler_is_one_report(
    reports: Reports, root: logging.Logger, end: str, what: str
) -> None:
    log = to_logging(ENDS[end], LEVEL, ErrorReportProcessor())
    for _ in range(3):
        match what:
            case "exception":
                try:
                    fail()
                except LookupError:
                    log.exception("cart failed")
            case "instance later":
                error = caught()
                log.error("cart failed", exc_info=(type(error), error, error.__traceback__))
            case "message":
                log.error("stock is low", article=4)
            case "quoted message":
                log.error('article "four"\nis gone: ümlaut')
    assert len(reports) == 3
    assert len({report["signature"]["stable"] for report in reports}) == 1


@pytest.mark.parametrize("end", ENDS)
def test_it_is_signed_as_the_handler_alone_would_where_the_handler_can(
    reports: Reports, root: logging.Logger, end: str
) -> None:
    for processors in ([ErrorReportProcessor()], []):
        to_logging(ENDS[end], *processors).error("stock is low")
    told, alone = reports
    if end in ("wrap_for_formatter", "render_to_log_kwargs"):
        assert told["signature"] == alone["signature"]
    assert told["logger"] == alone["logger"] == "shop.structlog"


def test_another_record_is_never_taken_for_the_event(reports: Reports, root: logging.Logger) -> None:
    def drop(logger: object, method: str, event: dict[str, Any]) -> dict[str, Any]:
        raise structlog.DropEvent

    dropped = to_logging(ENDS["JSONRenderer"], ErrorReportProcessor(), drop)
    printed, _ = collected(ErrorReportProcessor())
    without = to_logging(ENDS["JSONRenderer"])
    plain = logging.getLogger("shop.plain")
    for log in (dropped, printed):
        log.error("stock is low")
        plain.error("stock is low")
        without.error("stock is low")
    assert len(reports) == 6


def test_what_a_later_processor_logs_is_reported_too(reports: Reports, root: logging.Logger) -> None:
    def complain(logger: object, method: str, event: dict[str, Any]) -> dict[str, Any]:
        logging.getLogger("shop.plain").error("stock is low")
        return event

    to_logging(ENDS["JSONRenderer"], ErrorReportProcessor(), complain).error("stock is low")
    assert [report["logger"] for report in reports] == ["shop.structlog", "shop.plain"]


def test_records_of_plain_logging_that_pass_by_are_the_handlers(
    reports: Reports, root: logging.Logger
) -> None:
    formatting = logging.StreamHandler(stream=io.StringIO())
    formatting.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[LEVEL, ErrorReportProcessor()],
            processors=[ErrorReportProcessor(), structlog.dev.ConsoleRenderer(colors=False)],
        )
    )
    root.addHandler(formatting)
    logging.getLogger("shop.plain").error("stock is low")
    to_logging(ENDS["wrap_for_formatter"], LEVEL, ErrorReportProcessor()).error("stock is gone")
    root.removeHandler(formatting)
    assert [report["error"] for report in reports] == ["stock is low", "stock is gone"]


@pytest.mark.parametrize("formatter", ["format_exc_info", "dict_tracebacks"])
def test_behind_format_exc_info_the_exception_at_hand_is_still_reported_and_the_order_told_once(
    reports: Reports, caplog: pytest.LogCaptureFixture, formatter: str
) -> None:
    log, _ = collected(getattr(structlog.processors, formatter), ErrorReportProcessor())
    for _ in range(2):
        try:
            fail()
        except LookupError:
            log.exception("cart failed")
    with recording_reporter() as (reporter, by_hand):
        reporter.report(caught())
    assert [report["signature"] for report in reports] == [by_hand[0]["signature"]] * 2
    warnings = [record.message for record in caplog.records if record.name == "aat_reporters.structlog"]
    assert len(warnings) == 1
    assert "put it before" in warnings[0]


@pytest.mark.parametrize("formatter", ["format_exc_info", "dict_tracebacks"])
def test_behind_format_exc_info_an_exception_of_before_is_reported_from_its_text(
    reports: Reports, root: logging.Logger, formatter: str
) -> None:
    log = to_logging(ENDS["JSONRenderer"], getattr(structlog.processors, formatter), ErrorReportProcessor())
    log.error("cart failed", exc_info=caught(), order="o-3")
    (report,) = reports
    assert report["error"] == "LookupError: no such cart"
    assert (report["context"]["log_message"], report["context"]["order"]) == ("cart failed", "o-3")
    assert report["stack"].startswith("Traceback (most recent call last):")
    assert "exception" not in report["context"]
    with recording_reporter() as (reporter, by_hand):
        reporter.report(caught())
    assert report["signature"]["stable"] == by_hand[0]["signature"]["stable"]


def fail_again(*, explicit: bool) -> None:
    try:
        fail()
    except LookupError as error:
        if explicit:
            raise ValueError("bad cart\nin two lines") from error
        raise ValueError("bad cart")  # noqa: B904  # the point of it


@pytest.mark.parametrize("formatter", ["format_exc_info", "dict_tracebacks"])
@pytest.mark.parametrize("explicit", [True, False])
def test_causes_are_read_from_the_text_too(reports: Reports, formatter: str, explicit: bool) -> None:
    log, _ = collected(getattr(structlog.processors, formatter), ErrorReportProcessor())
    with recording_reporter() as (reporter, by_hand):
        try:
            fail_again(explicit=explicit)
        except ValueError as error:
            kept = error
            reporter.report(error)
    log.error("cart failed", exc_info=kept)
    (report,) = reports
    assert report["signature"]["stable"] == by_hand[0]["signature"]["stable"]
    assert report["error"] == by_hand[0]["error"]


@pytest.mark.parametrize("formatter", ["format_exc_info", "dict_tracebacks"])
def test_a_group_is_not_lost_behind_format_exc_info(reports: Reports, formatter: str) -> None:
    log, _ = collected(getattr(structlog.processors, formatter), ErrorReportProcessor())
    log.error("failed", exc_info=ExceptionGroup("all carts", [caught(), caught()]))
    assert [report["error"] for report in reports] == ["ExceptionGroup: all carts (2 sub-exceptions)"]


def test_a_value_that_is_only_called_exception_is_a_value(
    reports: Reports, caplog: pytest.LogCaptureFixture
) -> None:
    log, _ = collected(ErrorReportProcessor())
    log.error("cart failed", exception="timeout")
    log.error("cart failed", exception=[])
    assert [report["error"] for report in reports] == ["cart failed", "cart failed"]
    assert reports[0]["context"]["exception"] == "timeout"
    assert not caplog.records


async def test_async_loggers_are_reported_with_their_context(reports: Reports, root: logging.Logger) -> None:
    log = structlog.wrap_logger(
        structlog.stdlib.LoggerFactory()("shop.structlog"),
        processors=[LEVEL, ErrorReportProcessor(), ENDS["JSONRenderer"]],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    )
    structlog.contextvars.bind_contextvars(request_id="r-17")
    try:
        fail()
    except LookupError as error:
        # Before 23.3 structlog itself loses what is being handled on the way to its thread.
        await log.aexception("cart failed", **({"exc_info": error} if IS_OLD else {}))
    for _ in range(2):
        await log.aerror("stock is low")
        await log.awarning("stock is lower")
    assert [report["error"] for report in reports] == [
        "LookupError: no such cart", "stock is low", "stock is low"
    ]  # fmt: skip
    assert {report["context"]["request_id"] for report in reports} == {"r-17"}
    assert reports[0]["context"]["function"] == "fail"
    if not IS_OLD:
        assert reports[1]["context"]["file"].endswith("test_structlog.py")


async def test_the_async_logger_of_the_standard_library_is_reported(
    reports: Reports, root: logging.Logger
) -> None:
    log = structlog.stdlib.AsyncBoundLogger(
        structlog.stdlib.LoggerFactory()("shop.structlog"),
        processors=[LEVEL, ErrorReportProcessor(), ENDS["wrap_for_formatter"]],
        context={},
    )
    try:
        fail()
    except LookupError:
        await log.exception("cart failed")
    await log.error("stock is low")
    assert [report["error"] for report in reports] == ["LookupError: no such cart", "stock is low"]


def test_what_is_filtered_before_is_not_reported(reports: Reports) -> None:
    def drop(logger: object, method: str, event: dict[str, Any]) -> dict[str, Any]:
        raise structlog.DropEvent

    quiet = logging.getLogger("shop.quiet")
    quiet.setLevel(logging.CRITICAL)
    filtering = structlog.make_filtering_bound_logger(logging.CRITICAL)
    processors = [ErrorReportProcessor(), ENDS["JSONRenderer"]]
    for log in (
        structlog.wrap_logger(quiet, processors=[structlog.stdlib.filter_by_level, *processors]),
        structlog.wrap_logger(structlog.ReturnLogger(), processors=processors, wrapper_class=filtering),
        structlog.wrap_logger(structlog.ReturnLogger(), processors=[drop, *processors]),
    ):
        log.error("expected")
    assert reports == []


def test_a_wrong_setting_is_told_when_the_processor_is_made() -> None:
    with pytest.raises(SettingsError, match=r"namespace.*'a b'"):
        ErrorReportProcessor(namespace="a b")


def test_a_hostile_event_is_counted_and_does_not_reach_the_program() -> None:
    class Hostile(dict[str, Any]):
        def items(self) -> Any:
            raise RuntimeError("no items")

        keys = __iter__ = items

    # Counters are shared by reporters with equal settings.
    with recording_reporter(server="hostile") as (reporter, reports):
        event = Hostile(event="failed")
        assert ErrorReportProcessor(reporter=reporter)(None, "error", event) is event
        assert reporter.stats().dropped == {"could not be captured": 1}
    assert reports == []


def test_every_error_of_a_program_is_counted_once(
    nats_server: EmbeddedServer, streams: Namespace, variables: dict[str, str]
) -> None:
    run(
        """
        import logging, sys, structlog
        from aat_reporters.logging import ErrorReportHandler
        from aat_reporters.structlog import ErrorReportProcessor

        logging.getLogger().addHandler(ErrorReportHandler(release="r1"))
        structlog.configure(
            processors=[
                structlog.contextvars.merge_contextvars,
                structlog.stdlib.filter_by_level,
                structlog.stdlib.add_logger_name,
                structlog.stdlib.add_log_level,
                ErrorReportProcessor(release="r1"),
                structlog.processors.format_exc_info,
                structlog.processors.JSONRenderer(),
            ],
            logger_factory=structlog.stdlib.LoggerFactory(),
            wrapper_class=structlog.stdlib.BoundLogger,
        )
        log = structlog.get_logger("shop")
        for order in range(20):
            log.error("stock is low", order=order)
            try:
                1 / 0
            except ZeroDivisionError:
                log.exception("failed", order=order)
        """,
        variables,
        preamble="",
    )
    deliver_leftovers(variables)
    found = [stored.body for stored in published(nats_server.url, streams)]
    assert sorted(report["error"] for report in found) == [
        "ZeroDivisionError: division by zero",
        "stock is low",
    ]
    assert sorted(occurrences(nats_server.url, streams).values()) == [20, 20]
