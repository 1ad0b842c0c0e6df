"""Sentry's SDK: its error events are reported once, as the exceptions themselves would be."""

from __future__ import annotations

import gzip
import json
import logging
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from aat_consumer.operate.server import EmbeddedServer
from aat_reporters.errors import SettingsError
from aat_reporters.logging import ErrorReportHandler
from aat_reporters.testing import recording_reporter
from aat_reporters.wire import Namespace
from tests.edges.conftest import Reports
from tests.edges.leftovers import deliver_leftovers
from tests.failures import CASES, Cart
from tests.integration.reporters.programs import run
from tests.integration.reporters.stream_access import eventually, occurrences
from tests.integration.reporters.stream_access import reports as published

sentry_sdk = pytest.importorskip("sentry_sdk")

from sentry_sdk.envelope import Envelope  # noqa: E402  # may be missing
from sentry_sdk.integrations.logging import EventHandler  # noqa: E402

from aat_reporters.sentry import ErrorReportTransport  # noqa: E402  # it imports sentry_sdk

Init = Callable[..., ErrorReportTransport]

#: A place that nobody answers at; nothing is sent there unless it is asked for.
DSN = "http://key@127.0.0.1:9/1"


@pytest.fixture
def init() -> Iterator[Init]:
    """Start Sentry without integrations, which patch for good, and end it after the test."""

    def start(transport: Any = None, **options: Any) -> Any:
        made = ErrorReportTransport() if transport is None else transport
        sentry_sdk.init(
            default_integrations=False, auto_enabling_integrations=False, transport=made, **options
        )
        return made

    yield start
    sentry_sdk.get_client().close(timeout=0)
    sentry_sdk.Scope.get_global_scope().set_client(None)


def group() -> None:
    errors: list[Exception] = []
    for fail in (Cart().plainly, Cart().with_a_cause):
        try:
            fail()
        except Exception as exc:
            errors.append(exc)
    raise ExceptionGroup("all carts", errors)


def caught(fail: Callable[[], object]) -> Exception:
    try:
        fail()
    except Exception as exc:
        return exc
    raise AssertionError


def by_hand(fail: Callable[[], object]) -> dict[str, Any]:
    with recording_reporter() as (reporter, reports):
        reporter.report(caught(fail))
    return reports[0]


@pytest.mark.parametrize(
    ("make", "dsn", "count"),
    [
        (ErrorReportTransport, None, 1),
        (ErrorReportTransport, DSN, 1),
        (lambda: ErrorReportTransport, DSN, 1),
        # Sentry makes no transport then, without a word; the page says so.
        (lambda: ErrorReportTransport, None, 0),
    ],
    ids=["instance", "instance with DSN", "class with DSN", "class without DSN"],
)
def test_an_instance_works_with_and_without_a_dsn(
    reports: Reports, init: Init, make: Callable[[], Any], dsn: str | None, count: int
) -> None:
    init(make(), dsn=dsn)
    sentry_sdk.capture_exception(caught(Cart().plainly))
    assert len(reports) == count


@pytest.mark.parametrize("fail", [*CASES, group], ids=lambda fail: fail.__name__)
@pytest.mark.parametrize("is_live", [True, False], ids=["live", "told"])
def test_live_and_told_are_signed_as_the_exception_itself(
    reports: Reports, init: Init, fail: Callable[[], object], is_live: bool
) -> None:
    init()
    if is_live:
        try:
            fail()
        except Exception:
            sentry_sdk.capture_exception()
    else:
        sentry_sdk.capture_exception(caught(fail))
    (report,) = reports
    expected = by_hand(fail)
    assert report["signature"] == expected["signature"]
    assert report["error"] == expected["error"]
    place = {key: expected["context"][key] for key in ("file", "line", "function")}
    assert report["context"] | place == report["context"]
    assert report["stack"].startswith(("Traceback (most recent call last):", "  + Exception Group"))


