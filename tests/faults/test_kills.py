"""kill -9 at every step of the loop: one result, one commit, an empty queue, every time."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from aat_consumer.operate.server import EmbeddedServer
from aat_reporters.wire import Namespace
from tests.forge import TOKEN, add_remote, at_forge, forge
from tests.shop import Shop, git, make_shop

#: Each step of the loop in its order; a kill at one is a kill before the next.
STEPS = (
    "fetched",
    "claimed",
    "screened",
    "started",
    "working_copy",
    "tests_before",
    "agent_started",
    "agent_ended",
    "tests_after",
    "fenced",
    "committed",
    "result",
    "done",
    "acknowledged",
)

#: A report that is delivered again waits for the ack wait of 2 s; the rest is start-up.
DEADLINE = 40.0


#: What works on errors, and on the tasks of a queue.
RUN, WORK = ("run", "--once"), ("task", "work", "cleanup", "--once")


def run_killed(shop: Shop, step: str, pid: int, command: tuple[str, ...] = RUN) -> subprocess.Popen[str]:
    driver = Path(__file__).with_name("killed_at.py")
    return subprocess.Popen(
        [sys.executable, str(driver), step, str(pid), *command, "--json"],
        cwd=shop.folder,
        env=shop.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def work_until_settled(shop: Shop, command: tuple[str, ...] = RUN, *, tasks: str = "") -> None:
    deadline = time.monotonic() + DEADLINE
    while not shop.is_settled(tasks=tasks):
        assert time.monotonic() < deadline, "the queue did not become empty"
        done = shop.aat(*command)
        assert done.returncode == 0, done.stderr


def assert_one_outcome(shop: Shop, *, tasks: str = "") -> None:
    results = shop.results()
    assert [kind for kind, _ in results] == ["fixed"], results
    (branch,) = shop.branches()
    assert git(shop.folder, "rev-list", "--count", f"main..{branch}").strip() == "1"
    trailer = git(shop.folder, "log", "-1", "--format=%(trailers:key=AAT-Task-Id,valueonly)", branch).strip()
    assert trailer == results[0][1]["task_id"]
    assert shop.is_settled(tasks=tasks)


@pytest.mark.parametrize("step", STEPS)
def test_a_killed_consumer_is_followed_by_the_next(
    step: str, tmp_path: Path, nats_server: EmbeddedServer, namespace: Namespace
) -> None:
    shop = make_shop(tmp_path, namespace=namespace, url=nats_server.url)
    shop.publish(shop.report(), message_id=f"shell-{step}")
    process = run_killed(shop, step, 0)
    out, err = process.communicate(timeout=DEADLINE)
    assert process.returncode == -signal.SIGKILL, (out, err)
    assert json.loads(out.splitlines()[-1])["step"] == step
    work_until_settled(shop)
    assert_one_outcome(shop)


@pytest.mark.parametrize("step", STEPS)
def test_a_killed_worker_on_tasks_is_followed_by_the_next(
    step: str, tmp_path: Path, nats_server: EmbeddedServer, namespace: Namespace
) -> None:
    shop = make_shop(tmp_path, namespace=namespace, url=nats_server.url)
    asked = shop.publish_task("cleanup", "--description=mend average()", "--priority=high")
    process = run_killed(shop, step, 0, WORK)
    out, err = process.communicate(timeout=DEADLINE)
    assert process.returncode == -signal.SIGKILL, (out, err)
    assert json.loads(out.splitlines()[-1])["step"] == step
    work_until_settled(shop, WORK, tasks="cleanup")
    assert_one_outcome(shop, tasks="cleanup")
    assert shop.results()[0][1]["task_id"] == asked["task_id"]


#: Each step from the commit to the end where a fix ends in a pull request.
PUBLISHING_STEPS = ("fenced", "committed", "pushed", "requested", "result", "done")


@pytest.mark.parametrize("step", PUBLISHING_STEPS)
def test_a_killed_consumer_leaves_one_branch_one_push_and_one_pull_request(
    step: str, tmp_path: Path, nats_server: EmbeddedServer, namespace: Namespace
) -> None:
    with forge() as found:
        shop = make_shop(
            tmp_path,
            namespace=namespace,
            url=nats_server.url,
            repository_settings=at_forge(found),
            variables={"GITHUB_TOKEN": TOKEN},
        )
        bare = add_remote(shop)
        shop.publish(shop.report(), message_id=f"shell-{step}")
        process = run_killed(shop, step, 0)
        out, err = process.communicate(timeout=DEADLINE)
        assert process.returncode == -signal.SIGKILL, (out, err)
        assert json.loads(out.splitlines()[-1])["step"] == step
        work_until_settled(shop)
        assert_one_outcome(shop)
        result = shop.results()[0][1]
        assert [pull["html_url"] for pull in found.pulls] == [result["pr_url"]]
        pushed = git(bare, "for-each-ref", "--format=%(refname:short) %(objectname)", "refs/heads/aat")
        assert pushed.split() == [result["branch"], result["commit"]]


@pytest.mark.faults
@pytest.mark.parametrize("tasks", ["", "cleanup"], ids=["error", "task"])
@pytest.mark.parametrize("step", STEPS)
def test_a_killed_server_is_waited_for(step: str, tasks: str, tmp_path: Path, namespace: Namespace) -> None:
    command = WORK if tasks else RUN
    with EmbeddedServer() as server:
        shop = make_shop(tmp_path, namespace=namespace, url=server.url)
        if tasks:
            shop.publish_task(tasks, "--description=mend average()")
        else:
            shop.publish(shop.report(), message_id=f"shell-{step}")
        assert server.process is not None
        victim = server.process
        process = run_killed(shop, step, victim.pid, command)
        victim.wait(timeout=DEADLINE)
        server.kill()
        server.start()
        out, err = process.communicate(timeout=DEADLINE)
        # A report that could not be settled is told, and delivered again.
        assert process.returncode in (0, 1), (out, err)
        assert "Traceback" not in err
        work_until_settled(shop, command, tasks=tasks)
        assert_one_outcome(shop, tasks=tasks)
