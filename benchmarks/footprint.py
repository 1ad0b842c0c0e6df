"""Measure what importing and using the reporter costs a process, and how fast it publishes.

    python benchmarks/footprint.py

Each figure is the median of fresh processes. Peers that are not installed are left out.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec

from aat_consumer.operate.server import EmbeddedServer
from aat_reporters._jetstream import JetStreamOutlet
from aat_reporters.connection import Connection
from aat_reporters.messages import Message

#: Fresh processes of which the median counts.
ROUNDS = 5

#: Messages published to compare windows.
MESSAGES = 4_000

_MEASURED = """
import time
def peak():
    # Not getrusage: its peak is inherited from the process that started this one.
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024
before, started = peak(), time.perf_counter()
{statement}
print((time.perf_counter() - started) * 1000, peak() - before, peak())
"""

_IMPORTS = {
    "import logging": "",
    "import aat_reporters": "",
    "import aat_reporters.logging": "",
    "import nats": "nats",
    "import structlog": "structlog",
    "import sentry_sdk": "sentry_sdk",
}

_FAIL = """
def fail(depth=10):
    if depth:
        fail(depth - 1)
    raise ValueError("failed")
for number in range(1000):
    try:
        fail()
    except ValueError:
        logging.getLogger("shop").exception("order %d", number)
"""

_OURS = (
    """
import logging
from aat_reporters.logging import ErrorReportHandler
handler = ErrorReportHandler(url={url!r}, namespace="footprint", spool={spool!r}, release="1")
logging.getLogger("shop").addHandler(handler)
"""
    + _FAIL
    + "handler._reporter.flush(10)"
)

_SENTRY = (
    """
import logging, sentry_sdk
from sentry_sdk.transport import Transport
class Taken(Transport):
    def capture_envelope(self, envelope):
        envelope.serialize()
sentry_sdk.init(transport=Taken())
logging.getLogger("shop").addHandler(logging.NullHandler())
"""
    + _FAIL
)


def measured(statement: str) -> tuple[float, float, float]:
    """Give milliseconds, megabytes added and the peak of a statement in a fresh process."""
    rounds = []
    for _ in range(ROUNDS):
        program = _MEASURED.format(statement=statement)
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        rounds.append([float(word) for word in done.stdout.split()])
    milliseconds, added, peak = (statistics.median(column) for column in zip(*rounds, strict=True))
    return milliseconds, added, peak


def rate(url: str, window: int) -> float:
    """Give acknowledged messages a second, with this many on their way at a time."""
    outlet = JetStreamOutlet(Connection(url=url), name="benchmark")
    messages = [
        Message(
            id=f"{window}-{number}",
            subject="footprint.errors",
            payload=b"x" * 1_000,
            created=0.0,
            is_report=True,
        )
        for number in range(MESSAGES)
    ]
    outlet.send(messages[:1], connect=5, acknowledge=5)
    started = time.perf_counter()
    for first in range(0, MESSAGES, window):
        outlet.send(messages[first : first + window], connect=5, acknowledge=5)
    spent = time.perf_counter() - started
    outlet.close()
    return MESSAGES / spent


def make_streams(url: str) -> None:
    """Make the stream that the messages go to."""
    import asyncio

    import nats
    from nats.js.api import StreamConfig

    async def make() -> None:
        client = await nats.connect(url)
        subjects = ["footprint.errors", "footprint.occurrences.>"]
        await client.jetstream().add_stream(StreamConfig(name="FOOTPRINT", subjects=subjects))
        await client.close()

    asyncio.run(make())


def main() -> int:
    """Print the tables."""
    print(f"{'statement':32} {'ms':>8} {'MB added':>9}")
    for statement, package in _IMPORTS.items():
        if not package or find_spec(package):
            milliseconds, added, _ = measured(statement)
            print(f"{statement:32} {milliseconds:8.1f} {added:9.1f}")
    with EmbeddedServer() as server, tempfile.TemporaryDirectory() as spool:
        make_streams(server.url)
        print(f"\n{'1000 logged exceptions':32} {'peak MB':>8}")
        print(f"{'aat_reporters':32} {measured(_OURS.format(url=server.url, spool=spool))[2]:8.1f}")
        if find_spec("sentry_sdk"):
            print(f"{'sentry-sdk':32} {measured(_SENTRY)[2]:8.1f}")
        print(f"\n{'acknowledged messages of 1 KB':32} {'a second':>8}")
        alone = rate(server.url, 1)
        for window in (1, 8, 32, 128):
            reached = alone if window == 1 else rate(server.url, window)
            print(f"{f'{window} on their way':32} {reached:8.0f} {reached / alone:7.1f}x")
    return 0


if __name__ == "__main__":
    sys.exit(main())
