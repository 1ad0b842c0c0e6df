"""Measure what a logged exception costs the thread that logs it, beside other handlers in the same run.

    python benchmarks/reporter.py [--json] [--count 20000]

CPU seconds of the calling thread for one ``logger.exception`` with an 11-frame traceback, as a
multiple of ``logging.NullHandler``. Peers that are not installed are left out. Ratios are what
counts: absolute figures belong to the machine.
"""

from __future__ import annotations

import argparse
import gc
import json
import logging
import logging.handlers
import os
import platform
import queue
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path

from aat_consumer.errors import ServerError
from aat_consumer.operate.server import EmbeddedServer
from aat_reporters.logging import ErrorReportHandler
from aat_reporters.reporter import Reporter
from aat_reporters.settings import DEFAULT_QUEUE_SIZE

#: Frames of each traceback, the one that logs included.
FRAMES = 11

SITES = 100

#: Rounds of which the median counts.
ROUNDS = 5

#: Seconds between two errors of the paced run.
PACE = 0.01

_SITE = """
def site_{number}(depth, order):
    if depth:
        return site_{number}_next(depth - 1, order)
    raise ValueError(f"order {{order}} of shop {number} failed")

def site_{number}_next(depth, order):
    if depth:
        return site_{number}(depth - 1, order)
    raise ValueError(f"order {{order}} of shop {number} failed")
"""

Site = Callable[[int, int], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One handler's cost: microseconds of the calling thread, by kind of run."""

    name: str
    one_site: float
    hundred_sites: float
    paced: float


def make_sites(folder: Path) -> list[Site]:
    """Write and load real source files, for handlers that read them."""
    sites: list[Site] = []
    for number in range(SITES):
        path = folder / f"site_{number}.py"
        path.write_text(_SITE.format(number=number), encoding="utf-8")
        names: dict[str, object] = {"__name__": f"shop.site_{number}", "__file__": str(path)}
        exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), names)
        sites.append(names[f"site_{number}"])  # type: ignore[arg-type]
    return sites


def clock_cost() -> float:
    """Measure the two readings of the clock around each call."""
    read = time.thread_time
    spans = []
    for _ in range(20_000):
        started = read()
        spans.append(read() - started)
    return statistics.median(spans)


def tight(logger: logging.Logger, sites: list[Site], count: int) -> float:
    """Log as fast as possible; give the mean cost of a call."""
    read = time.thread_time
    spent = 0.0
    for number in range(count):
        try:
            sites[number % len(sites)](FRAMES - 2, number)
        except ValueError:
            started = read()
            logger.exception("checkout failed")
            spent += read() - started
    return spent / count


def paced(logger: logging.Logger, sites: list[Site], count: int) -> float:
    """Log one error every PACE seconds; give the median cost of a call."""
    read = time.thread_time
    spans = []
    for number in range(count):
        time.sleep(PACE)
        try:
            sites[0](FRAMES - 2, number)
        except ValueError:
            started = read()
            logger.exception("checkout failed")
            spans.append(read() - started)
    return statistics.median(spans)


@contextmanager
def null_handler() -> Iterator[logging.Handler]:
    """Do nothing."""
    yield logging.NullHandler()


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
    """Use sentry-sdk's own handler, with a transport that takes the envelope and does no more."""
    import sentry_sdk
    from sentry_sdk.envelope import Envelope
    from sentry_sdk.integrations.logging import EventHandler
    from sentry_sdk.transport import Transport

    class Taken(Transport):
        def capture_envelope(self, envelope: Envelope) -> None:
            envelope.serialize()

    sentry_sdk.init(transport=Taken(), default_integrations=False)
    yield EventHandler()
    sentry_sdk.get_client().close()


def our_handler(url: str, queue_size: int) -> Callable[[], Iterator[logging.Handler]]:
    """Publish to a server, or spool where there is none."""

    def opened() -> Iterator[logging.Handler]:
        with tempfile.TemporaryDirectory() as spool:
            reporter = Reporter.open(
                url=url, namespace="benchmark", spool=spool, release="1", queue_size=queue_size
            )
            yield ErrorReportHandler(reporter=reporter)
            reporter.flush(10)
            print(f"  {reporter.stats()}", file=sys.stderr)
            reporter.close()

    return opened


