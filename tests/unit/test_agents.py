"""What must hold of the agents that need no model: programs that behave, and programs that do not."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from aat_consumer.agents.command import MAX_PROGRESS, CommandAgent
from aat_consumer.agents.demo import DemoAgent
from aat_consumer.agents.dry_run import DryRunAgent
from aat_consumer.errors import AgentError, AgentMissingError, AgentOutputError, AgentTimeoutError
from aat_consumer.outcomes import MAX_TEXT_CHARACTERS, Agent, Assignment, Progress
from aat_consumer.running import process_keeper
from aat_consumer.running.bounds import Bounds
from aat_consumer.running.processes import RUN_ID_VARIABLE, allowed_environment
from aat_consumer.running.sandbox import find_bwrap

SANDBOXES = ["none", pytest.param("bwrap", marks=pytest.mark.skipif(not find_bwrap(), reason="no bwrap"))]

#: The environment of the programs: the interpreter of these tests comes first.
SOURCE = {
    "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
    "NATS_URL": "canary",
}

FIXED = '{"status": "fixed", "solution": "s", "findings": "f", "next_steps": ["n"]}'


class Listener:
    """Keep what an agent published, and when."""

    def __init__(self) -> None:
        self.heard: list[Progress] = []

    async def __call__(self, progress: Progress) -> None:
        self.heard.append(progress)


@pytest.fixture
def assignment(tmp_path: Path) -> Assignment:
    for name in ("work", "home"):
        (tmp_path / name).mkdir()
    return Assignment(
        task_id="task",
        attempt=2,
        prompt='fenced "text" \n--flag @/etc/passwd $(id) \ud800',
        report={"error": "ZeroDivisionError: division by zero", "context": {}},
        working_copy=tmp_path / "work",
        home=tmp_path / "home",
    )


def bounds_with(**changes: object) -> Callable[[Assignment], Bounds]:
    def bounds_of(assignment: Assignment) -> Bounds:
        values: dict[str, object] = {
            "timeout": 20.0,
            "home": assignment.home,
            "environment": allowed_environment(["PATH"], home=assignment.home, source=SOURCE),
            "sandbox": "none",
            "writable": (assignment.working_copy,),
            "grace": 0.2,
            "run_id": f"agents-{assignment.home}",
        }
        return Bounds(**{**values, **changes})  # type: ignore[arg-type]

    return bounds_of


def agent_of(script: str, **changes: object) -> CommandAgent:
    return CommandAgent(command=("sh", "-c", script), bounds_of=bounds_with(**changes))


def alive(assignment: Assignment) -> list[int]:
    return process_keeper.processes_with(f"{RUN_ID_VARIABLE}=agents-{assignment.home}".encode())


@pytest.mark.parametrize("sandbox", SANDBOXES)
async def test_a_command_gets_the_task_and_gives_the_outcome(assignment: Assignment, sandbox: str) -> None:
    program = """
