"""Run the real ``claude`` program on an assignment, within bounds.

What reaches it: the prompt on stdin, behind a fixed line of ours; options that hold no report text;
environment variables by allow-list. What was measured with 2.1.197 and 2.1.330, and why the options are
these, stands beside each of them. The working copy belongs to whoever wrote the repository, so nothing in it
is taken for configuration of the program: no settings, hooks, ``CLAUDE.md``, agents, commands, skills or MCP
servers.
"""

from __future__ import annotations

import json
import re
import shutil
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from aat_consumer.agents.claude_stream import ORCHESTRATOR, ClaudeStream, one_line
from aat_consumer.agents.specialists import ORCHESTRATION, SPECIALISTS, Specialist, specialist_named
from aat_consumer.errors import AgentError, AgentMissingError, AgentOutputError, AgentTimeoutError
from aat_consumer.outcomes import AgentRun, Assignment, Progress, PublishProgress
from aat_consumer.running.bounds import Bounds, Finished
from aat_consumer.running.processes import run_bounded
from aat_reporters.errors import SettingsError

__all__ = ["DEFAULT_TOOLS", "ClaudeAgent"]

#: Enough to find, fix and test; no network tools, no scheduling, no further agents than ours.
DEFAULT_TOOLS = ("Read", "Edit", "Write", "Grep", "Glob", "Bash")

#: Tools that keep to the working copy without a rule. A bare rule for one would lift that limit.
_CONFINED = frozenset({"Read", "Edit", "Write", "Grep", "Glob", "NotebookEdit"})
_EDITING = frozenset({"Edit", "Write", "NotebookEdit"})

#: A tool's name, or a rule such as ``Bash(pytest:*)``; anything else might be read as an option.
_RULE = re.compile(r"[A-Za-z][A-Za-z0-9_]*(\([^()\x00-\x1f]+\))?")

#: Switches of the program. Without attachments it reads no file named behind ``@`` in the prompt, which it
#: otherwise does with no permission asked; without background tasks a command over its time limit ends
#: instead of keeping the run alive; without built-in agents exactly our specialists are offered.
_SWITCHES = {
    "CLAUDE_CODE_DISABLE_ATTACHMENTS": "1",
    "CLAUDE_CODE_DISABLE_BACKGROUND_TASKS": "1",
    "CLAUDE_AGENT_SDK_DISABLE_BUILTIN_AGENTS": "1",
    "CLAUDE_CODE_DISABLE_CLAUDE_MDS": "1",
    "CLAUDE_CODE_DISABLE_AUTO_MEMORY": "1",
    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
    "DISABLE_AUTOUPDATER": "1",
}

#: Share of the silence limit that one command may take.
_COMMAND_SHARE = 0.8

#: Tries of one API request; the program's own 10 take three minutes, after which the report is tried again
#: anyhow.
_API_RETRIES = {"CLAUDE_CODE_MAX_RETRIES": "6"}

#: Credentials that the program takes from a pipe -> the variable that names the pipe. What its tools run sees
#: the program's environment (also in /proc), so the credential stays out of it; the pipe is empty once it was
#: read.
_CREDENTIALS = {
    "ANTHROPIC_API_KEY": "CLAUDE_CODE_API_KEY_FILE_DESCRIPTOR",
    "CLAUDE_CODE_OAUTH_TOKEN": "CLAUDE_CODE_OAUTH_TOKEN_FILE_DESCRIPTOR",
}

#: Moves the line in the file $1 into a pipe at descriptor 3, which a here-document is for dash and bash >=
#: 5.1, and removes the file before the program starts.
_THROUGH_PIPE = """\
IFS= read -r line <"$1"; rm -f "$1"; shift
exec 3<<END
$line
END
unset line; exec "$@"
"""

