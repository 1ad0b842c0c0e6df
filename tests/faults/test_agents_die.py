"""Agents that die, flood, do not listen or leave children behind; reports that no agent may see."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from aat_consumer.operate.server import EmbeddedServer
from aat_reporters.wire import Namespace
from tests.faults.consumers import assert_each_has_one_outcome, consuming
from tests.shop import MENDING_AGENT, git, make_shop

pytestmark = pytest.mark.faults

#: Works only from the second time on; before, it does what is put in.
SECOND_TIME = """
import os, pathlib, signal, subprocess, sys, time
runs = pathlib.Path({runs!r})
with runs.open("a") as file:
    file.write(f"{{os.getpid()}}\\n")
if len(runs.read_text().splitlines()) == 1:
    {first}
"""

FIRST = {
    "is killed": "os.kill(os.getpid(), signal.SIGKILL)",
    "floods": "[sys.stdout.write('x' * 1_000_000) for _ in range(2_000)]; sys.exit(1)",
    "prints no outcome": "print('done, I believe'); sys.exit(0)",
    "leaves a child": (
        "subprocess.Popen(['sleep', '300'], start_new_session=True, stdout=subprocess.DEVNULL); "
        "print(subprocess.run(['pgrep', '-n', 'sleep'], capture_output=True, text=True).stdout, "
        "file=open(str(runs) + '.child', 'w')); sys.exit(3)"
    ),
}


@pytest.mark.parametrize("first", FIRST)
def test_an_agent_that_fails_once_is_run_again_and_its_report_fixed_once(
    first: str, tmp_path: Path, nats_server: EmbeddedServer, namespace: Namespace
) -> None:
    runs = tmp_path / "runs"
    agent = SECOND_TIME.format(runs=str(runs), first=FIRST[first]) + MENDING_AGENT
    shop = make_shop(tmp_path / "shop", namespace=namespace, url=nats_server.url, agent=agent)
    shop.publish(shop.report(), message_id="shell-1")
    with consuming(shop) as consumer:
        consumer.until(lambda: bool(shop.results()) and shop.is_settled())
    assert_each_has_one_outcome(shop, fixed=1)
    assert len(runs.read_text().splitlines()) == 2
    child = Path(f"{runs}.child")
    if child.exists():
        assert not Path(f"/proc/{child.read_text().strip()}").exists()


def test_a_killed_agent_costs_one_delivery(
    tmp_path: Path, nats_server: EmbeddedServer, namespace: Namespace
) -> None:
    """Killed from outside while it works, as a machine without memory does."""
    pid = tmp_path / "pid"
    wait = (
        f"import os, pathlib, time\npid = pathlib.Path({str(pid)!r})\n"
        "if not pid.exists():\n    pid.write_text(str(os.getpid()))\n    time.sleep(60)\n"
    )
    shop = make_shop(tmp_path / "shop", namespace=namespace, url=nats_server.url, agent=wait + MENDING_AGENT)
    shop.publish(shop.report(), message_id="shell-1")
    with consuming(shop) as consumer:
        consumer.until(lambda: pid.exists() and bool(pid.read_text()))
        os.kill(int(pid.read_text()), signal.SIGKILL)
        consumer.until(lambda: bool(shop.results()) and shop.is_settled())
        fetched = [step for step in consumer.steps() if step["step"] == "fetched"]
    assert [step["delivery"] for step in fetched] == [1, 2]
    assert_each_has_one_outcome(shop, fixed=1)


def test_an_agent_that_ignores_sigterm_is_ended_at_its_time_limit(
    tmp_path: Path, nats_server: EmbeddedServer, namespace: Namespace
) -> None:
    deaf = "import os, pathlib, signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    deaf += (
        f"pathlib.Path({str(tmp_path / 'pids')!r}).open('a').write(f'{{os.getpid()}}\\n')\ntime.sleep(600)\n"
    )
    shop = make_shop(tmp_path / "shop", namespace=namespace, url=nats_server.url, agent=deaf)
    file = shop.folder / "aat.toml"
    file.write_text(file.read_text().replace("timeout = 20", "timeout = 1"))
    shop.publish(shop.report(), message_id="shell-1")
    with consuming(shop) as consumer:
        consumer.until(lambda: bool(shop.results()) and shop.is_settled())
    ((kind, result),) = shop.results()
    assert (kind, result["status"]) == ("failed", "dead")
    assert len(shop.stored(namespace.investigations, f"{namespace.name}.investigation.dead.>")) == 1
    pids = (tmp_path / "pids").read_text().split()
    assert len(pids) == 3
    assert not [pid for pid in pids if Path(f"/proc/{pid}").exists()]


@pytest.mark.parametrize(
    "poison",
    [b"{", b"\xff\xfe\x00{", b"[1, 2]", b'{"error": 5}', b'{"error": "' + b"x" * 1_000_000, b"[" * 100_000],
    ids=["cut", "no utf-8", "a list", "a wrong type", "1 MB and cut", "deep"],
)
def test_poison_is_rejected_once_and_never_reaches_an_agent(
    poison: bytes, tmp_path: Path, nats_server: EmbeddedServer, namespace: Namespace
) -> None:
    ran = tmp_path / "ran"
    agent = f"open({str(ran)!r}, 'a').write('run ')\n" + MENDING_AGENT
    shop = make_shop(tmp_path / "shop", namespace=namespace, url=nats_server.url, agent=agent)
    shop.publish(poison)
    shop.publish(shop.report(), message_id="good")
    shop.work(2)
    assert sorted(kind for kind, _ in shop.results()) == ["fixed", "rejected"]
    assert shop.is_settled()
    assert ran.read_text() == "run "
    assert len(shop.stored(namespace.security, f"{namespace.name}.security.quarantine.>")) == 1


def test_locks_in_the_repository_are_waited_for_or_nobodys_business(
    tmp_path: Path, nats_server: EmbeddedServer, namespace: Namespace
) -> None:
    """The index belongs to the user and is not touched; a lock on references goes away in the end."""
    shop = make_shop(tmp_path, namespace=namespace, url=nats_server.url)
    (shop.folder / ".git" / "index.lock").touch()
    lock = shop.folder / ".git" / "packed-refs.lock"
    lock.touch()
    shop.publish(shop.report(), message_id="shell-1")
    with consuming(shop) as consumer:
        consumer.until_step("fenced")
        lock.unlink()
        consumer.until(lambda: bool(shop.results()) and shop.is_settled())
    assert_each_has_one_outcome(shop, fixed=1)
    assert (shop.folder / ".git" / "index.lock").exists()


def test_a_branch_of_somebody_else_is_not_overwritten(
    tmp_path: Path, nats_server: EmbeddedServer, namespace: Namespace
) -> None:
    shop = make_shop(tmp_path, namespace=namespace, url=nats_server.url)
    shop.publish(shop.report(), message_id="shell-1")
    shop.work()
    (branch,) = shop.branches()
    git(shop.folder, "branch", "-f", branch, "main")
    ((stored, _),) = shop.stored(namespace.results, f"{namespace.name}.results.>")
    retried = shop.aat("errors", "retry", stored.subject.rpartition(".")[2])
    assert retried.returncode == 0, retried.stderr
    assert shop.aat("run", "--once").returncode == 0
    assert git(shop.folder, "rev-parse", branch) == git(shop.folder, "rev-parse", "main")
    assert len(shop.branches()) == 2
