"""The examples and the pages of hooks, structlog, Sentry, by hand and shell do what they say."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from aat_consumer.operate.server import EmbeddedServer
from aat_reporters.wire import Namespace
from tests.edges.leftovers import deliver_leftovers
from tests.edges.pages import EXAMPLES, blocks_of
from tests.integration.reporters.stream_access import occurrences, reports


def run(
    *command: str, variables: dict[str, str], code: int = 0, folder: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a program of a user, with the commands of this environment in reach."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        command,
        env=variables | {"PATH": path, "PYTHONWARNINGS": "default"},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == code, done.stderr
    deliver_leftovers(variables)
    return done


def errors(server: EmbeddedServer, namespace: Namespace) -> list[str]:
    return sorted(stored.body["error"] for stored in reports(server.url, namespace))


@pytest.mark.parametrize(
    ("example", "module", "code", "expected"),
    [
        (
            "hooks.py",
            None,
            1,
            [
                "ConnectionError: the mail server does not answer",
                "LookupError: no price for article 7",
                "RuntimeError: this ends the program",
            ],
        ),
        ("with_structlog.py", "structlog", 0, ["LookupError: no price for article 7", "stock is low"]),
        ("with_sentry.py", "sentry_sdk", 0, ["LookupError: no price for article 7", "stock is low"]),
        (
            "by_hand.py",
            None,
            0,
            [
                "ExceptionGroup: no prices (2 sub-exceptions)",
                "LookupError: no price for article 7",
                "ValueError: the cart is empty, which nobody noticed",
                "stock is low",
            ],
        ),
    ],
)
def test_an_example_reports_what_it_shows(
    nats_server: EmbeddedServer,
    streams: Namespace,
    variables: dict[str, str],
    tmp_path: Path,
    example: str,
    module: str | None,
    code: int,
    expected: list[str],
) -> None:
    if module is not None and find_spec(module) is None:
        pytest.skip(f"{module} is not installed")
    run(sys.executable, str(EXAMPLES / example), variables=variables, code=code, folder=tmp_path)
    assert errors(nats_server, streams) == expected


def test_the_errors_made_by_hand_are_all_counted(
    nats_server: EmbeddedServer, streams: Namespace, variables: dict[str, str]
) -> None:
    done = run(sys.executable, str(EXAMPLES / "by_hand.py"), variables=variables)
    assert "accepted=5" in done.stdout
    assert sorted(occurrences(nats_server.url, streams).values()) == [1, 1, 1, 2]
    by_type = {stored.body["type"]: stored.body for stored in reports(nats_server.url, streams)}
    raised, unraised, group, message = (
        by_type[name] for name in ("LookupError", "ValueError", "ExceptionGroup", "")
    )
    assert (raised["context"]["request_id"], raised["context"]["article"]) == ("r-17", 7)
    assert raised["context"]["function"] == "price"
    assert unraised["context"]["function"] == message["context"]["function"] == "main"
    assert message["context"]["article"] == 9
    assert [member["type"] for member in group["exceptions"]] == ["LookupError", "LookupError"]
    assert group["context"]["function"] == "price"


def test_the_shell_script_reports_three_errors(
    nats_server: EmbeddedServer, streams: Namespace, variables: dict[str, str], tmp_path: Path
) -> None:
    run("sh", str(EXAMPLES / "from_a_shell.sh"), variables=variables, folder=tmp_path)
    assert errors(nats_server, streams) == [
        "BackupError: disk full",
        "ZeroDivisionError: division by zero",
        "false ended with 1",
    ]


@pytest.mark.parametrize("page", ["hooks", "structlog", "sentry", "by_hand"])
def test_the_python_of_a_page_runs(page: str, tmp_path: Path, variables: dict[str, str]) -> None:
    if page in ("structlog", "sentry") and find_spec({"sentry": "sentry_sdk"}.get(page, page)) is None:
        pytest.skip(f"{page} is not installed")
    blocks = blocks_of(f"edges/{page}.md")
    assert blocks
    # Nothing of it may leave this machine, whoever the page names.
    code = "\n".join(blocks).replace("https://key@sentry.example.com/1", "http://key@127.0.0.1:9/1")
    run(sys.executable, "-c", code, variables=variables, folder=tmp_path)


def test_the_commands_of_the_shell_page_run(
    nats_server: EmbeddedServer, streams: Namespace, variables: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "job.py").write_text("1 / 0\n")
    *sending, testing = blocks_of("edges/shell.md", "sh")
    run("sh", "-eu", "-c", "\n".join(sending), variables=variables, folder=tmp_path)
    assert errors(nats_server, streams) == [
        "BackupError: disk full",
        "ZeroDivisionError: division by zero",
    ]
    assert "arrived in" in run("sh", "-eu", "-c", testing, variables=variables, folder=tmp_path).stdout
