"""Stop all dispatch, and let it go on."""

from __future__ import annotations

import click

from aat_consumer import pausing
from aat_consumer.cli.errors import who
from aat_consumer.cli.frame import EXIT_OK, Frame, framed
from aat_consumer.cli.words import moment, name_of
from aat_consumer.jetstream import JetStream
from aat_consumer.pausing import Pause
from aat_consumer.restraining import release_brake

__all__ = ["pause", "paused_words", "resume"]


@click.command(epilog="Examples:  aat pause   |   aat pause --reason 'release in progress' --json")
@click.option("--reason", default="", help="Why, for the record.")
@framed
def pause(frame: Frame, *, reason: str) -> int:
    """Fetch nothing more, in every consumer of the namespace, until aat resume.

    What waits keeps waiting and loses no delivery; what is being worked on is finished.
    Exit codes: 0 paused, also when it was already, 1 no server or no bucket.
    """

    async def work(js: JetStream) -> Pause | None:
        found = await pausing.find_pause(js)
        if found is None:
            await pausing.pause(js, by=who(), reason=reason)
        return found

    found = frame.connected(work)
    name = frame.settings.namespace.name
    words = (
        f"{name} is {paused_words(found)} already" if found else f"{name} is paused; go on with: aat resume"
    )
    frame.data({"paused": True, "changed": found is None}, words)
    return EXIT_OK


@click.command(epilog="Examples:  aat resume   |   aat resume --json")
@framed
def resume(frame: Frame) -> int:
    """Let the consumers fetch again after aat pause, or at once after failures held them back.

    A day's budget that is spent stays spent.
    Exit codes: 0 resumed, also when nothing was paused, 1 no server or no bucket.
    """

    async def work(js: JetStream) -> tuple[Pause | None, bool]:
        found = await pausing.find_pause(js)
        if found is not None:
            await pausing.resume(js, by=who())
        return found, await release_brake(js)

    found, was_braking = frame.connected(work)
    name = frame.settings.namespace.name
    before = paused_words(found) if found else "braking after failures" if was_braking else ""
    words = f"{name} goes on; it was {before}" if before else f"{name} is not paused"
    frame.data({"paused": False, "changed": bool(before)}, words)
    return EXIT_OK


def paused_words(found: Pause) -> str:
    """Say who paused dispatch and when."""
    return f"paused by {name_of(found.by)} since {moment(found.at)}"
