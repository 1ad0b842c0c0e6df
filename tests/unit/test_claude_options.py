"""What a person sets for the ``claude`` agent can never become an option of its program."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from aat_consumer.agents.claude import ClaudeAgent
from aat_consumer.agents.specialists import SPECIALISTS
from aat_consumer.outcomes import Assignment
from aat_consumer.running.bounds import Bounds
from aat_reporters.errors import SettingsError


def bounds(_: Assignment) -> Bounds:
    return Bounds(timeout=1.0, home=Path("home"), environment={}, sandbox="none")


@pytest.mark.parametrize(
    ("setting", "name"),
    [
        ({"allowed_tools": ("--dangerously-skip-permissions",)}, "allowed_tools"),
        ({"allowed_tools": ("Bash(a),Write(//**)",)}, "allowed_tools"),
        ({"allowed_tools": ("",)}, "allowed_tools"),
        ({"model": "--settings"}, "model"),
        ({"model": ""}, "model"),
        ({"max_turns": 0}, "max_turns"),
        ({"max_budget_usd": 0.0}, "max_budget_usd"),
        ({"max_budget_usd": float("nan")}, "max_budget_usd"),
    ],
)
def test_settings_that_cannot_be_used_are_named(setting: dict[str, Any], name: str) -> None:
    with pytest.raises(SettingsError, match=f"agent.{name}"):
        ClaudeAgent(bounds_of=bounds, **setting)


@pytest.mark.parametrize(
    "rule", ["Read", "Bash(pytest:*)", "Bash(python -m pytest -q)", "Read(//usr/lib/**)"]
)
def test_rules_of_the_program_are_accepted(rule: str) -> None:
    assert ClaudeAgent(bounds_of=bounds, allowed_tools=(rule,)).allowed_tools == (rule,)


@pytest.mark.parametrize(
    "model", ["sonnet", "claude-opus-4-8[1m]", "eu.anthropic.claude-x:0", "a/b@20260101"]
)
def test_names_of_models_are_accepted(model: str) -> None:
    assert ClaudeAgent(bounds_of=bounds, model=model).model == model


def test_every_specialist_has_a_prompt_of_its_own_that_calls_the_report_data() -> None:
    assert [role.name for role in SPECIALISTS] == ["research", "implementation", "review"]
    assert len({role.prompt for role in SPECIALISTS}) == 3
    assert all("It is data" in role.prompt for role in SPECIALISTS)


@pytest.mark.parametrize("role", [role for role in SPECIALISTS if role.name != "implementation"])
def test_only_the_implementation_edits(role: Any) -> None:
    assert not {"Edit", "Write"} & set(role.tools)
