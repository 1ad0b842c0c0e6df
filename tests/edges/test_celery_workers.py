"""Real Celery workers: every failure of every pool is on the stream once, also of processes that died."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

pytest.importorskip("celery")

from aat_consumer.operate.server import EmbeddedServer
from aat_reporters.wire import Namespace
from tests.edges.celery_workers import BROKERS, PATIENCE, answers, counted, shop, start, working
from tests.integration.reporters.programs import environment, run
from tests.integration.reporters.stream_access import eventually, make_streams, reports

#: Sent first: what kills processes, and with them what they have not sent yet.
DEADLY = """
from shop import *

invalid = {"task": "shop.plain", "id": "i-1", "args": [], "kwargs": 5}
with app.producer_or_acquire() as producer:
    producer.publish(invalid, routing_key=name, serializer="json", declare=[app.amqp.queues[name]])
results = [app.send_task("shop.gone"), lost_once.delay(folder + "/lost"), slow_once.delay(folder + "/slow")]
for task in (left, killed, hard):
    results.append(task.delay())
finish(results)
"""

#: Failures of which the parent process tells.
KILLED = {
    "NotRegistered in None": 1,
    "InvalidTaskError in hybrid_to_proto2": 1,
    "TimeLimitExceeded in slow_once": 1,
    "WorkerLostError in mark_as_worker_lost": 1,
    "WorkerLostError in left": 1,
    "WorkerLostError in killed": 1,
    "TimeLimitExceeded in hard": 1,
}

FAILING = """
from celery import chord
from aat_reporters.context import bound
from shop import *

for task in (ignored, rejected):
    task.delay()
with bound(request_id="r-17"):
    results = [told.delay(), tried.delay()]
for task in (plain, plain, plain, odd, odd, expected):
    results.append(task.delay())
"""

#: What it takes several processes to try.
TOGETHER = """
results.append(soft.delay())
results.append(plain.apply_async(link_error=fine.s()))
results.append(chord([plain.s(), fine.s()])(fine.s()))
"""

#: The last failure comes just before the worker is told to end.
LAST = """
finish(results)
finish([last.delay()])
"""

#: It comes while the worker ends.
STOPPING = """
finish(results)
stopping.delay()
"""

FAILED = {
    "stock is low in told": 1,
    "PlainError in plain": 3,
    "OddError in odd": 2,
    "TriedError in tried": 1,
}


#: Failures that no two processes share.
NAMED = """
from shop import *
finish([named.delay(number) for number in range(%d, %d)])
"""


@pytest.mark.parametrize("broker", list(BROKERS))
def test_each_failure_of_a_prefork_worker_is_counted_once(
    nats_server: EmbeddedServer, streams: Namespace, variables: dict[str, str], tmp_path: Path, broker: str
) -> None:
    if not answers(broker):
        pytest.skip(f"no {broker} answers on loopback")
    variables = shop(tmp_path, variables, broker)
    with working("--pool", "prefork", "--concurrency", "3", variables=variables) as worker:
        run(DEADLY, variables, preamble="")
        run(FAILING + TOGETHER + LAST, variables, preamble="")
    assert counted(nats_server.url, streams) == {
        **KILLED,
        **FAILED,
        "PlainError in plain": 5,
        "SoftTimeLimitExceeded in soft": 1,
        "LastError in last": 1,
    }, "".join(worker.lines)
    bodies = [stored.body for stored in reports(nats_server.url, streams)]
    contexts = {body["context"].get("task"): body["context"] for body in bodies}
    # What was bound where the task was sent, and what Celery tells of its run.
    assert contexts["shop.told"]["request_id"] == contexts["shop.tried"]["request_id"] == "r-17"
    assert contexts["shop.tried"]["retries"] == 1
    assert contexts["shop.plain"]["queue"] == streams.name
    # Of a process that is gone, the task's own place is shown.
    assert contexts["shop.killed"]["file"] == contexts["shop.hard"]["file"] == "shop.py"
    assert len(contexts["shop.gone"]["task_id"]) == 36


@pytest.mark.parametrize(
    "pool",
    [
        "solo",
        "threads",
        pytest.param(
            "gevent", marks=pytest.mark.skipif(find_spec("gevent") is None, reason="gevent is not installed")
        ),
    ],
)
def test_each_failure_in_other_pools_is_counted_once(
    nats_server: EmbeddedServer, streams: Namespace, variables: dict[str, str], tmp_path: Path, pool: str
) -> None:
    variables = shop(tmp_path, variables)
    with working("--pool", pool, "--concurrency", "2", variables=variables) as worker:
        run(FAILING + STOPPING, variables, preamble="")
        worker.process.wait(PATIENCE)
    assert counted(nats_server.url, streams) == {**FAILED, "LastError in stopping": 1}


def test_processes_that_end_after_one_task_lose_no_failure_with_or_without_a_server(
    own_server: EmbeddedServer, namespace: Namespace, tmp_path: Path
) -> None:
    make_streams(own_server.url, namespace)
    variables = shop(tmp_path, environment(own_server.url, namespace.name, tmp_path / "state"))

    def delivered() -> dict[str, int]:
        # The next process of the project finds what others have spooled, be it for want of time.
        run("from aat_reporters import Reporter\nReporter.open().close()", variables, preamble="")
        return counted(own_server.url, namespace)

    with working("--concurrency", "3", "--max-tasks-per-child", "1", variables=variables):
        run(NAMED % (0, 3), variables, preamble="")
        first = {f"Named{number}Error in named": 1 for number in range(3)}
        before = eventually(delivered, lambda counts: counts == first)
        own_server.kill()
        # The program that sends them keeps away from the worker's spool, and so from the server.
        away = {**variables, "XDG_STATE_HOME": str(tmp_path / "away")}
        run(NAMED % (3, 6) + "finish([last.delay()])", away, preamble="")
    own_server.start()
    assert before == counted(own_server.url, namespace) == first
    expected = {f"Named{number}Error in named": 1 for number in range(6)}
    assert delivered() == {**expected, "LastError in last": 1}


#: Configured before the call, and when the worker starts.
SMALL = """
from celery import Celery
from aat_reporters.celery import report_failures

app = Celery("small", broker="memory://")
app.conf.aat = {"namespace": "a b"}
%s
report_failures(app)
"""


@pytest.mark.parametrize("access", ["", "app.conf.broker_url"], ids=["lazy", "configured"])
def test_a_worker_with_a_wrong_setting_says_so_and_does_not_start(
    variables: dict[str, str], tmp_path: Path, access: str
) -> None:
    variables = shop(tmp_path, variables)
    (tmp_path / "small.py").write_text(SMALL % access)
    process = start("--pool", "solo", variables=variables, module="small")
    out, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode != 0
    last = out.rstrip().splitlines()[-1]
    assert last.endswith("namespace must be 1 to 64 letters, digits, '_' or '-': 'a b'")
    if not access:
        # Otherwise the module cannot be imported, of which Celery tells at length.
        assert last.startswith("aat_reporters.celery: ")
        assert "Traceback" not in out
