"""No error is lost where processes fork, end, or are killed: sent is on the stream, counted."""

from __future__ import annotations

import signal
import socket
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest

from aat_consumer.operate.server import EmbeddedServer
from aat_reporters.wire import Namespace
from tests.integration.reporters.programs import PREAMBLE, environment, run, start
from tests.integration.reporters.stream_access import (
    eventually,
    make_streams,
    message_count,
    occurrences,
    reports,
)

Run = Callable[..., str]


@pytest.fixture
def run_program(nats_server: EmbeddedServer, streams: Namespace, tmp_path: Path) -> Run:
    variables = environment(nats_server.url, streams.name, tmp_path)

    def run_one(source: str, **options: object) -> str:
        return run(source, variables, **options)  # type: ignore[arg-type]

    return run_one


def kinds(server: EmbeddedServer, namespace: Namespace) -> list[str]:
    """Name the reported exceptions, which the programs name themselves."""
    return sorted(stored.body["type"] for stored in reports(server.url, namespace))


def test_an_error_just_before_the_exit_arrives(
    nats_server: EmbeddedServer, streams: Namespace, run_program: Run
) -> None:
    run_program("fail('AtTheEnd')")
    assert kinds(nats_server, streams) == ["AtTheEnd"]
    assert sum(occurrences(nats_server.url, streams).values()) == 1


def test_an_error_in_an_exit_function_arrives(
    nats_server: EmbeddedServer, streams: Namespace, run_program: Run
) -> None:
    # What is registered last runs first, so one of these runs before our own and one after it.
    run_program(
        "atexit.register(fail, 'Before')",
        preamble="import atexit\natexit.register(lambda: fail('After'))\n" + PREAMBLE,
    )
    assert kinds(nats_server, streams) == ["After", "Before"]


def test_an_error_arrives_although_the_name_of_the_server_must_be_looked_up_at_exit(
    nats_server: EmbeddedServer, streams: Namespace, tmp_path: Path
) -> None:
    url = f"nats://localhost:{nats_server.port}"
    run("fail('ByName')", environment(url, streams.name, tmp_path))
    assert kinds(nats_server, streams) == ["ByName"]


def test_leaving_without_a_server_is_quick_and_quiet_and_spools(
    own_server: EmbeddedServer, namespace: Namespace, tmp_path: Path
) -> None:
    variables = environment("nats://127.0.0.1:9", namespace.name, tmp_path)
    started = time.monotonic()
    run("fail('Away')", variables)
    assert time.monotonic() - started < 5
    make_streams(own_server.url, namespace)
    run("fail('Later')", environment(own_server.url, namespace.name, tmp_path))
    assert kinds(own_server, namespace) == ["Away", "Later"]


def test_leaving_while_the_server_is_frozen_keeps_the_deadline_and_spools(
    own_server: EmbeddedServer, namespace: Namespace, tmp_path: Path
) -> None:
    make_streams(own_server.url, namespace)
    variables = environment(own_server.url, namespace.name, tmp_path)
    program = start(
        """
        fail('Thawed')
        assert reporter.flush(10)
        print('ready', flush=True)
        sys.stdin.readline()
        fail('Frozen')
        time.sleep(0.5)
        """,
        variables,
    )
    assert program.stdout is not None
    assert program.stdin is not None
    assert program.stdout.readline() == "ready\n"
    assert own_server.process is not None
    own_server.process.send_signal(signal.SIGSTOP)
    started = time.monotonic()
    program.communicate("go\n", timeout=30)
    assert time.monotonic() - started < 8
    own_server.process.send_signal(signal.SIGCONT)
    run("", variables)
    found = eventually(lambda: kinds(own_server, namespace), lambda names: len(names) == 2)
    assert found == ["Frozen", "Thawed"]


