"""Look at, reset, remove and pause the consumers of the namespace's streams."""

from __future__ import annotations

import click

from aat_consumer import streams
from aat_consumer.cli import agreement, parameters
from aat_consumer.cli.frame import EXIT_FAILED, EXIT_OK, Frame, framed
from aat_consumer.cli.words import moment, name_of
from aat_consumer.jetstream import Delivery, JetStream
from aat_consumer.operate import durables, looking
from aat_consumer.operate.facts import ConsumerFacts
from aat_consumer.operate.naming import check_token, stream_named
from aat_reporters.wire import DURABLE

__all__ = ["consumer"]

_STREAM = click.argument("stream")
_NAME = click.argument("name", default=DURABLE)

#: Seconds that a consumer pauses unless told otherwise: an hour, so that a forgotten pause ends.
DEFAULT_PAUSE = 3_600.0

#: Longest pause: a week, behind which the default queue forgets reports.
MAX_PAUSE = 604_800.0


@click.group()
def consumer() -> None:
    """Look at, reset, remove and pause the consumers of the namespace's streams.

    STREAM may be named without its namespace, or by an environment; NAME is claude-error-fixer, the one
    durable of each error stream, unless given.
    """


@consumer.command(name="list", epilog="Examples:  aat consumer list   |   aat consumer list tasks --json")
@click.argument("stream", required=False)
@framed
def list_(frame: Frame, *, stream: str | None) -> int:
    """List the consumers of one stream or of all, with what waits for each.

    Exit codes: 0 listed, 1 no server, 2 it is no stream of the namespace.
    """
    names = frame.settings.namespace
    wanted = [stream_named(names, stream)] if stream else [spec.name for spec in streams.plan_streams(names)]

    async def work(js: JetStream) -> list[ConsumerFacts]:
        return [found for name in wanted for found in await looking.consumers(js, name)]

    found = frame.connected(work)
    for one in found:
        line = f"{one.stream:32} {name_of(one.name):28} {one.waiting:>7} waiting {one.in_flight:>5} in work"
        line += f" {one.redelivered:>5} again {one.pulls:>4} pulling" + ("  paused" if one.is_paused else "")
        frame.data(_facts(one), line)
    if not found:
        frame.say("there are no consumers; aat run makes the first")
    return EXIT_OK


@consumer.command(epilog="Examples:  aat consumer info staging   |   aat consumer info staging --json")
@_STREAM
@_NAME
@framed
def info(frame: Frame, *, stream: str, name: str) -> int:
    """Show one consumer: how it is set up, how far it has come.

    Exit codes: 0 shown, 1 it does not exist or no server, 2 called wrongly.
    """
    where = stream_named(frame.settings.namespace, stream)
    found = frame.connected(lambda js: durables.consumer_facts(js, where, check_token(name)))
    _show(frame, found)
    return EXIT_OK


@consumer.command(
    name="next", epilog="Examples:  aat consumer next staging   |   aat consumer next staging --ack --yes"
)
@_STREAM
@_NAME
@click.option("--ack", is_flag=True, help="Acknowledge it, which removes it from a work queue; asks.")
@click.option("--raw", is_flag=True, help="Print headers and text as well; on a terminal only.")
@agreement.YES_OPTION
@framed
def next_(frame: Frame, *, stream: str, name: str, ack: bool, raw: bool, yes: bool) -> int:
    """Take the next message and give it back at once, to see that one is delivered and which.

    It is one of the message's three deliveries. To work on an error use aat errors next, which screens it
    and holds it.
    Exit codes: 0 also when none waits, 1 no such consumer or no server, 2 called wrongly or nobody to ask.
    """
    parameters.refuse_raw_text(raw=raw)
    where = stream_named(frame.settings.namespace, stream)
    check_token(name)
    if ack:
        agreement.refuse_without_a_person(yes=yes)
        if not agreement.agreed(f"Take the next message of {where} and acknowledge it unworked?", yes=yes):
            return EXIT_FAILED
    found = frame.connected(lambda js: durables.take_one(js, where, name, settle=ack))
    if found is None:
        frame.say(f"no message waits for {name} of {where}")
        return EXIT_OK
    _show_delivery(frame, found, settled=ack, raw=raw)
    return EXIT_OK


@consumer.command(
    epilog="Examples:  aat consumer reset staging   |   aat consumer reset staging claude-error-fixer --yes"
)
@_STREAM
@_NAME
@agreement.YES_OPTION
@framed
def reset(frame: Frame, *, stream: str, name: str, yes: bool) -> int:
    """Make a consumer anew with its own settings: everything in the stream is delivered again.

    On a work queue that is what is not acknowledged yet, given-up messages included, each with three new
    deliveries; an error that was fixed before is recognised and not fixed again.
    Exit codes: 0 reset, 1 it does not exist, no server or not agreed to, 2 called wrongly or nobody to ask.
    """
    agreement.refuse_without_a_person(yes=yes)
    where = stream_named(frame.settings.namespace, stream)
    before = frame.connected(lambda js: durables.consumer_facts(js, where, check_token(name)))
    question = f"Reset {name_of(name)} of {where}? Everything in the stream is processed again"
    if before.in_flight:
        question += f", and {before.in_flight} in work now may be worked on twice"
    if not agreement.agreed(f"{question}.", yes=yes):
        return EXIT_FAILED
    after = frame.connected(lambda js: durables.reset(js, where, name))
    text = f"{name_of(name)} of {where} was reset: {after.waiting} messages are delivered again"
    frame.data(_facts(after), text)
    return EXIT_OK


