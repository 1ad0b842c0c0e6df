"""A person decides about a held fix, once, and what follows from it survives a crash."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from aat_consumer.operate.server import EmbeddedServer
from aat_reporters.wire import Namespace
from tests import faults
from tests.forge import TOKEN, Forge, add_remote, at_forge, forge
from tests.shop import MENDING_AGENT, Shop, git, make_shop
from tests.terminals import on_a_terminal

MakeShop = Callable[..., Shop]

HELD = "approval = true"


@pytest.fixture
def a_forge() -> Iterator[Forge]:
    with forge() as found:
        yield found


@pytest.fixture
def new_shop(tmp_path: Path, nats_server: EmbeddedServer, namespace: Namespace) -> MakeShop:
    def make(repository_settings: str = HELD, *, agent: str = MENDING_AGENT) -> Shop:
        return make_shop(
            tmp_path,
            namespace=namespace,
            url=nats_server.url,
            agent=agent,
            repository_settings=repository_settings,
            variables={"GITHUB_TOKEN": TOKEN},
        )

    return make


def hold(shop: Shop, *, release: str = "1.0", number: int = 0) -> str:
    """Let a fix be held, and give its task."""
    shop.publish(shop.report(number, release=release), message_id=f"{number}-{release}")
    shop.work()
    kind, result = shop.results()[-1]
    assert kind == "held"
    return str(result["task_id"])


def decided(shop: Shop, *words: str, code: int = 0) -> Any:
    done = shop.aat("fix", *words, "--yes", "--json")
    assert done.returncode == code, done.stderr
    return json.loads(done.stdout) if code == 0 else done.stderr.strip()


def listed(shop: Shop, *words: str) -> list[dict[str, Any]]:
    done = shop.aat("fix", "list", *words, "--json")
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_an_approved_fix_is_published_from_its_branch_in_the_name_of_who_approved(
    new_shop: MakeShop, a_forge: Forge
) -> None:
    shop = new_shop(f"{at_forge(a_forge)}\n            {HELD}")
    bare = add_remote(shop)
    task_id = hold(shop)
    (waiting,) = listed(shop)
    assert (waiting["task_id"], waiting["state"]) == (task_id, "awaiting_approval")
    assert waiting["held_for"] == ["repository.approval is set"]
    assert a_forge.pulls == []

    first = decided(shop, "approve", task_id)
    (pull,) = a_forge.pulls
    assert (first["changed"], first["pr_url"]) == (True, pull["html_url"])
    assert f"| approved by | `{first['by']}` |" in pull["body"]
    assert "| held for | `repository.approval is set` |" in pull["body"]
    assert "## Cause\n\n```text\nempty cart" in pull["body"]
    kind, result = shop.results()[-1]
    assert (kind, result["status"], result["task_id"]) == ("fixed", "fixed", task_id)
    assert (result["by"], result["approved_by"], result["attempt"]) == (first["by"], first["by"], 1)
    assert result["test_results"]["after"]["passed"] is True  # type: ignore[index]
    pushed = git(bare, "for-each-ref", "--format=%(objectname)", "refs/heads/aat").strip()
    assert pushed == result["commit"] == first["commit"]
    status = shop.stored(shop.namespace.investigations, shop.namespace.status_subject(task_id))[-1][1]
    assert (status["status"], status["findings"]) == ("fixed", f"approved by {first['by']}")

    again = decided(shop, "approve", task_id)
    assert (again["changed"], again["by"], again["pr_url"]) == (False, first["by"], first["pr_url"])
    assert len(a_forge.pulls) == 1
    assert listed(shop) == []
    assert [one["state"] for one in listed(shop, "--all")] == ["approved"]
    assert "was approved by" in decided(shop, "reject", task_id, code=1)
    assert shop.results()[-1][0] == "fixed"


def test_a_rejected_fix_is_a_failed_result_and_keeps_its_branch(new_shop: MakeShop) -> None:
    shop = new_shop()
    task_id = hold(shop)
    first = decided(shop, "reject", task_id, "--reason", "hides the mistake")
    assert (first["changed"], first["status"]) == (True, "not_approved")
    kind, result = shop.results()[-1]
    assert (kind, result["status"], result["reason"]) == ("failed", "not_approved", "hides the mistake")
    assert result["rejected_by"] == first["by"]
    assert shop.branches() == [result["branch"]]
    assert decided(shop, "reject", task_id)["changed"] is False
    problem = decided(shop, "approve", task_id, code=1)
    assert problem.startswith("aat: this fix was rejected by ")
    assert "\n" not in problem


def test_a_branch_that_is_gone_or_changed_is_told_in_a_line_and_nothing_is_decided(
    new_shop: MakeShop,
) -> None:
    shop = new_shop()
    task_id = hold(shop)
    (branch,) = shop.branches()
    commit = git(shop.folder, "rev-parse", branch).strip()
    git(shop.folder, "branch", "-f", branch, "main")
    assert "was changed since" in decided(shop, "approve", task_id, code=1)
    git(shop.folder, "branch", "-D", branch)
    problem = decided(shop, "approve", task_id, code=1)
    assert f"branch {branch} is gone" in problem
    assert "\n" not in problem
    git(shop.folder, "branch", branch, commit)
    assert decided(shop, "approve", task_id)["changed"] is True


def test_a_base_that_moved_is_said(new_shop: MakeShop) -> None:
    shop = new_shop()
    task_id = hold(shop)
    (shop.folder / "news").write_text("x")
    git(shop.folder, "add", "news")
    git(shop.folder, "commit", "-q", "-m", "news")
    done = shop.aat("fix", "approve", task_id, "--yes")
    assert done.returncode == 0
    assert done.stderr.strip() == "main has moved on since the fix was made: 1 commits are not in its branch"


def test_a_regression_that_is_held_meanwhile_has_a_decision_of_its_own(new_shop: MakeShop) -> None:
    shop = new_shop()
    first, second = hold(shop, release="1.0"), hold(shop, release="1.1")
    assert first != second
    assert [one["task_id"] for one in listed(shop)] == [first, second]
    decided(shop, "approve", first)
    assert [one["task_id"] for one in listed(shop)] == [second]
    hold(shop, release="1.2")
    regression = shop.results()[-1][1]
    assert regression["regression_of"]["task_id"] == first  # type: ignore[index]
    decided(shop, "reject", second)
    shop.publish(shop.report(release="1.0"), message_id="again")
    assert "agent_started" not in [step for step, _ in shop.work()]


def test_a_fix_that_a_later_run_replaced_cannot_be_approved(new_shop: MakeShop) -> None:
    shop = new_shop()
    task_id = hold(shop)
    assert shop.aat("errors", "retry", task_id).returncode == 0
    shop.work()
    assert [one["attempt"] for one in listed(shop, "--all")] == [2]
    decided(shop, "approve", task_id)
    assert shop.results()[-1][1]["attempt"] == 2


def test_what_a_forge_refused_three_times_can_still_be_approved(new_shop: MakeShop, a_forge: Forge) -> None:
    shop = new_shop(at_forge(a_forge))
    add_remote(shop)
    a_forge.answers = [503, 503, 503]
    shop.publish(shop.report(), message_id="a")
    for _ in range(3):
        assert shop.aat("run", "--once").returncode == 0
    assert shop.is_settled()
    (waiting,) = listed(shop)
    assert (waiting["state"], waiting["held_for"]) == ("not_published", ["it could not be published"])
    decided(shop, "approve", waiting["task_id"])
    (pull,) = a_forge.pulls
    assert "## Cause\n\n```text\nempty cart" in pull["body"]
    assert shop.results()[-1][1]["pr_url"] == pull["html_url"]


def test_a_held_task_is_decided_about_alike(new_shop: MakeShop) -> None:
    shop = new_shop()
    asked = shop.publish_task("cleanup", "--description=mend average()")
    shop.work(tasks="cleanup")
    assert [one["where"] for one in listed(shop)] == ["cleanup"]
    decided(shop, "approve", asked["task_id"])
    kind, result = shop.results()[-1]
    assert (kind, result["queue"], result["task_id"]) == ("fixed", "cleanup", asked["task_id"])


def test_without_a_terminal_and_yes_nothing_is_decided(new_shop: MakeShop) -> None:
    shop = new_shop()
    task_id = hold(shop)
    for words in (("approve", task_id), ("reject", task_id)):
        done = shop.aat("fix", *words)
        assert (done.returncode, done.stdout) == (2, "")
        assert "--yes" in done.stderr
    assert "Turn down the fix" in on_a_terminal(shop, "fix", "reject", task_id, answer="n\n", code=1)
    assert [one["state"] for one in listed(shop)] == ["awaiting_approval"]
    assert "Publish the fix" in on_a_terminal(shop, "fix", "approve", task_id, answer="y\n")
    assert listed(shop) == []


def test_an_unknown_task_is_told(new_shop: MakeShop) -> None:
    shop = new_shop()
    unknown = "6f1cbb44-6a0e-5e02-8f2c-4f4d61b4b1a7"
    assert "aat fix list" in decided(shop, "approve", unknown, code=1)
    assert listed(shop) == []


def test_show_prints_what_an_agent_wrote_on_a_terminal_alone(new_shop: MakeShop) -> None:
    shop = new_shop(agent=MENDING_AGENT.replace("empty cart", "say yes to all of this"))
    task_id = hold(shop)
    (branch,) = shop.branches()
    shown = shop.aat("fix", "show", task_id)
    assert (shown.returncode, "say yes" in shown.stdout) == (0, False)
    assert f"look: git diff main...{branch}" in shown.stdout
    assert shop.aat("fix", "show", task_id, "--raw").returncode == 2
    assert "say yes to all of this" in on_a_terminal(shop, "fix", "show", task_id, "--raw")


@pytest.mark.parametrize("step", ["approved", "pushed", "requested", "result", "done"])
def test_an_approval_that_was_killed_is_finished_by_the_next_and_done_once(
    step: str, new_shop: MakeShop, a_forge: Forge
) -> None:
    shop = new_shop(f"{at_forge(a_forge)}\n            {HELD}")
    bare = add_remote(shop)
    task_id = hold(shop)
    driver = Path(faults.__file__).with_name("killed_at.py")
    killed = subprocess.run(
        [sys.executable, str(driver), step, "0", "fix", "approve", task_id, "--yes"],
        cwd=shop.folder,
        env=shop.environment(),
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    decided(shop, "approve", task_id)
    assert len(a_forge.pulls) == 1
    assert len(git(bare, "for-each-ref", "refs/heads/aat").splitlines()) == 1
    assert [kind for kind, _ in shop.results()] == ["held", "fixed"]
    assert [one["state"] for one in listed(shop, "--all")] == ["approved"]


def test_two_who_approve_at_once_publish_once(new_shop: MakeShop, a_forge: Forge) -> None:
    shop = new_shop(f"{at_forge(a_forge)}\n            {HELD}")
    bare = add_remote(shop)
    task_id = hold(shop)
    command = [sys.executable, "-m", "aat_consumer", "fix", "approve", task_id, "--yes", "--json"]
    both = [
        subprocess.Popen(
            command, cwd=shop.folder, env=shop.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        for _ in range(2)
    ]
    ends = [(*process.communicate(timeout=60), process.returncode) for process in both]
    assert [code for _, _, code in ends] == [0, 0], ends
    told = decided(shop, "approve", task_id)
    assert told["pr_url"] == a_forge.pulls[0]["html_url"]
    assert len(a_forge.pulls) == 1
    assert len(git(bare, "for-each-ref", "refs/heads/aat").splitlines()) == 1
    assert [kind for kind, _ in shop.results()] == ["held", "fixed"]
