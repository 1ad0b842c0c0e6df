"""Exceptions that nothing caught are reported once, and what was done about them before still happens."""

from __future__ import annotations

import logging
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from aat_consumer.operate.server import EmbeddedServer
from aat_reporters import hooks
from aat_reporters.errors import SettingsError
from aat_reporters.logging import ErrorReportHandler
from aat_reporters.testing import recording_reporter
from aat_reporters.wire import Namespace
from tests.edges.conftest import Reports
from tests.edges.leftovers import deliver_leftovers
from tests.integration.reporters.programs import start
from tests.integration.reporters.stream_access import occurrences
from tests.integration.reporters.stream_access import reports as published

INSTALLED = """
import asyncio, atexit, logging, multiprocessing, os, sys, threading, time
from aat_reporters import hooks
hooks.install(release="r1")

class Planned(Exception):
    pass

def fail(text="uncaught"):
    raise Planned(text)

"""


@pytest.fixture
def installed() -> Iterator[Reports]:
    """Install the hooks in this process, and record."""
    with recording_reporter() as (reporter, reports):
        hooks.install(reporter=reporter)
        yield reports
        hooks.uninstall()


def run(source: str, variables: dict[str, str], *, code: int, preamble: str = INSTALLED) -> str:
    """Run a program that ends with an exit code; give what it printed to stderr."""
    process = start(source, variables, preamble=preamble)
    _, err = process.communicate(timeout=60)
    assert process.returncode == code, err
    return err


def told(server: EmbeddedServer, namespace: Namespace, variables: dict[str, str]) -> list[tuple[str, str]]:
    """Give error and level of each report, after checking that each error was counted once."""
    deliver_leftovers(variables)
    found = [stored.body for stored in published(server.url, namespace)]
    assert sum(occurrences(server.url, namespace).values()) == len(found)
    return sorted((report["error"].removeprefix("Planned: "), report["level"]) for report in found)


@pytest.mark.parametrize("how", ["command", "file", "module"])
def test_what_ends_a_program_is_critical_and_still_printed(
    nats_server: EmbeddedServer, streams: Namespace, variables: dict[str, str], tmp_path: Path, how: str
) -> None:
    source = INSTALLED + "fail()\n"
    (tmp_path / "program.py").write_text(source)
    command = {"command": ["-c", source], "file": ["program.py"], "module": ["-m", "program"]}[how]
    done = subprocess.run(
        [sys.executable, *command],
        cwd=tmp_path,
        env=variables,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.count("Planned: uncaught") == 1
    assert told(nats_server, streams, variables) == [("uncaught", "CRITICAL")]
    (report,) = published(nats_server.url, streams)
    assert report.body["context"]["function"] == "fail"


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("sys.exit(3)", 3),
        ("raise KeyboardInterrupt", -2),
        ("raise GeneratorExit", 1),
        ("raise asyncio.CancelledError", 1),
        ("raise BaseExceptionGroup('all', [KeyboardInterrupt(), SystemExit()])", 1),
        ("thread = threading.Thread(target=sys.exit); thread.start(); thread.join()", 0),
    ],
)
def test_what_ends_a_program_on_purpose_is_no_error(
    nats_server: EmbeddedServer, streams: Namespace, variables: dict[str, str], source: str, code: int
) -> None:
    run(source, variables, code=code)
    assert told(nats_server, streams, variables) == []


def test_an_error_in_a_group_with_a_ctrl_c_is_one(
    nats_server: EmbeddedServer, streams: Namespace, variables: dict[str, str]
) -> None:
    run("raise BaseExceptionGroup('all', [KeyboardInterrupt(), Planned('inside')])", variables, code=1)
    assert told(nats_server, streams, variables) == [
        ("BaseExceptionGroup: all (2 sub-exceptions)", "CRITICAL")
    ]


