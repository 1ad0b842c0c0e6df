"""A captured exception prints as the interpreter prints it."""

from __future__ import annotations

import traceback
from collections.abc import Callable

import pytest

from aat_reporters.capture import capture_raised
from aat_reporters.frames import FrameReader
from aat_reporters.redaction import Redaction
from aat_reporters.settings import ReporterSettings
from aat_reporters.snapshots import Raised, thaw
from aat_reporters.stack_text import stack_text


def text_of(error: BaseException) -> str:
    settings = ReporterSettings.resolve({}, environment={})
    reader = FrameReader(settings, Redaction())
    raised = thaw((0.0, "ERROR", capture_raised(error), None, {}, {}, None)).raised
    assert raised is not None

    def frames(one: Raised) -> list[object]:
        return [reader.resolve(*point) for point in one.points]

    return stack_text(raised, frames=frames, scrub=str)  # type: ignore[arg-type]


class ShopError(Exception):
    class NestedError(Exception):
        pass


def plainly() -> None:
    raise ValueError("no such order")


def without_message() -> None:
    raise ShopError


def nested_class() -> None:
    raise ShopError.NestedError("two\nlines")


def with_cause() -> None:
    try:
        plainly()
    except ValueError as exc:
        raise ShopError("outer") from exc


def with_context() -> None:
    try:
        plainly()
    except ValueError:
        raise ShopError("outer")  # noqa: B904


def with_suppressed_context() -> None:
    try:
        plainly()
    except ValueError:
        raise ShopError("outer") from None


def with_notes() -> None:
    error = ValueError("noted")
    error.add_note("first note")
    error.add_note("second\nnote")
    raise error


def recursive(depth: int = 40) -> None:
    if depth:
        recursive(depth - 1)
    plainly()


def over_lines() -> None:
    int("not a number")


def caught(fail: Callable[[], object]) -> Exception:
    try:
        fail()
    except Exception as exc:
        return exc
    raise AssertionError


def group() -> None:
    raise ExceptionGroup("several", [caught(plainly), caught(with_cause), KeyError("never raised")])


def group_of_groups() -> None:
    raise ExceptionGroup("outer", [caught(group), caught(plainly), caught(group)])


def group_from_cause() -> None:
    try:
        plainly()
    except ValueError as exc:
        raise ExceptionGroup("several", [caught(without_message)]) from exc


@pytest.mark.parametrize(
    "fail",
    [
        plainly,
        without_message,
        nested_class,
        with_cause,
        with_context,
        with_suppressed_context,
        with_notes,
        recursive,
        over_lines,
        group,
        group_of_groups,
        group_from_cause,
    ],
)
def test_it_prints_as_the_interpreter_does(fail: Callable[[], object]) -> None:
    error = caught(fail)
    assert text_of(error) == "".join(traceback.format_exception(error))


def test_a_stack_of_thousands_of_frames_keeps_both_ends() -> None:
    def deep(depth: int) -> None:
        if depth:
            (deep if depth % 2 else other)(depth - 1)
        plainly()

    def other(depth: int) -> None:
        deep(depth)

    text = text_of(caught(lambda: deep(500)))
    assert "frames left out]" in text
    assert text.count("\n") < 1_000
    assert text.endswith("ValueError: no such order\n")
    assert "in caught" in text


def test_a_statement_over_several_lines_is_shown_by_its_first() -> None:
    """Python 3.13 prints all lines of a statement, of which a report keeps one."""
    number = 7
    # fmt: off
    try:
        raise ValueError(
            f"order {number} "
            "is lost"
        )
    except ValueError as exc:
        lines = text_of(exc).splitlines()
    # fmt: on
    assert lines[2:] == ["    raise ValueError(", "ValueError: order 7 is lost"]
