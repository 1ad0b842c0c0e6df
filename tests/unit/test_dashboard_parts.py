"""What pages are made of: words, drawings, lists, and events."""

from __future__ import annotations

import asyncio
import contextlib
import json

import pytest

from aat_consumer.operate.dashboard.drawing import bars, fill_in, sparkline
from aat_consumer.operate.dashboard.hub import Hub, News, read_id, write_id
from aat_consumer.operate.dashboard.listing import PAGE, Query, find, read_query
from aat_consumer.operate.dashboard.wording import ago, amount, duration, link_to, moment, shown, visible
from aat_consumer.operate.history import History
from aat_reporters.wire import Namespace

NOW = 1_800_000_000.0


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("plain\n\ttext é 漢", "plain\n\ttext é 漢"),
        ("\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"),
        ("a\u202eb\u2066c", "a\\u202eb\\u2066c"),
        ("nul\x00 bell\x07 zero\u200bwidth", "nul\\x00 bell\\x07 zero\\u200bwidth"),
        ("line\u2028separator\u2029", "line\\u2028separator\\u2029"),
        ("tag\U000e0041", "tag\\U000e0041"),
        ("half\ud800", "half\\ud800"),
        (None, ""),
        (42, "42"),
    ],
)
def test_what_steers_or_reorders_a_text_is_seen(text: object, seen: str) -> None:
    assert visible(text) == seen


def test_a_huge_text_is_cut() -> None:
    assert len(visible("x" * 10_000_000)) < 100_000
    assert shown("x" * 500, 20) == "x" * 19 + "…"
    assert shown("one\ntwo") == "one"


@pytest.mark.parametrize(
    ("address", "linked"),
    [
        ("https://github.com/example/shop/pull/42", True),
        ("http://127.0.0.1:3000/x", True),
        ("javascript:alert(1)", False),
        ("JavaScript://example.com/%0aalert(1)", False),
        ("data:text/html,x", False),
        ("https://", False),
        ("https://[", False),
        ("https://example.com/\u202e", False),
        ("https://example.com/ x", False),
        ("//example.com", False),
        ("aat/fix-1", False),
        (None, False),
        (["https://example.com"], False),
    ],
)
def test_only_web_addresses_are_linked_to(address: object, linked: bool) -> None:
    assert link_to(address) == (address if linked else "")


def test_times_and_numbers_are_short() -> None:
    assert [duration(seconds) for seconds in (0, 59, 60, 3_700, 200_000)] == [
        "0 s",
        "59 s",
        "1 min",
        "1 h",
        "2 d",
    ]
    assert ago(NOW - 90, now=NOW) == "1 min ago"
    assert ago(NOW + 90, now=NOW) == "0 s ago"
    assert ago(0, now=NOW) == "never"
    assert moment(NOW) == "2027-01-15 08:00:00"
    assert [amount(number) for number in (0, 9_999, 12_345, 7_650_000)] == ["0", "9,999", "12.3k", "7.7M"]


def test_buckets_that_are_empty_are_drawn_as_nothing() -> None:
    counts = fill_in([(0, 5), (120, 7), (9_000, 1)], unit=60, since=0, now=180)
    assert counts == [5, 0, 7, 0]
    drawn = sparkline(counts, what="3 minutes")
    assert drawn.label == "12 in the last 3 minutes, at most 7 at a time"
    assert drawn.path.count("M") == 2
    assert sparkline([], what="day").path == ""


def test_one_error_beside_a_million_can_be_seen() -> None:
    low, high = sparkline([1, 1_000_000], what="day").path.split("z")[0].split("V")[1:]
    assert float(low.partition("h")[0]) < float(high)


def test_bars_stand_on_each_other() -> None:
    drawn = bars({"staging": [1, 2], "production": [3, 0]}, height=100, wide=5)
    assert (drawn.top, drawn.columns, drawn.width) == (4, 2, 12)
    assert dict(drawn.paths)["production"].startswith("M0 75.0V0.0")


