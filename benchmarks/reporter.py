"""Measure what a logged exception costs the thread that logs it, beside other handlers in the same run.

    python benchmarks/reporter.py [--json] [--count 20000]

Microseconds of one ``logger.exception`` with an 11-frame traceback, and the multiple of the same with
``logging.NullHandler``, run in turn: CPU time of the calling thread in a tight loop with one and with 100
places and at one error per 10 ms, and wall time of a burst, raising included, which shows what the
background thread takes away. Peers that are not installed are left out (``pip install sentry-sdk
opentelemetry-sdk``). Ratios are what counts: absolute figures belong to the machine.
"""

from __future__ import annotations

import argparse
import gc
import json
import logging
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

from handlers import contenders

from aat_consumer.errors import ServerError
from aat_consumer.operate.server import EmbeddedServer

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


#: Errors of one round of the paced run.
PACED_ERRORS = 60

Run = Callable[[logging.Logger], float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """What one error costs with a handler, in microseconds, and as a multiple of a NullHandler."""

    cost: float
    ratio: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One handler's cost by kind of run."""

    name: str
    one_site: Pair
    hundred_sites: Pair
    paced: Pair
    wall: Pair


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


def burst(logger: logging.Logger, sites: list[Site], count: int) -> float:
    """Raise and log as fast as possible; give the mean wall time of an error."""
    started = time.perf_counter()
    for number in range(count):
        try:
            sites[number % len(sites)](FRAMES - 2, number)
        except ValueError:
            logger.exception("checkout failed")
    return (time.perf_counter() - started) / count


def blocks(handler: logging.Handler, run: Run) -> Pair:
    """Run with a NullHandler and with a handler in turn, so that both meet the same machine."""
    loggers = []
    for each in (logging.NullHandler(), handler):
        logger = logging.Logger("benchmark")
        logger.addHandler(each)
        loggers.append(logger)
    spent: list[list[float]] = [[], []]
    for _ in range(ROUNDS):
        for logger, costs in zip(loggers, spent, strict=True):
            gc.collect()
            costs.append(run(logger))
    null, cost = (statistics.median(costs) for costs in spent)
    return Pair(cost=cost * 1e6, ratio=cost / null)


def measure(name: str, handler: logging.Handler, sites: list[Site], count: int) -> Row:
    """Run the kinds of runs against one handler."""
    overhead = clock_cost()
    return Row(
        name=name,
        one_site=blocks(handler, lambda logger: tight(logger, sites[:1], count) - overhead),
        hundred_sites=blocks(handler, lambda logger: tight(logger, sites, count) - overhead),
        paced=blocks(handler, lambda logger: paced(logger, sites, PACED_ERRORS) - overhead),
        wall=blocks(handler, lambda logger: burst(logger, sites, count)),
    )


def run(count: int, notes: list[str]) -> list[Row]:
    """Measure every handler that can be measured here."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        sites = make_sites(folder)
        try:
            url = stack.enter_context(EmbeddedServer()).url
            make_streams(url)
        except ServerError:
            url = "nats://127.0.0.1:9"
        rows = []
        for name, opened, shorter in contenders(url, notes):
            with opened() as handler:
                rows.append(measure(name, handler, sites, count // shorter))
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
    notes: list[str] = []
    rows = run(options.count, notes)
    machine = f"{platform.python_implementation()} {platform.python_version()}, {os.cpu_count()} cores"
    if options.json:
        print(json.dumps({"machine": machine, "rows": [asdict(row) for row in rows], "stats": notes}))
        return 0
    print(f"one logger.exception, {FRAMES} frames, beside logging.NullHandler in turn ({machine})\n")
    columns = ("tight, 1 site", "tight, 100 sites", f"one per {PACE * 1000:g} ms", "wall, burst")
    print(f"{'handler':24}" + "".join(f"{column:>20}" for column in columns))
    for row in rows:
        cells = (row.one_site, row.hundred_sites, row.paced, row.wall)
        print(f"{row.name:24}" + "".join(f"{cell.cost:10.1f} us {cell.ratio:5.1f}x" for cell in cells))
    for note in notes:
        print(f"what became of ours: {note}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
