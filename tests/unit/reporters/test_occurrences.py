"""Repeats are counted by the minute and told at once, after 10 s, then ever less often, and at the end."""

from __future__ import annotations

import json

from aat_reporters.messages import Message
from aat_reporters.occurrences import LAST_INTERVAL, MAX_SIGNATURES, Occurrences
from aat_reporters.settings import ReporterSettings

#: An epoch time at the start of a minute.
MINUTE = 1_763_895_600.0


def counting(token: str = "p1") -> Occurrences:
    settings = ReporterSettings.resolve(
        {"namespace": "shop", "environment": "staging", "release": "r1", "server": "web-1"}, environment={}
    )
    return Occurrences(settings, token=token)


def counts(messages: list[Message]) -> list[int]:
    return [json.loads(message.payload)["count"] for message in messages]


def test_a_count_says_what_when_where_and_how_often() -> None:
    occurrences = counting()
    occurrences.add("s1-a", count=1, at=MINUTE, now=0.0)
    occurrences.add("s1-a", count=4, at=MINUTE + 5.25, now=5.0)
    (message,) = occurrences.due(5.0)
    assert message.subject == "shop.occurrences.staging.s1-a"
    assert json.loads(message.payload) == {
        "signature": "s1-a",
        "count": 5,
        "first_seen": "2025-11-23T11:00:00.000Z",
        "last_seen": "2025-11-23T11:00:05.250Z",
        "server": "web-1",
        "release": "r1",
    }


def test_a_steady_error_is_told_at_once_then_at_doubling_intervals_up_to_five_minutes() -> None:
    occurrences = counting()
    told = []
    for second in range(2_000):
        occurrences.add("s1-a", count=1, at=MINUTE + second, now=float(second))
        if occurrences.due(float(second)):
            told.append(second)
    assert told[:7] == [0, 10, 30, 70, 150, 310, 610]
    assert told[7] - told[6] == LAST_INTERVAL


def test_nothing_is_counted_twice_or_lost_and_each_minute_is_apart() -> None:
    occurrences = counting()
    messages: list[Message] = []
    for second in range(700):
        occurrences.add("s1-a", count=2, at=MINUTE + second, now=float(second))
        messages += occurrences.due(float(second))
    messages += occurrences.all()
    assert sum(counts(messages)) == 1_400
    assert len({message.id for message in messages}) == len(messages)
    for message in messages:
        payload = json.loads(message.payload)
        assert payload["first_seen"][:16] == payload["last_seen"][:16]
    assert occurrences.all() == []


def test_after_a_silence_an_error_is_told_at_once_again() -> None:
    occurrences = counting()
    occurrences.add("s1-a", count=1, at=MINUTE, now=0.0)
    assert len(occurrences.due(0.0)) == 1
    assert occurrences.next_due() == 10.0
    assert occurrences.due(10.0) == []
    assert occurrences.next_due() is None
    occurrences.add("s1-a", count=1, at=MINUTE + 60, now=60.0)
    assert len(occurrences.due(60.0)) == 1


def test_ids_of_two_processes_differ() -> None:
    ids = set()
    for token in ("p1", "p2"):
        occurrences = counting(token)
        occurrences.add("s1-a", count=1, at=MINUTE, now=0.0)
        ids |= {message.id for message in occurrences.due(0.0)}
    assert len(ids) == 2


def test_memory_is_bounded_and_what_leaves_it_is_sent() -> None:
    occurrences = counting()
    sent: list[Message] = []
    for number in range(MAX_SIGNATURES * 3):
        occurrences.add(f"s1-{number}", count=1, at=MINUTE, now=0.0)
        sent += occurrences.due(-1.0) if number % 500 == 0 else []
    sent += occurrences.all()
    assert sum(counts(sent)) == MAX_SIGNATURES * 3
