"""What a day may cost, and what fails again and again, hold dispatch back, and burn no delivery."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from aat_consumer.jetstream import JetStream
from aat_consumer.operate.server import EmbeddedServer
from aat_consumer.restraining import FREE_FAILURES, MAX_PAUSE, Restraints
from aat_reporters.wire import BRAKE_KEY, Namespace
from tests.shop import MENDING_AGENT, Shop, make_shop

MakeShop = Callable[..., Shop]

#: Says what it cost.
COSTLY = MENDING_AGENT.replace('"findings"', '"cost_usd": 0.75, "findings"')


@pytest.fixture
def new_shop(tmp_path: Path, nats_server: EmbeddedServer, namespace: Namespace) -> MakeShop:
    def make(*, agent: str = MENDING_AGENT, limit: float = 0.0) -> Shop:
        shop = make_shop(tmp_path, namespace=namespace, url=nats_server.url, agent=agent)
        settings = shop.folder / "aat.toml"
        settings.write_text(
            settings.read_text().replace("[agent]", f"[agent]\nmax_budget_usd_per_day = {limit}")
        )
        return shop

    return make


def publish(shop: Shop, *numbers: int) -> None:
    for number in numbers:
        shop.publish(shop.report(number, error=f"ValueError: number {number}"), message_id=str(number))


def waiting(shop: Shop) -> tuple[int, int]:
    async def work(js: JetStream) -> tuple[int, int]:
        lag = await js.lag(shop.namespace.error_stream("staging"))
        assert lag is not None
        return lag.waiting, lag.in_flight

    return shop.with_server(work)


def test_a_spent_day_holds_every_consumer_back_and_says_so(new_shop: MakeShop) -> None:
    shop = new_shop(agent=COSTLY, limit=1.0)
    publish(shop, 1, 2, 3)
    for _ in range(2):
        assert "fixed" in shop.aat("run", "--once").stdout
    done = shop.aat("run", "--once")
    assert (done.returncode, done.stdout) == (0, "")
    assert "over budget: 1.50 of 1.00 US dollars of this day (UTC) are spent" in done.stderr
    assert done.stderr.strip().endswith("nothing was taken: over budget")
    assert waiting(shop) == (1, 0)
    assert "is not paused" in shop.aat("resume").stdout
    settings = shop.folder / "aat.toml"
    settings.write_text(settings.read_text().replace("= 1.0", "= 9.0"))
    assert [facts["delivery"] for step, facts in shop.work() if step == "fetched"] == [1]


def test_without_a_limit_nothing_is_held_back_whatever_it_costs(new_shop: MakeShop) -> None:
    shop = new_shop(agent=COSTLY)
    publish(shop, 1, 2)
    shop.work(2)
    assert [kind for kind, _ in shop.results()] == ["fixed", "fixed"]


def test_failures_in_a_row_hold_dispatch_back_until_somebody_resumes(new_shop: MakeShop) -> None:
    shop = new_shop(agent="import sys; sys.exit('the API is away')")
    settings = shop.folder / "aat.toml"
    settings.write_text(settings.read_text().replace("retry_delay = 0.1", "retry_delay = 600"))
    publish(shop, 1, 2, 3, 4)
    shop.work(FREE_FAILURES)
    done = shop.aat("run", "--once")
    assert (done.returncode, done.stdout) == (0, "")
    assert "braking after 3 failures in a row" in done.stderr
    assert done.stderr.strip().endswith("nothing was taken: braking")
    assert "it was braking after failures" in shop.aat("resume").stdout
    assert json.loads(shop.aat("resume", "--json").stdout)["changed"] is False
    (shop.folder.parent / "agent.py").write_text(MENDING_AGENT)
    shop.work()
    assert [kind for kind, _ in shop.results()] == ["fixed"]


def test_the_pause_grows_and_ends_with_the_first_success(new_shop: MakeShop) -> None:
    shop = new_shop()

    async def work(js: JetStream) -> list[str | None]:
        restraints = Restraints(js, usd_per_day=0.0, first_pause=100.0)
        found: list[str | None] = []
        for _ in range(FREE_FAILURES + 8):
            await restraints.failed()
            restraint = await restraints.find()
            found.append(restraint.kind if restraint else None)
        await restraints.worked()
        assert await restraints.find() is None
        return found

    assert shop.with_server(work) == [None] * (FREE_FAILURES - 1) + ["braking"] * 9


def test_the_pause_doubles_up_to_a_limit(new_shop: MakeShop) -> None:
    shop = new_shop()

    async def pauses(js: JetStream) -> list[float]:
        restraints = Restraints(js, usd_per_day=0.0, first_pause=100.0)
        found = []
        for _ in range(FREE_FAILURES + 6):
            before = datetime.now(UTC)
            await restraints.failed()
            entry = await js.bucket.get(BRAKE_KEY)
            assert entry is not None
            until = json.loads(entry.value).get("until")
            if until:
                found.append((datetime.fromisoformat(until) - before).total_seconds())
        return found

    wanted = [100.0, 200.0, 400.0, 800.0, 1600.0, MAX_PAUSE, MAX_PAUSE]
    assert shop.with_server(pauses) == pytest.approx(wanted, abs=2.0)
