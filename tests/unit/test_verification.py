"""What must hold of running the configured tests: real programs in real bounds."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from aat_consumer.running.bounds import Bounds
from aat_consumer.running.processes import allowed_environment
from aat_consumer.running.sandbox import find_bwrap
from aat_consumer.verification import SUMMARY_CHARACTERS, SUMMARY_LINES, run_tests

SANDBOXES = ["none", pytest.param("bwrap", marks=pytest.mark.skipif(not find_bwrap(), reason="no bwrap"))]

BoundsOf = Callable[..., Bounds]


@pytest.fixture
def bounds_of(tmp_path: Path) -> BoundsOf:
    home = tmp_path / "home"
    home.mkdir()

    def make(**changes: object) -> Bounds:
        values: dict[str, object] = {
            "timeout": 20.0,
            "home": home,
            "environment": allowed_environment(["PATH"], home=home, source=os.environ),
            "sandbox": "none",
            "grace": 0.2,
            "network": False,
        }
        return Bounds(**{**values, **changes})  # type: ignore[arg-type]

    return make


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


@pytest.mark.parametrize("sandbox", SANDBOXES)
@pytest.mark.parametrize(
    ("command", "returncode", "ran", "passed"),
    [
        ("true", 0, True, True),
        ("false", 1, True, False),
        ("sh -c 'exit 5'", 5, True, False),
        ("sh -c 'exit 127'", 127, False, False),
        ("sh -c 'kill -9 $$'", 137, True, False),
        ("no-such-test-program", 127, False, False),
        ("./not-executable", 127, False, False),
        ("", 127, False, False),
        ("pytest 'unclosed", 127, False, False),
        ("true && false", 0, True, True),
    ],
)
async def test_how_the_tests_end_is_told(
    bounds_of: BoundsOf, copy: Path, sandbox: str, command: str, returncode: int, ran: bool, passed: bool
) -> None:
    (copy / "not-executable").touch()
    run = await run_tests(command, working_copy=copy, bounds=bounds_of(sandbox=sandbox, writable=(copy,)))
    assert (run.returncode, run.ran, run.passed) == (returncode, ran, passed)
    assert run.ran or run.summary or command.endswith("127'")


async def test_a_missing_program_is_named(bounds_of: BoundsOf, copy: Path) -> None:
    run = await run_tests("no-such-test-program -q", working_copy=copy, bounds=bounds_of())
    assert "'no-such-test-program'" in run.summary


async def test_no_shell_expands_anything(bounds_of: BoundsOf, copy: Path) -> None:
    run = await run_tests("echo $HOME `id` > file", working_copy=copy, bounds=bounds_of())
    assert run.summary == "$HOME `id` > file"


async def test_the_summary_is_the_end_without_what_a_terminal_obeys(bounds_of: BoundsOf, copy: Path) -> None:
    hostile = r"\033[2J\033[31mred\033[0m \033]0;title\007\033]8;;http://x\033\\link \033Pq\033\\ \233 \010\n"
    run = await run_tests(
        f"""sh -c 'seq 1000; printf "{hostile}"; echo first error >&2; echo 1 failed >&2; exit 1'""",
        working_copy=copy,
        bounds=bounds_of(),
    )
    lines = run.summary.splitlines()
    assert len(lines) == SUMMARY_LINES
    assert lines[-3].split() == ["red", "link", "\N{REPLACEMENT CHARACTER}"]
    assert lines[-2:] == ["first error", "1 failed"]
    assert all(line.isprintable() for line in lines)


async def test_a_long_line_is_cut(bounds_of: BoundsOf, copy: Path) -> None:
    run = await run_tests(
        "sh -c 'head -c 100000 /dev/zero | tr \"\\0\" x'", working_copy=copy, bounds=bounds_of()
    )
    assert run.summary == "x" * SUMMARY_CHARACTERS


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"timeout": 0.3}, "the time limit"),
        ({"silence_timeout": 0.3}, "nothing printed for 0.3 s"),
    ],
)
async def test_tests_that_pass_a_limit_have_failed(
    bounds_of: BoundsOf, copy: Path, changes: dict[str, object], words: str
) -> None:
    script = "sh -c 'trap \"exit 0\" TERM; while :; do sleep 0.05; done'"
    run = await run_tests(script, working_copy=copy, bounds=bounds_of(**changes))
    assert run.ran
    assert not run.passed
    assert words in run.summary


async def test_a_flood_has_failed(bounds_of: BoundsOf, copy: Path) -> None:
    run = await run_tests("yes", working_copy=copy, bounds=bounds_of(max_flood_bytes=1_000_000))
    assert not run.passed
    assert "more than 1000000 bytes" in run.summary


async def test_tests_see_no_secret_of_the_consumer(
    bounds_of: BoundsOf, copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NATS_PASSWORD", "canary")
    run = await run_tests("env", working_copy=copy, bounds=bounds_of())
    assert "canary" not in run.summary


async def test_it_is_told_key_by_key(bounds_of: BoundsOf, copy: Path) -> None:
    told = (await run_tests("echo ok", working_copy=copy, bounds=bounds_of())).to_json()
    assert told.pop("seconds") is not None
    assert told == {"command": "echo ok", "returncode": 0, "ran": True, "passed": True, "summary": "ok"}
