"""Decide about fixes that wait for a person."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping

import click

from aat_consumer.by_hand import deciding
from aat_consumer.by_hand.deciding import Decided
from aat_consumer.by_hand.kept import KeptFix, kept_fix, kept_fixes
from aat_consumer.cli import parameters
from aat_consumer.cli.agreement import YES_OPTION, agreed, refuse_without_a_person
from aat_consumer.cli.errors import who
from aat_consumer.cli.frame import EXIT_FAILED, EXIT_OK, Frame, framed
from aat_consumer.cli.words import moment, name_of
from aat_consumer.jetstream import JetStream
from aat_consumer.workspace.branches import find_branch

__all__ = ["fix"]

_COLUMNS = ("task_id", "at", "state", "where", "signature", "release", "branch", "why")

_ADDRESS = re.compile(r"https?://[A-Za-z0-9._/:%?=&#@-]{1,500}")

#: Reasons and files that are listed of one fix.
MAX_LISTED = 50


#: Tells each step to whoever listens; silent otherwise.
steps = logging.getLogger("aat_consumer.steps")


@click.group()
def fix() -> None:
    """Decide about fixes that wait for a person: held ones, and those that could not be published.

    What an agent wrote is only shown with --raw on a terminal.
    """


@fix.command(name="list", epilog="Examples:  aat fix list   |   aat fix list --all --json")
@click.option("--all", "everything", is_flag=True, help="Also those that were decided about.")
@framed
def list_(frame: Frame, *, everything: bool) -> int:
    """List the fixes that wait for a person, oldest first, with the reason.

    Exit codes: 0 listed, 1 no server or no stream.
    """

    async def work(js: JetStream) -> int:
        count = 0
        async for kept in kept_fixes(js):
            if kept.waits or everything:
                count += 1
                facts = _facts(kept)
                line = {**facts, "why": "; ".join(_texts(facts["held_for"]))}
                frame.data(facts, "  ".join(str(line[name] or "-") for name in _COLUMNS))
        return count

    if frame.connected(work) == 0:
        frame.say("no fix waits for a person")
    return EXIT_OK


@fix.command(epilog="Examples:  aat fix show TASK_ID   |   aat fix show TASK_ID --raw")
@click.argument("task_id", type=parameters.task_id)
@click.option("--raw", is_flag=True, help="Print the agent's words and the diff as well; on a terminal only.")
@framed
def show(frame: Frame, *, task_id: str, raw: bool) -> int:
    """Show one fix: why it waits, what it changes, how to look at it, what became of it.

    Exit codes: 0 shown, 1 there is none or no server, 2 called wrongly.
    """
    parameters.refuse_raw_text(raw=raw)
    kept = _kept(frame, task_id)
    facts = _facts(kept)
    facts["look"] = f"git diff {name_of(frame.settings.repository.base)}...{facts['branch']}"
    shown = {name: ", ".join(value) if isinstance(value, list) else value for name, value in facts.items()}
    lines = [f"{name}: {value}" for name, value in shown.items() if value not in (None, "")]
    if raw:
        words = {name: kept.body.get(name) for name in ("solution", "findings", "next_steps", "diff")}
        facts["raw"] = words
        lines += ["", *(f"{name}:\n{value}\n" for name, value in words.items())]
    frame.data(facts, "\n".join(lines))
    return EXIT_OK


@fix.command(epilog="Examples:  aat fix approve TASK_ID   |   aat fix approve TASK_ID --yes --json")
@click.argument("task_id", type=parameters.task_id)
@YES_OPTION
@framed
def approve(frame: Frame, *, task_id: str, yes: bool) -> int:
    """Publish a fix from its branch, as repository.publish says, and write the result in your name.

    Asking twice, or after a crash, publishes once.
    Exit codes: 0 published, also earlier, 1 it cannot be, the remote or forge refused, no server or not
    agreed to, 2 settings cannot be used, or nobody to ask and no --yes.
    """
    refuse_without_a_person(yes=yes)
    from aat_consumer.consuming import check_publishing, publisher_of  # imports spaCy, which takes a second

    settings = frame.settings
    check_publishing(settings)
    kept = _kept(frame, task_id)
    if kept.waits and not agreed(f"Publish {_named(kept)} as {settings.repository.publish}?", yes=yes):
        return EXIT_FAILED

    async def work(js: JetStream) -> tuple[Decided, int]:
        found = await kept_fix(js, task_id)
        place, base = settings.repository.path, settings.repository.base
        branch = await find_branch(place, branch=str(found.body.get("branch")), base=base)
        decided = await deciding.approve(
            js, found, branch=branch, publisher=publisher_of(settings), by=who(), observe=_observe
        )
        return decided, branch.behind if branch is not None and decided.changed else 0

    decided, behind = frame.connected(work)
    if behind:
        base = name_of(settings.repository.base)
        frame.say(f"{base} has moved on since the fix was made: {behind} commits are not in its branch")
    _tell(frame, kept, decided)
    return EXIT_OK


@fix.command(epilog="Examples:  aat fix reject TASK_ID   |   aat fix reject TASK_ID --reason 'no test' --yes")
@click.argument("task_id", type=parameters.task_id)
@click.option("--reason", default="", help="Why, for the record.")
@YES_OPTION
@framed
def reject(frame: Frame, *, task_id: str, reason: str, yes: bool) -> int:
    """Turn a fix down; its branch stays, and so does the record of who decided.

    Exit codes: 0 turned down, also earlier, 1 it cannot be, no server or not agreed to, 2 nobody to ask
    and no --yes.
    """
    refuse_without_a_person(yes=yes)
    kept = _kept(frame, task_id)
    if kept.waits and not agreed(f"Turn down {_named(kept)}?", yes=yes):
        return EXIT_FAILED

    async def work(js: JetStream) -> Decided:
        found = await kept_fix(js, task_id)
        return await deciding.reject(js, found, by=who(), reason=reason, observe=_observe)

    _tell(frame, kept, frame.connected(work))
    return EXIT_OK


def _kept(frame: Frame, task_id: str) -> KeptFix:
    async def work(js: JetStream) -> KeptFix:
        return await kept_fix(js, task_id)

    return frame.connected(work)


def _named(kept: KeptFix) -> str:
    return f"the fix of task {kept.task_id} on {name_of(kept.body.get('branch'))}"


def _observe(step: str, facts: Mapping[str, object]) -> None:  # noqa: ARG001 - an observer's shape
    steps.debug("%s", step)


def _tell(frame: Frame, kept: KeptFix, decided: Decided) -> None:
    """Say what was decided, by whom, and what came of it."""
    result = decided.result
    names = ("status", "branch", "commit", "pushed_to")
    facts: dict[str, object] = {
        "task_id": kept.task_id,
        "verdict": decided.verdict,
        "changed": decided.changed,
        "by": name_of(decided.by),
        "at": moment(decided.at),
        **{name: name_of(result.get(name)) for name in names},
        "pr_url": _address(result.get("pr_url")),
    }
    is_published = decided.verdict == "approve"
    where = facts["pr_url"] or facts["pushed_to"] if is_published else ""
    place = f"{facts['branch']}" + (f" at {where}" if where else "")
    when = "" if decided.changed else f" already, by {facts['by']} at {facts['at']}"
    word = "published" if is_published else "turned down"
    frame.data(facts, f"{kept.task_id} was {word}{when}: {place}")


def _facts(kept: KeptFix) -> dict[str, object]:
    body = kept.body
    names = ("environment", "queue", "signature", "release", "agent", "branch", "commit")
    facts: dict[str, object] = {name: name_of(body.get(name)) for name in names}
    reasons = [" ".join(name_of(word) for word in reason.split()) for reason in _texts(body.get("held_for"))]
    return {
        "task_id": name_of(kept.task_id),
        "at": moment(kept.found.timestamp),
        "state": kept.state,
        "where": facts["queue"] or facts["environment"],
        **facts,
        "attempt": kept.attempt,
        "held_for": reasons or (["it could not be published"] if body.get("status") == "dead" else []),
        "files": [name_of(path) for path in _texts(body.get("files"))],
        "pr_url": _address(kept.later.get("pr_url")),
        "decided_by": name_of(kept.decision.get("by")),
        "decided_at": moment(kept.decision.get("at")),
    }


def _texts(values: object) -> list[str]:
    return [str(value) for value in values[:MAX_LISTED]] if isinstance(values, list) else []


def _address(value: object) -> str:
    """Give the address of a pull request, if it is one; it is longer than names are."""
    text = str(value or "")
    return text if _ADDRESS.fullmatch(text) else ""
