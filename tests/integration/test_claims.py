"""One consumer at a time: claims by compare and set, on a real bucket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from aat_consumer import streams
from aat_consumer.claims import Claim, Claims, Owner, is_gone
from aat_consumer.errors import LeaseLostError
from aat_consumer.jetstream import JetStream, connect
from aat_consumer.operate.server import EmbeddedServer
from aat_reporters.connection import Connection
from aat_reporters.wire import Namespace, task_key

LEASE = 1.0
TASK = "6b1e1c9e-0000-5000-8000-000000000000"


@pytest.fixture
async def js(nats_server: EmbeddedServer, namespace: Namespace) -> AsyncIterator[JetStream]:
    found = await connect(Connection(url=nats_server.url), namespace=namespace, name="test")
    await streams.apply(found, await streams.inspect(found))
    yield found
    await found.close()


async def no_sign() -> None:
    """Keep nothing alive."""


async def take(js: JetStream, owner: Owner, *, wait: bool = True, may_reopen: bool = False) -> object:
    claims = Claims(js, owner=owner, lease=LEASE)
    return await claims.take(
        TASK, facts={"signature": "s1-a"}, may_reopen=lambda _: may_reopen, keep_alive=no_sign, wait=wait
    )


def elsewhere() -> Owner:
    """Describe a consumer on another host: nobody here can tell whether it lives."""
    return replace(Owner.this_process(), host="elsewhere")


async def test_of_many_at_once_one_gets_the_claim(js: JetStream) -> None:
    found = await asyncio.gather(*(take(js, Owner.this_process(), wait=False) for _ in range(10)))
    assert sum(isinstance(claim, Claim) for claim in found) == 1


async def test_a_silent_claim_is_taken_over_after_a_lease_and_the_loser_learns_it(js: JetStream) -> None:
    first = await take(js, elsewhere())
    assert isinstance(first, Claim)
    second = await take(js, Owner.this_process())
    assert isinstance(second, Claim)
    assert second.attempt == 2
    assert second.previous is not None
    with pytest.raises(LeaseLostError, match="taken over"):
        await first.update(state="publishing")


async def test_a_claim_that_shows_signs_of_life_is_left_alone(js: JetStream) -> None:
    first = await take(js, elsewhere())
    assert isinstance(first, Claim)

    async def beat() -> None:
        for _ in range(12):
            await first.update()
            await asyncio.sleep(LEASE / 4)

    beating = asyncio.create_task(beat())
    waiting = asyncio.create_task(take(js, Owner.this_process()))
    done, _ = await asyncio.wait({beating, waiting}, return_when=asyncio.FIRST_COMPLETED)
    assert done == {beating}
    assert isinstance(await waiting, Claim)


async def test_the_claim_of_a_dead_process_on_this_host_is_taken_over_at_once(js: JetStream) -> None:
    gone = replace(Owner.this_process(), pid=2**22 + 1)
    assert is_gone(gone.to_json())
    await take(js, gone)
    async with asyncio.timeout(LEASE / 2):
        assert isinstance(await take(js, Owner.this_process()), Claim)


async def test_a_number_that_is_used_again_does_not_keep_a_claim_alive(js: JetStream) -> None:
    reused = replace(Owner.this_process(), started="1")
    assert is_gone(reused.to_json())
    assert not is_gone(Owner.this_process().to_json())
    assert not is_gone(elsewhere().to_json())


async def test_a_finished_task_gives_its_record_and_runs_again_only_if_it_may(js: JetStream) -> None:
    claim = await take(js, Owner.this_process())
    assert isinstance(claim, Claim)
    await claim.update(state="done", status="fixed")
    record = await take(js, Owner.this_process())
    assert isinstance(record, dict)
    assert record["status"] == "fixed"
    again = await take(js, Owner.this_process(), may_reopen=True)
    assert isinstance(again, Claim)
    assert again.attempt == 2


async def test_an_update_whose_reply_was_lost_is_recognised_as_ours(js: JetStream) -> None:
    claim = await take(js, Owner.this_process())
    assert isinstance(claim, Claim)
    value = json.dumps({"unique": 1}).encode()
    revision = await js.bucket.update(task_key(TASK), value, revision=claim.revision)
    assert await js.bucket.update(task_key(TASK), value, revision=claim.revision) == revision


async def test_one_task_at_a_time_has_the_turn_for_a_signature(js: JetStream) -> None:
    first = await take(js, elsewhere())
    assert isinstance(first, Claim)
    claims = Claims(js, owner=Owner.this_process(), lease=4.0)
    await claims.take_turn("s1-a", TASK)
    waiting = asyncio.create_task(claims.take_turn("s1-a", "another-task"))
    for state in ("running", "publishing"):
        await first.update(state=state)
        done, _ = await asyncio.wait({waiting}, timeout=0.3)
        assert not done
    await first.update(state="done")
    async with asyncio.timeout(15):
        await waiting
