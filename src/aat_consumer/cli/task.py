"""Publish, list, show and work on tasks of the task queue."""

from __future__ import annotations

import json

import click

from aat_consumer.by_hand.asking import Asked, Wish, ask, waiting_tasks
from aat_consumer.by_hand.history import Waiting
from aat_consumer.cli import task_story
from aat_consumer.cli.frame import EXIT_OK, Frame, framed
from aat_consumer.cli.run import consume
from aat_consumer.cli.words import moment, name_of
from aat_consumer.jetstream import JetStream
from aat_consumer.settings import AGENT_KINDS
from aat_reporters.errors import ReportError
from aat_reporters.wire import PRIORITIES

__all__ = ["task"]

#: Tasks listed unless told otherwise: a screen's worth.
DEFAULT_LIMIT = 100


@click.group()
def task() -> None:
    """Publish, list, show and work on tasks.

    A queue is a name of letters, digits, _ and -; its tasks are worked on in the order of priority.
    """


task.add_command(task_story.show)


@task.command(
    epilog="Examples:  aat task publish investigation --type research --description 'why is checkout slow?' "
    "--assigned-to research   |   aat task publish cleanup --description 'remove the old importer' "
    "--priority low --key importer-2026 --json"
)
@click.argument("queue")
@click.option("--description", required=True, help="What is to be done, in words.")
@click.option("--type", "kind", default="task", show_default=True, help="What kind of work it is, in a word.")
@click.option(
    "--priority", type=click.Choice(PRIORITIES[::-1]), default="normal", show_default=True, help="How soon."
)
@click.option(
    "--assigned-to",
    default="",
    help="The role that works on it: research, implementation, review, or one that the configured program "
    "knows.  [default: the whole team]",
)
@click.option("--context", metavar="JSON", default="{}", help="An object with what helps.")
@click.option("--key", default="", help="Your own name for it; the same key within 24 h is the same task.")
@framed
def publish(
    frame: Frame,
    *,
    queue: str,
    description: str,
    kind: str,
    priority: str,
    assigned_to: str,
    context: str,
    key: str,
) -> int:
    """Put a task into a queue; an agent's work on it is verified and published as for an error.

    Exit codes: 0 published, also when the server has it already, 1 no server, no stream or a full queue,
    2 called wrongly.
    """
    wish = Wish(
        queue=queue,
        kind=kind,
        description=description,
        priority=priority,
        assigned_to=assigned_to,
        context=_object(context),
        key=key,
    )

    async def work(js: JetStream) -> Asked:
        return await ask(js, wish)

    try:
        asked = frame.connected(work)
    except ReportError as exc:
        raise click.UsageError(str(exc)) from exc
    frame.data(
        {
            "task_id": asked.task_id,
            "message_id": asked.message_id,
            "subject": asked.subject,
            "duplicate": asked.is_repeat,
        },
        f"{asked.task_id} {'was published already' if asked.is_repeat else 'published'} on {asked.subject}",
    )
    return EXIT_OK


@task.command(name="list", epilog="Examples:  aat task list   |   aat task list --queue cleanup --json")
@click.option("--queue", default="", help="Only tasks of this queue.")
@click.option(
    "--limit", type=click.IntRange(1), default=DEFAULT_LIMIT, show_default=True, help="Stop behind so many."
)
@framed
def list_(frame: Frame, *, queue: str, limit: int) -> int:
    """List the tasks that wait or are worked on, oldest first: ids and metadata, taking none.

    Exit codes: 0 listed, 1 no server or no stream.
    """
    told: set[str] = set()

    def stray(subject: str) -> None:
        if subject not in told:
            frame.say(f"a message lies on {name_of(subject)}, which no queue pulls")
        told.add(subject)

    async def work(js: JetStream) -> int:
        count = 0
        async for found in waiting_tasks(js, queue, stray=stray):
            if count == limit:
                frame.say(f"there are more than {limit}; --limit shows more")
                break
            count += 1
            facts = _facts(found)
            columns = ("task_id", "queue", "priority", "state", "stored_at", "type", "assigned_to")
            frame.data(facts, "  ".join(str(facts[name] or "-") for name in columns))
        return count

    if frame.connected(work) == 0:
        frame.say("no task waits")
    return EXIT_OK


@task.command(
    name="work",
    epilog="Examples:  aat task work investigation --once   |   aat task work cleanup --agent dry-run --json",
)
@click.argument("queue")
@click.option("--once", is_flag=True, help="Handle at most one task; stop when none waits.")
@click.option("--max", "limit", type=click.IntRange(1), help="Handle at most this many tasks.")
@click.option("--concurrency", type=click.IntRange(1, 64), help="Agents at a time.")
@click.option("--agent", "kind", type=click.Choice(AGENT_KINDS), help="Who works on the tasks.")
@click.option("--dry-run", is_flag=True, help="Short for --agent dry-run: change nothing.")
@framed
def work_(
    frame: Frame,
    *,
    queue: str,
    once: bool,
    limit: int | None,
    concurrency: int | None,
    kind: str | None,
    dry_run: bool,
) -> int:
    """Pull the tasks of a queue, urgent ones first, and treat each as aat run treats an error.

    The first Ctrl-C (or SIGTERM) lets the work at hand finish; the second puts it back into the queue.
    Exit codes: 0 done, 1 no server or a stream is missing, 2 settings or repository cannot be used.
    """
    frame.flags |= {"consumer.concurrency": concurrency, "agent.kind": "dry-run" if dry_run else kind}
    return consume(frame, limit=1 if once else limit, until_empty=once, tasks=queue)


def _object(text: str) -> dict[str, object]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as exc:
        raise click.UsageError(f"--context is not JSON: {text[:80]!r}") from exc
    if not isinstance(value, dict):
        raise click.UsageError(f"--context must be a JSON object: {text[:80]!r}")
    return value


def _facts(found: Waiting) -> dict[str, object]:
    state = str(found.record.get("state", ""))
    return {
        "task_id": found.task_id,
        "queue": found.queue.name,
        "priority": found.queue.priority,
        "state": name_of(state or ("delivered" if found.was_delivered else "waiting")),
        "stored_at": moment(found.stored_at),
        "type": name_of(found.kind),
        "assigned_to": name_of(found.role),
        "message_id": name_of(found.message_id),
        "sequence": found.sequence,
        "bytes": found.size_bytes,
        "attempt": found.record.get("attempt"),
    }