def test_who_and_what_was_meant_is_context_and_no_secret_is(reports: Reports, init: Init) -> None:
    init(release="shop@1.2", environment="eu")
    scope = sentry_sdk.Scope.get_isolation_scope()
    scope.set_user({"id": 42, "email": "ann@example.com"})
    scope.set_tag("region", "eu-1")
    scope.set_extra("cart", {"items": 3})
    scope.set_extra("sys.argv", ["pay", "--card", "4111111111111111"])
    secret = "s3cret-of-ann"

    def add_request(event: Any, hint: Any) -> Any:
        event["request"] = {
            "url": "https://shop.example.com/cart",
            "method": "POST",
            "query_string": f"page=2&token={secret}",
            "headers": {"X-Request-Id": "r-17", "Cookie": f"sessionid={secret}", "Authorization": secret},
            "cookies": {"sessionid": secret},
            "data": {"note": secret},
        }
        return event

    scope.add_event_processor(add_request)
    local_secret = secret  # noqa: F841  # a variable of a frame
    try:
        Cart().plainly()
    except ValueError:
        sentry_sdk.capture_exception()
    sentry_sdk.capture_exception(caught(Cart().plainly))
    for report in reports:
        context = report["context"]
        assert (context["request_id"], context["method"]) == ("r-17", "POST")
        assert context["url"] == "https://shop.example.com/cart?page=2&token=[redacted]"
        assert (context["user_id"], context["tags"]) == (42, {"region": "eu-1"})
        assert context["extra"] == {"cart": {"items": 3}}
        assert (context["sentry_release"], context["sentry_environment"]) == ("shop@1.2", "eu")
        assert secret not in json.dumps(report)
        assert "ann@example.com" not in json.dumps(report)
        assert "4111111111111111" not in json.dumps(report)
    assert len(reports) == 2
    scope.clear()


def test_a_message_at_error_is_reported_from_where_it_was_captured(reports: Reports, init: Init) -> None:
    init()
    for level in ("debug", "info", "warning", "error", "fatal"):
        sentry_sdk.capture_message(f"a message at {level}", level=level)
    assert [report["error"] for report in reports] == ["a message at error", "a message at fatal"]
    assert [report["level"] for report in reports] == ["ERROR", "CRITICAL"]
    assert reports[0]["context"]["file"].endswith("test_sentry.py")


def test_what_is_lowered_to_a_warning_is_no_error(reports: Reports, init: Init) -> None:
    init()
    with sentry_sdk.new_scope() as scope:
        scope.set_level("warning")
        sentry_sdk.capture_exception(caught(Cart().plainly))
    assert reports == []


def test_sessions_transactions_and_the_like_are_not_reported(reports: Reports, init: Init) -> None:
    kinds: list[str | None] = []

    class Watched(ErrorReportTransport):
        def capture_envelope(self, envelope: Envelope) -> None:
            kinds.extend(item.type for item in envelope.items)
            super().capture_envelope(envelope)

    init(Watched(), traces_sample_rate=1.0, auto_session_tracking=True, release="r1", dsn=DSN)
    scope = sentry_sdk.Scope.get_isolation_scope()
    scope.start_session(session_mode="application")
    with sentry_sdk.start_transaction(name="checkout", op="task"):
        pass
    scope.end_session()
    sentry_sdk.get_client().flush()
    assert sorted(map(str, kinds)) == ["session", "transaction"]
    assert reports == []


def test_what_before_send_removed_stays_removed(reports: Reports, init: Init) -> None:
    def scrub(event: Any, hint: Any) -> Any:
        for value in event.get("exception", {}).get("values", ()):
            value["value"] = value["value"].replace("17", "[gone]")
        if "logentry" in event:
            event["logentry"] = {"message": "[gone]"}
        return event

    init(before_send=scrub)
    for fail in (Cart().plainly, Cart().with_a_cause, group):
        try:
            fail()
        except Exception:
            sentry_sdk.capture_exception()
    assert len(reports) == 3
    for report in reports:
        published_text = json.dumps({**report, "frames": None})
        assert "order [gone]" in published_text
        assert "order 17\\n" not in report["stack"]
        assert "ValueError: no price for order 17" not in published_text


def test_what_before_send_dropped_is_not_reported(reports: Reports, init: Init) -> None:
    init(before_send=lambda event, hint: None)
    sentry_sdk.capture_exception(caught(Cart().plainly))
    assert reports == []


def test_a_fingerprint_decides_and_the_default_one_changes_nothing(reports: Reports, init: Init) -> None:
    init()
    for fingerprint in (["{{ default }}"], ["checkout"], ["checkout"]):
        with sentry_sdk.new_scope() as scope:
            scope.fingerprint = fingerprint
            sentry_sdk.capture_exception(caught(Cart().plainly if len(reports) < 2 else Cart().inside))
    signatures = [report["signature"]["stable"] for report in reports]
    assert signatures[0] == by_hand(Cart().plainly)["signature"]["stable"]
    assert signatures[1] == signatures[2] != signatures[0]


