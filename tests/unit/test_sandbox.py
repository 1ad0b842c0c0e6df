"""What must hold inside bubblewrap: real runs, reading and writing where they must not."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

import pytest

from aat_consumer.errors import AgentError
from aat_consumer.running.bounds import Bounds, Finished
from aat_consumer.running.processes import allowed_environment, run_bounded
from aat_consumer.running.sandbox import find_bwrap, tool_folders

#: The interpreter of these tests comes first, as in a virtual environment.
PATH = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])

pytestmark = pytest.mark.skipif(not find_bwrap(), reason="bubblewrap does not work here")


async def in_sandbox(tmp_path: Path, script: str, **changes: object) -> Finished:
    work, home = tmp_path / "work", tmp_path / "home"
    for folder in (work, home):
        folder.mkdir(exist_ok=True)
    values: dict[str, object] = {
        "timeout": 20.0,
        "home": home,
        "environment": allowed_environment(["PATH"], home=home, source={"PATH": PATH}),
        "sandbox": "bwrap",
        "writable": (work,),
    }
    bounds = Bounds(**{**values, **changes})  # type: ignore[arg-type]
    return await run_bounded(["sh", "-c", script], cwd=work, bounds=bounds)


def names_in(folder: Path) -> list[str]:
    return sorted(item.name for item in folder.iterdir())


async def test_the_working_copy_and_home_are_writable_and_nothing_else_is(tmp_path: Path) -> None:
    outside = tmp_path / "outside.txt"
    outside.write_text("untouched")
    script = f"""
    echo a > inside && echo b > "$HOME/b" && echo c > /tmp/c && echo own
    for target in {outside} {tmp_path}/new /tmp/aat-{os.getpid()} /usr/aat
    do (echo stolen > $target) 2>/dev/null; done
    """
    finished = await in_sandbox(tmp_path, script)
    assert finished.stdout == "own\n"
    assert (tmp_path / "work" / "inside").read_text() == "a\n"
    assert (tmp_path / "home" / "b").read_text() == "b\n"
    assert outside.read_text() == "untouched"
    assert names_in(tmp_path) == ["home", "outside.txt", "work"]
    assert f"aat-{os.getpid()}" not in names_in(Path("/tmp"))
    assert "aat" not in names_in(Path("/usr"))


async def test_the_kernel_cannot_be_told_to_run_a_program_outside(tmp_path: Path) -> None:
    """A root without capabilities owns /proc/sys all the same. What is written stands there already."""
    target = "/proc/sys/kernel/core_pattern"
    finished = await in_sandbox(tmp_path, f"cat {target} > same; cat same > {target}")
    assert finished.returncode != 0
    assert "cannot create" in finished.stderr


async def test_other_files_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("canary")
    finished = await in_sandbox(
        tmp_path, f"cat {tmp_path}/secret {Path.home()}/.bashrc /etc/shadow; ls /home /root /run"
    )
    assert "canary" not in finished.stdout
    assert "root:" not in finished.stdout.replace("/root:", "")
    assert finished.returncode != 0


async def test_other_processes_are_not_there(tmp_path: Path) -> None:
    finished = await in_sandbox(tmp_path, "ls /proc | grep -c '^[0-9]'; kill -9 " + str(os.getpid()))
    assert int(finished.stdout) < 6


async def test_without_network_nothing_of_this_machine_is_reached(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        connect = f"python3 -c 'import socket; socket.create_connection((\"127.0.0.1\", {port}), 2)'"
        assert (await in_sandbox(tmp_path, connect)).returncode == 0
        refused = await in_sandbox(tmp_path, connect, network=False)
    assert "ConnectionRefusedError" in refused.stderr


async def test_a_loopback_of_its_own_stays_for_tests(tmp_path: Path) -> None:
    listen = 'import socket as s; x = s.create_server(("127.0.0.1", 0)); s.create_connection(x.getsockname())'
    script = f"python3 -c '{listen}'"
    assert (await in_sandbox(tmp_path, script, network=False)).returncode == 0


async def test_a_hidden_folder_is_empty_but_a_tool_inside_is_seen(tmp_path: Path) -> None:
    tool = tmp_path / "tools"
    repository = tool / "repository"
    (repository / "venv").mkdir(parents=True)
    (repository / "secret").write_text("canary")
    (repository / "venv" / "tool").write_text("tool")
    finished = await in_sandbox(
        tmp_path,
        f"cat {repository}/venv/tool; cat {repository}/secret",
        readable=(tool, repository / "venv"),
        hidden=(repository,),
    )
    assert finished.stdout == "tool"


async def test_no_privilege_is_left(tmp_path: Path) -> None:
    finished = await in_sandbox(tmp_path, "grep -E 'Cap(Eff|Prm)|NoNewPrivs' /proc/self/status")
    assert finished.stdout.split() == [
        *("CapPrm:", "0000000000000000", "CapEff:", "0000000000000000", "NoNewPrivs:", "1"),
    ]


async def test_this_interpreter_is_there(tmp_path: Path) -> None:
    finished = await in_sandbox(tmp_path, "python3 -c 'import ssl, pytest; print(1)'")
    assert finished.stdout == "1\n", finished.stderr


async def test_a_sandbox_that_does_not_start_is_told_apart_from_the_program(tmp_path: Path) -> None:
    with pytest.raises(AgentError, match="sandbox did not start"):
        await in_sandbox(tmp_path, "true", writable=(tmp_path / "missing",))


def test_a_folder_of_programs_is_not_its_home(tmp_path: Path) -> None:
    local = tmp_path / ".local" / "bin"
    node = tmp_path / ".nvm" / "v22"
    plain = tmp_path / "bin"
    for folder in (local, node / "bin", node / "lib" / "node_modules", plain):
        folder.mkdir(parents=True)
    path = os.pathsep.join(map(str, (local, node / "bin", plain)))
    found = set(tool_folders("/usr/bin/true", path=path))
    assert {local, node, plain} <= found
    assert not {tmp_path, local.parent} & found