@pytest.mark.parametrize("daemon", [False, True])
def test_what_ends_a_thread_is_reported_with_its_name(
    nats_server: EmbeddedServer, streams: Namespace, variables: dict[str, str], daemon: bool
) -> None:
    source = f"""
    thread = threading.Thread(target=fail, name="mailer", daemon={daemon})
    thread.start()
    thread.join()
    """
    assert "Exception in thread mailer" in run(source, variables, code=0)
    assert told(nats_server, streams, variables) == [("uncaught", "ERROR")]
    assert published(nats_server.url, streams)[0].body["context"]["thread"] == "mailer"


def test_a_task_that_nobody_asked_is_reported_and_still_printed_by_logging(
    nats_server: EmbeddedServer, streams: Namespace, variables: dict[str, str]
) -> None:
    source = """
    async def main():
        asyncio.create_task(work())
        await asyncio.sleep(0)
        asyncio.get_running_loop().call_soon(fail, "in the loop")
        await asyncio.sleep(0)
    async def work():
        fail("in a task")
    asyncio.run(main())
    """
    err = run(source, variables, code=0)
    assert err.count("Task exception was never retrieved") == 1
    assert told(nats_server, streams, variables) == [("in a task", "ERROR"), ("in the loop", "ERROR")]


@pytest.mark.skipif(sys.version_info >= (3, 13), reason="no hook sees it there, as docs/edges/hooks.md tells")
@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_what_ends_a_child_of_multiprocessing_is_reported(
    nats_server: EmbeddedServer, streams: Namespace, variables: dict[str, str], tmp_path: Path, method: str
) -> None:
    (tmp_path / "program.py").write_text(
        INSTALLED
        + textwrap.dedent(
            f"""
            if __name__ == "__main__":
                context = multiprocessing.get_context("{method}")
                targets = [(fail, ()), (sys.exit, (4,)), (print, ())]
                children = [context.Process(target=target, args=args) for target, args in targets]
                for child in children:
                    child.start()
                for child in children:
                    child.join()
                assert [child.exitcode for child in children] == [1, 4, 0]
            """
        )
    )
    done = subprocess.run(
        [sys.executable, "program.py"],
        cwd=tmp_path,
        env=variables | {"PYTHONWARNINGS": "default"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert told(nats_server, streams, variables) == [("uncaught", "CRITICAL")]
    (report,) = published(nats_server.url, streams)
    assert report.body["context"]["process"].endswith("Process-1")
    assert report.body["frames"][-1]["module"] == "__main__"


def test_errors_while_the_interpreter_leaves_arrive(
    nats_server: EmbeddedServer, streams: Namespace, variables: dict[str, str]
) -> None:
    # Exit functions run backwards, so one of these runs before our own and one after it.
    preamble = "import atexit\natexit.register(lambda: fail('after ours'))\n" + INSTALLED
    source = """
    atexit.register(fail, "before ours")
    def late():
        threading.main_thread().join()
        fail("in a thread that outlives the main one")
    threading.Thread(target=late).start()
    fail("at the end")
    """
    run(source, variables, code=1, preamble=preamble)
    assert told(nats_server, streams, variables) == [
        ("after ours", "ERROR"),
        ("at the end", "CRITICAL"),
        ("before ours", "ERROR"),
        ("in a thread that outlives the main one", "ERROR"),
    ]


def test_with_the_logging_handler_each_is_still_one_report(
    nats_server: EmbeddedServer, streams: Namespace, variables: dict[str, str]
) -> None:
    source = """
    from aat_reporters.logging import ErrorReportHandler
    logging.getLogger().addHandler(ErrorReportHandler(release="r1"))
    async def main():
        asyncio.create_task(work())
        await asyncio.sleep(0)
    async def work():
        fail("in a task")
    asyncio.run(main())
    try:
        fail("logged and uncaught")
    except Planned:
        logging.exception("caught first")
        raise
    """
    run(source, variables, code=1)
    assert [error for error, _ in told(nats_server, streams, variables)] == [
        "in a task",
        "logged and uncaught",
    ]


@pytest.mark.skipif(find_spec("gevent") is None, reason="gevent is not installed")
def test_under_gevent_threads_and_the_process_are_reported(
    nats_server: EmbeddedServer, streams: Namespace, variables: dict[str, str]
) -> None:
    variables["PYTHONWARNINGS"] = "default"
    source = """
    thread = threading.Thread(target=fail, args=("in a thread",))
    thread.start()
    thread.join()
    import gevent
    gevent.spawn(gevent.sleep).kill()
    fail("at the end")
    """
    run(source, variables, code=1, preamble="from gevent import monkey; monkey.patch_all()\n" + INSTALLED)
    assert told(nats_server, streams, variables) == [("at the end", "CRITICAL"), ("in a thread", "ERROR")]


@pytest.mark.skipif(find_spec("IPython") is None, reason="IPython is not installed")
def test_what_a_person_types_into_ipython_is_not_reported(
    nats_server: EmbeddedServer, streams: Namespace, variables: dict[str, str], tmp_path: Path
) -> None:
    variables |= {"PYTHONWARNINGS": "default", "IPYTHONDIR": str(tmp_path)}
    source = """
    from IPython.core.interactiveshell import InteractiveShell
    assert isinstance(InteractiveShell.instance().run_cell("1 / 0").error_in_exec, ArithmeticError)
    """
    run(source, variables, code=0)
    assert told(nats_server, streams, variables) == []


def test_what_a_person_types_at_the_prompt_is_not_reported(
    nats_server: EmbeddedServer, streams: Namespace, variables: dict[str, str]
) -> None:
    process = subprocess.Popen(
        [sys.executable, "-i", "-c", INSTALLED],
        env=variables | {"TERM": "dumb", "PYTHON_BASIC_REPL": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    _, err = process.communicate("fail()\n", timeout=60)
    assert "Planned: uncaught" in err
    assert told(nats_server, streams, variables) == []


def test_installing_twice_is_once_and_uninstalling_leaves_nothing() -> None:
    before = sys.excepthook, threading.excepthook, sys.unraisablehook, logging.getLogger("asyncio").filters[:]
    with recording_reporter() as (reporter, reports):
        hooks.install(reporter=reporter)
        ours = sys.excepthook, threading.excepthook, sys.unraisablehook
        hooks.install(reporter=reporter)
        assert ours == (sys.excepthook, threading.excepthook, sys.unraisablehook)
        assert len(logging.getLogger("asyncio").filters) == len(before[3]) + 1
        hooks.uninstall()
        hooks.uninstall()
    after = sys.excepthook, threading.excepthook, sys.unraisablehook, logging.getLogger("asyncio").filters
    assert after == before
    assert reports == []


def test_a_hook_put_over_ours_keeps_working_when_ours_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    monkeypatch.setattr(sys, "excepthook", lambda kind, error, trace: seen.append("before"))
    with recording_reporter() as (reporter, reports):
        hooks.install(reporter=reporter)
        ours = sys.excepthook

        def over(kind: type[BaseException], error: BaseException, trace: object) -> None:
            seen.append("over")
            ours(kind, error, None)

        sys.excepthook = over
        hooks.uninstall()
        sys.excepthook(ValueError, ValueError("no"), None)
        assert sys.excepthook is over
    assert seen == ["over", "before"]
    assert reports == []


def test_a_wrong_setting_is_told_at_once_and_changes_nothing() -> None:
    before = sys.excepthook
    with pytest.raises(SettingsError, match=r"namespace.*'a b'"):
        hooks.install(namespace="a b")
    assert sys.excepthook is before


def test_an_error_that_logging_reported_is_not_reported_by_a_hook_again(installed: Reports) -> None:
    logger = logging.getLogger("shop.hooks")
    handler = ErrorReportHandler()
    logger.addHandler(handler)
    try:
        raise LookupError("no such cart")
    except LookupError as error:
        logger.exception("caught")
        sys.excepthook(LookupError, error, error.__traceback__)
    logger.removeHandler(handler)
    assert len(installed) == 1
