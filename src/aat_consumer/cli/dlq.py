"""See, retry and drop what was given up after its last delivery."""

from __future__ import annotations

import click

from aat_consumer.by_hand import dead
from aat_consumer.by_hand.dead import Letter
from aat_consumer.by_hand.history import Waiting
from aat_consumer.cli import parameters
from aat_consumer.cli.agreement import YES_OPTION, agreed, refuse_without_a_person
from aat_consumer.cli.errors import tell_published_again, who
from aat_consumer.cli.frame import EXIT_FAILED, EXIT_OK, Frame, framed
from aat_consumer.cli.words import moment, name_of
from aat_consumer.jetstream import JetStream

__all__ = ["dlq"]

#: Where a dead letter and a message that is to become one are listed alike.
_COLUMNS = ("task_id", "at", "state", "where", "signature", "release", "attempt")


@click.group()
def dlq() -> None:
    """See, retry and drop what was given up after its last delivery.

    What strangers and agents wrote is only shown with --raw on a terminal.
    """


@dlq.command(name="list", epilog="Examples:  aat dlq list   |   aat dlq list --json")
@framed
def list_(frame: Frame) -> int:
    """List the dead letters, oldest first, and what the server gave up that is none yet.

    A state of given_up says that a consumer crashed: aat run, or aat task work, makes it a dead letter.
    Exit codes: 0 listed, 1 no server or no stream.
    """

    async def work(js: JetStream) -> int:
        count = 0
        async for letter in dead.letters(js):
            count += 1
            _show_line(frame, _facts(letter))
        async for waits in dead.left_behind(js):
            count += 1
            _show_line(frame, _left_behind_facts(waits))
        return count

    if frame.connected(work) == 0:
        frame.say("there are no dead letters")
    return EXIT_OK


@dlq.command(epilog="Examples:  aat dlq show TASK_ID   |   aat dlq show TASK_ID --raw")
@click.argument("task_id", type=parameters.task_id)
@click.option("--raw", is_flag=True, help="Print its text and why it failed as well; on a terminal only.")
@framed
def show(frame: Frame, *, task_id: str, raw: bool) -> int:
    """Show one dead letter: where it came from, how often it was tried, what became of it since.

    Exit codes: 0 shown, 1 it is none or no server, 2 called wrongly.
    """
    parameters.refuse_raw_text(raw=raw)
    letter = _letter(frame, task_id)
    facts = _facts(letter)
    lines = [f"{name}: {value}" for name, value in facts.items() if value not in (None, "", False)]
    if raw:
        words = {"reason": letter.body.get("reason"), "report": letter.body.get("report")}
        facts |= {"raw": words}
        lines += ["", *(f"{name}:\n{value}\n" for name, value in words.items())]
    frame.data(facts, "\n".join(lines))
    return EXIT_OK


@dlq.command(epilog="Examples:  aat dlq retry TASK_ID   |   aat dlq retry TASK_ID --reason 'the API is back'")
@click.argument("task_id", type=parameters.task_id)
@click.option("--reason", default="", help="Why, for the record.")
@framed
def retry(frame: Frame, *, task_id: str, reason: str) -> int:
    """Publish a dead letter again, once and in the very words it died in; the filter looks at it again.

    Exit codes: 0 published again, 1 it cannot be or no server, 2 called wrongly.
    """

    async def work(js: JetStream) -> str:
        return await dead.retry(js, task_id, by=who(), reason=reason)

    tell_published_again(frame, task_id, frame.connected(work))
    return EXIT_OK


@dlq.command(epilog="Examples:  aat dlq drop TASK_ID   |   aat dlq drop TASK_ID --yes --json")
@click.argument("task_id", type=parameters.task_id)
@YES_OPTION
@framed
def drop(frame: Frame, *, task_id: str, yes: bool) -> int:
    """Delete a dead letter for good; that it died, and who dropped it, stays on record.

    Exit codes: 0 deleted, 1 no dead letter, no server or not agreed to, 2 nobody to ask and no --yes.
    """
    refuse_without_a_person(yes=yes)
    _letter(frame, task_id)
    if not agreed(f"Delete the dead letter {task_id} for good?", yes=yes):
        return EXIT_FAILED

    async def work(js: JetStream) -> int:
        return await dead.drop(js, task_id, by=who())

    deleted = frame.connected(work)
    frame.data({"task_id": task_id, "deleted": deleted}, f"{task_id} was deleted")
    return EXIT_OK


def _letter(frame: Frame, task_id: str) -> Letter:
    async def work(js: JetStream) -> Letter:
        return await dead.look(js, task_id)

    return frame.connected(work)


def _show_line(frame: Frame, facts: dict[str, object]) -> None:
    frame.data(facts, "  ".join(str(facts[name] or "-") for name in _COLUMNS))


def _facts(letter: Letter) -> dict[str, object]:
    body = letter.body
    names = ("environment", "queue", "priority", "signature", "release", "stream")
    facts: dict[str, object] = {name: name_of(body.get(name)) for name in names}
    numbers = {name: body.get(name) for name in ("attempt", "sequence", "payload_bytes")}
    return {
        "task_id": name_of(letter.task_id),
        "at": moment(letter.found.timestamp),
        "state": name_of(letter.state),
        "where": facts["queue"] or facts["environment"],
        **facts,
        **{name: number if isinstance(number, int) else None for name, number in numbers.items()},
        "cut": bool(body.get("cut")),
    }


def _left_behind_facts(waits: Waiting) -> dict[str, object]:
    return {
        "task_id": waits.task_id,
        "at": moment(waits.stored_at),
        "state": "given_up",
        "where": waits.queue.name or waits.queue.environment,
        "environment": waits.queue.environment,
        "queue": waits.queue.name,
        "priority": waits.queue.priority,
        "signature": waits.signature,
        "release": name_of(waits.release),
        "stream": waits.queue.stream,
        "attempt": waits.record.get("attempt"),
        "sequence": waits.sequence,
        "payload_bytes": waits.size_bytes,
        "cut": False,
    }