_OUTCOME_SCHEMA = {
    "type": "object",
    "properties": {
        "status": {"type": "string", "enum": ["fixed", "not_fixed"]},
        "solution": {"type": "string", "description": "What was changed and why that removes the cause."},
        "findings": {"type": "string", "description": "The cause, and what the specialists found."},
        "next_steps": {"type": "array", "items": {"type": "string"}, "description": "What people should do."},
    },
    "required": ["status", "solution", "findings", "next_steps"],
    "additionalProperties": False,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaudeAgent:
    """Fix errors, and do tasks, with the ``claude`` command line and three specialists.

    Args:
        bounds_of: limits, environment and sandbox for an assignment.
        program: name on PATH, or path.
        model: the model's name; None for the program's own default.
        max_turns: model answers of a run, those of specialists included.
        max_budget_usd: US dollars of a run. The program checks behind each turn, so the last may pass it.
        allowed_tools: tools and rules (``Bash(pytest:*)``), empty for ``DEFAULT_TOOLS``; file tools stay
            within the working copy. A rule for ``Bash`` is a convenience: the boundary is the sandbox.
        specialists: the roles that the orchestrator may call.

    Raises:
        SettingsError: a tool's rule, or a limit, cannot be used.
    """

    bounds_of: Callable[[Assignment], Bounds]
    program: str = "claude"
    model: str | None = None
    max_turns: int = 100
    max_budget_usd: float = 2.0
    allowed_tools: tuple[str, ...] = ()
    specialists: tuple[Specialist, ...] = SPECIALISTS
    name: str = field(default="claude", init=False)

    def __post_init__(self) -> None:
        """Check each value once."""
        for rule in self.allowed_tools:
            if not _RULE.fullmatch(rule):
                raise SettingsError(f"agent.allowed_tools must hold tools such as 'Bash(pytest:*)': {rule!r}")
        if self.model is not None and not re.fullmatch(r"[A-Za-z0-9][\w.:/@\[\]-]*", self.model):
            raise SettingsError(f"agent.model must be a model's name: {self.model!r}")
        if self.max_turns < 1 or not self.max_budget_usd > 0:
            raise SettingsError(
                f"agent.max_turns must be >= 1 and agent.max_budget_usd > 0: {self.max_turns}, "
                f"{self.max_budget_usd}"
            )

    async def run(self, assignment: Assignment, *, publish: PublishProgress) -> AgentRun:
        """Run the program until it ends; cancelling kills it with everything that it started.

        Raises:
            AgentMissingError: the program is not installed.
            AgentTimeoutError: the time limit or the silence limit passed.
            AgentOutputError: it ended well, without a valid outcome or without asking its model.
            AgentError: it failed, with the reason in one line.
        """
        bounds = self.bounds_of(assignment)
        program = _find(self.program, path=bounds.environment.get("PATH"))
        alone = specialist_named(assignment.role)
        speaker = alone.name if alone else ORCHESTRATOR
        stream = ClaudeStream(speaker)

        async def on_line(line: str) -> None:
            for progress in stream.feed(line):
                await publish(progress)
            if stream.turns > self.max_turns:
                # The program's own limit counts the orchestrator's turns only.
                raise AgentError(f"claude and its specialists passed their limit of {self.max_turns} turns")

        with _credential_in_a_pipe(bounds) as (launcher, pipe):
            finished = await run_bounded(
                [*launcher, str(program), *self._options(assignment, alone)],
                cwd=assignment.working_copy,
                bounds=_with_switches(bounds, program=program, pipe=pipe),
                stdin=f"{_first_line(assignment)}\n\n{assignment.prompt}",
                on_line=on_line,
            )
        _raise_limits(finished, bounds=bounds)
        run = stream.run(returncode=finished.returncode, stderr=finished.stderr)
        await publish(_last_words(run, speaker))
        return run

    def _options(self, assignment: Assignment, alone: Specialist | None) -> list[str]:
        """Write the options for the whole team, or for the one specialist that a task is assigned to."""
        allowed = self.allowed_tools or DEFAULT_TOOLS
        if alone is not None:
            allowed = tuple(rule for rule in allowed if rule.partition("(")[0] in alone.tools)
        tools = list(dict.fromkeys(rule.partition("(")[0] for rule in allowed))
        rules = [rule for rule in allowed if rule not in _CONFINED]
        if _EDITING.intersection(allowed):
            rules.append("Edit(./**)")
        options = ["-p", "--output-format", "stream-json", "--verbose"]
        options += ["--json-schema", json.dumps(_OUTCOME_SCHEMA)]
        options += ["--max-turns", str(self.max_turns), "--max-budget-usd", str(self.max_budget_usd)]
        if alone is None:
            options += ["--agents", json.dumps(self._agents(tools))]
            options += ["--append-system-prompt", ORCHESTRATION]
            tools = ["Agent", *tools]
        # What is not allowed is refused: nobody is there to be asked. acceptEdits would also let shell
        # commands through that look harmless.
        options += ["--permission-mode", "dontAsk", "--tools", ",".join(tools)]
        if rules:
            options += ["--allowedTools", ",".join(rules)]
        # No settings of user, project or folder: with them go hooks, CLAUDE.md, rules, agents, skills,
        # commands, apiKeyHelper and env. --safe-mode would drop our specialists and keep env, --bare drops
        # them too.
        options += ["--setting-sources", "", "--strict-mcp-config", "--disable-slash-commands"]
        options += ["--no-session-persistence", "--session-id", _session_of(assignment)]
        return [*options, "--model", self.model] if self.model else options

    def _agents(self, tools: list[str]) -> dict[str, object]:
        return {
            specialist.name: {
                "description": specialist.description,
                "prompt": specialist.prompt,
                "tools": [tool for tool in specialist.tools if tool in tools],
            }
            for specialist in self.specialists
        }


def _find(program: str, *, path: str | None) -> Path:
    found = shutil.which(program, path=path)
    if found is None:
        raise AgentMissingError(
            f"the claude program is not installed: {program!r} (npm install -g @anthropic-ai/claude-code, or "
            "another agent.kind)"
        )
    return Path(found).absolute()


def _with_switches(bounds: Bounds, *, program: Path, pipe: Mapping[str, str]) -> Bounds:
    """Add the program's switches and its place to the bounds, and take its credential out of them."""
    scratch = bounds.home / "tmp"
    scratch.mkdir(mode=0o700, exist_ok=True)
    own = {**_SWITCHES, "TMPDIR": str(scratch), "CLAUDE_CODE_TMPDIR": str(scratch), **pipe}
    if bounds.silence_timeout is not None:
        # A command prints nothing while it runs; its own limit has to come before ours.
        own["BASH_MAX_TIMEOUT_MS"] = str(int(bounds.silence_timeout * 1000 * _COMMAND_SHARE))
    kept = {name: value for name, value in bounds.environment.items() if name not in _CREDENTIALS}
    readable = (*bounds.readable, program.parent, program.resolve().parent)
    return replace(bounds, environment={**_API_RETRIES, **kept, **own}, readable=readable)


@contextmanager
def _credential_in_a_pipe(bounds: Bounds) -> Iterator[tuple[list[str], Mapping[str, str]]]:
    """Lay the credential down for the program's start.

    Yields:
        what starts the program, and the variable that names the pipe.
    """
    given = ((name, bounds.environment.get(name, "").strip()) for name in _CREDENTIALS)
    name, credential = next(((name, value) for name, value in given if value), ("", ""))
    if not credential:
        yield [], {}
        return
    file = bounds.home / f".{uuid.uuid4().hex}"
    file.touch(mode=0o600)
    file.write_text(f"{credential}\n")
    try:
        yield ["/bin/sh", "-c", _THROUGH_PIPE, "claude", str(file)], {_CREDENTIALS[name]: "3"}
    finally:
        file.unlink(missing_ok=True)


def _first_line(assignment: Assignment) -> str:
    """Begin with words of ours: a prompt that begins with ``/`` is taken for a command of the program."""
    return f"Task {one_line(assignment.task_id)}, attempt {assignment.attempt}."


def _session_of(assignment: Assignment) -> str:
    """Name the session after task and attempt, so that what the program logs can be found from either."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"aat:{assignment.task_id}:{assignment.attempt}"))


def _raise_limits(finished: Finished, *, bounds: Bounds) -> None:
    if finished.timed_out:
        raise AgentTimeoutError(f"claude passed its time limit of {bounds.timeout:g} s")
    if finished.silent:
        raise AgentTimeoutError(f"claude printed nothing for {bounds.silence_timeout:g} s")
    if finished.flooded:
        raise AgentOutputError(f"claude printed more than {bounds.max_flood_bytes} bytes")


def _last_words(run: AgentRun, speaker: str) -> Progress:
    return Progress(
        agent=speaker,
        status="finished",
        findings=run.outcome.findings,
        next_steps=run.outcome.next_steps,
    )