import json, os, sys
task = json.load(sys.stdin)
open("seen.json", "w").write(json.dumps(task))
print("some chatter")
progress = {"agent": "research", "status": "looking", "findings": "x", "next_steps": ["y"]}
print(json.dumps({"progress": progress}))
print(json.dumps({"status": "not_fixed"}))
print(json.dumps({"status": "fixed", "solution": os.getcwd(), "findings": os.environ["HOME"]}))
print("bye", flush=True)
"""
    agent = CommandAgent(command=("python3", "-c", program), bounds_of=bounds_with(sandbox=sandbox))
    listener = Listener()
    run = await agent.run(assignment, publish=listener)
    assert run.outcome.status == "fixed"
    assert run.outcome.solution == str(assignment.working_copy)
    assert run.outcome.findings == str(assignment.home)
    assert listener.heard == [Progress(agent="research", status="looking", findings="x", next_steps=("y",))]
    seen = json.loads((assignment.working_copy / "seen.json").read_text())
    assert seen == {
        "task_id": "task",
        "attempt": 2,
        "prompt": assignment.prompt,
        "report": assignment.report,
        "working_copy": str(assignment.working_copy),
    }


async def test_an_outcome_over_several_lines_is_read(assignment: Assignment) -> None:
    text = json.dumps(json.loads(FIXED), indent=2)
    run = await agent_of(f"echo '{text}'").run(assignment, publish=Listener())
    assert run.outcome.next_steps == ("n",)


BAD: dict[str, tuple[str, type[AgentError], str]] = {
    "exits 1": (
        "echo first >&2; printf 'last\\033[2J\\n' >&2; exit 1",
        AgentError,
        r"exit code 1: 'last\\x1b\[2J'",
    ),
    "exits 1 without a word": (f"echo '{FIXED}'; exit 1", AgentError, "nothing on stderr"),
    "killed": ("kill -9 $$", AgentError, "exit code 137"),
    "nothing": ("true", AgentOutputError, "no JSON object"),
    "no JSON": ("echo all done", AgentOutputError, "no JSON object"),
    "JSON but no object": ("echo '[1]'", AgentOutputError, "must be a JSON object"),
    "no status": ("echo '{}'", AgentOutputError, "status must be"),
    "unknown status": ('echo \'{"status": "done"}\'', AgentOutputError, "'done'"),
    "mistyped": (
        'echo \'{"status": "fixed", "solution": 1}\'',
        AgentOutputError,
        "solution must be a string",
    ),
    "only progress": ("echo '{\"progress\": {}}'", AgentOutputError, "status must be"),
    "cut off": ('printf \'{"status": "fix\'', AgentOutputError, "no JSON object"),
    "deep JSON": (
        'python3 -c \'print(chr(123) + chr(34) + "a" + chr(34) + ":" + "[" * 100000)\'',
        AgentOutputError,
        "no JSON object",
    ),
}


@pytest.mark.parametrize("case", BAD)
async def test_a_bad_program_is_told_in_one_line(assignment: Assignment, case: str) -> None:
    script, error, words = BAD[case]
    with pytest.raises(error, match=words) as caught:
        await agent_of(script).run(assignment, publish=Listener())
    assert str(caught.value).isprintable()


async def test_a_missing_program_is_named(assignment: Assignment) -> None:
    agent = CommandAgent(command=("no-such-agent",), bounds_of=bounds_with())
    with pytest.raises(AgentMissingError, match="'no-such-agent'"):
        await agent.run(assignment, publish=Listener())


@pytest.mark.parametrize(
    ("script", "changes", "error", "words"),
    [
        ("sleep 300", {"timeout": 0.3}, AgentTimeoutError, "within 0.3 s"),
        ("trap '' TERM; while :; do sleep 0.1; done", {"timeout": 0.3}, AgentTimeoutError, "within 0.3 s"),
        ("echo x; sleep 300", {"silence_timeout": 0.3}, AgentTimeoutError, "nothing for 0.3 s"),
        ("yes", {"max_flood_bytes": 500_000}, AgentError, "more than 500000 bytes"),
        ("setsid sleep 300 & nohup sleep 300 & exit 3", {}, AgentError, "exit code 3"),
    ],
)
@pytest.mark.parametrize("sandbox", SANDBOXES)
async def test_a_program_that_will_not_end_is_ended_with_all_it_started(
    assignment: Assignment,
    script: str,
    changes: dict[str, object],
    error: type[AgentError],
    words: str,
    sandbox: str,
) -> None:
    with pytest.raises(error, match=words):
        await agent_of(script, sandbox=sandbox, **changes).run(assignment, publish=Listener())
    assert alive(assignment) == []


async def test_cancelling_ends_the_program(assignment: Assignment) -> None:
    running = asyncio.create_task(agent_of("sleep 300").run(assignment, publish=Listener()))
    deadline = time.monotonic() + 5
    while len(alive(assignment)) < 2:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert alive(assignment) == []


async def test_progress_is_published_while_the_program_runs(assignment: Assignment, tmp_path: Path) -> None:
    """The program goes on only when it sees that its progress has been heard."""
    go = assignment.working_copy / "go"

    async def publish(progress: Progress) -> None:
        go.touch()

    script = f"""
    echo '{{"progress": {{"status": "x"}}}}'
    while [ ! -e go ]; do sleep 0.01; done
    echo '{FIXED}'
    """
    run = await agent_of(script, timeout=10.0).run(assignment, publish=publish)
    assert run.outcome.status == "fixed"


async def test_progress_is_bounded_and_read_with_care(assignment: Assignment) -> None:
    program = f"""
