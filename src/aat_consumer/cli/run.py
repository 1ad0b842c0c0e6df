"""Run the consumer."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping

import click

from aat_consumer.cli.frame import EXIT_OK, EXIT_USAGE, Frame, framed
from aat_consumer.errors import AgentMissingError, PublishingError, WorkspaceError
from aat_consumer.jetstream import JetStream
from aat_consumer.settings import AGENT_KINDS, Settings
from aat_reporters.wire import ENVIRONMENTS

__all__ = ["consume", "run", "show_steps", "stopping_gently"]

#: Tells each step to whoever listens; silent otherwise.
steps = logging.getLogger("aat_consumer.steps")

#: Facts of a step that stand on its line for people.
_SHOWN = (
    "task_id",
    "status",
    "kind",
    "branch",
    "commit",
    "passed",
    "blocked",
    "why",
    "delay",
    "agent",
    "pr_url",
)


@click.command(
    epilog="Examples:  aat run --environment production   |   aat run --once --agent dry-run --json"
)
@click.option(
    "--environment",
    "environments",
    multiple=True,
    type=click.Choice(ENVIRONMENTS),
    help="Whose errors to pull.",
)
@click.option("--once", is_flag=True, help="Handle at most one report; stop when none waits.")
@click.option("--max", "limit", type=click.IntRange(1), help="Handle at most this many reports.")
@click.option("--concurrency", type=click.IntRange(1, 64), help="Agents at a time.")
@click.option("--agent", "kind", type=click.Choice(AGENT_KINDS), help="Who works on the errors.")
@click.option("--dry-run", is_flag=True, help="Short for --agent dry-run: change nothing.")
@framed
def run(
    frame: Frame,
    *,
    environments: tuple[str, ...],
    once: bool,
    limit: int | None,
    concurrency: int | None,
    kind: str | None,
    dry_run: bool,
) -> int:
    """Pull errors, screen them, let an agent fix them, verify, commit, publish, acknowledge.

    The first Ctrl-C (or SIGTERM) lets the work at hand finish; the second puts it back into the queue.
    Exit codes: 0 done, 1 no server or a stream is missing, 2 settings or repository cannot be used.
    """
    frame.flags |= {
        "consumer.environments": environments or None,
        "consumer.concurrency": concurrency,
        "agent.kind": "dry-run" if dry_run else kind,
    }
    return consume(frame, limit=1 if once else limit, until_empty=once)


def consume(frame: Frame, *, limit: int | None, until_empty: bool, tasks: str = "") -> int:
    """Run the loop until it is stopped or done, and say what it does.

    Args:
        frame: prints.
        limit: messages to handle at most.
        until_empty: stop when none waits.
        tasks: the queue of tasks to work on; empty for errors.

    Returns:
        The exit code.
    """
    from aat_consumer import consuming  # imports spaCy, which takes a second

    settings = frame.settings
    try:
        for warning in consuming.check(settings):
            frame.say(f"aat: warning: {warning}")
    except (WorkspaceError, AgentMissingError, PublishingError) as exc:
        frame.say(f"aat: {exc}")
        return EXIT_USAGE
    logging.getLogger("aat_consumer").setLevel(logging.INFO)

    async def work(js: JetStream) -> tuple[int, str]:
        worker = consuming.build_worker(
            js, settings=settings, observe=show_steps(frame, on_closed=lambda: worker.stop()), tasks=tasks
        )
        if not until_empty:
            frame.say(_greeting(settings, tasks))
        with stopping_gently(worker.stop, frame):
            handled = await worker.run(limit=limit, until_empty=until_empty)
        return handled, worker.restraint.kind if worker.restraint is not None else ""

    handled, restraint = frame.connected(work)
    if until_empty and restraint and handled == 0:
        frame.say(f"nothing was taken: {restraint}")
    elif until_empty and handled == 0:
        frame.say("no task waits" if tasks else "no report waits")
    return EXIT_OK


def show_steps(frame: Frame, *, on_closed: Callable[[], None]) -> Callable[[str, Mapping[str, object]], None]:
    """Give an observer that prints each step of the loop as it happens.

    Args:
        frame: prints.
        on_closed: called when nobody reads stdout any more; the work at hand goes on without it.
    """

    def observe(step: str, facts: Mapping[str, object]) -> None:
        shown = " ".join(f"{name}={facts[name]}" for name in _SHOWN if facts.get(name) not in (None, ""))
        try:
            frame.data({"step": step, **facts}, f"{step:14} {shown}")
        except OSError:
            sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - until the end
            on_closed()
        steps.debug("%s", step)

    return observe


def _greeting(settings: Settings, tasks: str) -> str:
    names = f"tasks of {tasks}" if tasks else ", ".join(settings.consumer.environments)
    return (
        f"consuming {names} of {settings.namespace.name} from {settings.connection.server} with agent "
        f"{settings.agent.kind}; Ctrl-C stops"
    )


@contextlib.contextmanager
def stopping_gently(stop: Callable[[], None], frame: Frame) -> Iterator[None]:
    """Let the first Ctrl-C or SIGTERM finish what is being worked on, and the second cancel it."""
    loop = asyncio.get_running_loop()
    task = asyncio.current_task()
    asked = 0

    def on_signal() -> None:
        nonlocal asked
        asked += 1
        if asked == 1:
            frame.say("stopping when the work at hand is finished; once more puts it back into the queue")
            stop()
        elif task is not None:
            task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, on_signal)
    try:
        yield
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)
