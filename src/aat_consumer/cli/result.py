"""Publish, list and follow results."""

from __future__ import annotations

import collections
from datetime import UTC, datetime, timedelta

import click

from aat_consumer.by_hand import history
from aat_consumer.by_hand.held import STATUS_OF_KIND, Held, Token
from aat_consumer.by_hand.taking import BY_HAND
from aat_consumer.by_hand.watching import follow
from aat_consumer.cli import parameters
from aat_consumer.cli.frame import EXIT_FAILED, EXIT_LOST, EXIT_OK, Frame, framed
from aat_consumer.cli.words import moment, name_of
from aat_consumer.errors import LeaseLostError
from aat_consumer.jetstream import JetStream, Stored
from aat_consumer.outcomes import MAX_NEXT_STEPS, MAX_TEXT_CHARACTERS
from aat_consumer.results import RESULT_KINDS

__all__ = ["result"]

#: Characters of an agent's name: it stands in lists.
MAX_AGENT_CHARACTERS = 64

#: Results listed unless told otherwise: a screen's worth.
DEFAULT_LIMIT = 50

_COLUMNS = (
    *("at", "kind", "status", "task_id", "environment", "queue"),
    *("signature", "release", "attempt", "branch", "pr_url"),
)


@click.group()
def result() -> None:
    """Publish, list and follow results."""


@result.command(
    epilog="Examples:  aat result publish TOKEN --kind fixed --solution 'guard against an empty cart'   |   "
    "aat result publish TASK_ID --kind failed --findings 'cannot be reproduced' --json"
)
@click.argument("token", metavar="TOKEN", type=parameters.task_or_token)
@click.option("--kind", required=True, type=click.Choice(tuple(STATUS_OF_KIND)), help="How it ended.")
@click.option("--solution", default="", help="What was changed, in words.")
@click.option("--findings", default="", help="What was found out.")
@click.option("--next-step", "next_steps", multiple=True, help="What people should do; several times.")
@click.option("--branch", default="", help="Where the fix lies.")
@click.option("--commit", default="", help="The fix.")
@click.option("--pr-url", default="", help="Its pull request.")
@click.option("--test-results", default="", help="How the tests ended, in words.")
@click.option("--agent", default=BY_HAND, show_default=True, help="Who worked on it.")
@framed
def publish(frame: Frame, *, token: Token, kind: str, agent: str, **texts: object) -> int:
    """Publish the result of an error taken with aat errors next; acknowledge it behind that.

    TOKEN compares the claim first; a task id alone takes whatever claim is held by hand.
    Exit codes: 0 published, 1 nobody holds it, a result is there already or no server, 2 called wrongly,
    3 the claim was lost.
    """
    body = {name: _kept(value) for name, value in texts.items() if value}
    lease = frame.settings.consumer.lease

    async def work(js: JetStream) -> bool:
        return await Held(js, lease=lease).result(token, kind, body, agent=agent[:MAX_AGENT_CHARACTERS])

    try:
        is_published = frame.connected(work)
    except LeaseLostError as exc:
        frame.say(f"aat: {exc}; nothing was published")
        return EXIT_LOST
    if not is_published:
        frame.say(f"aat: a result of this attempt at task {token.task_id} is there already")
        return EXIT_FAILED
    subject = frame.settings.namespace.result_subject(kind, token.task_id)
    frame.data({"task_id": token.task_id, "kind": kind, "subject": subject}, f"published on {subject}")
    return EXIT_OK


@result.command(
    name="list", epilog="Examples:  aat result list --since 24h   |   aat result list --kind failed --json"
)
@click.option("--kind", type=click.Choice(RESULT_KINDS), help="Only results of this kind.")
@click.option("--since", type=parameters.duration, help="Only results that are no older, such as 24h.")
@click.option(
    "--limit", type=click.IntRange(1), default=DEFAULT_LIMIT, show_default=True, help="The newest so many."
)
@framed
def list_(frame: Frame, *, kind: str | None, since: float | None, limit: int) -> int:
    """List results, newest last: ids and metadata, not what the agent wrote.

    Exit codes: 0 listed, 1 no server or no stream.
    """
    after = datetime.now(UTC) - timedelta(seconds=since) if since is not None else None

    async def work(js: JetStream) -> list[tuple[str, Stored]]:
        newest: collections.deque[tuple[str, Stored]] = collections.deque(maxlen=limit)
        async for kind_found, found in history.results(js, kind or "*"):
            if after is None or found.timestamp is None or found.timestamp >= after:
                newest.append((kind_found, found))
        return list(newest)

    results = frame.connected(work)
    for kind_found, found in results:
        _show(frame, kind_found, found)
    if not results:
        frame.say("no results")
    return EXIT_OK


@result.command(epilog="Examples:  aat result watch   |   aat result watch --kind failed --json")
@click.option("--kind", type=click.Choice(RESULT_KINDS), help="Only results of this kind.")
@framed
def watch(frame: Frame, *, kind: str | None) -> int:
    """Follow results as they are published, until Ctrl-C (exit 130): ids and metadata."""

    async def work(js: JetStream) -> None:
        names = js.namespace
        wanted = {names.results: names.result_subject(kind or "*", "*")}
        async for _, found in follow(js, wanted, what="results", say=frame.say):
            _show(frame, found.subject.split(".")[-2], found)

    frame.connected(work)
    return EXIT_OK


def _show(frame: Frame, kind: str, found: Stored) -> None:
    facts = _facts(kind, found)
    frame.data(facts, "  ".join(str(facts[name] or "-") for name in _COLUMNS))


def _facts(kind: str, found: Stored) -> dict[str, object]:
    body = history.body_of(found)
    names = (
        *("status", "environment", "queue", "priority", "signature", "release"),
        *("agent", "by", "branch", "commit", "pr_url"),
    )
    return {
        "at": moment(found.timestamp),
        "kind": name_of(kind),
        "task_id": name_of(found.subject.rpartition(".")[2]),
        "attempt": body.get("attempt") if isinstance(body.get("attempt"), int) else None,
        **{name: name_of(body.get(name)) for name in names},
    }


def _kept(value: object) -> object:
    """Keep of each text what a result may hold, as for any other agent."""
    if isinstance(value, tuple):
        return [str(step)[:MAX_TEXT_CHARACTERS] for step in value[:MAX_NEXT_STEPS]]
    return str(value)[:MAX_TEXT_CHARACTERS]
