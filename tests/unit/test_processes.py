"""What must hold of running a bounded program: real programs, real limits, nothing left alive."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import os
import resource
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from aat_consumer.errors import AgentError, AgentMissingError
from aat_consumer.running import process_keeper
from aat_consumer.running.bounds import Bounds
from aat_consumer.running.processes import (
    RUN_ID_VARIABLE,
    allowed_environment,
    find_bwrap,
    kill_leftovers,
    run_bounded,
)

SANDBOXES = ["none", pytest.param("bwrap", marks=pytest.mark.skipif(not find_bwrap(), reason="no bwrap"))]

BoundsOf = Callable[..., Bounds]


@pytest.fixture
def bounds_of(tmp_path: Path) -> BoundsOf:
    home = tmp_path / "home"
    home.mkdir()

    def make(**changes: object) -> Bounds:
        environment = allowed_environment(["PATH"], home=home, source=os.environ)
        values: dict[str, object] = {
            "timeout": 20.0,
            "home": home,
            "environment": environment,
            "sandbox": "none",
            "grace": 0.3,
            "run_id": str(uuid.uuid4()),
        }
        return Bounds(**{**values, **changes})  # type: ignore[arg-type]

    return make


def alive(run_id: str) -> list[int]:
    """Processes of a run that are alive, seen from outside of it."""
    found = []
    for pid in process_keeper.processes_with(f"{RUN_ID_VARIABLE}={run_id}".encode()):
        # It may end between being listed and being looked at.
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            state = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()[0]
            if state not in "ZX":
                found.append(pid)
    return found


def running(arguments: bytes) -> bool:
    """Whether a process with these arguments exists, whatever its environment."""
    for folder in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if folder.name.isdigit() and (folder / "cmdline").read_bytes() == arguments:
                return True
    return False


def start_process(command: list[str], cwd: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(command, cwd=cwd)


async def until(holds: Callable[[], bool], seconds: float = 5.0) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)


@pytest.mark.parametrize("sandbox", SANDBOXES)
async def test_gives_output_exit_code_and_input(bounds_of: BoundsOf, tmp_path: Path, sandbox: str) -> None:
    finished = await run_bounded(
        ["sh", "-c", "cat; echo wrong >&2; exit 3"],
        cwd=tmp_path,
        bounds=bounds_of(sandbox=sandbox),
        stdin="--flag ü\ud800\n" + "x" * 300_000,
    )
    assert finished.returncode == 3
    assert finished.stdout == "--flag ü?\n" + "x" * 300_000
    assert finished.stderr == "wrong\n"
    assert finished.ended_by is None


@pytest.mark.parametrize("sandbox", SANDBOXES)
async def test_a_signal_is_told_as_a_shell_tells_it(
    bounds_of: BoundsOf, tmp_path: Path, sandbox: str
) -> None:
    finished = await run_bounded(["sh", "-c", "kill -9 $$"], cwd=tmp_path, bounds=bounds_of(sandbox=sandbox))
    assert finished.returncode == 137
    assert finished.ended_by is None


@pytest.mark.parametrize("program", ["no-such-program-here", "./not-here", "/no/such/program"])
async def test_a_missing_program_is_named(bounds_of: BoundsOf, tmp_path: Path, program: str) -> None:
    with pytest.raises(AgentMissingError, match=program):
        await run_bounded([program], cwd=tmp_path, bounds=bounds_of())


async def test_a_program_whose_interpreter_is_missing_is_127(bounds_of: BoundsOf, tmp_path: Path) -> None:
    script = tmp_path / "script"
    script.write_text("#!/no/such/interpreter\n")
    script.chmod(0o755)
    finished = await run_bounded([str(script)], cwd=tmp_path, bounds=bounds_of())
    assert finished.returncode == 127
    assert "cannot start" in finished.stderr


@pytest.mark.parametrize("sandbox", SANDBOXES)
async def test_the_time_limit_ends_it_and_leaves_time_for_a_last_word(
    bounds_of: BoundsOf, tmp_path: Path, sandbox: str
) -> None:
    script = "trap 'echo bye; exit 4' TERM; echo hello; while :; do sleep 0.05; done"
    bounds = bounds_of(sandbox=sandbox, timeout=0.4, grace=5.0)
    finished = await run_bounded(["sh", "-c", script], cwd=tmp_path, bounds=bounds)
    assert finished.timed_out
    assert finished.stdout == "hello\nbye\n"
    assert finished.returncode == 4
    assert finished.seconds < 4


@pytest.mark.parametrize("sandbox", SANDBOXES)
async def test_a_program_that_ignores_term_is_killed(
    bounds_of: BoundsOf, tmp_path: Path, sandbox: str
) -> None:
    bounds = bounds_of(sandbox=sandbox, timeout=0.3)
    script = "trap '' TERM; while :; do sleep 0.1; done"
    finished = await run_bounded(["sh", "-c", script], cwd=tmp_path, bounds=bounds)
    assert finished.timed_out
    assert finished.returncode == 137
    assert alive(bounds.run_id) == []


async def test_silence_ends_it_but_not_while_it_talks(bounds_of: BoundsOf, tmp_path: Path) -> None:
    script = "for i in 1 2 3 4 5; do echo $i; sleep 0.15; done; sleep 60"
    bounds = bounds_of(silence_timeout=0.5)
    finished = await run_bounded(["sh", "-c", script], cwd=tmp_path, bounds=bounds)
    assert finished.silent
    assert finished.stdout.split() == ["1", "2", "3", "4", "5"]


async def test_a_flood_is_ended_and_memory_stays_bounded(bounds_of: BoundsOf, tmp_path: Path) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    bounds = bounds_of(max_output_bytes=100_000, max_flood_bytes=50_000_000)
    finished = await run_bounded(["sh", "-c", "yes; echo never"], cwd=tmp_path, bounds=bounds)
    assert finished.flooded
    assert finished.truncated
    assert len(finished.stdout) <= 100_000
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20_000
    assert alive(bounds.run_id) == []


async def test_the_newest_output_is_kept(bounds_of: BoundsOf, tmp_path: Path) -> None:
    script = "head -c 1000000 /dev/zero | tr '\\0' a; echo; echo the last line"
    finished = await run_bounded(["sh", "-c", script], cwd=tmp_path, bounds=bounds_of(max_output_bytes=1000))
    assert finished.returncode == 0
    assert finished.truncated
    assert len(finished.stdout) == 1000
    assert finished.stdout.endswith("a\nthe last line\n")


ESCAPES = {
    "background": "sleep 300 &",
    "nohup": "nohup sleep 300 >/dev/null 2>&1 &",
    "setsid": "setsid sleep 300 &",
    "double fork": "(setsid sh -c 'sleep 300 & sleep 300' &)",
    "marker removed": "env -i setsid sleep 300 </dev/null >/dev/null 2>&1 &",
    "ignores term": "setsid sh -c \"trap '' TERM HUP; while :; do sleep 1; done\" &",
}


@pytest.mark.parametrize("sandbox", SANDBOXES)
@pytest.mark.parametrize("how", ["ends", "times out"])
async def test_no_child_outlives_it(bounds_of: BoundsOf, tmp_path: Path, sandbox: str, how: str) -> None:
    """All escapes at once, as each one that times out takes its time."""
    bounds = bounds_of(sandbox=sandbox, timeout=20.0 if how == "ends" else 0.5)
    first = time.time_ns() % 10**9

    async def left_by(number: int, escape: str) -> tuple[bool, list[int], bool]:
        mark = f"{first + number}.5"
        script = escape.replace("300", mark) + ("\nexit 0" if how == "ends" else "\nsleep " + mark)
        own = dataclasses.replace(bounds, run_id=str(uuid.uuid4()))
        finished = await run_bounded(["sh", "-c", script], cwd=tmp_path, bounds=own)
        return finished.timed_out, alive(own.run_id), running(f"sleep\0{mark}\0".encode())

    found = await asyncio.gather(*(left_by(number, text) for number, text in enumerate(ESCAPES.values())))
    nothing: tuple[bool, list[int], bool] = (how != "ends", [], False)
    assert dict(zip(ESCAPES, found, strict=True)) == dict.fromkeys(ESCAPES, nothing)


@pytest.mark.parametrize("sandbox", SANDBOXES)
async def test_cancelling_leaves_no_process(bounds_of: BoundsOf, tmp_path: Path, sandbox: str) -> None:
    bounds = bounds_of(sandbox=sandbox)
    script = "setsid sleep 300 & trap '' TERM; echo up; while :; do sleep 0.1; done"
    task = asyncio.create_task(run_bounded(["sh", "-c", script], cwd=tmp_path, bounds=bounds))
    await until(lambda: len(alive(bounds.run_id)) >= 3)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert alive(bounds.run_id) == []


@pytest.mark.parametrize("turns", range(6))
async def test_cancelling_at_once_leaves_no_process(bounds_of: BoundsOf, tmp_path: Path, turns: int) -> None:
    """The program is started and the loop has not yet heard of it."""
    bounds = bounds_of()
    task = asyncio.create_task(run_bounded(["sleep", "300"], cwd=tmp_path, bounds=bounds))
    for _ in range(turns):
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert alive(bounds.run_id) == []


async def test_a_folder_that_is_not_there_is_told(bounds_of: BoundsOf, tmp_path: Path) -> None:
    with pytest.raises(AgentError, match="No such file or directory"):
        await run_bounded(["true"], cwd=tmp_path / "missing", bounds=bounds_of())


async def test_a_second_cancellation_does_not_wait_for_the_grace(bounds_of: BoundsOf, tmp_path: Path) -> None:
    bounds = bounds_of(grace=60.0)
    script = "trap '' TERM; while :; do sleep 0.1; done"
    task = asyncio.create_task(run_bounded(["sh", "-c", script], cwd=tmp_path, bounds=bounds))
    await until(lambda: len(alive(bounds.run_id)) >= 2)
    task.cancel()
    await asyncio.sleep(0.1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(task, 5.0)
    assert alive(bounds.run_id) == []


async def test_lines_come_live_and_a_failing_listener_ends_the_program(
    bounds_of: BoundsOf, tmp_path: Path
) -> None:
    lines = []

    async def listen(line: str) -> None:
        lines.append(line)
        if line == "2":
            raise RuntimeError("enough")

    bounds = bounds_of()
    with pytest.raises(RuntimeError, match="enough"):
        await run_bounded(
            ["sh", "-c", "echo 1; echo 2; sleep 300"], cwd=tmp_path, bounds=bounds, on_line=listen
        )
    assert lines == ["1", "2"]
    assert alive(bounds.run_id) == []


async def test_lines_are_whole_whatever_their_ends(bounds_of: BoundsOf, tmp_path: Path) -> None:
    lines = []

    async def listen(line: str) -> None:
        lines.append(line)

    await run_bounded(
        ["printf", "a\\r\\n\\nb" + "c" * 500 + "\\nlast"],
        cwd=tmp_path,
        bounds=bounds_of(max_output_bytes=100),
        on_line=listen,
    )
    assert lines == ["a", "", "b" + "c" * 99, "last"]


async def test_killing_the_keeper_leaves_nothing(bounds_of: BoundsOf, tmp_path: Path) -> None:
    bounds = bounds_of()
    finished = await run_bounded(
        ["sh", "-c", "setsid sleep 300 & kill -9 $PPID; sleep 300"], cwd=tmp_path, bounds=bounds
    )
    assert finished.returncode == 137
    assert alive(bounds.run_id) == []


async def test_killing_the_consumer_leaves_nothing(bounds_of: BoundsOf, tmp_path: Path) -> None:
    run_id = str(uuid.uuid4())
    program = f"""
