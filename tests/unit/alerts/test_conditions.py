"""What holds for a while is told when it begins and when it is over."""

from __future__ import annotations

from aat_consumer.alert_settings import AlertSettings
from aat_consumer.operate.alerts.conditions import Conditions, Sample
from aat_consumer.operate.alerts.rules import Alert


class Queues:
    def __init__(self) -> None:
        self.conditions = Conditions(AlertSettings(stuck_after=900), hung_after=2_400, holding=set())

    def look(
        self, at: float, *, waiting: int = 1, in_flight: int = 0, delivered: int = 7, paused: bool = False
    ) -> list[str]:
        sample = Sample(
            at=at, waiting=waiting, in_flight=in_flight, delivered={"Q": delivered}, is_paused=paused, fill={}
        )
        return keys(self.conditions.observe(sample))


def keys(alerts: list[Alert]) -> list[str]:
    return [alert.key for alert in alerts]


def test_reports_that_nobody_takes_are_told_after_a_while_and_when_it_is_over() -> None:
    queues = Queues()
    assert [queues.look(at) for at in (0, 899)] == [[], []]
    assert queues.look(900) == ["stuck"]
    assert queues.look(960, waiting=0, delivered=8) == ["stuck:over"]
    assert queues.look(5_000, waiting=0) == []


def test_a_consumer_at_work_may_take_as_long_as_an_agent_may() -> None:
    queues = Queues()
    assert [queues.look(at, in_flight=1) for at in (0, 2_399)] == [[], []]
    assert queues.look(2_400, in_flight=1) == ["stuck"]


def test_progress_starts_the_clock_anew() -> None:
    queues = Queues()
    queues.look(0)
    queues.look(800, delivered=8)
    assert queues.look(1_600, delivered=8) == []
    assert queues.look(1_700, delivered=8) == ["stuck"]


def test_paused_is_not_stuck() -> None:
    queues = Queues()
    queues.look(0)
    assert queues.look(5_000, paused=True) == []


def test_time_without_the_server_does_not_count() -> None:
    queues = Queues()
    queues.look(0)
    queues.conditions.forget_time()
    assert queues.look(5_000) == []


def test_a_stream_that_refuses_when_full_is_told_before_it_is() -> None:
    conditions = Conditions(AlertSettings(full_percent=80), hung_after=0, holding=set())

    def look(fill: float) -> list[str]:
        sample = Sample(
            at=0, waiting=0, in_flight=0, delivered={}, is_paused=False, fill={"SHOP_TASKS": fill}
        )
        return keys(conditions.observe(sample))

    assert [look(79.9), look(80.0), look(50.0)] == [[], ["full:SHOP_TASKS"], ["full:SHOP_TASKS:over"]]
    assert conditions.holding == set()
