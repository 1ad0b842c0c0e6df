"""What must hold of a whole run with an agent that means harm, from working copy to commit."""

from __future__ import annotations

import asyncio
import os
import resource
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from aat_consumer.agents.command import CommandAgent
from aat_consumer.errors import AgentError
from aat_consumer.outcomes import Assignment, Progress
from aat_consumer.running.bounds import Bounds
from aat_consumer.running.processes import allowed_environment, kill_leftovers, run_bounded
from aat_consumer.running.sandbox import find_bwrap
from aat_consumer.verification import run_tests
from aat_consumer.workspace.copies import Workspace, find_commit, open_workspace

TASK = "3f1c9a52-0000-5000-8000-000000000002"
BRANCH = "aat/fix-0123456789ab-3f1c9a52"
MESSAGE = f"Fix it\n\nAAT-Task-Id: {TASK}\n"

SANDBOXES = ["none", pytest.param("bwrap", marks=pytest.mark.skipif(not find_bwrap(), reason="no bwrap"))]

PATH = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])


async def ignore(progress: Progress) -> None:
    return None


def anywhere(folder: Path, name: str) -> bool:
    return any(True for _ in folder.rglob(name))


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", "-c", "user.name=Ann", "-c", "user.email=ann@example.org", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_OPTIONAL_LOCKS": "0"},
    )
    return done.stdout.strip()


@pytest.fixture
def user(tmp_path: Path) -> Path:
    folder = tmp_path / "user"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    (folder / "cart.py").write_text("def average(prices):\n    return sum(prices) / len(prices)\n")
    (folder / "test_cart.py").write_text(
        "from cart import average\n\ndef test_it():\n    assert average([]) == 0\n"
    )
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "first")
    return folder


def bounds_for(copy: Workspace, *, sandbox: str, user: Path, network: bool = True) -> Bounds:
    source = {"PATH": PATH, "NATS_URL": "nats://canary@host", "SECRET": "canary"}
    return Bounds(
        timeout=60.0,
        home=copy.home,
        environment=allowed_environment(["PATH", "NATS_URL"], home=copy.home, source=source),
        sandbox="bwrap" if sandbox == "bwrap" else "none",
        writable=(copy.path,),
        hidden=(user,),
        network=network,
        grace=0.5,
        run_id=copy.run_id,
    )


async def worked_on(copy: Workspace, script: str, *, sandbox: str, user: Path) -> None:
    agent = CommandAgent(
        command=("sh", "-c", f'{script}\necho \'{{"status": "fixed"}}\''),
        bounds_of=lambda _: bounds_for(copy, sandbox=sandbox, user=user),
    )
    assignment = Assignment(
        task_id=TASK, attempt=1, prompt="p", report={}, working_copy=copy.path, home=copy.home
    )
    await agent.run(assignment, publish=ignore)


@pytest.mark.parametrize("sandbox", SANDBOXES)
async def test_a_fix_is_red_before_and_green_after_and_committed_once(
    user: Path, tmp_path: Path, sandbox: str
) -> None:
    copy = await open_workspace(user, base="main", root=tmp_path / "copies", task_id=TASK, attempt=1)
    bounds = bounds_for(copy, sandbox=sandbox, user=user, network=False)
    before = await run_tests("pytest -q", working_copy=copy.path, bounds=bounds)
    assert (before.ran, before.passed) == (True, False), before.summary
    repaired = "return sum(prices) / len(prices) if prices else 0"
    await worked_on(copy, f"sed -i 's,return.*,{repaired},' cart.py", sandbox=sandbox, user=user)
    changes = await copy.changes()
    assert changes.paths == ("cart.py",)
    after = await run_tests("pytest -q", working_copy=copy.path, bounds=bounds)
    assert after.passed, after.summary
    assert await copy.changes(only=changes) == changes
    sha = await copy.commit(BRANCH, message=MESSAGE, task_id=TASK)
    await copy.close()
    assert await find_commit(user, branch=BRANCH, task_id=TASK) == sha
    assert git(user, "diff", "--name-only", "main", BRANCH) == "cart.py"
    assert git(user, "status", "--porcelain") == ""


