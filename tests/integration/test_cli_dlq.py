"""What was given up: seen without being shown, tried again once, dropped when told."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from aat_consumer.jetstream import JetStream
from aat_consumer.operate.server import EmbeddedServer
from aat_consumer.queues import Queue, error_queue, task_queue
from aat_reporters.wire import TASK_ID_HEADER, Namespace
from tests.shop import MENDING_AGENT, Shop, make_shop
from tests.terminals import on_a_terminal

#: Fails until the file beside it says that the weather is fine; its last words quote the report.
MOODY_AGENT = (
    "import pathlib, sys\n"
    "if not pathlib.Path(sys.argv[0]).with_name('fine').exists(): sys.exit('ZEBRA cannot think')\n"
) + MENDING_AGENT


@pytest.fixture
def shop(tmp_path: Path, nats_server: EmbeddedServer, namespace: Namespace) -> Shop:
    return make_shop(tmp_path, namespace=namespace, url=nats_server.url, agent=MOODY_AGENT)


def printed(done: subprocess.CompletedProcess[str]) -> Any:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def die(shop: Shop, error: str = "ZeroDivisionError: division by zero") -> str:
    """Publish a report whose agent fails three times, and name its task."""
    shop.publish(shop.report(error=error), message_id="bad")
    shop.work(3)
    return str(shop.results()[-1][1]["task_id"])


def mend(shop: Shop) -> None:
    (shop.folder.parent / "fine").touch()


def given_up(shop: Shop, queue: Queue) -> None:
    """Let a consumer be given a message three times and settle nothing, as one that dies each time does."""

    async def work(js: JetStream) -> None:
        await js.ensure_durable(queue.stream, durable=queue.durable, subject=queue.filter, ack_wait=1)
        for _ in range(3):
            delivery = None
            while delivery is None:
                delivery = await js.fetch(queue.stream, durable=queue.durable, wait=3)
            await js.refuse(delivery.reply, delay=0)
        # The server gives a message up only when somebody pulls behind its last ack wait.
        in_flight = 1
        while in_flight:
            assert await js.fetch(queue.stream, durable=queue.durable, wait=1) is None
            lag = await js.lag(queue.stream, durable=queue.durable)
            in_flight = lag.in_flight if lag else 0

    shop.with_server(work)


def test_a_dead_letter_is_listed_and_shown_without_its_words(shop: Shop) -> None:
    assert shop.aat("dlq", "list").stderr == "there are no dead letters\n"
    task_id = die(shop, error="ZEBRA: wild")
    for words in (("list",), ("show", task_id)):
        done = shop.aat("dlq", *words, "--json")
        facts = printed(done)
        assert (facts["task_id"], facts["state"], facts["attempt"]) == (task_id, "dead", 3)
        assert (facts["where"], facts["stream"]) == ("staging", shop.namespace.error_stream("staging"))
        assert "ZEBRA" not in done.stdout + shop.aat("dlq", *words).stdout
    assert shop.aat("dlq", "show", task_id, "--raw").returncode == 2
    assert "ZEBRA: wild" in on_a_terminal(shop, "dlq", "show", task_id, "--raw")


def test_a_retry_runs_it_again_under_the_same_task_once(shop: Shop) -> None:
    task_id = die(shop)
    mend(shop)
    again = printed(shop.aat("dlq", "retry", task_id, "--reason", "the API is back", "--json"))
    assert again == {"task_id": task_id, "message_id": "bad-retry-1"}
    assert printed(shop.aat("dlq", "list", "--json"))["state"] == "retry_waits"
    twice = shop.aat("dlq", "retry", task_id)
    assert (twice.returncode, "waits in the queue already" in twice.stderr) == (1, True)
    shop.work()
    assert [(kind, body["task_id"], body["attempt"]) for kind, body in shop.results()] == [
        ("failed", task_id, 3),
        ("fixed", task_id, 4),
    ]
    assert printed(shop.aat("dlq", "list", "--json"))["state"] == "fixed"
    late = shop.aat("dlq", "retry", task_id)
    assert late.returncode == 1
    assert "ended as fixed" in late.stderr
    assert shop.is_settled()


def test_a_retry_is_told_with_who_asked_and_why(shop: Shop) -> None:
    task_id = die(shop)
    printed(shop.aat("dlq", "retry", task_id, "--reason", "the API is back", "--json"))
    statuses = shop.stored(shop.namespace.investigations, shop.namespace.status_subject(task_id))
    told = statuses[-1][1]
    assert (told["status"], told["findings"]) == ("retried", "the API is back")
    assert "@" in str(told["by"])


def test_a_retry_without_authorisation_is_another_task(shop: Shop) -> None:
    """The header alone, which any publisher may write, brings no dead task back."""
    task_id = die(shop)
    mend(shop)

    async def forge(js: JetStream) -> None:
        payload = json.dumps(shop.report(5, error="OSError: forged")).encode()
        subject = shop.namespace.error_subject("staging")
        await js.publish(subject, payload, message_id="forged", headers={TASK_ID_HEADER: task_id})

    shop.with_server(forge)
    shop.work()
    assert shop.results()[-1][1]["task_id"] != task_id
    assert printed(shop.aat("dlq", "list", "--json"))["state"] == "dead"


def test_a_task_that_died_goes_back_to_its_queue_and_priority(shop: Shop) -> None:
    asked = shop.publish_task("cleanup", "--description=x", "--priority=urgent")
    shop.work(3, tasks="cleanup")
    facts = printed(shop.aat("dlq", "list", "--json"))
    assert (facts["task_id"], facts["queue"], facts["priority"]) == (asked["task_id"], "cleanup", "urgent")
    mend(shop)
    printed(shop.aat("dlq", "retry", asked["task_id"], "--json"))
    ((stored, _),) = shop.stored(shop.namespace.tasks, f"{shop.namespace.name}.tasks.>")
    assert stored.subject == f"{shop.namespace.name}.tasks.cleanup.urgent"
    shop.work(tasks="cleanup")
    assert [(kind, body["task_id"]) for kind, body in shop.results()] == [
        ("failed", asked["task_id"]),
        ("fixed", asked["task_id"]),
    ]


@pytest.mark.parametrize("of_tasks", [False, True], ids=["error", "task"])
def test_what_a_crashed_consumer_left_behind_is_listed_and_buried_by_the_next(
    shop: Shop, of_tasks: bool
) -> None:
    if of_tasks:
        shop.publish_task("cleanup", "--description=x")
        queue, worker = task_queue(shop.namespace, "cleanup"), ["task", "work", "cleanup"]
    else:
        shop.publish(shop.report(), message_id="a")
        queue, worker = error_queue(shop.namespace, "staging"), ["run"]
    given_up(shop, queue)
    facts = printed(shop.aat("dlq", "list", "--json"))
    assert (facts["state"], facts["sequence"]) == ("given_up", 1)
    early = shop.aat("dlq", "retry", facts["task_id"])
    assert early.returncode == 1
    assert f"aat {' '.join(worker)} makes it one" in early.stderr
    assert shop.aat(*worker, "--once").returncode == 0
    letter = printed(shop.aat("dlq", "list", "--json"))
    assert (letter["state"], letter["task_id"]) == ("dead", facts["task_id"])
    mend(shop)
    printed(shop.aat("dlq", "retry", facts["task_id"], "--json"))
    assert shop.aat(*worker, "--once").returncode == 0
    assert [kind for kind, _ in shop.results()] == ["failed", "fixed"]


def test_what_is_only_delayed_or_worked_on_is_no_dead_letter(shop: Shop) -> None:
    shop.publish(shop.report(), message_id="a")
    taken = printed(shop.aat("errors", "next", "--json"))
    assert shop.aat("dlq", "list").stdout == ""
    printed(shop.aat("errors", "nak", taken["token"], "--delay", "10m", "--json"))
    assert shop.aat("dlq", "list").stdout == ""


def test_dropping_asks_or_wants_yes_and_is_told(shop: Shop) -> None:
    task_id = die(shop)
    refused = shop.aat("dlq", "drop", task_id)
    assert refused.returncode == 2
    assert "--yes" in refused.stderr
    assert printed(shop.aat("dlq", "drop", task_id, "--yes", "--json")) == {"task_id": task_id, "deleted": 1}
    assert shop.aat("dlq", "list").stdout == ""
    for words in (("show", task_id), ("retry", task_id), ("drop", task_id, "--yes")):
        done = shop.aat("dlq", *words)
        assert done.returncode == 1
        assert "is no dead letter" in done.stderr
    statuses = shop.stored(shop.namespace.investigations, shop.namespace.status_subject(task_id))
    assert (statuses[-1][1]["status"], "@" in str(statuses[-1][1]["by"])) == ("dropped", True)
