"""No facts, however hostile, raise or take long."""

from __future__ import annotations

import time

import pytest

from aat_reporters.signature import exact, explain, facts_of, report_fields, stable

Facts = dict[str, object]

#: Seconds that no report may take, with room for a busy machine; about 20 times what it does take.
_LONG = 2.0

_PIECES = (
    "<",
    "<a",
    '"',
    "'",
    "`",
    "\\",
    'a="',
    "{",
    "[{",
    '{"a":',
    "(",
    "a@",
    "a.",
    "1,",
    "1 ",
    "//",
    "a/",
    "a://",
    "eyJ",
    "*,",
    "Mon ",
    "Jan 1 ",
    "12:34",
    "status 404 ",
    "module 'a' ",
    "\u001b[",
    "\ud800",
    "\u0000",
    "C:\\",
    "=(",
    "?, ",
    "\n",
    "\t",
    "    at a (b.js:1:2)\n",
    "\tat a.b(C.java:1)\n",
    'File "a", line 1, in f\n',
    "#0 a(1): b()\n",
    "a@b:1:2\n",
    "a.b()\n\t/x.go:1\n",
    "x:1:in `a'\n",
    "   at A.B(C c) in x:line 1\n",
    "stack backtrace:\n   0: a\n",
    "Caused by: ",
    "Traceback (most recent call last):\n",
    "    +---------------- 1 ----------------\n",
    " ---> a\n",
    "The above exception was the direct cause\n",
)


@pytest.mark.parametrize("piece", _PIECES)
def test_a_quarter_megabyte_of_one_piece_is_signed_in_time(piece: str) -> None:
    text = piece * (262_144 // len(piece))
    started = time.perf_counter()
    for facts in (
        {"error": text},
        {"error": "x", "stack": text},
        {"type": "A", "error": text, "frames": [{"code": text, "file": text}]},
    ):
        stable(facts)
    assert time.perf_counter() - started < _LONG


@pytest.mark.parametrize("kind", ["ValueError", "RecursionError"])
def test_ten_thousand_frames_are_signed_in_time(kind: str) -> None:
    frames = [
        {"file": f"/a{n}.py", "qualname": f"f{n}", "code": "x" * 900, "line": n, "module": f"m{n}"}
        for n in range(10_000)
    ]
    started = time.perf_counter()
    stable({"type": kind, "error": "x", "frames": frames})
    assert time.perf_counter() - started < _LONG


def test_a_cause_that_is_its_own_cause_ends() -> None:
    facts: Facts = {"type": "A", "error": "a", "relation": "cause"}
    facts["cause"] = facts
    facts["exceptions"] = [facts]
    assert stable(facts).startswith("s1-")
    assert report_fields(facts)["type"] == "A"


def test_members_that_share_members_do_not_multiply() -> None:
    shared: Facts = {"type": "E", "error": "leaf"}
    for level in range(12):
        shared = {"type": "E", "error": f"level {level}", "exceptions": [shared] * 50}
    started = time.perf_counter()
    stable(shared)
    report_fields(shared)
    assert time.perf_counter() - started < _LONG


@pytest.mark.parametrize("value", [None, 7, True, "x", [], [None, 7, "x"], {}, {"cause": 7}, object()])
@pytest.mark.parametrize(
    "key",
    [
        "error",
        "type",
        "stack",
        "frames",
        "cause",
        "exceptions",
        "log",
        "context",
        "root",
        "fingerprint",
        "causes",
    ],
)
def test_values_of_a_wrong_type_count_as_missing(key: str, value: object) -> None:
    facts = {"error": "boom", key: value}
    assert stable(facts).startswith("s1-")
    assert stable(facts_of(facts)).startswith("s1-")
    assert len(exact(facts)) == 64
    assert str(explain(facts))
    assert isinstance(report_fields(facts), dict)


def test_lone_surrogates_and_nul_are_signed_as_they_are_published() -> None:
    assert stable({"error": "a\ud800 b\0"}) == stable({"error": "a\ufffd b\ufffd"})