def history_of(number: int) -> History:
    history = History(Namespace("shop"))
    for place in range(number):
        report = {
            "error": f"Error{place % 3}: Ümlaut number {place}",
            "context": {"file": f"shop/{place}.py"},
        }
        history.queued(f"t{place}", f"s{place}", report, stored_at=NOW + place)
        body = {"signature": f"s{place}", "count": place + 1, "release": f"{place % 4}.0"}
        environment = "staging" if place % 2 else "production"
        subject = f"shop.occurrences.{environment}.s{place}"
        history.fold(subject, json.dumps(body).encode(), stored_at=NOW + place, now=NOW + number)
    done = {"signature": "s7", "status": "fixed"}
    history.fold("shop.results.fixed.t7", json.dumps(done).encode(), stored_at=NOW + 9_999, now=NOW)
    return history


def test_issues_are_searched_filtered_sorted_and_paged() -> None:
    history = history_of(120)
    first = find(history, Query())
    assert (first.found, first.pages, len(first.issues)) == (120, 3, PAGE)
    assert first.issues[0].signature == "s119"
    assert first.states == {"queued": 119, "fixed": 1}
    assert find(history, Query(page=99)).query.page == 3
    assert [issue.signature for issue in find(history, Query(search="ümlaut 7.PY 117")).issues] == ["s117"]
    assert find(history, Query(state="fixed")).issues[0].signature == "s7"
    assert find(history, Query(environment="staging")).found == 60
    assert find(history, Query(release="3.0", environment="staging")).found == 30
    assert find(history, Query(sort="count")).issues[0].count == 120
    assert find(history, Query(sort="state")).issues[-1].signature != "s7"
    assert find(history, Query(search="nowhere")).pages == 1


@pytest.mark.parametrize(
    ("values", "query"),
    [
        ({}, Query()),
        (
            {"q": " x ", "state": "dead", "page": "3", "sort": "count"},
            Query(search="x", state="dead", page=3, sort="count"),
        ),
        ({"page": "-1", "sort": "__class__"}, Query()),
        ({"page": "٣"}, Query()),
        ({"page": "9" * 5_000}, Query()),
        ({"q": "y" * 5_000}, Query(search="y" * 200)),
    ],
)
def test_any_query_string_is_a_query(values: dict[str, str], query: Query) -> None:
    assert read_query(values) == query


def test_a_query_gives_links() -> None:
    query = Query(search="a&b=<c>", state="dead", page=4)
    assert query.link(page=5) == "q=a%26b%3D%3Cc%3E&state=dead&page=5"
    assert query.link(state="") == "q=a%26b%3D%3Cc%3E"
    assert Query().link() == ""


def test_an_id_of_an_event_is_read_again_or_refused() -> None:
    streams = ["A", "B"]
    assert read_id(write_id([17, 4]), streams) == {"A": 17, "B": 4}
    for text in ("", "17", "1-2-3", "1-x", "-1-2", "1-²", "9" * 4_000):
        assert read_id(text, streams) is None


def test_a_hostile_signature_cannot_end_an_event() -> None:
    news = News(id="1", signatures=("s\n\nevent: evil\ndata: 1", "\u2028"))
    assert news.encode().count(b"\n\n") == 1


async def test_pages_are_told_at_once_and_then_ten_times_a_second() -> None:
    changed: set[str] = set()

    def take() -> set[str]:
        taken = set(changed)
        changed.clear()
        return taken

    hub = Hub(take_changed=take, where=lambda: "5")
    running = asyncio.create_task(hub.run())
    events = hub.events(News(id="4"))
    assert (await anext(events)).startswith(b"retry: 1000\n\nid: 4\nevent: change\n")
    waiting = asyncio.ensure_future(anext(events))
    await asyncio.sleep(0)
    changed.add("s1")
    hub.change()
    async with asyncio.timeout(5):
        assert b'"signatures": ["s1"]' in await waiting
    changed.update(f"s{number}" for number in range(500))
    hub.change()
    async with asyncio.timeout(5):
        assert b'"all": true' in await anext(events)
        hub.close()
        with contextlib.suppress(StopAsyncIteration):
            await anext(events)
        assert [event async for event in hub.events(News(id="4"))] == [b"retry: 30000\n\n"]
    running.cancel()
