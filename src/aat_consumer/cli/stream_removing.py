"""Empty a stream of the namespace, whole or in part."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import click

from aat_consumer.cli import agreement, parameters
from aat_consumer.cli.frame import EXIT_FAILED, EXIT_OK, Frame, framed
from aat_consumer.cli.progress import progress
from aat_consumer.jetstream import JetStream
from aat_consumer.operate import looking, removing
from aat_consumer.operate.facts import StreamFacts
from aat_consumer.operate.naming import stream_named
from aat_consumer.operate.removing import Purge

__all__ = ["purge", "rmm"]

_HOUR = 3_600.0


@click.command(
    epilog="Examples:  aat stream purge occurrences --older-than 7d   |   "
    "aat stream purge staging --signature s1-0123456789abcdef0123456789abcdef --yes --json"
)
@click.argument("name")
@click.option("--subject", default="", help="Only messages on this subject, wildcards allowed.")
@click.option("--signature", default="", help="Only messages of this error; looks at every message.")
@click.option("--older-than", type=parameters.duration, help="Only what is older, such as 36h or 7d.")
@click.option("--below", type=click.IntRange(1), default=None, help="Only sequences below this one.")
@click.option("--keep", type=click.IntRange(1), default=None, help="Keep so many of the newest.")
@agreement.YES_OPTION
@framed
def purge(
    frame: Frame,
    *,
    name: str,
    subject: str,
    signature: str,
    older_than: float | None,
    below: int | None,
    keep: int | None,
    yes: bool,
) -> int:
    """Remove messages of a stream for good: all, or those that every option given matches.

    Purging does not forget message ids: until the duplicate window is over, the same error is dropped as
    a repeat and does not come back.
    Exit codes: 0 removed, 1 no stream, no server or not agreed to, 2 called wrongly or nobody to ask.
    """
    if keep and (below or older_than is not None):
        raise click.UsageError("--keep goes with neither --below nor --older-than")
    agreement.refuse_without_a_person(yes=yes)
    wanted = stream_named(frame.settings.namespace, name)
    before = None if older_than is None else datetime.now(UTC) - timedelta(seconds=older_than)
    wish = Purge(
        stream=wanted,
        subject=subject,
        signature=signature,
        before=before,
        below=below or 0,
        keep=keep or 0,
    )
    found = _stream(frame, wanted)
    if found is None:
        return EXIT_FAILED
    if not agreement.agreed(_question(frame, wish, found), yes=yes):
        return EXIT_FAILED
    removed = frame.connected(lambda js: _remove(js, wish, found))
    frame.data({"stream": wanted, "removed": removed}, f"{removed} messages of {wanted} were removed")
    if removed:
        frame.say(_ids_stay(found))
    return EXIT_OK


@click.command(epilog="Examples:  aat stream rmm staging 17   |   aat stream rmm SHOP_TASKS 3 --yes --json")
@click.argument("name")
@click.argument("sequence", type=click.IntRange(1))
@agreement.YES_OPTION
@framed
def rmm(frame: Frame, *, name: str, sequence: int, yes: bool) -> int:
    """Remove one message of a stream by its number; aat stream view shows the numbers.

    Exit codes: 0 removed, 1 not there, no server or not agreed to, 2 called wrongly or nobody to ask.
    """
    agreement.refuse_without_a_person(yes=yes)
    wanted = stream_named(frame.settings.namespace, name)
    found = _stream(frame, wanted)
    if found is None:
        return EXIT_FAILED
    if not agreement.agreed(f"Remove message {sequence} of {wanted} for good?", yes=yes):
        return EXIT_FAILED
    if not frame.connected(lambda js: removing.remove_one(js, wanted, sequence)):
        frame.say(f"aat: {wanted} holds no message {sequence}; aat stream view {wanted} shows what it holds")
        return EXIT_FAILED
    frame.data({"stream": wanted, "removed": 1}, f"message {sequence} of {wanted} was removed")
    frame.say(_ids_stay(found))
    return EXIT_OK


async def _remove(js: JetStream, wish: Purge, found: StreamFacts) -> int:
    if not wish.signature:
        return await removing.purge(js, wish)
    with progress("looking for the signature") as told:
        sequences = await removing.signed(js, wish, last=found.last_sequence, progress=told)
    removed = 0
    with progress("removing") as told:
        for number, sequence in enumerate(sequences, start=1):
            removed += await removing.remove_one(js, wish.stream, sequence)
            told(number, len(sequences))
    return removed


def _stream(frame: Frame, name: str) -> StreamFacts | None:
    found = frame.connected(lambda js: looking.stream_facts(js, name))
    if found is None:
        frame.say(f"aat: stream {name} does not exist; make it with: aat stream ensure")
    return found


def _question(frame: Frame, wish: Purge, found: StreamFacts) -> str:
    narrowed = [
        f"{label} {value}"
        for label, value in (
            ("on", wish.subject),
            ("of signature", wish.signature),
            ("before", wish.before.isoformat(timespec="seconds") if wish.before else ""),
            ("below", wish.below or ""),
            ("keeping the newest", wish.keep or ""),
        )
        if value
    ]
    what = f"Remove those {', '.join(narrowed)} of" if narrowed else "Remove all of"
    question = f"{what} the {found.messages} messages of {wish.stream} for good?"
    if wish.stream == frame.settings.namespace.bucket_spec.name:
        question = "It holds claims and what was fixed already: fixes would be made again. " + question
    elif found.retention == "workqueue":
        question = "What waits there was not worked on. " + question
    return question


def _ids_stay(found: StreamFacts) -> str:
    hours = found.duplicate_window / _HOUR
    window = f"{hours:g} h" if hours >= 1 else f"{found.duplicate_window / 60:g} min"
    return (
        "message ids are not forgotten by this: the same message sent again is dropped as a repeat until "
        f"{window} after it was first stored"
    )
