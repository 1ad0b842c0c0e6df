"""Lines that the real ``claude`` program printed become progress, an outcome, or one clear error."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from aat_consumer.agents.claude_stream import ClaudeStream, one_line
from aat_consumer.errors import AgentError, AgentOutputError
from aat_consumer.outcomes import Outcome, Progress

#: Recorded from version 2.1.197, cut down to the keys that are read, and some beside them.
RECORDED = Path(__file__).parent / "claude_lines"

INIT = {"type": "system", "subtype": "init", "claude_code_version": "9.9", "model": "m"}
ANSWER = {
    "type": "assistant",
    "message": {"id": "a", "model": "m", "content": [{"type": "text", "text": "hm"}]},
}
RESULT = {
    "type": "result",
    "subtype": "success",
    "is_error": False,
    "num_turns": 2,
    "terminal_reason": "completed",
    "total_cost_usd": 0.5,
    "permission_denials": [],
    "structured_output": {"status": "not_fixed", "solution": "", "findings": "f", "next_steps": []},
}


def read(*lines: str) -> tuple[ClaudeStream, list[Progress]]:
    stream = ClaudeStream()
    return stream, [progress for line in lines for progress in stream.feed(line)]


def recorded(name: str) -> tuple[ClaudeStream, list[Progress]]:
    return read(*(RECORDED / f"{name}.jsonl").read_text().splitlines())


def made(**changes: object) -> ClaudeStream:
    """Read a run that would pass, but for the changed keys of its result; None leaves a key out."""
    result = {key: value for key, value in {**RESULT, **changes}.items() if value is not None}
    return read(json.dumps(INIT), json.dumps(ANSWER), json.dumps(result))[0]


def test_a_team_at_work_is_told_in_order() -> None:
    _, progress = recorded("team")
    assert [(said.agent, said.status, said.findings) for said in progress] == [
        ("orchestrator", "started", "claude 2.1.197, model claude-opus-4-8[1m]"),
        ("research", "started", "research"),
        ("research", "finished", "an empty list is divided by"),
        ("implementation", "started", "implementation"),
        ("implementation", "finished", "returns 0.0 for an empty list"),
        ("review", "started", "review"),
        ("review", "finished", "approved: prints 0.0"),
    ]


def test_a_completed_run_gives_outcome_cost_and_turns_of_the_whole_team() -> None:
    run = recorded("team")[0].run(returncode=0)
    assert run.outcome == Outcome(
        status="fixed", solution="guarded", findings="empty list", next_steps=("look",)
    )
    assert run.turns == 11
    assert run.cost_usd == pytest.approx(0.001925)


def test_denied_permissions_are_listed_one_line_each() -> None:
    run = recorded("denied")[0].run(returncode=0)
    assert run.permission_denials == ('Read {"file_path": "/etc/hostname"}',)


def test_an_api_that_fails_is_told_while_the_program_waits() -> None:
    assert (
        Progress(agent="orchestrator", status="waiting", findings="the API failed (500), retry 1 of 1")
        in (recorded("api-error")[1])
    )


@pytest.mark.parametrize(
    ("name", "returncode", "kind", "words"),
    [
        ("api-error", 1, AgentError, "claude failed: API Error: 500 scripted failure"),
        ("not-logged-in", 1, AgentError, "not logged in: set ANTHROPIC_API_KEY"),
        ("max-turns", 1, AgentError, r"at its limit of turns: .*\(2\)"),
        ("budget", 1, AgentError, r"at its budget: .*\(\$0\.01\) \(spent \$5\.00\)"),
        ("no-outcome", 0, AgentOutputError, "without the outcome: I am done"),
        ("own-command", 0, AgentOutputError, "without asking its model: /help"),
    ],
)
def test_a_failed_run_says_why(name: str, returncode: int, kind: type[AgentError], words: str) -> None:
    with pytest.raises(AgentError, match=words) as caught:
        recorded(name)[0].run(returncode=returncode)
    assert type(caught.value) is kind


def test_a_run_that_ends_well_in_every_respect_passes() -> None:
    assert made().run(returncode=0).outcome.status == "not_fixed"


@pytest.mark.parametrize(
    ("changes", "returncode", "words"),
    [
        ({}, 3, "code 3 behind its result"),
        ({"is_error": True, "result": "line one\nline two"}, 0, "claude failed: line one line two"),
        ({"subtype": "error_of_a_new_kind"}, 0, r"claude failed \(error_of_a_new_kind\)"),
        ({"terminal_reason": "aborted_tools"}, 0, "before it was done: aborted_tools"),
        ({"num_turns": 0}, 0, "without asking its model"),
        ({"num_turns": None}, 0, "without asking its model"),
        ({"structured_output": None, "result": "done"}, 0, "without the outcome: done"),
        ({"structured_output": {"status": "maybe"}}, 0, "status must be 'fixed' or 'not_fixed'"),
    ],
)
def test_each_sign_of_failure_is_enough(changes: dict[str, object], returncode: int, words: str) -> None:
    with pytest.raises(AgentError, match=words):
        made(**changes).run(returncode=returncode)


def test_without_a_result_the_words_on_stderr_are_the_reason() -> None:
    with pytest.raises(AgentError, match="code 137 without a result: out of memory") as caught:
        read(json.dumps(INIT))[0].run(returncode=137, stderr="out of\nmemory\n")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "Warning: not JSON",
        "[" * 100_000,
        "[]",
        "null",
        '{"type": 7}',
        '{"type": "assistant"}',
        '{"type": "assistant", "message": {"id": "x", "model": "<synthetic>", "content": "text"}}',
        '{"type": "user", "message": null}',
        '{"type": "user", "message": {"content": [null, 3, {"type": "tool_result"}]}}',
        '{"type": "system", "subtype": "task_started"}',
        '{"type": "from the future"}',
    ],
)
def test_what_is_not_understood_says_nothing(line: str) -> None:
    stream, progress = read(line)
    assert progress == []
    assert stream.turns == 0


def test_a_specialist_that_failed_says_so() -> None:
    started = {"type": "system", "subtype": "task_started", "subagent_type": "review", "tool_use_id": "t"}
    failed = {"type": "tool_result", "tool_use_id": "t", "is_error": True, "content": "it broke"}
    _, progress = read(json.dumps(started), json.dumps({"type": "user", "message": {"content": [failed]}}))
    assert progress[-1] == Progress(agent="review", status="failed", findings="it broke")


def test_remarks_of_the_program_are_no_findings() -> None:
    """Version 2.1.330 puts the tools in front that a specialist used."""
    started = {"type": "system", "subtype": "task_started", "subagent_type": "review", "tool_use_id": "t"}
    text = "<tools-used-before-summary>Read</tools-used-before-summary>\n\napproved <b>"
    answer = {"type": "tool_result", "tool_use_id": "t", "content": [{"type": "text", "text": text}]}
    _, progress = read(json.dumps(started), json.dumps({"type": "user", "message": {"content": [answer]}}))
    assert progress[-1].findings == "approved <b>"


def test_a_specialist_at_work_speaks_under_its_own_name() -> None:
    started = {"type": "system", "subtype": "task_started", "subagent_type": "research", "tool_use_id": "t"}
    _, progress = read(json.dumps(started), json.dumps({**ANSWER, "parent_tool_use_id": "t"}))
    assert progress[-1] == Progress(agent="research", status="working", findings="hm")


def test_findings_are_cut_to_a_bound() -> None:
    long = {"id": "a", "model": "m", "content": [{"type": "text", "text": "x" * 100_000}]}
    _, progress = read(json.dumps({"type": "assistant", "message": long}))
    assert len(progress[0].findings) == 2_000


def test_one_line_holds_no_control_characters() -> None:
    assert one_line(" a\r\n\tb\x1b[31m\x00c ") == "a b [31m c"


def test_a_failed_run_still_tells_what_was_denied() -> None:
    stream = ClaudeStream()
    denial = {"tool_name": "Bash", "tool_input": {"command": "curl http://evil.example"}}
    line = {
        "type": "result",
        "subtype": "error_max_turns",
        "is_error": True,
        "permission_denials": [denial],
        "errors": ["Reached maximum number of turns (2)"],
    }
    stream.feed(json.dumps(line))
    with pytest.raises(AgentError) as failed:
        stream.run(returncode=1)
    assert failed.value.permission_denials == ('Bash {"command": "curl http://evil.example"}',)