import json
long = "x" * 100_000
progress = {{"agent": 1, "status": None, "findings": long, "next_steps": ["a", 2] * 100}}
print(json.dumps({{"progress": progress}}))
for _ in range(1000):
    print('{{"progress": {{"next_steps": "no list"}}}}')
print('{FIXED}')
"""
    agent = CommandAgent(command=("python3", "-c", program), bounds_of=bounds_with())
    listener = Listener()
    await agent.run(assignment, publish=listener)
    assert len(listener.heard) == MAX_PROGRESS
    assert listener.heard[0].agent == "command"
    assert listener.heard[0].status == "working"
    assert len(listener.heard[0].findings) == MAX_TEXT_CHARACTERS
    assert listener.heard[0].next_steps[:3] == ("a", "", "a")
    assert len(listener.heard[0].next_steps) == 20


async def test_the_program_gets_no_credentials(assignment: Assignment) -> None:
    script = f"env > environment; echo '{FIXED}'"
    await agent_of(script).run(assignment, publish=Listener())
    assert "canary" not in (assignment.working_copy / "environment").read_text()


# -- demo and dry run ------------------------------------------------------------------------------


def demo_file(assignment: Assignment, text: str) -> Path:
    file = assignment.working_copy / "shop" / "cart.py"
    file.parent.mkdir()
    file.write_text(text)
    return file


BUGGY = "def average_price(prices):\n    return sum(prices) / len(prices)\n"


async def test_the_stand_in_repairs_the_demo_and_says_what_it_is(assignment: Assignment) -> None:
    file = demo_file(assignment, BUGGY)
    listener = Listener()
    run = await DemoAgent().run(assignment, publish=listener)
    assert run.outcome.status == "fixed"
    assert "scripted stand-in" in run.outcome.findings
    assert [progress.agent for progress in listener.heard] == [
        *("demo/research", "demo/research", "demo/implementation", "demo/review"),
    ]
    assert all("scripted stand-in" in progress.findings for progress in listener.heard)
    names: dict[str, Callable[[list[float]], float]] = {}
    exec(file.read_text(), names)
    assert names["average_price"]([]) == 0.0
    assert names["average_price"]([1, 2]) == 1.5


@pytest.mark.parametrize("text", ["", "def average_price(prices):\n    return 0.0\n", BUGGY + BUGGY])
async def test_the_stand_in_touches_nothing_that_it_does_not_know(assignment: Assignment, text: str) -> None:
    file = demo_file(assignment, text)
    run = await DemoAgent().run(assignment, publish=Listener())
    assert run.outcome.status == "not_fixed"
    assert file.read_text() == text


async def test_the_stand_in_follows_no_link_out_of_the_working_copy(assignment: Assignment) -> None:
    outside = assignment.home / "cart.py"
    outside.write_text(BUGGY)
    file = demo_file(assignment, "")
    file.unlink()
    file.symlink_to(outside)
    assert (await DemoAgent().run(assignment, publish=Listener())).outcome.status == "not_fixed"
    assert outside.read_text() == BUGGY


async def test_a_working_copy_that_cannot_be_read_is_an_error_of_the_machinery(
    assignment: Assignment,
) -> None:
    unusable = dataclasses.replace(assignment, working_copy=Path("/" + "x" * 5000))
    with pytest.raises(AgentError, match="cannot use its working copy"):
        await DemoAgent().run(unusable, publish=Listener())


async def test_a_dry_run_changes_nothing_and_says_so(assignment: Assignment) -> None:
    listener = Listener()
    run = await DryRunAgent().run(assignment, publish=listener)
    assert run.outcome.status == "not_fixed"
    assert "dry run" in run.outcome.findings
    assert [progress.status for progress in listener.heard] == ["dry_run"]
    assert not list(os.scandir(assignment.working_copy))


def test_every_agent_is_named() -> None:
    agents: list[Agent] = [agent_of("true"), DemoAgent(), DryRunAgent()]
    assert [agent.name for agent in agents] == ["command", "demo", "dry-run"]
