"""Run Celery workers as users run them, on a small shop whose tasks fail in every way."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aat_reporters.wire import Namespace
from tests.integration.reporters.stream_access import occurrences, reports

#: Seconds that a worker may take to start and to stop, on a loaded machine.
PATIENCE = 60.0

#: Brokers: URL of the broker, URL of the results, and where a server must answer for them.
BROKERS: dict[str, tuple[str, str, int | None]] = {
    "filesystem": ("whole://", "file://{folder}/results", None),
    "redis": ("redis://127.0.0.1:6379/0", "redis://127.0.0.1:6379/0", 6379),
    "rabbitmq": ("amqp://guest:guest@127.0.0.1:5672//", "file://{folder}/results", 5672),
}

#: Celery's broker on the filesystem may read a message that another process has only begun to write, and
#: then ends its worker; this one moves whole messages into the queue's folder.
WHOLE_FILES = """
from pathlib import Path
from tempfile import TemporaryDirectory

from kombu.transport import filesystem


class Channel(filesystem.Channel):
    def _put(self, *arguments, **options):
        with TemporaryDirectory(dir=Path(self.data_folder_in).parent) as self.data_folder_out:
            super()._put(*arguments, **options)
            for message in Path(self.data_folder_out).iterdir():
                message.rename(Path(self.data_folder_in, message.name))

    data_folder_out = ""


class Transport(filesystem.Transport):
    Channel = Channel
"""

SHOP = """
import logging
import os
import signal
import time

from celery import Celery, signals
from celery.exceptions import Ignore, Reject
from kombu import Queue
from kombu.transport import TRANSPORT_ALIASES

from aat_reporters.celery import report_failures
from aat_reporters.logging import ErrorReportHandler

TRANSPORT_ALIASES["whole"] = "whole_files:Transport"
name = os.environ["NATS_NAMESPACE"]
folder = os.environ["MESSAGES"]
app = Celery("shop", broker=os.environ["BROKER"], backend=os.environ["RESULTS"])
app.conf.update(
    task_default_queue=name,
    task_queues=[Queue(name, auto_delete=True)],
    worker_prefetch_multiplier=1,
    worker_lost_wait=1,
    broker_connection_retry_on_startup=True,
    result_chord_retry_interval=0.1,
    aat={"release": "r1"},
)
if app.conf.broker_url.startswith("whole"):
    app.conf.broker_transport_options = {
        "data_folder_in": folder,
        "control_folder": folder,
        "polling_interval": 0.05,
    }
if app.conf.broker_url.startswith("redis"):
    app.conf.broker_transport_options = {"global_keyprefix": name}
    app.conf.result_backend_transport_options = {"global_keyprefix": name}
report_failures(app)
logger = logging.getLogger("shop")


@signals.setup_logging.connect
def configure_logging(**_):
    logging.basicConfig(level="INFO", handlers=[logging.StreamHandler(), ErrorReportHandler(release="r1")])


class PlainError(Exception):
    pass


class ExpectedError(Exception):
    pass


class LastError(Exception):
    pass


class OddError(Exception):
    def __init__(self, one, two):
        super().__init__(f"{one} and {two}")


class TriedError(Exception):
    pass


@app.task
def plain():
    raise PlainError("no such order")


@app.task
def named(number):
    raise type(f"Named{number}Error", (Exception,), {})("no such order")


@app.task
def odd():
    raise OddError(1, 2)


@app.task(bind=True, max_retries=1, default_retry_delay=0)
def tried(self):
    try:
        raise TriedError("out of stock")
    except TriedError as error:
        raise self.retry(exc=error)


@app.task
def ignored():
    raise Ignore


@app.task
def rejected():
    raise Reject("not now", requeue=False)


@app.task(throws=(ExpectedError,))
def expected():
    raise ExpectedError("closed")


@app.task
def told():
    logger.error("stock is low")