def test_long_messages_that_sentry_cuts_are_still_the_exception_at_hand(reports: Reports, init: Init) -> None:
    init(max_value_length=100)
    try:
        raise ValueError("long " * 100)
    except ValueError:
        sentry_sdk.capture_exception()
    assert len(reports[0]["error"]) > 500


def test_an_endless_recursion_is_reported_although_sentry_leaves_out_its_stack(
    reports: Reports, init: Init
) -> None:
    def forever() -> None:
        forever()

    init()
    try:
        forever()
    except RecursionError:
        sentry_sdk.capture_exception()
    assert reports[0]["frames"]


def test_what_says_something_of_the_reporting_itself_is_not_reported(reports: Reports, init: Init) -> None:
    init()
    for name in ("nats.aio.client", "aat_reporters", "aat_consumer.worker"):
        sentry_sdk.capture_event({"logger": name, "level": "error", "message": "no server"})
    assert reports == []


def test_an_exception_that_logging_reported_is_one_report(reports: Reports, init: Init) -> None:
    init()
    logger, handler = logging.getLogger("shop.sentry"), ErrorReportHandler()
    logger.addHandler(handler)
    try:
        Cart().plainly()
    except ValueError:
        sentry_sdk.capture_exception()
        logger.exception("failed")
    logger.removeHandler(handler)
    assert len(reports) == 1


@pytest.mark.parametrize("ours_first", [True, False])
@pytest.mark.parametrize("with_ours", [True, False])
def test_a_log_record_that_sentry_handles_is_one_report_and_signed_as_by_our_handler(
    reports: Reports, init: Init, ours_first: bool, with_ours: bool
) -> None:
    init()
    logger = logging.getLogger("shop.sentry")
    handlers = [EventHandler(logging.ERROR), *([ErrorReportHandler()] if with_ours else [])]
    logger.handlers[:] = handlers[::-1] if ours_first else handlers
    try:
        for article in (4, 5):
            logger.error("article %s is gone", article)
        logger.error("order %s failed", 17, exc_info=caught(Cart().plainly))
        logger.error({"event": "stock is low"})
        logger.warning("not an error")
    finally:
        logger.handlers.clear()
    assert [report["error"] for report in reports[:3]] == [
        "article 4 is gone",
        "article 5 is gone",
        "ValueError: no price for order 17",
    ]
    assert len(reports) == 4
    first, second, third, _ = reports
    assert first["signature"]["stable"] == second["signature"]["stable"]
    assert first["context"]["file"].endswith("test_sentry.py")
    assert third["context"]["log_message"] == "order 17 failed"
    assert third["signature"] == by_hand(Cart().plainly)["signature"]


def test_a_log_record_that_before_send_changed_is_reported_as_changed(reports: Reports, init: Init) -> None:
    def scrub(event: Any, hint: Any) -> Any:
        event["logentry"] = {"message": "card [gone] refused", "params": []}
        return event

    init(before_send=scrub)
    logger, handler = logging.getLogger("shop.sentry"), EventHandler(logging.ERROR)
    logger.addHandler(handler)
    whose = "of " + "Ann"
    logger.error("card %s refused", whose)
    logger.removeHandler(handler)
    assert [report["error"] for report in reports] == ["card [gone] refused"]
    assert "Ann" not in json.dumps(reports)


def test_a_wrong_setting_is_told_when_the_transport_is_made() -> None:
    with pytest.raises(SettingsError, match=r"namespace.*'a b'"):
        ErrorReportTransport(namespace="a b")


@pytest.mark.parametrize("event", [{"exception": 5}, {"exception": {"values": [7]}}, {"level": [1]}])
def test_a_strange_event_is_counted_and_does_not_reach_the_program(event: Any) -> None:
    # Counters are shared by reporters with equal settings.
    with recording_reporter(server=str(event)) as (reporter, reports):
        envelope = Envelope()
        envelope.add_event(event)
        ErrorReportTransport(reporter=reporter).capture_envelope(envelope)
        assert reporter.stats().dropped == {"could not be captured": 1}
    assert reports == []


