"""The real ``claude`` program does the work, tells of it, and fails in words; its model is scripted."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from aat_consumer.agents.specialists import IMPLEMENTATION, RESEARCH, REVIEW, SPECIALISTS, Specialist
from aat_consumer.errors import AgentError, AgentMissingError, AgentOutputError, AgentTimeoutError
from aat_consumer.outcomes import Outcome
from aat_consumer.running.sandbox import find_bwrap
from tests.claude_place import NEEDS_CLAUDE, OUTCOME, Options, Place, Sandbox, call
from tests.scripted_api import ApiFailure, Hang, Script, ScriptedApi, ToolCall, Turn, conversations

pytestmark = NEEDS_CLAUDE

DIVISION = "return sum(prices) / len(prices)"
GUARDED = "return sum(prices) / len(prices) if prices else 0.0"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place.make(tmp_path)


@pytest.fixture(params=["none", "bwrap"])
def sandbox(request: pytest.FixtureRequest) -> Sandbox:
    if request.param == "bwrap" and find_bwrap() is None:
        pytest.skip("bubblewrap does not work here")
    return "bwrap" if request.param == "bwrap" else "none"


ROLES = [role.name for role in SPECIALISTS]


def team(working_copy: Path) -> Script:
    """Let the orchestrator call each specialist once, and each of them use one tool of its own."""
    cart = str(working_copy / "cart.py")
    return conversations(
        {
            RESEARCH.prompt: [call("Read", file_path=cart), Turn(text="an empty list is divided by")],
            IMPLEMENTATION.prompt: [
                call("Read", file_path=cart),
                call(
                    "Edit", file_path=cart, old_string="return sum(prices) / len(prices)", new_string=GUARDED
                ),
                Turn(text="returns 0.0 for an empty list"),
            ],
            REVIEW.prompt: [
                call("Bash", command="python3 -c 'import cart; print(cart.average([]))'"),
                Turn(text="approved: prints 0.0"),
            ],
            "": [
                *(
                    call("Agent", subagent_type=role.name, description=role.name, prompt="go")
                    for role in SPECIALISTS
                ),
                OUTCOME,
            ],
        }
    )


async def test_a_team_of_three_fixes_the_working_copy(place: Place, sandbox: Sandbox) -> None:
    with ScriptedApi(team(place.working_copy)) as api:
        run = await place.run(api, sandbox=sandbox)

    assert GUARDED in (place.working_copy / "cart.py").read_text()
    assert run.outcome == Outcome(
        status="fixed", solution="guarded", findings="empty list", next_steps=("look",)
    )
    assert run.turns == 11
    assert run.cost_usd is not None
    assert 0 < run.cost_usd < 0.1
    assert run.permission_denials == ()
    review = [request for request in api.requests if REVIEW.prompt in request.system]
    assert review[-1].tool_results() == ("0.0",)


async def test_each_specialist_has_its_own_prompt_and_tools(place: Place) -> None:
    with ScriptedApi(team(place.working_copy)) as api:
        await place.run(api)

    asked = {
        role.name: {request.tool_names for request in api.requests if role.prompt in request.system}
        for role in SPECIALISTS
    }
    assert asked == {role.name: {tuple(sorted(role.tools))} for role in SPECIALISTS}
    orchestrator = [
        request for request in api.requests if not any(role.prompt in request.system for role in SPECIALISTS)
    ]
    assert {"Agent", "StructuredOutput"} <= set(orchestrator[0].tool_names)
    assert "general-purpose:" not in orchestrator[0].text


async def test_progress_tells_start_findings_and_end_of_everyone(place: Place) -> None:
    with ScriptedApi(team(place.working_copy)) as api:
        await place.run(api)

    assert place.said("research") == [("started", "research"), ("finished", "an empty list is divided by")]
    assert place.said("review") == [("started", "review"), ("finished", "approved: prints 0.0")]
    assert [status for status, _ in place.said("orchestrator")] == ["started", "finished"]
    assert place.progress[-1].next_steps == ("look",)


@pytest.mark.parametrize("role", SPECIALISTS, ids=ROLES)
async def test_a_task_for_one_role_is_given_its_tools_and_no_team(place: Place, role: Specialist) -> None:
    with ScriptedApi(conversations({"": [OUTCOME]})) as api:
        await place.run(api, role=role.name)

    (asked,) = {request.tool_names for request in api.requests}
    assert asked == tuple(sorted({*role.tools, "StructuredOutput"}))
    assert not any("You coordinate three specialists" in request.system for request in api.requests)
    assert [status for status, _ in place.said(role.name)] == ["started", "finished"]
    assert {said.agent for said in place.progress} == {role.name}


@dataclass(frozen=True, kw_only=True)
class Failure:
    """A run that cannot succeed, and the words that say why."""

    script: Script
    words: str
    kind: type[AgentError] = AgentError
    options: Options = field(default_factory=Options)


BILLED = Turn(calls=(ToolCall(name="Bash", input={"command": "true"}),), input_tokens=10**6)
ASK_RESEARCH = call("Agent", subagent_type="research", description="look", prompt="go")

FAILURES = {
    "server error": Failure(script=lambda _: ApiFailure(status=500), words="API Error: 500 scripted failure"),
    "wrong key": Failure(
        script=lambda _: ApiFailure(status=401, kind="authentication_error"), words="authenticate.* 401"
    ),
    "rate limit": Failure(script=lambda _: ApiFailure(status=429, kind="rate_limit_error"), words="429"),
    "hanging API": Failure(
        script=lambda _: Hang(),
        options={"silence_timeout": 3.0},
        kind=AgentTimeoutError,
        words="printed nothing for 3 s",
    ),
    "turns": Failure(
        script=conversations({"": [call("Bash", command="true")]}),
        options={"max_turns": 2},
        words="limit of turns.*2",
    ),
    "turns of a specialist": Failure(
        script=conversations(
            {RESEARCH.prompt: [call("Read", file_path="cart.py")], "": [ASK_RESEARCH, OUTCOME]}
        ),
        options={"max_turns": 5},
        words="limit of 5 turns",
    ),
    "budget": Failure(
        script=conversations({"": [BILLED]}),
        options={"max_budget_usd": 0.01},
        words=r"its budget: .*\$0\.01.* \(spent \$\d",
    ),
    "no outcome": Failure(
        script=conversations({"": [Turn(text="I am done")]}),
        kind=AgentOutputError,
        words="without the outcome: I am done",
    ),
    "wrong outcome": Failure(
        script=conversations({"": [call("StructuredOutput", status="perhaps")]}),
        kind=AgentOutputError,
        words="no outcome of the asked shape",
    ),
}


@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES.keys())
async def test_each_failure_says_what_happened(place: Place, failure: Failure) -> None:
    place.environment["CLAUDE_CODE_MAX_RETRIES"] = "0"
    with ScriptedApi(failure.script) as api, pytest.raises(AgentError, match=failure.words) as caught:
        await place.run(api, **failure.options)

    assert type(caught.value) is failure.kind
    assert "\n" not in str(caught.value)


async def test_without_credentials_it_says_that_nobody_is_logged_in(place: Place) -> None:
    place.environment["ANTHROPIC_API_KEY"] = ""
    with (
        ScriptedApi(conversations({"": [OUTCOME]})) as api,
        pytest.raises(AgentError, match="not logged in: set ANTHROPIC_API_KEY"),
    ):
        await place.run(api)
    assert api.requests == ()


async def test_a_program_that_is_not_there_is_named(place: Place) -> None:
    with (
        ScriptedApi(conversations({})) as api,
        pytest.raises(AgentMissingError, match=r"'no-such-claude'.*npm"),
    ):
        await place.run(api, program="no-such-claude")


def processes_with(marker: str) -> list[str]:
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = entry.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if marker in line:
            found.append(line)
    return found


async def until(holds: Callable[[], object], *, seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)


def lingering(marker: str) -> Script:
    """Leave children of every kind behind, and then wait for long."""
    command = f"setsid nohup sleep {marker} >/dev/null 2>&1 & sleep {marker} & sleep {marker}"
    return conversations({"": [call("Bash", command=command, timeout=120_000), OUTCOME]})


async def test_the_time_limit_leaves_no_process(place: Place, sandbox: Sandbox) -> None:
    marker = f"600.{os.getpid()}1"
    with ScriptedApi(lingering(marker)) as api:
        run = asyncio.create_task(place.run(api, sandbox=sandbox, timeout=5.0))
        await until(lambda: len(processes_with(f"sleep {marker}")) >= 3)
        with pytest.raises(AgentTimeoutError, match="time limit of 5 s"):
            await run
    assert processes_with(marker) == []
    assert processes_with(str(place.home)) == []


async def test_cancelling_leaves_no_process(place: Place) -> None:
    marker = f"600.{os.getpid()}2"
    with ScriptedApi(lingering(marker)) as api:
        run = asyncio.create_task(place.run(api))
        await until(lambda: len(processes_with(f"sleep {marker}")) >= 3)
        run.cancel()
        with pytest.raises(asyncio.CancelledError):
            await run
    assert processes_with(marker) == []
