"""Work on errors by hand."""

from __future__ import annotations

import getpass
import platform
from collections.abc import Mapping

import click

from aat_consumer.by_hand import releasing
from aat_consumer.by_hand.held import Held, Token
from aat_consumer.by_hand.taking import ByHand, HandedOut
from aat_consumer.cli import errors_looking, parameters
from aat_consumer.cli.frame import EXIT_LOST, EXIT_OK, Frame, framed
from aat_consumer.cli.words import moment, name_of
from aat_consumer.errors import LeaseLostError
from aat_consumer.jetstream import JetStream
from aat_consumer.pausing import Pause, find_pause
from aat_consumer.ports import Observer, Screen, Verdict

__all__ = ["errors", "tell_published_again", "who"]

#: Seconds for which an error is held unless told otherwise: an hour's work.
DEFAULT_HOLD = 3_600.0

#: Longest hold: a week; the default queue forgets a report behind that.
MAX_HOLD = 604_800.0


@click.group()
def errors() -> None:
    """Work on errors by hand: take one, publish its result, acknowledge it.

    Whatever lists or shows prints ids and metadata; what strangers wrote only with --raw on a terminal.
    """


errors.add_command(errors_looking.list_)
errors.add_command(errors_looking.show)
errors.add_command(errors_looking.watch)


@errors.command(
    name="next",
    epilog="Examples:  aat errors next --json   |   aat errors next --environment production --hold 2h",
)
@parameters.ENVIRONMENT_OPTION
@click.option(
    "--hold", type=parameters.duration, default=DEFAULT_HOLD, help="How long to hold it.  [default: 60m]"
)
@framed
def next_(frame: Frame, *, environments: tuple[str, ...], hold: float) -> int:
    """Take one error: the fenced text that an agent gets, its task id and a token for ack and nak.

    The filter looks first: what it blocks goes to quarantine and is never printed.
    Exit codes: 0 also when no error waits or dispatch is paused, 1 no server or no stream, 2 called wrongly.
    """
    if not 1 <= hold <= MAX_HOLD:
        raise click.UsageError(f"--hold must be 1s to 7d: {hold:g}s")
    if environments:
        frame.flags["consumer.environments"] = environments
    settings = frame.settings

    async def work(js: JetStream) -> HandedOut | Pause | None:
        if (found := await find_pause(js)) is not None:
            return found
        by_hand = ByHand(js, settings=settings, by=who(), screen=_screen_of(frame), observe=_steps(frame))
        return await by_hand.next(hold=hold)

    handed = frame.connected(work)
    if handed is None or isinstance(handed, Pause):
        why = f"paused by {name_of(handed.by)}: nothing is taken until aat resume" if handed else ""
        frame.say(why or "no error waits")
        if frame.as_json:
            frame.data({"task_id": None, "token": None, "text": None})
        return EXIT_OK
    facts = _handed_out(handed)
    lines = [
        f"{name}: {value}" for name, value in facts.items() if name != "text" and value not in (None, "")
    ]
    frame.data(facts, "\n".join([*lines, "", handed.text.rstrip()]))
    frame.say(f"acknowledge it behind its result: aat errors ack {handed.token}")
    return EXIT_OK


@errors.command(
    epilog="Examples:  aat errors ack TOKEN   |   aat errors ack TOKEN --without-fix 'disk was full'"
)
@click.argument("token", type=parameters.token)
@click.option("--without-fix", metavar="REASON", default="", help="Publish a failed result that says this.")
@framed
def ack(frame: Frame, *, token: Token, without_fix: str) -> int:
    """Acknowledge an error taken with next, behind its result.

    Exit codes: 0 done, 1 no result or no server, 2 called wrongly, 3 the claim was lost.
    """
    lease = frame.settings.consumer.lease

    async def work(js: JetStream) -> str:
        return await Held(js, lease=lease).acknowledge(token, without_fix=without_fix)

    try:
        status = frame.connected(work)
    except LeaseLostError as exc:
        frame.say(f"aat: {exc}; nothing was acknowledged")
        return EXIT_LOST
    frame.data(
        {"task_id": token.task_id, "acknowledged": True, "status": name_of(status)},
        f"acknowledged {token.task_id} as {name_of(status)}",
    )
    return EXIT_OK