def test_leaving_while_nobody_answers_keeps_the_deadline_and_spools(
    own_server: EmbeddedServer, namespace: Namespace, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"nats://127.0.0.1:{silent.getsockname()[1]}"
        started = time.monotonic()
        run("fail('Unanswered')", environment(url, namespace.name, tmp_path))
        assert time.monotonic() - started < 8
    make_streams(own_server.url, namespace)
    heir = start("sys.stdin.read()", environment(own_server.url, namespace.name, tmp_path))
    found = eventually(lambda: kinds(own_server, namespace), bool)
    heir.communicate("")
    assert found == ["Unanswered"]


@pytest.mark.parametrize("had_reported", [False, True], ids=["idle parent", "parent had reported"])
def test_the_first_error_of_a_forked_child_arrives(
    nats_server: EmbeddedServer, streams: Namespace, run_program: Run, had_reported: bool
) -> None:
    run_program(
        f"""
        if {had_reported}:
            fail('Parent')
            assert reporter.flush(10)
        child = os.fork()
        if not child:
            fail('Child')
            sys.exit(0)
        assert os.waitpid(child, 0)[1] == 0
        fail('ParentAgain')
        """
    )
    expected = ["Child", "ParentAgain"] + (["Parent"] if had_reported else [])
    assert kinds(nats_server, streams) == sorted(expected)
    assert sum(occurrences(nats_server.url, streams).values()) == len(expected)


def test_what_waits_at_a_fork_is_sent_once_and_by_the_parent(
    nats_server: EmbeddedServer, streams: Namespace, run_program: Run
) -> None:
    out = run_program(
        """
        for number in range(50):
            fail(f'Waiting{number:02}')
        child = os.fork()
        if not child:
            stats = reporter.stats()
            print(stats.accepted, stats.waiting)
            sys.exit(0)
        os.waitpid(child, 0)
        """
    )
    assert out.split() == ["0", "0"]
    assert kinds(nats_server, streams) == [f"Waiting{number:02}" for number in range(50)]
    assert sum(occurrences(nats_server.url, streams).values()) == 50


def test_forks_in_the_middle_of_a_burst_lose_nothing(
    nats_server: EmbeddedServer, streams: Namespace, run_program: Run
) -> None:
    run_program(
        """
        import threading
        stop = threading.Event()
        def burst():
            for number in range(400):
                fail('Burst')
                time.sleep(0.001)
        thread = threading.Thread(target=burst)
        thread.start()
        children = []
        for number in range(12):
            time.sleep(0.02)
            child = os.fork()
            if not child:
                fail(f'Child{number:02}')
                ok = reporter.flush(10)
                os._exit(0 if ok else 1)
            children.append(child)
        thread.join()
        assert [os.waitpid(child, 0)[1] for child in children] == [0] * 12
        """
    )
    assert kinds(nats_server, streams) == ["Burst"] + [f"Child{number:02}" for number in range(12)]
    assert sum(occurrences(nats_server.url, streams).values()) == 412


#: Ways to have work done by other processes, with what they must do at their end.
WORKERS = {
    "processes": """
        children = [context.Process(target=work.fail, args=(name,)) for name in names]
        for child in children:
            child.start()
        for child in children:
            child.join()
            assert child.exitcode == 0
    """,
    "pool": """
        pool = context.Pool(2)
        pool.map(work.fail, names)
        pool.close()
        pool.join()
    """,
    "executor": """
        with ProcessPoolExecutor(2, mp_context=context) as executor:
            list(executor.map(work.fail, names))
    """,
}


@pytest.mark.parametrize("workers", list(WORKERS))
@pytest.mark.parametrize("method", ["fork", "forkserver", "spawn"])
def test_children_of_multiprocessing_send_before_they_leave_by_os_exit(
    nats_server: EmbeddedServer, streams: Namespace, tmp_path: Path, method: str, workers: str
) -> None:
    (tmp_path / "work.py").write_text(PREAMBLE)
    variables = environment(nats_server.url, streams.name, tmp_path) | {"PYTHONPATH": str(tmp_path)}
    run(
        f"""
        work.fail('Parent')
        assert work.reporter.flush(10)
        context = multiprocessing.get_context('{method}')
        names = [f'Child{{number}}' for number in range(3)]
        {WORKERS[workers]}
        """,
        variables,
        preamble="import multiprocessing, work\nfrom concurrent.futures import ProcessPoolExecutor\n",
    )
    assert kinds(nats_server, streams) == ["work.Child0", "work.Child1", "work.Child2", "work.Parent"]
    assert sum(occurrences(nats_server.url, streams).values()) == 4


def test_flush_before_os_exit_sends(
    nats_server: EmbeddedServer, streams: Namespace, run_program: Run
) -> None:
    run_program("fail('Flushed')\nassert reporter.flush(10)\nos._exit(0)")
    assert kinds(nats_server, streams) == ["Flushed"]


def test_jobs_in_forked_processes_that_flush_and_leave_are_counted_with_their_repeats(
    nats_server: EmbeddedServer, streams: Namespace, run_program: Run
) -> None:
    """As RQ works: a process for each job, which leaves by os._exit."""
    run_program(
        """
        fail('Parent')
        for job in range(4):
            child = os.fork()
            if not child:
                for _ in range(3):
                    fail('Job')
                os._exit(0 if reporter.flush() else 1)
            assert os.waitpid(child, 0)[1] == 0
        """
    )
    assert kinds(nats_server, streams) == ["Job", "Parent"]
    assert sum(occurrences(nats_server.url, streams).values()) == 13


def test_a_killed_process_leaves_a_spool_that_the_next_one_adopts_without_an_error_of_its_own(
    own_server: EmbeddedServer, namespace: Namespace, tmp_path: Path
) -> None:
    make_streams(own_server.url, namespace)
    variables = environment(own_server.url, namespace.name, tmp_path)
    own_server.kill()
    doomed = start(
        """
        for number in range(20):
            fail(f'Doomed{number:02}')
        assert reporter.flush(10)
        print('spooled', reporter.stats().spooled, flush=True)
        time.sleep(60)
        """,
        variables,
    )
    assert doomed.stdout is not None
    assert doomed.stdout.readline() == "spooled 20\n"
    doomed.send_signal(signal.SIGKILL)
    doomed.communicate()
    own_server.start()
    heir = start("sys.stdin.read()", variables)
    found = eventually(lambda: kinds(own_server, namespace), lambda names: len(names) == 20)
    heir.kill()
    heir.communicate()
    assert found == [f"Doomed{number:02}" for number in range(20)]
    assert sum(occurrences(own_server.url, namespace).values()) == 20


@pytest.mark.skipif(find_spec("gevent") is None, reason="gevent is not installed")
def test_under_gevent_errors_arrive_and_the_program_keeps_running(
    nats_server: EmbeddedServer, streams: Namespace, tmp_path: Path
) -> None:
    variables = environment(nats_server.url, streams.name, tmp_path)
    variables["PYTHONWARNINGS"] = "default"
    out = run(
        """
        import gevent
        ticks = []
        def tick():
            while True:
                ticks.append(time.monotonic())
                gevent.sleep(0.01)
        ticker = gevent.spawn(tick)
        for number in range(20):
            fail(f'Greenlet{number:02}')
            gevent.sleep(0.005)
        assert reporter.flush(10)
        ticker.kill()
        print(max(later - earlier for earlier, later in zip(ticks, ticks[1:])) < 2.0)
        """,
        variables,
        preamble="from gevent import monkey; monkey.patch_all()\n" + PREAMBLE,
    )
    assert out == "True\n"
    assert kinds(nats_server, streams) == [f"Greenlet{number:02}" for number in range(20)]


@pytest.mark.skipif(find_spec("gevent") is None, reason="gevent is not installed")
def test_under_gevent_a_program_s_own_event_loops_and_ours_do_not_see_each_other(
    nats_server: EmbeddedServer, streams: Namespace, tmp_path: Path
) -> None:
    variables = environment(nats_server.url, streams.name, tmp_path)
    variables["PYTHONWARNINGS"] = "default"
    out = run(
        """
        import asyncio, gevent
        async def parts():
            for part in range(3):
                await asyncio.sleep(0)
                yield part
        async def page():
            assert type(asyncio.get_running_loop()) is not ClientLoop
            return [part async for part in parts()]
        answers = []
        def serve():
            for number in range(40):
                fail(f'Served{number:02}')
                answers.append(asyncio.run(page()))
                gevent.sleep(0)
        server = gevent.spawn(serve)
        gevent.joinall([server], raise_error=True)
        assert reporter.flush(10)
        print(answers == [[0, 1, 2]] * 40, reporter.stats().published, dict(reporter.stats().dropped))
        """,
        variables,
        preamble="from gevent import monkey; monkey.patch_all()\n"
        "from aat_reporters.event_loop import ClientLoop\n" + PREAMBLE,
    )
    assert out == "True 40 {}\n"
    assert kinds(nats_server, streams) == [f"Served{number:02}" for number in range(40)]


@pytest.mark.parametrize("message", ["'always the same'", "f'order {number} failed'"], ids=["same", "values"])
def test_in_a_burst_every_error_is_counted_and_memory_is_bounded(
    nats_server: EmbeddedServer, streams: Namespace, run_program: Run, message: str
) -> None:
    out = run_program(
        f"""
        fail('Warm')
        assert reporter.flush(10)
        before = peak()
        for number in range(100_000):
            try:
                raise ValueError({message})
            except ValueError:
                log.exception('caught')
        assert reporter.flush(60)
        stats = reporter.stats()
        assert (stats.accepted, stats.published, stats.suppressed) == (100_001, 2, 99_999)
        assert not stats.dropped
        print((peak() - before) // 1024)
        """
    )
    assert int(out) < 30
    assert kinds(nats_server, streams) == ["ValueError", "Warm"]
    assert sum(occurrences(nats_server.url, streams).values()) == 100_001


def test_of_a_flood_of_different_errors_each_has_one_end_and_memory_is_bounded(
    nats_server: EmbeddedServer, streams: Namespace, run_program: Run
) -> None:
    published, memory = run_program(
        """
        # That reports are dropped is told, as it should be, but not on this program's stderr.
        logging.getLogger('aat_reporters').addHandler(logging.NullHandler())
        fail('Warm')
        assert reporter.flush(10)
        before = peak()
        for number in range(100_000):
            fail(f'Kind{number}')
        assert reporter.flush(120)
        stats = reporter.stats()
        assert stats.accepted == stats.published + stats.suppressed
        assert stats.accepted + sum(stats.dropped.values()) == 100_001
        assert set(stats.dropped) <= {'queue full'}
        print(stats.published, (peak() - before) // 1024)
        """,
        timeout=200,
    ).split()
    assert int(memory) < 40
    assert message_count(nats_server.url, streams.error_stream("default")) == int(published)