@consumer.command(epilog="Examples:  aat consumer rm results old-reader   |   aat consumer rm staging --yes")
@_STREAM
@_NAME
@agreement.YES_OPTION
@framed
def rm(frame: Frame, *, stream: str, name: str, yes: bool) -> int:
    """Delete a consumer; aat run and aat task work make theirs again when they start.

    Exit codes: 0 deleted, 1 it does not exist, no server or not agreed to, 2 called wrongly or nobody to ask.
    """
    agreement.refuse_without_a_person(yes=yes)
    where = stream_named(frame.settings.namespace, stream)
    before = frame.connected(lambda js: durables.consumer_facts(js, where, check_token(name)))
    question = (
        f"Delete {name_of(name)} of {where}, with {before.waiting} waiting, {before.in_flight} in work?"
    )
    if not agreement.agreed(question, yes=yes):
        return EXIT_FAILED
    frame.connected(lambda js: durables.remove(js, where, name))
    frame.data(
        {"stream": where, "consumer": name_of(name), "deleted": 1}, f"{name_of(name)} of {where} was deleted"
    )
    return EXIT_OK


@consumer.command(
    epilog="Examples:  aat consumer pause staging   |   aat consumer pause tasks NAME --for 20m"
)
@_STREAM
@_NAME
@click.option(
    "--for", "seconds", type=parameters.duration, default=DEFAULT_PAUSE, help="How long.  [default: 1h]"
)
@framed
def pause(frame: Frame, *, stream: str, name: str, seconds: float) -> int:
    """Let the server deliver nothing through one consumer for a time; needs nats-server 2.11 or newer.

    aat pause stops all dispatch of the namespace on any server.
    Exit codes: 0 paused, 1 it does not exist, the server is older or away, 2 called wrongly.
    """
    if not 1 <= seconds <= MAX_PAUSE:
        raise click.UsageError(f"--for must be 1s to 7d: {seconds:g}s")
    where = stream_named(frame.settings.namespace, stream)
    found = frame.connected(lambda js: durables.pause(js, where, check_token(name), seconds=seconds))
    text = (
        f"{name_of(name)} of {where} is paused for {found.pause_left:.0f} s; go on with: aat consumer resume"
    )
    frame.data(_facts(found), text)
    return EXIT_OK


@consumer.command(epilog="Examples:  aat consumer resume staging   |   aat consumer resume tasks NAME --json")
@_STREAM
@_NAME
@framed
def resume(frame: Frame, *, stream: str, name: str) -> int:
    """Let the server deliver through a paused consumer again.

    Exit codes: 0 resumed, also when it was not paused, 1 it does not exist, the server is older or away,
    2 called wrongly.
    """
    where = stream_named(frame.settings.namespace, stream)
    found = frame.connected(lambda js: durables.resume(js, where, check_token(name)))
    frame.data(_facts(found), f"{name_of(name)} of {where} goes on, {found.waiting} waiting")
    return EXIT_OK


def _show(frame: Frame, found: ConsumerFacts) -> None:
    facts = _facts(found)
    frame.data(facts, "\n".join(f"{key}: {value}" for key, value in facts.items() if value != ""))


def _show_delivery(frame: Frame, found: Delivery, *, settled: bool, raw: bool) -> None:
    facts: dict[str, object] = {
        "stream": found.stream,
        "sequence": found.sequence,
        "delivery": found.attempt,
        "at": moment(found.timestamp),
        "bytes": len(found.payload),
        "message_id": name_of(found.message_id),
        "acknowledged": settled,
    }
    lines = [f"{key}: {value}" for key, value in facts.items()]
    if raw:
        text = found.payload.decode(errors="backslashreplace")
        facts |= {"raw": {"headers": dict(found.headers), "payload": text}}
        lines += [*(f"{key}: {value}" for key, value in found.headers.items()), text]
    frame.data(facts, "\n".join(lines))


def _facts(found: ConsumerFacts) -> dict[str, object]:
    return {
        "stream": found.stream,
        "consumer": name_of(found.name),
        "filter": name_of(found.filter, characters=255),
        "durable": found.is_durable,
        "ack_wait_s": found.ack_wait,
        "max_deliver": found.max_deliver,
        "max_in_flight": found.max_in_flight,
        "waiting": found.waiting,
        "in_flight": found.in_flight,
        "redelivered": found.redelivered,
        "pulls": found.pulls,
        "delivered_sequence": found.delivered,
        "delivered_at": moment(found.delivered_at),
        "settled_sequence": found.settled,
        "settled_at": moment(found.settled_at),
        "paused": found.is_paused,
        "pause_left_s": round(found.pause_left, 1),
        "created_at": moment(found.created_at),
    }
