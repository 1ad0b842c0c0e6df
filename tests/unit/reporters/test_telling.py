"""What others have put into words is a report like ours, and signed as the exception itself would be."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

import pytest

from aat_reporters.scopes import qualified
from aat_reporters.signature import exact, facts_of, stable
from aat_reporters.testing import recording_reporter
from tests.failures import CASES


def frames_of(trace: TracebackType | None) -> list[dict[str, object]]:
    """Describe frames as others do: plain names only."""
    frames = []
    while trace is not None:
        code = trace.tb_frame.f_code
        module = trace.tb_frame.f_globals["__name__"]
        frames.append(
            {"file": code.co_filename, "line": trace.tb_lineno, "function": code.co_name, "module": module}
        )
        trace = trace.tb_next
    return frames


def described(error: BaseException) -> dict[str, object]:
    kind = type(error).__name__
    return {"type": kind, "error": f"{kind}: {error}", "frames": frames_of(error.__traceback__)}


def told_of(error: BaseException) -> dict[str, object]:
    """Tell an exception as an edge does that has no instance of it."""
    told = described(error)
    stack = [{**told}]
    if error.__cause__ is not None:
        cause = described(error.__cause__)
        told["causes"] = [{**cause, "error": str(error.__cause__)}]
        stack = [cause, {**told, "relation": "cause"}]
    elif error.__context__ is not None:
        stack = [described(error.__context__), {**told, "relation": "context"}]
    return {**told, "stack": stack}


def both_of(fail: Callable[[], object]) -> tuple[dict[str, Any], dict[str, Any]]:
    with recording_reporter() as (reporter, reports):
        try:
            fail()
        except Exception as exc:
            reporter.report_told(told_of(exc))
            reporter.report(exc)
    told, live = reports
    return told, live


@pytest.mark.parametrize("fail", CASES, ids=lambda fail: fail.__name__)
def test_told_and_live_have_one_signature_and_one_place(fail: Callable[[], object]) -> None:
    told, live = both_of(fail)
    assert told["signature"] == live["signature"]
    assert told["error"] == live["error"]
    assert told["context"] == live["context"]


@pytest.mark.parametrize("fail", CASES, ids=lambda fail: fail.__name__)
def test_what_is_published_signs_itself_alike(fail: Callable[[], object]) -> None:
    told, _ = both_of(fail)
    assert told["signature"] == {"exact": exact(told), "stable": stable(facts_of(told))}


@pytest.mark.parametrize("fail", CASES, ids=lambda fail: fail.__name__)
def test_the_stack_is_printed_as_tracebacks_are(fail: Callable[[], object]) -> None:
    told, live = both_of(fail)
    if fail.__name__ == "over_lines" and sys.version_info >= (3, 13):
        pytest.skip("what is told has one line of a statement, and this Python prints all")
    without_carets = [line for line in live["stack"].splitlines() if line.strip(" ~^")]
    assert [line for line in told["stack"].splitlines() if line.strip()] == without_carets


def test_secrets_go_from_every_part_of_what_is_told() -> None:
    secret = "password=hunter2x"
    failure: dict[str, object] = {"type": "E", "error": secret, "frames": []}
    told = {
        "error": f"E: {secret}",
        "type": "E",
        "stack": [{"error": f"E: {secret}"}],
        "causes": [{**failure, "cause": failure, "relation": "context"}],
        "exceptions": [{**failure, "exceptions": [failure]}],
        "frames": [{"file": "/gone.py", "line": 1, "function": "f", "code": "login(password='hunter2x')"}],
        "context": {"note": secret},
    }
    with recording_reporter() as (reporter, reports):
        reporter.report_told(told)
    assert "hunter2x" not in str(reports)
    assert reports[0]["frames"][0]["code"] == "login(password='[redacted]')"


def test_a_fingerprint_of_one_word_need_not_be_a_list() -> None:
    with recording_reporter() as (reporter, reports):
        reporter.report("one", fingerprint="checkout")
        reporter.report("two", fingerprint=["checkout"])
    assert reports[0]["signature"]["stable"] == reports[1]["signature"]["stable"]


def test_qualified_names_are_those_of_the_interpreter() -> None:
    for fail in CASES:
        try:
            fail()
        except Exception as exc:
            for frame, _ in traceback.walk_tb(exc.__traceback__):
                code = frame.f_code
                lines = Path(code.co_filename).read_text(encoding="utf-8").splitlines()
                assert qualified(lines, frame.f_lineno, code.co_name) == code.co_qualname


@pytest.mark.parametrize("line", [0, 1, 99])
def test_what_the_source_does_not_show_keeps_its_plain_name(line: int) -> None:
    assert qualified([], line, "f") == "f"
    assert qualified(["x = 1\n"], line, "<lambda>") == "<lambda>"
