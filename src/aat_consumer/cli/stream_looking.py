"""Look at the streams of the namespace: list, info, report, subjects, view."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import click

from aat_consumer import streams
from aat_consumer.cli import parameters
from aat_consumer.cli.frame import EXIT_FAILED, EXIT_OK, Frame, framed
from aat_consumer.cli.words import moment, name_of
from aat_consumer.jetstream import JetStream, Stored
from aat_consumer.operate import looking
from aat_consumer.operate.facts import ConsumerFacts, StreamFacts
from aat_consumer.operate.naming import stream_named
from aat_reporters.wire import MESSAGE_ID_HEADER

__all__ = ["info", "list_", "report", "stream_line", "subjects", "view"]

#: Messages shown unless told otherwise: a screen's worth.
DEFAULT_LIMIT = 20

#: What stands in place of a message's own words.
_COLUMNS = ("sequence", "at", "bytes", "subject", "message_id")


@click.command(name="list", epilog="Examples:  aat stream list   |   aat stream list --json")
@framed
def list_(frame: Frame) -> int:
    """List the streams with what they hold and how full they are.

    Exit codes: 0 all exist, 1 one is missing or no server.
    """
    found = frame.connected(streams.states)
    for state in found:
        facts = {
            "stream": state.spec.name,
            "exists": state.exists,
            "subjects": list(state.spec.subjects),
            "messages": state.messages,
            "bytes": state.used_bytes,
            "max_bytes": state.max_bytes,
            "first_sequence": state.first_sequence,
            "last_sequence": state.last_sequence,
            "consumers": state.consumers,
        }
        fill = 100 * state.used_bytes / state.max_bytes if state.max_bytes > 0 else 0.0
        line = stream_line(state.spec.name, state.messages, state.used_bytes, fill)
        frame.data(facts, line if state.exists else _missing(state.spec.name))
    return EXIT_OK if all(state.exists for state in found) else EXIT_FAILED


@click.command(epilog="Examples:  aat stream info SHOP_RESULTS   |   aat stream info staging --json")
@click.argument("name")
@framed
def info(frame: Frame, *, name: str) -> int:
    """Show one stream: how it is set up, what it holds, who reads it.

    Exit codes: 0 shown, 1 it does not exist or no server, 2 it is not one of the namespace.
    """
    wanted = stream_named(frame.settings.namespace, name)

    async def work(js: JetStream) -> tuple[StreamFacts | None, list[ConsumerFacts]]:
        return await looking.stream_facts(js, wanted), await looking.consumers(js, wanted)

    found, readers = frame.connected(work)
    if found is None:
        frame.say(f"aat: {_missing(wanted)}")
        return EXIT_FAILED
    facts = _facts(found) | {"consumer_names": [name_of(reader.name) for reader in readers]}
    lines = [f"{key}: {_words(value)}" for key, value in facts.items() if value not in ("", [], None)]
    frame.data(facts, "\n".join(lines))
    return EXIT_OK


@click.command(epilog="Examples:  aat stream report   |   aat stream report --json")
@framed
def report(frame: Frame) -> int:
    """Compare the streams: messages, fill, age of the oldest, gaps, readers, copies.

    Exit codes: 0 all exist, 1 one is missing or no server.
    """

    async def work(js: JetStream) -> list[tuple[str, StreamFacts | None]]:
        return [
            (spec.name, await looking.stream_facts(js, spec.name))
            for spec in streams.plan_streams(js.namespace)
        ]

    found = frame.connected(work)
    for name, facts in found:
        if facts is None:
            frame.data({"stream": name, "exists": False}, _missing(name))
            continue
        line = stream_line(name, facts.messages, facts.used_bytes, facts.fill_percent)
        oldest = moment(facts.first_at) if facts.messages else ""
        line += f"  gaps {facts.deleted}  consumers {facts.consumers}  copies {facts.replicas}"
        line += f"  oldest {oldest or '-'}  newest {moment(facts.last_at) or '-'}"
        frame.data({"exists": True, **_facts(facts)}, line)
    return EXIT_OK if all(facts is not None for _, facts in found) else EXIT_FAILED


@click.command(epilog="Examples:  aat stream subjects results   |   aat stream subjects occurrences --json")
@click.argument("name")
@click.option("--subject", default=">", help="Only subjects that match, wildcards allowed.")
@click.option(
    "--limit", type=click.IntRange(1), default=DEFAULT_LIMIT, show_default=True, help="Show so many."
)
@framed
def subjects(frame: Frame, *, name: str, subject: str, limit: int) -> int:
    """Count the messages of each subject of a stream, most first.

    Exit codes: 0 counted, 1 no stream or no server, 2 it is not one of the namespace.
    """
    wanted = stream_named(frame.settings.namespace, name)

    async def work(js: JetStream) -> dict[str, int]:
        return await looking.subjects(js, wanted, subject)

    found = frame.connected(work)
    for known, count in list(found.items())[:limit]:
        shown = name_of(known, characters=255)
        frame.data({"stream": wanted, "subject": shown, "messages": count}, f"{count:>9}  {shown}")
    if len(found) > limit:
        frame.say(f"{len(found)} subjects; --limit shows more")
    elif not found:
        frame.say(f"{wanted} holds no message on {subject}")
    return EXIT_OK


@click.command(
    epilog="Examples:  aat stream view staging   |   aat stream view results --since 2h --json   |   "
    "aat stream view staging --start 17 --limit 1 --raw"
)
@click.argument("name")
@click.option("--subject", default=">", help="Only subjects that match, wildcards allowed.")
@click.option("--since", type=parameters.duration, help="Only what is younger, such as 90s, 2h or 7d.")
@click.option("--start", type=click.IntRange(1), default=1, help="The first sequence.")
@click.option("--id", "message_id", default="", help="Only messages with this id.")
@click.option(
    "--limit", type=click.IntRange(1), default=DEFAULT_LIMIT, show_default=True, help="Show so many."
)
@click.option("--raw", is_flag=True, help="Print headers and text as well; on a terminal only.")
@framed
def view(
    frame: Frame,
    *,
    name: str,
    subject: str,
    since: float | None,
    start: int,
    message_id: str,
    limit: int,
    raw: bool,
) -> int:
    """Look at messages where they lie, oldest first, taking none: number, time, size, subject, id.

    Exit codes: 0 shown, 1 no stream or no server, 2 called wrongly.
    """
    parameters.refuse_raw_text(raw=raw)
    wanted = stream_named(frame.settings.namespace, name)

    async def work(js: JetStream) -> int:
        first = start
        if since is not None:
            moment_then = datetime.now(UTC) - timedelta(seconds=since)
            first = max(start, await looking.first_since(js, wanted, moment_then))
        count = 0
        async for found in looking.messages(js, wanted, subject=subject, start=first, message_id=message_id):
            if count == limit:
                frame.say(f"there are more; go on with --start {found.sequence}, or --limit shows more")
                break
            count += 1
            _show_message(frame, found, raw=raw)
        return count

    if frame.connected(work) == 0:
        frame.say(f"{wanted} holds no such message")
    return EXIT_OK


def stream_line(name: str, messages: int, used_bytes: int, fill_percent: float) -> str:
    """Write a stream in a line."""
    return f"{name:32} {messages:>9} messages {used_bytes:>12} bytes {fill_percent:5.1f} %"


def _show_message(frame: Frame, found: Stored, *, raw: bool) -> None:
    facts: dict[str, object] = {
        "sequence": found.sequence,
        "at": moment(found.timestamp),
        "bytes": len(found.payload),
        "subject": name_of(found.subject, characters=255),
        "message_id": name_of(found.headers.get(MESSAGE_ID_HEADER)),
    }
    line = "  ".join(str(facts[column] or "-") for column in _COLUMNS)
    if raw:
        text = found.payload.decode(errors="backslashreplace")
        facts |= {"raw": {"headers": dict(found.headers), "payload": text}}
        line += "".join(f"\n{key}: {value}" for key, value in found.headers.items()) + f"\n{text}\n"
    frame.data(facts, line)


def _missing(name: str) -> str:
    return f"{name:32} missing; make it with: aat stream ensure"


def _facts(found: StreamFacts) -> dict[str, object]:
    return {
        "stream": found.name,
        "subjects": list(found.subjects),
        "retention": found.retention,
        "discard": found.discard,
        "storage": found.storage,
        "replicas": found.replicas,
        "leader": found.leader,
        "lagging": list(found.lagging),
        "max_bytes": found.max_bytes,
        "max_messages": found.max_messages,
        "max_age_s": found.max_age,
        "duplicate_window_s": found.duplicate_window,
        "messages": found.messages,
        "bytes": found.used_bytes,
        "fill_percent": round(found.fill_percent, 1),
        "first_sequence": found.first_sequence,
        "last_sequence": found.last_sequence,
        "first_at": moment(found.first_at),
        "last_at": moment(found.last_at),
        "deleted": found.deleted,
        "subject_count": found.subject_count,
        "consumers": found.consumers,
        "created_at": moment(found.created_at),
    }


def _words(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