def test_what_sentry_asks_of_a_transport_is_answered(reports: Reports, init: Init) -> None:
    transport = init()
    assert transport.is_healthy()
    transport.record_lost_event("before_send", data_category="error")
    sentry_sdk.capture_exception(caught(Cart().plainly))
    sentry_sdk.flush(timeout=2)
    sentry_sdk.get_client().close()
    assert len(reports) == 1


class _Envelopes(ThreadingHTTPServer):
    """Count what Sentry would get."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Take)
        self.received: list[bytes] = []


class _Take(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        assert isinstance(self.server, _Envelopes)
        self.server.received.append(body)
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *arguments: object) -> None:
        """Stay quiet."""


@pytest.fixture
def server() -> Iterator[_Envelopes]:
    with _Envelopes() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("end", ["JSONRenderer", "wrap_for_formatter"])
def test_what_structlog_our_handler_and_sentry_see_is_one_report(
    reports: Reports, init: Init, end: str
) -> None:
    structlog = pytest.importorskip("structlog")
    from aat_reporters.structlog import ErrorReportProcessor

    ends = {
        "JSONRenderer": structlog.processors.JSONRenderer(),
        "wrap_for_formatter": structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    }
    init()
    logger = logging.getLogger("shop.sentry")
    log = structlog.wrap_logger(
        logger, processors=[ErrorReportProcessor(), ends[end]], wrapper_class=structlog.stdlib.BoundLogger
    )
    for handlers in ([EventHandler(logging.ERROR)], [EventHandler(logging.ERROR), ErrorReportHandler()]):
        logger.handlers[:] = handlers
        log.error("stock is low", article=4)
        try:
            Cart().plainly()
        except ValueError:
            log.exception("failed")
    logger.handlers.clear()
    assert [report["error"] for report in reports] == [
        "stock is low",
        "ValueError: no price for order 17",
    ] * 2


@pytest.mark.parametrize("forward", [True, False])
def test_with_a_dsn_sentry_gets_its_events_too_if_asked(
    reports: Reports, init: Init, server: _Envelopes, forward: bool
) -> None:
    dsn = f"http://key@127.0.0.1:{server.server_port}/1"
    transport = init(ErrorReportTransport(forward=forward), dsn=dsn, traces_sample_rate=1.0)
    for fail in (Cart().plainly, Cart().inside):
        sentry_sdk.capture_exception(caught(fail))
    with sentry_sdk.start_transaction(name="checkout", op="task"):
        pass
    sentry_sdk.get_client().flush(timeout=20)
    transport.flush(timeout=5)
    assert len(reports) == 2
    received = eventually(lambda: list(server.received), lambda found: len(found) >= 3 * forward)
    kinds = [json.loads(gzip.decompress(body).splitlines()[1])["type"] for body in received]
    assert kinds == ["event", "event", "transaction"] * forward
    assert transport.is_healthy()


PREAMBLE = """
import logging, sys, threading
import sentry_sdk
from aat_reporters import hooks
from aat_reporters.logging import ErrorReportHandler
from aat_reporters.sentry import ErrorReportTransport

def fail(text="no such cart"):
    raise LookupError(text)

