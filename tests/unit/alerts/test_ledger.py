"""When alerts are told, together with which others, and that each channel gets them."""

from __future__ import annotations

import dataclasses
import itertools
import json

import pytest

from aat_consumer.alert_settings import AlertSettings
from aat_consumer.operate.alerts.ledger import Ledger, Notification
from aat_consumer.operate.alerts.rules import Alert

SETTINGS = AlertSettings(group_wait=5, group_interval=60, repeat=3_600, hourly_cap=4)


def an_alert(key: str = "new:a", **changes: object) -> Alert:
    return dataclasses.replace(Alert(rule="new", key=key, text="new error", at=0.0), **changes)  # type: ignore[arg-type]


class Clock:
    """Run one ledger through time, keeping it as JSON between any two steps as a restart would."""

    def __init__(self, *channels: str) -> None:
        self.now = 1_000.0
        self.ledger = Ledger()
        self.ledger.use_channels(channels)
        self.ids = itertools.count(1)

    def at(self, seconds: float) -> Clock:
        self.now = 1_000.0 + seconds
        self.ledger = Ledger.from_json(json.loads(json.dumps(self.ledger.to_json())))
        return self

    def offer(self, *alerts: Alert) -> Clock:
        for alert in alerts:
            self.ledger.offer(alert, now=self.now, settings=SETTINGS)
        return self

    def told(self) -> Notification | None:
        return self.ledger.gather(now=self.now, settings=SETTINGS, notification_id=f"n{next(self.ids)}")

    def keys(self) -> list[str]:
        told = self.told()
        return [alert.key for alert in told.alerts] if told else []


def test_a_first_alert_waits_a_moment_for_those_of_the_same_burst() -> None:
    clock = Clock().offer(an_alert("new:a"))
    assert clock.at(4).offer(an_alert("new:b")).keys() == []
    assert clock.at(5).keys() == ["new:a", "new:b"]
    assert clock.at(6).keys() == []


def test_what_comes_behind_it_is_merged_until_the_interval_is_over() -> None:
    clock = Clock().offer(an_alert("new:a"))
    clock.at(5).keys()
    clock.at(10).offer(an_alert("new:b"))
    assert clock.at(64).offer(an_alert("new:c")).keys() == []
    assert clock.at(65).keys() == ["new:b", "new:c"]


def test_what_is_urgent_waits_for_nothing_and_takes_the_others_with_it() -> None:
    clock = Clock().offer(an_alert("new:a"))
    clock.at(5).keys()
    clock.at(6).offer(an_alert("new:b"), an_alert("new:c", is_urgent=True))
    assert clock.keys() == ["new:c", "new:b"]


def test_the_same_is_told_again_behind_the_repeat_interval_with_its_number() -> None:
    clock = Clock().offer(an_alert())
    clock.at(5).keys()
    assert clock.at(100).offer(an_alert(), an_alert()).at(2_000).keys() == []
    told = clock.at(3_606).offer(an_alert()).at(3_611).told()
    assert told is not None
    assert [(alert.key, alert.count) for alert in told.alerts] == [("new:a", 3)]


def test_two_of_one_key_in_one_burst_are_one_alert() -> None:
    clock = Clock().offer(an_alert(title="E: x"), an_alert(title=""))
    told = clock.at(5).told()
    assert told is not None
    assert [(alert.count, alert.title) for alert in told.alerts] == [(2, "E: x")]


def test_beyond_the_hourly_cap_alerts_are_merged_and_none_is_lost() -> None:
    clock = Clock()
    seen: list[str] = []
    more, capped = 0, []
    for number in range(40):
        clock.at(number * 100).offer(an_alert(f"new:{number}"))
        told = clock.at(number * 100 + 60).told()
        seen += [alert.key for alert in told.alerts] if told else []
        more += told.more if told else 0
        capped += [told.is_last] if told else []
    assert capped[:4] == [False, False, False, True]
    assert len(capped) <= 8
    told = clock.at(3 * 3_600).told()
    seen += [alert.key for alert in told.alerts] if told else []
    assert more == 8  # beyond the 25 that a notification lists
    assert seen == [f"new:{number}" for number in (*range(29), *range(37, 40))]