import asyncio, pathlib
from aat_consumer.running.processes import Bounds, run_bounded
bounds = Bounds(timeout=60, home=pathlib.Path("."), environment={{"PATH": "/usr/bin:/bin"}}, sandbox="none",
                grace=0.1, run_id={run_id!r})
asyncio.run(run_bounded(["sh", "-c", "setsid sleep 300 & sleep 300"], cwd=pathlib.Path("."), bounds=bounds))
"""
    consumer = start_process([sys.executable, "-c", program], tmp_path)
    try:
        await until(lambda: len(alive(run_id)) >= 4, seconds=15)
    finally:
        consumer.send_signal(signal.SIGKILL)
        consumer.wait()
    await until(lambda: alive(run_id) == [])


def test_leftovers_are_found_by_their_marker() -> None:
    run_id = str(uuid.uuid4())
    environment = {"PATH": os.defpath, RUN_ID_VARIABLE: run_id}
    leftovers = [
        subprocess.Popen(["sleep", "300"], env=environment, start_new_session=True) for _ in range(2)
    ]
    stranger = subprocess.Popen(["sleep", "300"], env={**environment, RUN_ID_VARIABLE: run_id + "-2"})
    try:
        assert kill_leftovers(run_id, seconds=0.2) == 2
        assert [process.wait() for process in leftovers] == [-signal.SIGKILL] * 2
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_the_environment_is_an_allow_list() -> None:
    source = {
        "PATH": "/bin",
        "HOME": "/home/me",
        "LC_ALL": "C",
        "NATS_URL": "nats://secret@host",
        "AWS_SECRET": "x",
        "nats_creds": "y",
    }
    names = ["PATH", "HOME", "LC_*", "NATS_URL", "NATS_*", "nats_creds", "UNSET"]
    picked = allowed_environment(names, home=Path("/tmp/h"), source=source)
    assert picked == {"PATH": "/bin", "HOME": "/tmp/h", "LC_ALL": "C"}


async def test_the_program_sees_only_its_environment(
    bounds_of: BoundsOf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CANARY_SECRET", "canary")
    finished = await run_bounded(["env"], cwd=tmp_path, bounds=bounds_of())
    names = {line.partition("=")[0] for line in finished.stdout.splitlines()}
    assert names <= {"PATH", "HOME", RUN_ID_VARIABLE, "PWD", "LC_CTYPE"}


async def test_it_holds_no_descriptor_of_the_consumer(bounds_of: BoundsOf, tmp_path: Path) -> None:
    finished = await run_bounded(["ls", "/proc/self/fd"], cwd=tmp_path, bounds=bounds_of())
    # 0, 1, 2 and the one that ls opened for the listing.
    assert finished.stdout.split() == ["0", "1", "2", "3"]
