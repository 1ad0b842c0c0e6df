"""Work that was done under a signature of the release before is found, and the other way round."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest

from aat_consumer import streams
from aat_consumer.claims import Claim, Claims, Owner
from aat_consumer.intake import Task, take
from aat_consumer.jetstream import JetStream, connect
from aat_consumer.operate.server import EmbeddedServer
from aat_consumer.queues import error_queue
from aat_consumer.repeats import due
from aat_consumer.settling import facts_of, write_done
from aat_reporters.connection import Connection
from aat_reporters.wire import Namespace, fix_key

OLD, NEW, OTHER = ("s1-" + "a" * 32, "s2-" + "b" * 32, "s2-" + "c" * 32)


@pytest.fixture
async def js(nats_server: EmbeddedServer, namespace: Namespace) -> AsyncIterator[JetStream]:
    found = await connect(Connection(url=nats_server.url), namespace=namespace, name="test")
    await streams.apply(found, await streams.inspect(found))
    yield found
    await found.close()


def reported(js: JetStream, *, release: str = "1", **signed: str) -> Task:
    report = {"error": "ValueError: cart 7 is empty", "schema": 1, "release": release, "signature": signed}
    queue = error_queue(js.namespace, "default")
    return take(json.dumps(report).encode(), headers={}, queue=queue, message_id="")


async def work_on(js: JetStream, task: Task, *, status: str = "fixed") -> None:
    """Claim a task and finish it, as the loop does."""

    async def no_sign() -> None:
        """Keep nothing alive."""

    claims = Claims(js, owner=Owner.this_process(), lease=2.0)
    claim = await claims.take(
        task.task_id, facts=facts_of(task), may_reopen=lambda _: False, keep_alive=no_sign
    )
    assert isinstance(claim, Claim)
    await claims.take_turn(task.shared_signature, claim.task_id)
    await write_done(js, claim, status=status, branch="aat/fix", runs=1)


async def is_due(js: JetStream, task: Task) -> bool:
    return (await due(js, task, retry_after=60.0, asked_for=False)).run


async def test_work_under_the_old_signature_is_found_by_the_new(js: JetStream) -> None:
    await work_on(js, reported(js, stable=OLD))
    assert not await is_due(js, reported(js, stable=NEW, previous=OLD))
    assert await is_due(js, reported(js, stable=OTHER, previous="s1-" + "d" * 32))


async def test_work_under_the_new_signature_is_found_by_programs_that_know_the_old(js: JetStream) -> None:
    await work_on(js, reported(js, stable=NEW, previous=OLD))
    assert not await is_due(js, reported(js, stable=OLD))
    assert not await is_due(js, reported(js, stable=NEW))


async def test_a_regression_is_told_of_the_fix_under_the_old_signature(js: JetStream) -> None:
    await work_on(js, reported(js, stable=OLD, release="1"))
    plan = await due(
        js, reported(js, stable=NEW, previous=OLD, release="2"), retry_after=60.0, asked_for=False
    )
    assert plan.run
    assert plan.earlier is not None
    assert plan.earlier.release == "1"


async def test_both_histories_stay_whole(js: JetStream) -> None:
    await work_on(js, reported(js, stable=OLD, release="1"))
    await work_on(js, reported(js, stable=NEW, previous=OLD, release="2"))
    for signature, releases in ((OLD, ["1", "2"]), (NEW, ["2"])):
        entry = await js.bucket.get(fix_key(signature))
        assert entry is not None
        assert [fix["release"] for fix in json.loads(entry.value)["releases"]] == releases