def test_of_a_flood_the_first_are_listed_and_the_others_counted() -> None:
    clock = Clock().offer(*(an_alert(f"new:{number}") for number in range(1_000)))
    told = clock.at(5).told()
    assert told is not None
    assert (len(told.alerts), told.more) == (25, 975)


def test_the_account_stays_small_whatever_floods_in() -> None:
    clock = Clock("a", "b")
    long = "x" * 160
    for number in range(30_000):
        clock.ledger.offer(
            an_alert(f"new:s1-{number:032x}", title=long, place=long, text=long),
            now=clock.now,
            settings=SETTINGS,
        )
        clock.now += 60
        clock.told()
    assert len(json.dumps(clock.ledger.to_json())) < 900_000


def test_over_is_told_of_what_was_told_and_makes_it_new_again() -> None:
    clock = Clock().offer(an_alert("stuck", is_urgent=True))
    assert clock.keys() == ["stuck"]
    assert clock.at(100).offer(an_alert("stuck:over")).at(105).keys() == ["stuck:over"]
    assert clock.at(200).offer(an_alert("stuck", is_urgent=True)).keys() == ["stuck"]


def test_what_was_over_before_it_was_told_is_not_told() -> None:
    clock = Clock().offer(an_alert("full:x"), an_alert("full:x:over"))
    assert clock.at(100).keys() == []
    assert clock.offer(an_alert("stuck:over")).at(200).keys() == []


def test_each_channel_gets_each_notification_until_it_takes_it() -> None:
    clock = Clock("good", "bad").offer(an_alert())
    told = clock.at(5).told()
    assert told is not None
    assert [(name, sent.id) for name, sent in clock.at(5).ledger.due(clock.now)] == [
        ("good", "n1"),
        ("bad", "n1"),
    ]
    clock.ledger.record("n1", "good", error="", now=clock.now)
    clock.ledger.record("n1", "bad", error="refused", now=clock.now)
    assert clock.at(6).ledger.due(clock.now) == []
    assert [(name, sent) for name, sent in clock.at(10).ledger.due(clock.now)] == [("bad", told)]
    clock.ledger.record("n1", "bad", error="refused", now=clock.now)
    assert clock.at(19).ledger.due(clock.now) == []
    assert len(clock.at(20).ledger.due(clock.now)) == 1
    assert clock.ledger.channels["bad"].failing_since == 1_005
    clock.ledger.record("n1", "bad", error="", now=clock.now)
    assert (clock.ledger.channels["bad"].failing_since, clock.ledger.due(clock.now + 9_999)) == (0, [])


def test_a_channel_gets_notifications_in_their_order() -> None:
    clock = Clock("bad").offer(an_alert("new:a"))
    clock.at(5).told()
    clock.at(66).offer(an_alert("new:b")).at(71).told()
    assert [sent.id for _, sent in clock.ledger.due(clock.now)] == ["n1"]


def test_after_a_day_a_notification_is_given_up_and_counted() -> None:
    clock = Clock("bad").offer(an_alert())
    clock.at(5).told()
    clock.at(86_500).ledger.record("n1", "bad", error="refused", now=clock.now)
    assert (clock.ledger.channels["bad"].lost, clock.ledger.due(clock.now)) == (1, [])


def test_a_channel_that_is_not_configured_any_more_holds_nothing_up() -> None:
    clock = Clock("old").offer(an_alert())
    clock.at(5).told()
    clock.ledger.use_channels(("new",))
    assert (clock.ledger.due(clock.now), list(clock.ledger.channels)) == ([], ["new"])


@pytest.mark.parametrize("tries", [1, 3, 30])
def test_the_pause_between_tries_is_never_longer_than_five_minutes(tries: int) -> None:
    clock = Clock("bad").offer(an_alert())
    clock.at(5).told()
    for _ in range(tries):
        clock.ledger.record("n1", "bad", error="refused", now=clock.now)
    assert len(clock.at(5 + 300).ledger.due(clock.now)) == 1