"""


def told(server: EmbeddedServer, namespace: Namespace, variables: dict[str, str]) -> list[str]:
    """Give the errors on the stream."""
    deliver_leftovers(variables)
    return sorted(stored.body["error"] for stored in published(server.url, namespace))


def test_with_sentrys_logging_integration_and_our_handler_each_error_is_counted_once(
    nats_server: EmbeddedServer, streams: Namespace, variables: dict[str, str]
) -> None:
    # Sentry imports whatever framework it knows, and old ones warn of their parts.
    variables["PYTHONWARNINGS"] = "ignore"
    run(
        """
        logging.getLogger().addHandler(ErrorReportHandler(release="r1"))
        sentry_sdk.init(transport=ErrorReportTransport(release="r1"))
        for number in range(5):
            logging.error("order %d failed", number)
            try:
                fail()
            except LookupError:
                logging.exception("caught")
        """,
        variables,
        preamble=PREAMBLE,
    )
    assert told(nats_server, streams, variables) == ["LookupError: no such cart", "order 0 failed"]
    assert sorted(occurrences(nats_server.url, streams).values()) == [5, 5]


def test_with_sentrys_hooks_and_ours_what_nothing_caught_is_counted_once(
    nats_server: EmbeddedServer, streams: Namespace, variables: dict[str, str]
) -> None:
    source = """
    hooks.install(release="r1")
    sentry_sdk.init(transport=ErrorReportTransport(release="r1"))
    thread = threading.Thread(target=fail, args=("in a thread",))
    thread.start()
    thread.join()
    try:
        fail("at the end")
    except LookupError:
        # Its traceback would make the test's output hard to read.
        sys.excepthook(*sys.exc_info())
    """
    # Sentry imports whatever framework it knows, and old ones warn of their parts.
    variables["PYTHONWARNINGS"] = "ignore"
    with pytest.raises(AssertionError, match="at the end"):
        run(source, variables, preamble=PREAMBLE)
    assert told(nats_server, streams, variables) == ["LookupError: at the end", "LookupError: in a thread"]
    assert sorted(occurrences(nats_server.url, streams).values()) == [1, 1]


@pytest.mark.parametrize("hooks_first", [True, False])
def test_what_ends_a_program_is_counted_once_whoever_hooks_first(
    nats_server: EmbeddedServer, streams: Namespace, variables: dict[str, str], hooks_first: bool
) -> None:
    lines = [
        'hooks.install(release="r1")\n',
        'sentry_sdk.init(transport=ErrorReportTransport(release="r1"))\n',
    ]
    # Sentry imports whatever framework it knows, and old ones warn of their parts.
    variables["PYTHONWARNINGS"] = "ignore"
    source = "".join(lines if hooks_first else lines[::-1]) + "fail('at the end')\n"
    with pytest.raises(AssertionError, match="at the end"):
        run(source, variables, preamble=PREAMBLE)
    assert told(nats_server, streams, variables) == ["LookupError: at the end"]
    assert sorted(occurrences(nats_server.url, streams).values()) == [1]


def test_with_sentrys_django_integration_and_our_handler_each_error_is_counted_once(
    nats_server: EmbeddedServer, streams: Namespace, variables: dict[str, str]
) -> None:
    pytest.importorskip("django")
    # Newer releases of Sentry's SDK deprecate the option that the older ones need.
    variables["PYTHONWARNINGS"] = "ignore"
    out = run(
        """
        import django
        from django.conf import settings
        from django.http import Http404, HttpResponse
        from django.urls import path

        def missing(request):
            raise Http404

        def broken(request, number):
            fail()

        urlpatterns = [path("cart/<int:number>", broken), path("missing", missing)]
        AAT = {"release": "r1"}
        settings.configure(
            ROOT_URLCONF=__name__, SECRET_KEY="x" * 50, ALLOWED_HOSTS=["*"], AAT=AAT, DATABASES={},
            LOGGING={
                "version": 1, "disable_existing_loggers": False,
                "handlers": {"errors": {"class": "aat_reporters.logging.ErrorReportHandler"}},
                "root": {"handlers": ["errors"], "level": "INFO"},
            },
        )
        sentry_sdk.init(transport=ErrorReportTransport(**AAT), send_default_pii=True)
        from django.core.wsgi import get_wsgi_application
        from wsgiref.util import setup_testing_defaults
        application = get_wsgi_application()
        def ask(page, query=""):
            environ = {"PATH_INFO": page, "QUERY_STRING": query, "HTTP_HOST": "shop.example.com",
                       "HTTP_X_REQUEST_ID": "r-17", "HTTP_COOKIE": "sessionid=s3cret"}
            setup_testing_defaults(environ)
            statuses = []
            application(environ, lambda status, headers: statuses.append(status[:3])).close()
            return statuses[0]
        print([ask(f"/cart/{number}", "token=s3cret") for number in range(5)], ask("/missing"))
        """,
        variables,
        preamble=PREAMBLE,
    )
    assert out == "['500', '500', '500', '500', '500'] 404\n"
    assert told(nats_server, streams, variables) == ["LookupError: no such cart"]
    assert sorted(occurrences(nats_server.url, streams).values()) == [5]
    (report,) = published(nats_server.url, streams)
    context = report.body["context"]
    assert (context["request_id"], context["method"]) == ("r-17", "GET")
    assert context["url"] == "http://shop.example.com/cart/0?token=[redacted]"
    assert "s3cret" not in json.dumps(report.body)
