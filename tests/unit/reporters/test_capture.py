"""The calling thread takes what is needed from strange errors too, and keeps nothing of the program."""

from __future__ import annotations

import gc
import logging
import sys
import weakref
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from types import CodeType
from typing import Any, cast
from uuid import UUID

import pytest

from aat_reporters.capture import HEAD_FRAMES, MAX_MESSAGE, TAIL_FRAMES, capture_raised, claim, leaves
from aat_reporters.plain import MAX_ENTRIES, MAX_TEXT, plain
from aat_reporters.records import capture_record, error_of
from aat_reporters.snapshots import Raised, thaw
from aat_reporters.testing import recording_reporter


def raised_by(fail: Callable[[], object]) -> BaseException:
    try:
        fail()
    except BaseException as exc:
        return exc
    raise AssertionError


def captured(error: BaseException) -> Raised:
    raised = thaw((0.0, "ERROR", capture_raised(error), None, {}, {}, None)).raised
    assert raised is not None
    return raised


def record(message: object, *arguments: object, **attributes: object) -> logging.LogRecord:
    made = logging.LogRecord("shop", logging.ERROR, __file__, 7, message, arguments, None, "func")
    for key, value in attributes.items():
        setattr(made, key, value)
    return made


class Hostile:
    """An object that must never be asked how it looks."""

    def __repr__(self) -> str:
        raise AssertionError("repr was called")

    __str__ = __repr__


class UnprintableError(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no")


class Text(str):
    def __str__(self) -> str:
        raise RuntimeError("no")


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (ValueError("plain"), "plain"),
        (ValueError(), ""),
        (KeyError("k"), "'k'"),
        (UnprintableError(), "<unprintable UnprintableError>"),
        (ValueError("x" * 100_000), "x" * MAX_MESSAGE),
        (ValueError(Hostile()), "<unprintable ValueError>"),
    ],
)
def test_the_message_is_taken_whatever_the_class_does(error: BaseException, message: str) -> None:
    assert captured(error).message == message


def test_nothing_of_the_program_is_kept_alive() -> None:
    class Precious:
        pass

    class PreciousError(Exception):
        pass

    def fail() -> None:
        precious = Precious()
        kept.append(weakref.ref(precious))
        raise PreciousError(precious)

    kept: list[weakref.ref[Any]] = []
    error: BaseException | None = raised_by(fail)
    assert error is not None
    kept.append(weakref.ref(error))
    logged = record("%s and %s", Precious(), 5)
    raised, (taken, extra) = capture_raised(error), capture_record(logged, has_error=True)
    del error, logged
    gc.collect()
    assert [reference() for reference in kept] == [None, None]
    assert raised
    assert taken
    assert not extra


def test_only_code_objects_numbers_and_strings_are_taken() -> None:
    allowed = (CodeType, int, str, float, type(None), tuple)

    def check(value: object) -> None:
        assert isinstance(value, allowed), value
        for item in value if isinstance(value, tuple) else ():
            check(item)

    check(capture_raised(raised_by(lambda: 1 / 0)))


def test_of_a_long_traceback_both_ends_are_taken() -> None:
    def deep(depth: int) -> None:
        if depth:
            deep(depth - 1)
        raise ValueError

    found = captured(raised_by(lambda: deep(700)))
    assert len(found.points) == HEAD_FRAMES + TAIL_FRAMES
    assert found.left_out == 703 - HEAD_FRAMES - TAIL_FRAMES
    assert found.points[0][0].co_name == "raised_by"
    assert found.points[-1][0].co_name == "deep"


def test_endless_recursion_is_taken() -> None:
    def deep() -> None:
        deep()

    assert captured(raised_by(deep)).name == "RecursionError"


def test_a_chain_that_bites_its_tail_ends() -> None:
    first, second = ValueError("first"), ValueError("second")
    first.__cause__, second.__cause__ = second, first
    found = captured(first)
    assert found.cause is not None
    assert found.cause.cause is None


def test_a_long_chain_and_a_large_group_are_bounded() -> None:
    error = Exception("0")
    for number in range(100):
        following = Exception(str(number))
        following.__cause__ = error
        error = following
    depth, found = 0, captured(error)
    while found.cause is not None:
        depth, found = depth + 1, found.cause
    assert depth == 8
    nested: Exception = ValueError()
    for _ in range(50):
        nested = ExceptionGroup("nested", [nested] + [ValueError() for _ in range(100)])
    assert len(captured(nested).members) <= 50


def test_one_exception_is_claimed_once_by_each_owner_and_again_later() -> None:
    error = ValueError()
    assert claim(error, 1, 0.0)
    assert not claim(error, 1, 1.0)
    assert claim(error, 2, 1.0)
    assert not claim(error, 1, 2.0)
    assert not claim(error, 2, 2.0)
    assert claim(error, 1, 100.0)


def test_a_group_is_reported_for_a_member_that_was_not_and_then_its_members_are() -> None:
    first, second = ValueError("first"), KeyError("second")
    assert claim(first, 1, 0.0)
    assert not claim(ExceptionGroup("wrapped", [ExceptionGroup("inner", [first])]), 1, 1.0)
    assert claim(ExceptionGroup("both", [first, second]), 1, 2.0)
    assert not claim(second, 1, 3.0)
    assert not claim(ExceptionGroup("split", [second]), 1, 4.0)