@pytest.mark.parametrize("sandbox", SANDBOXES)
async def test_an_agent_that_attacks_leaves_the_users_repository_alone(
    user: Path, tmp_path: Path, sandbox: str
) -> None:
    """It writes hooks, a monitor, a filter, a reference, a remote, a child that stays, and a conftest."""
    copy = await open_workspace(user, base="main", root=tmp_path / "copies", task_id=TASK, attempt=1)
    mark = tmp_path / "harmed"
    attack = f"""
    mkdir -p .git/hooks && printf '#!/bin/sh\\ntouch {mark}\\n' > .git/hooks/post-index-change
    chmod +x .git/hooks/*
    git config core.fsmonitor 'touch {mark}'
    git config filter.x.clean 'touch {mark}; cat'
    echo '* filter=x' > .gitattributes
    git remote add origin {user} && git update-ref refs/heads/main HEAD
    setsid sleep 300 >/dev/null 2>&1 &
    echo 'import os; open("environment", "w").write(str(dict(os.environ)))' > conftest.py
    """
    await worked_on(copy, attack, sandbox=sandbox, user=user)
    assert kill_leftovers(copy.run_id) == 0
    bounds = bounds_for(copy, sandbox=sandbox, user=user, network=False)
    first = await copy.changes()
    assert first.paths == (".gitattributes", "conftest.py")
    await run_tests("pytest -q", working_copy=copy.path, bounds=bounds)
    assert "canary" not in (copy.path / "environment").read_text()
    assert await copy.changes(only=first) == first
    refs = git(user, "for-each-ref")
    await copy.commit(BRANCH, message=MESSAGE, task_id=TASK)
    await copy.close()
    assert not mark.exists()
    assert [
        line for line in git(user, "for-each-ref").splitlines() if BRANCH not in line
    ] == refs.splitlines()
    assert git(user, "status", "--porcelain") == ""


@pytest.mark.skipif(not find_bwrap(), reason="no bwrap")
async def test_in_the_sandbox_the_users_repository_and_the_consumers_files_are_not_there(
    user: Path, tmp_path: Path
) -> None:
    copy = await open_workspace(user, base="main", root=tmp_path / "copies", task_id=TASK, attempt=1)
    await copy.changes()
    writes = f"echo x > {user}/new; echo x > {copy.path.parent}/new; touch {tmp_path}/new"
    attack = f"({writes}) 2>/dev/null; rm -rf {copy.path.parent} 2>/dev/null"
    await worked_on(copy, attack, sandbox="bwrap", user=user)
    assert not anywhere(tmp_path, "new")
    assert sorted(path.name.split("-")[0] for path in copy.path.parent.iterdir()) == ["home", "own", "work"]
    await copy.close()


async def test_a_gigabyte_of_output_leaves_memory_flat(tmp_path: Path, user: Path) -> None:
    copy = await open_workspace(user, base="main", root=tmp_path / "copies", task_id=TASK, attempt=1)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    bounds = bounds_for(copy, sandbox="none", user=user)
    flood = ["sh", "-c", "head -c 1000000000 /dev/zero; head -c 1000000000 /dev/zero >&2"]
    finished = await run_bounded(flood, cwd=copy.path, bounds=bounds)
    assert finished.flooded
    with pytest.raises(AgentError, match="bytes"):
        await worked_on(copy, "head -c 1000000000 /dev/zero", sandbox="none", user=user)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 60_000
    await copy.close()


@pytest.fixture
def collector(user: Path) -> Iterator[None]:
    """Collect garbage in the user's repository over and over, at once and without mercy."""
    stop = threading.Event()

    def collect() -> None:
        while not stop.is_set():
            git(user, "gc", "-q", "--prune=now")

    thread = threading.Thread(target=collect)
    thread.start()
    yield
    stop.set()
    thread.join()


async def test_commits_survive_garbage_collection(user: Path, tmp_path: Path, collector: None) -> None:
    for number in range(8):
        task = f"{number:08d}-0000-5000-8000-000000000000"
        copy = await open_workspace(user, base="main", root=tmp_path / "copies", task_id=task, attempt=1)
        (copy.path / "new.py").write_text(f"number = {number}\n" * 50)
        await copy.changes()
        await copy.commit(f"aat/fix-{number}", message=f"Fix\n\nAAT-Task-Id: {task}\n", task_id=task)
        await copy.close()
    git(user, "fsck", "--connectivity-only")
    assert len(git(user, "branch", "--list", "aat/*").splitlines()) == 8


async def test_eight_at_once_do_not_disturb_each_other(user: Path, tmp_path: Path) -> None:
    async def one(number: int) -> str:
        task = f"{number:08d}-0000-5000-8000-000000000000"
        copy = await open_workspace(user, base="main", root=tmp_path / "copies", task_id=task, attempt=1)
        await worked_on(copy, f"echo {number} > number.txt", sandbox="none", user=user)
        await copy.changes()
        sha = await copy.commit(f"aat/fix-{number}", message=f"Fix\n\nAAT-Task-Id: {task}\n", task_id=task)
        await copy.close()
        return sha

    assert len(set(await asyncio.gather(*map(one, range(8))))) == 8
    assert git(user, "show", "aat/fix-5:number.txt") == "5"
    assert not list((tmp_path / "copies").iterdir())
