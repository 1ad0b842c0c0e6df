"""Open the handlers that are compared: ours, those of the standard library, those of other reporters."""

from __future__ import annotations

import logging
import logging.handlers
import queue
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from importlib.util import find_spec

from aat_reporters.logging import ErrorReportHandler
from aat_reporters.reporter import Reporter
from aat_reporters.settings import DEFAULT_QUEUE_SIZE

_SINK = """
import http.server

class Taking(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Taking)
print(server.server_address[1], flush=True)
server.serve_forever()
"""

Opened = Callable[[], AbstractContextManager[logging.Handler]]


@contextmanager
def file_handler() -> Iterator[logging.Handler]:
    """Format and write each record."""
    with tempfile.NamedTemporaryFile(suffix=".log") as file:
        handler = logging.FileHandler(file.name)
        yield handler
        handler.close()


@contextmanager
def queue_handler() -> Iterator[logging.Handler]:
    """Format on the calling thread, write elsewhere."""
    with tempfile.NamedTemporaryFile(suffix=".log") as file:
        sink = logging.FileHandler(file.name)
        records: queue.Queue[logging.LogRecord] = queue.Queue(-1)
        listener = logging.handlers.QueueListener(records, sink)
        listener.start()
        yield logging.handlers.QueueHandler(records)
        listener.stop()
        sink.close()


@contextmanager
def sentry_handler() -> Iterator[logging.Handler]:
    """Use sentry-sdk's own handler over HTTP, to a server of another process that takes everything."""
    import sentry_sdk
    from sentry_sdk.integrations.logging import EventHandler

    with _sink() as port:
        sentry_sdk.init(dsn=f"http://key@127.0.0.1:{port}/1", default_integrations=False)
        yield EventHandler()
        sentry_sdk.flush(2)
        sentry_sdk.get_client().close(0)


@contextmanager
def opentelemetry_handler() -> Iterator[logging.Handler]:
    """Use OpenTelemetry's handler, whose batches go nowhere."""
    from opentelemetry.sdk._logs import LoggerProvider, LoggingHandler
    from opentelemetry.sdk._logs.export import (
        BatchLogRecordProcessor,
        LogRecordExporter,
        LogRecordExportResult,
    )

    class Nowhere(LogRecordExporter):
        def export(self, batch: object) -> LogRecordExportResult:  # the name that is called
            return LogRecordExportResult.SUCCESS

        def shutdown(self) -> None:
            pass

        def force_flush(self, timeout_millis: int = 0) -> bool:
            return True

    provider = LoggerProvider()
    provider.add_log_record_processor(BatchLogRecordProcessor(Nowhere()))
    yield LoggingHandler(logger_provider=provider)
    provider.shutdown()


def our_handler(url: str, *, queue_size: int, notes: list[str]) -> Opened:
    """Publish to a server, or spool where there is none; add what became of the errors to the notes."""

    @contextmanager
    def opened() -> Iterator[logging.Handler]:
        with tempfile.TemporaryDirectory() as spool:
            reporter = Reporter.open(
                url=url, namespace="benchmark", spool=spool, release="1", queue_size=queue_size
            )
            yield ErrorReportHandler(reporter=reporter)
            reporter.flush(30)
            notes.append(str(reporter.stats().as_dict()))
            reporter.close()

    return opened


def contenders(url: str, notes: list[str]) -> list[tuple[str, Opened, int]]:
    """Name each handler, and by how much its runs must be shorter to end."""
    found: list[tuple[str, Opened, int]] = [
        ("aat_reporters", our_handler(url, queue_size=DEFAULT_QUEUE_SIZE, notes=notes), 1),
        # Nothing finds the queue full here, which would be cheaper still.
        ("... with endless queue", our_handler(url, queue_size=1_000_000, notes=notes), 1),
        ("logging.FileHandler", file_handler, 20),
        ("logging.QueueHandler", queue_handler, 20),
    ]
    if find_spec("opentelemetry"):
        found.append(("OpenTelemetry", opentelemetry_handler, 20))
    if find_spec("sentry_sdk"):
        found.append(("sentry-sdk over HTTP", sentry_handler, 100))
    return found


@contextmanager
def _sink() -> Iterator[int]:
    """Run the server that takes everything; give its port."""
    with subprocess.Popen([sys.executable, "-c", _SINK], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield int(process.stdout.readline())
        process.kill()