def measure(name: str, handler: logging.Handler, sites: list[Site], count: int) -> Row:
    """Run the three kinds of runs against one handler."""
    logger = logging.Logger("benchmark")
    logger.addHandler(handler)
    tight(logger, sites, 200)
    overhead = clock_cost()
    runs: dict[str, list[float]] = {"one": [], "hundred": []}
    for _ in range(ROUNDS):
        gc.collect()
        runs["one"].append(tight(logger, sites[:1], count) - overhead)
        runs["hundred"].append(tight(logger, sites, count) - overhead)
    slow = paced(logger, sites, 300) - overhead
    return Row(
        name=name,
        one_site=statistics.median(runs["one"]) * 1e6,
        hundred_sites=statistics.median(runs["hundred"]) * 1e6,
        paced=slow * 1e6,
    )


def run(count: int) -> list[Row]:
    """Measure every handler that can be measured here."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        sites = make_sites(folder)
        try:
            url = stack.enter_context(EmbeddedServer()).url
            make_streams(url)
        except ServerError:
            url = "nats://127.0.0.1:9"
        contenders: list[tuple[str, Callable[[], Iterator[logging.Handler]], int]] = [
            ("logging.NullHandler", null_handler.__wrapped__, count),  # type: ignore[attr-defined]
            ("aat_reporters", our_handler(url, DEFAULT_QUEUE_SIZE), count),
            # Nothing finds the queue full here, which would be cheaper still.
            ("... with endless queue", our_handler(url, 1_000_000), count),
            ("logging.FileHandler", file_handler.__wrapped__, count // 20),  # type: ignore[attr-defined]
            ("logging.QueueHandler", queue_handler.__wrapped__, count // 20),  # type: ignore[attr-defined]
        ]
        if find_spec("sentry_sdk"):
            contenders.append(("sentry-sdk", sentry_handler.__wrapped__, count // 100))  # type: ignore[attr-defined]
        rows = []
        for name, opened, number in contenders:
            with contextmanager(opened)() as handler:
                rows.append(measure(name, handler, sites, number))
        return rows


def make_streams(url: str) -> None:
    """Make the two streams that the benchmark's reports go to."""
    import asyncio

    import nats
    from nats.js.api import StreamConfig

    from aat_reporters.wire import Namespace

    async def make() -> None:
        client = await nats.connect(url)
        namespace = Namespace("benchmark")
        for name, subject in (
            (namespace.error_stream("default"), namespace.error_subject("default")),
            (namespace.occurrences, "benchmark.occurrences.>"),
        ):
            await client.jetstream().add_stream(StreamConfig(name=name, subjects=[subject]))
        await client.close()

    asyncio.run(make())


def main() -> int:
    """Print the table, or JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    parser.add_argument("--count", type=int, default=20_000, help="errors per round (default: 20000)")
    options = parser.parse_args()
    rows = run(options.count)
    base = rows[0]
    machine = f"{platform.python_implementation()} {platform.python_version()}, {os.cpu_count()} cores"
    if options.json:
        print(json.dumps({"machine": machine, "rows": [asdict(row) for row in rows]}))
        return 0
    print(f"calling thread's CPU for one logger.exception, {FRAMES} frames ({machine})\n")
    print(f"{'handler':22} {'tight, 1 site':>18} {'tight, 100 sites':>18} {'one per 10 ms':>18}")
    for row in rows:
        cells = [
            f"{value:8.1f} us {value / null:6.1f}x"
            for value, null in (
                (row.one_site, base.one_site),
                (row.hundred_sites, base.hundred_sites),
                (row.paced, base.paced),
            )
        ]
        print(f"{row.name:22} {cells[0]:>18} {cells[1]:>18} {cells[2]:>18}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
