"""Thresholds are read and judged as monitoring plugins do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from aat_consumer.operate.checking import MEASURES, Measure, Range, State, judge, thresholds
from aat_reporters.errors import SettingsError


@pytest.mark.parametrize(
    ("text", "good", "bad"),
    [
        ("10", (0, 5, 10), (-1, 10.1)),
        ("10:", (10, 99999), (9.9, -3)),
        ("~:10", (-99999, 10), (10.1,)),
        ("10:20", (10, 15, 20), (9, 21)),
        ("@10:20", (9, 21), (10, 15, 20)),
        ("@0:0", (1, -1), (0,)),
        ("0", (0,), (1, -1)),
        ("-5:-1.5", (-5, -1.5), (0, -6)),
    ],
)
def test_a_range_alerts_outside_of_it(text: str, good: tuple[float, ...], bad: tuple[float, ...]) -> None:
    known = Range.parse(text)
    assert [known.alerts(value) for value in (*good, *bad)] == [False] * len(good) + [True] * len(bad)


@pytest.mark.parametrize("text", ["", "@", "ten", "20:10", "1:2:3", "10%", "--5"])
def test_what_is_no_range_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="is no range"):
        Range.parse(text)


def test_an_unknown_measure_is_refused_with_the_known_ones() -> None:
    for word in ("load=1", "waiting", ""):
        with pytest.raises(SettingsError, match="known: connect_ms"):
            thresholds(warning=[word], critical=[])


def test_defaults_hold_until_they_are_changed_or_turned_off() -> None:
    measures = [Measure(name="waiting", value=150)]
    for warning, critical, state in (
        ((), (), State.WARNING),
        ((), ("waiting=149",), State.CRITICAL),
        (("waiting=",), (), State.OK),
        (("waiting=200",), ("waiting=300",), State.OK),
    ):
        (judged,) = judge(measures, thresholds(warning=warning, critical=critical))
        assert judged.state is state, (warning, critical)


def test_what_cannot_be_measured_is_no_alarm() -> None:
    (judged,) = judge([Measure(name="store_percent", value=None)], thresholds(warning=[], critical=[]))
    assert judged.state is State.OK
    assert "not measured" in judged.text


def test_every_default_is_a_range() -> None:
    for kind in MEASURES.values():
        for text in (kind.warning, kind.critical):
            assert not text or Range.parse(text).text == text


def test_the_docs_name_every_measure_with_its_defaults() -> None:
    text = (Path(__file__).parents[2] / "docs" / "doctor.md").read_text()
    rows = re.findall(r"^\| `(\w+)` \| [^|]+ \| (\S+) \| (\S+) \|", text, flags=re.M)
    assert rows == [(name, kind.warning or "-", kind.critical or "-") for name, kind in MEASURES.items()]