@errors.command(epilog="Examples:  aat errors nak TOKEN   |   aat errors nak TOKEN --delay 10m")
@click.argument("token", type=parameters.token)
@click.option(
    "--delay", type=parameters.duration, default=0.0, help="Until it is delivered again.  [default: at once]"
)
@framed
def nak(frame: Frame, *, token: Token, delay: float) -> int:
    """Give an error taken with next back to the queue; behind the third delivery it is a dead letter.

    Exit codes: 0 done, 1 no server, 2 called wrongly, 3 the claim was lost.
    """
    lease = frame.settings.consumer.lease

    async def work(js: JetStream) -> bool:
        return await Held(js, lease=lease).put_back(token, delay=delay, observe=_steps(frame))

    try:
        comes_again = frame.connected(work)
    except LeaseLostError as exc:
        frame.say(f"aat: {exc}; nothing was put back")
        return EXIT_LOST
    words = (
        "put back"
        if comes_again
        else "was delivered three times and is a dead letter now; see aat errors retry"
    )
    frame.data(
        {"task_id": token.task_id, "delivered_again": comes_again, "delay": delay},
        f"{token.task_id}: {words}",
    )
    return EXIT_OK


@errors.command(
    epilog="Examples:  aat errors retry TASK_ID   |   aat errors retry TASK_ID --reason 'API was down'"
)
@click.argument("task_id", type=parameters.task_id)
@click.option("--reason", default="", help="Why, for the record.")
@framed
def retry(frame: Frame, *, task_id: str, reason: str) -> int:
    """Ask for another run of a task that ended, dead letters included.

    Exit codes: 0 published again, 1 it cannot be or no server, 2 called wrongly.
    """

    async def work(js: JetStream) -> str:
        return await releasing.retry(js, task_id, by=who(), reason=reason)

    tell_published_again(frame, task_id, frame.connected(work))
    return EXIT_OK


def tell_published_again(frame: Frame, task_id: str, message_id: str) -> None:
    """Print under which message id a task went round again."""
    name = name_of(message_id)
    frame.data({"task_id": task_id, "message_id": name}, f"{task_id} was published again as {name}")


def who() -> str:
    """Name the person at this terminal, for the record."""
    try:
        user = getpass.getuser()
    except (OSError, KeyError):  # a container's user without a name
        user = "unknown"
    return f"{user}@{platform.node()}"


def _screen_of(frame: Frame) -> Screen:
    from aat_consumer.consuming import tuning_of

    tuning = tuning_of(frame.settings.screening)

    def judge(report: Mapping[str, object]) -> Verdict:
        from aat_consumer.screening import screen  # spaCy takes a second, and often no error waits

        return screen(report, tuning=tuning)

    return judge


def _handed_out(handed: HandedOut) -> dict[str, object]:
    return {
        "task_id": handed.task_id,
        "token": handed.token,
        "environment": handed.environment,
        "signature": handed.signature,
        "release": name_of(handed.release),
        "attempt": handed.attempt,
        "delivery": handed.delivery,
        "held_until": moment(handed.held_until),
        "regression_of": handed.earlier.task_id if handed.earlier else None,
        "text": handed.text,
    }


def _steps(frame: Frame) -> Observer:
    """Say on stderr what was settled instead of being handed out."""

    def observe(step: str, facts: Mapping[str, object]) -> None:
        words = _WORDS.get(step)
        if words:
            why = facts.get("why")
            frame.say(f"{facts.get('task_id')}: {words}" + (f": {why}" if why else ""))

    return observe


#: Steps that a person wants to know of.
_WORDS = {
    "quarantined": "rejected, kept in quarantine",
    "repeated": "was handled already",
    "completed": "was finished by a consumer that died; completed",
    "skipped": "passed over",
    "lost": "was taken over by another consumer",
}
