"""What people type is read in one form, or refused with a word on what was expected."""

from __future__ import annotations

import click
import pytest

from aat_consumer.cli import parameters

TASK = "11111111-2222-5333-8444-555555555555"


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90), ("90s", 90), ("1.5m", 90), ("60m", 3600), ("2h", 7200), ("7d", 604_800)]
)
def test_a_duration_has_a_unit_or_is_seconds(text: str, seconds: float) -> None:
    assert parameters.duration(text) == seconds


@pytest.mark.parametrize("text", ["", "soon", "-1s", "1w", "1e9", "60 minutes", "9999999999"])
def test_another_duration_is_refused(text: str) -> None:
    with pytest.raises(click.BadParameter, match="no duration"):
        parameters.duration(text)


def test_a_task_id_has_one_written_form() -> None:
    assert parameters.task_id(TASK.upper()) == TASK


@pytest.mark.parametrize("text", ["", "x", "*", f"{TASK}.>", f"{TASK}\n"])
def test_what_is_no_uuid_is_no_task_id(text: str) -> None:
    with pytest.raises(click.BadParameter, match="no task id"):
        parameters.task_id(text)


def test_a_token_names_task_and_revision() -> None:
    token = parameters.token(f"{TASK}.12")
    assert (token.task_id, token.revision) == (TASK, 12)


@pytest.mark.parametrize(
    "text", [TASK, f"{TASK}.", f"{TASK}.-1", f"{TASK}.1.2", f"{TASK}.\u0663", "x.1", ".1"]
)
def test_another_token_is_refused(text: str) -> None:
    with pytest.raises(click.BadParameter):
        parameters.token(text)


def test_a_task_id_alone_stands_for_any_revision() -> None:
    assert parameters.task_or_token(TASK).revision == 0
    assert parameters.task_or_token(f"{TASK}.3").revision == 3
    with pytest.raises(click.BadParameter):
        parameters.task_or_token("x")