@app.task(soft_time_limit=1)
def soft():
    time.sleep(60)


@app.task(time_limit=1)
def hard():
    time.sleep(60)


@app.task
def left():
    os._exit(3)


@app.task
def killed():
    os.kill(os.getpid(), signal.SIGKILL)


@app.task(acks_late=True, reject_on_worker_lost=True)
def lost_once(marker):
    try:
        os.mkdir(marker)
    except FileExistsError:
        return
    os.kill(os.getpid(), signal.SIGKILL)


@app.task(acks_late=True, acks_on_failure_or_timeout=False, time_limit=1)
def slow_once(marker):
    try:
        os.mkdir(marker)
    except FileExistsError:
        return
    time.sleep(60)


@app.task
def fine(*_):
    return 1


@app.task
def last():
    raise LastError("on its way out")


@app.task
def stopping():
    '''End the worker, where its pool is no processes: billiard waits 30 s for a result that nobody reads.'''
    os.kill(os.getpid(), signal.SIGTERM)
    raise LastError("on its way out")


def finish(results):
    for result in results:
        result.get(timeout=60, interval=0.1, propagate=False)
"""

_READY = re.compile(r"celery@\S+ ready\.")


@dataclass(slots=True)
class Worker:
    """A worker that runs.

    Args:
        process: its parent process.
        lines: what it has printed, growing.
    """

    process: subprocess.Popen[str]
    lines: list[str] = field(default_factory=list)


def shop(folder: Path, variables: Mapping[str, str], broker: str = "filesystem") -> dict[str, str]:
    """Write the shop into a folder; give the variables by which its programs find it and the broker."""
    (folder / "shop.py").write_text(SHOP)
    (folder / "whole_files.py").write_text(WHOLE_FILES)
    for name in ("messages", "results"):
        (folder / name).mkdir(exist_ok=True)
    url, results, _ = BROKERS[broker]
    return {
        **variables,
        "BROKER": url,
        "RESULTS": results.format(folder=folder),
        "MESSAGES": str(folder / "messages"),
        "PYTHONPATH": str(folder),
        # Celery and its brokers warn of what is none of ours.
        "PYTHONWARNINGS": "ignore",
    }


def answers(broker: str) -> bool:
    """Tell whether a broker's server answers."""
    port = BROKERS[broker][2]
    if port is None:
        return True
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def start(*options: str, variables: Mapping[str, str], module: str = "shop") -> subprocess.Popen[str]:
    """Start a worker; what it prints is on one pipe."""
    quick = ["--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", "INFO"]
    return subprocess.Popen(
        [sys.executable, "-m", "celery", "-A", module, "worker", *quick, *options],
        cwd=variables["PYTHONPATH"],
        env={**variables, "C_FORCE_ROOT": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@contextmanager
def working(*options: str, variables: Mapping[str, str], module: str = "shop") -> Iterator[Worker]:
    """Run a worker until its end, which a task brings about, or we do, by a warm shutdown."""
    process = start(*options, variables=variables, module=module)
    assert process.stdout is not None
    worker = Worker(process=process)
    try:
        for line in process.stdout:
            worker.lines.append(line)
            if _READY.search(line):
                break
        else:
            raise AssertionError("".join(worker.lines))
        reader = threading.Thread(target=worker.lines.extend, args=(process.stdout,), daemon=True)
        reader.start()
        yield worker
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE)
        reader.join(PATIENCE)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def counted(url: str, namespace: Namespace) -> Counter[str]:
    """Count the errors by type and function, as the streams have them; a log record by its message."""
    kinds = {
        stored.body["signature"]["stable"]: (stored.body["type"].split(".")[-1] or stored.body["error"])
        + f" in {stored.body['context'].get('function')}"
        for stored in reports(url, namespace)
    }
    counts: Counter[str] = Counter()
    for signature, count in occurrences(url, namespace).items():
        counts[kinds.get(signature, signature)] += count
    return counts