def test_of_a_group_that_is_many_groups_a_bounded_number_is_looked_at() -> None:
    nested: Exception = ValueError()
    for _ in range(200):
        nested = ExceptionGroup("nested", [nested] * 50)
    assert len(leaves(nested)) <= 64
    assert claim(nested, 1, 0.0)


@pytest.mark.parametrize(
    ("logged", "template", "message"),
    [
        (record("plain"), "plain", None),
        (record("%s of %d", "a", 5), "%s of %d", None),
        (record("%(a)s", {"a": 1}), "%(a)s", None),
        (record("%(a)s", {"a": date(2026, 11, 23)}), "%(a)s", "2026-11-23"),
        (record("100%"), "100%", None),
        (record("%d items", "many"), "%d items", None),
        (record("%s", date(2026, 11, 23)), "%s", "2026-11-23"),
        (record("%s", Hostile()), "%s", "%s"),
        (record(ValueError("wrong")), "wrong", "wrong"),
        (record({"event": "order_lost", "order": 5}), "order_lost", "order_lost"),
        (record(Hostile()), f"<{__name__}.Hostile>", f"<{__name__}.Hostile>"),
    ],
)
def test_the_message_of_a_record_is_formatted_here_only_if_it_must(
    logged: logging.LogRecord, template: str, message: str | None
) -> None:
    taken, _ = capture_record(logged, has_error=False)
    assert (taken[1], taken[3]) == (template, message)


def test_beside_an_exception_no_argument_is_asked_how_it_looks() -> None:
    taken, _ = capture_record(record("%s %s", Hostile(), UUID(int=5)), has_error=True)
    assert taken[2] == (f"<{__name__}.Hostile>", str(UUID(int=5)))


def test_by_hand_nothing_is_raised_whatever_is_handed_over() -> None:
    class HostileError(Exception):
        def __getattribute__(self, name: str) -> object:
            raise RuntimeError(name)

    with recording_reporter() as (reporter, reports):
        reporter.report(HostileError())
        reporter.report(cast(str, Hostile()))
    assert [report["error"] for report in reports] == [f"<{__name__}.Hostile>"]


def test_extra_is_taken_as_plain_values() -> None:
    logged = record("x", order=5, who=Hostile(), prices=[Decimal("1.5")])
    logged.message = "formatted by another handler"
    _, extra = capture_record(logged, has_error=False)
    assert extra == {"order": 5, "who": f"<{__name__}.Hostile>", "prices": ["1.5"]}


@pytest.mark.parametrize(
    ("attributes", "message", "expected"),
    [
        ({"exc_info": (ValueError, ValueError("a"), None)}, "x", "a"),
        ({"exc_info": (None, None, None)}, "x", None),
        ({"exc_info": None}, "x", None),
        ({"exc_info": None}, {"event": "e", "exc_info": ValueError("b")}, "b"),
        ({"exc_info": None}, {"event": "e", "exc_info": (ValueError, ValueError("c"), None)}, "c"),
        ({"exc_info": None}, {"event": "e", "exc_info": False}, None),
        ({"exc_info": None}, ValueError("d"), "d"),
    ],
)
def test_the_exception_of_a_record_is_found(
    attributes: dict[str, object], message: object, expected: str | None
) -> None:
    found, _ = error_of(record(message, **attributes))
    assert (str(found) if found is not None else None) == expected


def test_a_true_exc_info_in_structlogs_event_is_the_exception_at_hand() -> None:
    found: list[BaseException | None] = []
    try:
        1 / 0  # noqa: B018
    except ZeroDivisionError:
        found += error_of(record({"event": "e", "exc_info": True}))[:1]
    assert isinstance(found[0], ZeroDivisionError)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("x" * (MAX_TEXT + 1), "x" * MAX_TEXT + "…"),
        (Text("kept"), "kept"),
        (True, True),
        (2**80, 2**80),
        pytest.param(2**20_000, "<int of 20001 bits>", id="huge"),
        (1.5, 1.5),
        (float("nan"), "nan"),
        (float("-inf"), "-inf"),
        (UUID(int=1), str(UUID(int=1))),
        (b"bytes", "<builtins.bytes>"),
        ({"a": (1, {2}), 3: "no string"}, {"a": [1, [2]]}),
        (list(range(1_000)), list(range(MAX_ENTRIES))),
        ([[[[["deep"]]]]], [[[["<builtins.list>"]]]]),
        (object(), "<builtins.object>"),
    ],
)
def test_values_become_plain_without_calling_the_users_methods(value: object, expected: object) -> None:
    assert plain(value) == expected


def test_the_traceback_of_the_record_is_preferred_to_that_of_the_exception() -> None:
    error = raised_by(lambda: 1 / 0)
    trace = error.__traceback__
    assert trace is not None
    whole, part = capture_raised(error), capture_raised(error, trace.tb_next)
    assert len(whole[3]) == len(part[3]) + 3
    assert sys.exc_info() == (None, None, None)
