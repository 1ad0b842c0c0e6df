"""Show the whole main job on a small buggy program."""

from __future__ import annotations

import asyncio
import textwrap
from collections.abc import Mapping

import click

from aat_consumer.cli.frame import EXIT_FAILED, EXIT_OK, EXIT_USAGE, Frame, framed
from aat_consumer.errors import AgentMissingError, ServerError, WorkspaceError

__all__ = ["demo"]

#: Step to what it means to somebody who sees it for the first time.
_WORDS = {
    "server_started": "nats-server started on loopback: {nats_url}",
    "repository_made": "made a small buggy program in a git repository",
    "streams_ready": "{count} streams set up for the namespace demo",
    "program_run": "\nrunning the program: {command}",
    "program_failed": "the program did not run: {stderr}",
    "published": "raised, signed and published by the logging handler: {what}, under the id\n  {message_id}",
    "fetched": "pulled by the durable claude-error-fixer: task {task_id}",
    "claimed": "claimed, attempt {attempt}",
    "screened": "passed through the filter: {verdict_word}",
    "started": "screened report kept on investigation.report.{task_id}",
    "working_copy": "working copy made: no remotes, no shared .git",
    "tests_before": "tests before the fix: {colour}",
    "agent_started": "agent started: {agent}",
    "status": "  {agent}: {status}",
    "agent_ended": "agent ended: {status}",
    "tests_after": "tests after the fix: {colour}",
    "fenced": "claim compared once more before anything is published",
    "committed": "committed on {branch}",
    "quarantined": "kept in quarantine, for a person to see",
    "result": "result published on results.{kind}.{task_id}",
    "done": "done-record written",
    "acknowledged": "message acknowledged: {status}",
    "retrying": "not done, tried again in {delay} s: {why}",
    "result_published": "\nwhat the branch {branch} holds, with the trailers {trailers}:\n{diff}",
    "security_rejected": "announced on security.rejected: {reason}",
    "duplicate_dropped": "{what}, dropped by the server: {dropped}",
    "queue_empty": "queue empty: {empty}",
}


@click.command(epilog="Examples:  aat demo   |   aat demo --json   |   aat demo --agent claude")
@click.option("--agent", "kind", type=click.Choice(("demo", "claude")), default="demo", show_default=True)
@framed
def demo(frame: Frame, *, kind: str) -> int:
    """Run the whole main job on a small buggy program, and show each step.

    A server, a repository, a program that fails, the reporter, the filter, the loop, git and the tests are
    real. The agent is a stand-in that knows only this program's mistake, unless told --agent claude.
    Exit codes: 0 all three errors ended as they should, 1 one did not, 2 something is not installed.
    """
    from aat_consumer.operate.demo import run_demo  # imports the filter, which takes a second

    frame.flags["agent.kind"] = kind
    if kind == "demo":
        frame.say(
            "The agent of this demo is a scripted stand-in; see the real one with: aat demo --agent claude"
        )

    def observe(step: str, facts: Mapping[str, object]) -> None:
        frame.data({"step": step, **facts}, _sentence(step, facts))

    try:
        went_well = asyncio.run(run_demo(frame.settings, observe=observe))
    except (ServerError, WorkspaceError, AgentMissingError) as exc:
        frame.say(f"aat: {exc}")
        return EXIT_USAGE
    frame.say("the demo went well" if went_well else "aat: the demo did not end as it should; see above")
    return EXIT_OK if went_well else EXIT_FAILED


def _sentence(step: str, facts: Mapping[str, object]) -> str:
    words = {
        **facts,
        "verdict_word": "blocked" if facts.get("blocked") else "allowed",
        "colour": "green" if facts.get("passed") else "red",
        "diff": textwrap.indent(str(facts.get("diff", "")).strip(), "    "),
    }
    return _WORDS.get(step, step).format_map(words)
