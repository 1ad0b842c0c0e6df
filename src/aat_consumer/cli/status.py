"""Publish the status of an error taken by hand."""

from __future__ import annotations

import click

from aat_consumer.by_hand.held import Held, Token
from aat_consumer.by_hand.taking import BY_HAND
from aat_consumer.cli import parameters
from aat_consumer.cli.frame import EXIT_LOST, EXIT_OK, Frame, framed
from aat_consumer.errors import LeaseLostError
from aat_consumer.jetstream import JetStream
from aat_consumer.outcomes import MAX_NEXT_STEPS, MAX_TEXT_CHARACTERS, Progress

__all__ = ["status"]

#: Characters of a status word and of an agent's name: they stand in lists.
MAX_WORD_CHARACTERS = 64


@click.group()
def status() -> None:
    """Publish the status of an error taken by hand."""


@status.command(
    epilog="Examples:  aat status publish TOKEN --status researching   |   "
    "aat status publish TOKEN --status implementing --findings 'the cart may be empty' --json"
)
@click.argument("token", metavar="TOKEN", type=parameters.task_or_token)
@click.option("--status", "word", required=True, help="What is being done, in a word.")
@click.option("--findings", default="", help="What was found out so far.")
@click.option("--next-step", "next_steps", multiple=True, help="What comes next; several times.")
@click.option("--agent", default=BY_HAND, show_default=True, help="Who works on it.")
@framed
def publish(
    frame: Frame, *, token: Token, word: str, findings: str, next_steps: tuple[str, ...], agent: str
) -> int:
    """Publish what is being done about an error taken with aat errors next.

    Exit codes: 0 published, 1 nobody holds it or no server, 2 called wrongly, 3 the claim was lost.
    """
    progress = Progress(
        agent=agent[:MAX_WORD_CHARACTERS],
        status=word[:MAX_WORD_CHARACTERS],
        findings=findings[:MAX_TEXT_CHARACTERS],
        next_steps=tuple(step[:MAX_TEXT_CHARACTERS] for step in next_steps[:MAX_NEXT_STEPS]),
    )
    lease = frame.settings.consumer.lease

    async def work(js: JetStream) -> None:
        await Held(js, lease=lease).status(token, progress)

    try:
        frame.connected(work)
    except LeaseLostError as exc:
        frame.say(f"aat: {exc}; nothing was published")
        return EXIT_LOST
    subject = frame.settings.namespace.status_subject(token.task_id)
    frame.data({"task_id": token.task_id, "subject": subject}, f"published on {subject}")
    return EXIT_OK
