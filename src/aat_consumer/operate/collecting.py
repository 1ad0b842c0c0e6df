"""Gather the signals of a diagnosis: from the server, the streams, the bucket and this machine."""

from __future__ import annotations

import asyncio
import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from aat_consumer import streams
from aat_consumer.by_hand import dead
from aat_consumer.by_hand.history import peek
from aat_consumer.errors import QueueError
from aat_consumer.jetstream import JetStream, connect
from aat_consumer.losses import find_losses, memory_file
from aat_consumer.operate import looking, reaching
from aat_consumer.operate.diagnosis import InFlight, Machine, Reach, Signals
from aat_consumer.operate.facts import ConsumerFacts, moment_of
from aat_consumer.operate.repeating import find_repeats
from aat_consumer.pausing import Pause, find_pause
from aat_consumer.queues import queue_at
from aat_consumer.settings import Settings
from aat_reporters.connection import Connection
from aat_reporters.errors import NotConnectedError
from aat_reporters.wire import task_key

__all__ = ["Question", "collect"]

#: Looks for workers, which pull one queue at a time, and seconds between two.
LOOKS = 8
LOOK_INTERVAL = 0.12

#: Messages in work that are looked at in each stream; more would all tell the same.
MAX_IN_FLIGHT = 20

#: Dead letters that are counted one by one.
MAX_DEAD = 200

#: Letters that a name in a finding may have: whoever writes to the streams chooses some of them.
_NOT_PLAIN = re.compile(r"[^A-Za-z0-9._+/:@>*$-]")

#: Ends of stream names by which another namespace is recognised.
_MARKS = ("_OCCURRENCES", "_INVESTIGATIONS")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a person asks beside "what is wrong".

    Args:
        subject: a subject that somebody publishes to; empty for none.
        monitoring_url: where the monitoring answers; empty for port 8222 of the server.
        canary: sends an error through the configured reporter and says what went wrong; None sends none.
        machine: looks at this machine.
    """

    subject: str = ""
    monitoring_url: str = ""
    canary: Callable[[], str] | None = None
    machine: Callable[[], Machine] = field(default=Machine)


async def collect(settings: Settings, question: Question, *, name: str) -> Signals:
    """Look at everything once; takes about a second, and what cannot be reached is a signal as well.

    Args:
        settings: what is in force.
        question: what is asked.
        name: of the connection.

    Raises:
        QueueError: the server went away while it was looked at.
    """
    connection = settings.connection
    reach, monitoring, machine = await asyncio.gather(
        asyncio.to_thread(reaching.reach, connection),
        asyncio.to_thread(reaching.monitoring, connection, url=question.monitoring_url),
        asyncio.to_thread(question.machine),
    )
    signals = Signals(
        namespace=settings.namespace,
        address=connection.server,
        now=datetime.fromtimestamp(time.time(), tz=UTC),
        reach=reach,
        version=str(reach.info.get("version") or ""),
        has_jetstream=bool(reach.info.get("jetstream", True)),
        max_payload_bytes=int(str(reach.info.get("max_payload") or 0)),
        cluster=str(reach.info.get("cluster") or ""),
        monitoring=monitoring,
        machine=machine,
        asked_subject=_plain(question.subject),
    )
    if reach.problem and reach.problem != "other":
        return signals
    started = time.perf_counter()
    try:
        js = await connect(connection, namespace=settings.namespace, name=name)
    except NotConnectedError as exc:
        return replace(signals, reach=_refusal(connection, reach, str(exc)))
    try:
        signals = replace(
            signals,
            reach=replace(reach, problem="", text=""),
            connect_seconds=time.perf_counter() - started,
            version=js.server_version,
        )
        signals = await _of_server(js, signals, question, settings)
    finally:
        await js.close()
    if question.canary is not None and signals.has_jetstream:
        signals = replace(signals, canary=await asyncio.to_thread(question.canary))
    return signals


def _refusal(connection: Connection, reach: Reach, text: str) -> Reach:
    """Say why a server that answers does not let us in."""
    info = reach.info
    if connection.wants_tls != bool(info.get("tls_required")) or "ertificate" in text:
        return replace(reach, problem="tls", text=text)
    return replace(reach, problem="credentials" if info.get("auth_required") else "other", text=text)


async def _of_server(js: JetStream, signals: Signals, question: Question, settings: Settings) -> Signals:
    here = datetime.fromtimestamp(time.time(), tz=UTC)
    signals = replace(signals, now=here, server_now=await _server_now(js, signals))
    try:
        await js.ask("INFO")
    except QueueError:
        return replace(signals, has_jetstream=False)
    names = [spec.name for spec in streams.plan_streams(js.namespace)]
    found = {name: await looking.stream_facts(js, name) for name in names}
    memory = memory_file(js.namespace, server=signals.address, environment=os.environ)
    signals = replace(
        signals,
        has_jetstream=True,
        streams=found,
        losses=tuple(await find_losses(js, memory)),
        differences=tuple(await streams.inspect(js, max_bytes=settings.streams.max_bytes(js.namespace))),
        overlaps={name: await _takers_of(js, name) for name, facts in found.items() if facts is None},
        others=await _others(js),
        takers=await _takers(js, question.subject) if question.subject else (),
    )
    return await _of_work(js, signals)


async def _of_work(js: JetStream, signals: Signals) -> Signals:
    consumers, rates = await _watch(js, signals)
    names, present = js.namespace, signals.present
    if names.bucket_spec.name in present:
        pause = await find_pause(js)
        in_flight = await _in_flight(js, [one for one in consumers if one.in_flight])
        signals = replace(signals, pause=_plain_pause(pause), in_flight=in_flight)
    if set(present) == set(signals.streams):
        letters = await _dead(js)
        left_behind = [waits async for waits in dead.left_behind(js)]
        repeats = await find_repeats(js)
        signals = replace(signals, dead=letters, left_behind=len(left_behind), repeats=repeats)
    return replace(
        signals,
        consumers=consumers,
        rates=rates,
        task_subjects=await looking.subjects(js, names.tasks) if names.tasks in present else {},
    )


async def _watch(js: JetStream, signals: Signals) -> tuple[tuple[ConsumerFacts, ...], dict[str, float]]:
    """Look at the consumers several times, keeping the most pulls, and measure how fast streams grow."""
    known: dict[tuple[str, str], ConsumerFacts] = {}
    before = {name: facts.last_sequence for name, facts in signals.present.items()}
    started = time.monotonic()
    for look in range(LOOKS):
        if look:
            await asyncio.sleep(LOOK_INTERVAL)
        for stream in signals.present:
            for found in await looking.consumers(js, stream):
                earlier = known.get((stream, found.name))
                pulls = max(found.pulls, earlier.pulls if earlier is not None else 0)
                known[stream, found.name] = replace(found, pulls=pulls)
    rates = {}
    for name, sequence in before.items():
        facts = await looking.stream_facts(js, name)
        if facts is not None:
            rates[name] = (facts.last_sequence - sequence) / (time.monotonic() - started)
    return tuple(known.values()), rates


async def _in_flight(js: JetStream, readers: list[ConsumerFacts]) -> tuple[InFlight, ...]:
    """Identify what is in work, and when its worker last showed a sign of life in the bucket."""
    found = []
    for reader in readers:
        count = 0
        subject = reader.filter or ">"
        async for stored in js.messages.walk(reader.stream, subject, start=reader.settled + 1):
            if stored.sequence > reader.delivered or count == MAX_IN_FLIGHT:
                break
            queue = queue_at(js.namespace, stored.subject)
            if queue is None or queue.durable != reader.name:
                continue
            count += 1
            waits = await peek(js, stored, queue, delivered=reader.delivered)
            state = str(waits.record.get("state") or "")
            if state not in ("", "running", "publishing") or _is_held(waits.record):
                continue
            entry = await js.messages.last(
                js.namespace.bucket_spec.name, f"$KV.{js.namespace.bucket}.{task_key(waits.task_id)}"
            )
            beat = entry.timestamp if entry is not None and state else None
            found.append(
                InFlight(
                    stream=reader.stream,
                    consumer=reader.name,
                    sequence=stored.sequence,
                    task_id=waits.task_id,
                    state=state,
                    alive_at=beat or reader.delivered_at,
                )
            )
    return tuple(found)


def _is_held(record: dict[str, Any]) -> bool:
    """Tell whether a person holds it by hand."""
    until = record.get("hold_until")
    return isinstance(until, int | float) and until > time.time()


async def _dead(js: JetStream) -> tuple[str, ...]:
    found: list[str] = []
    async for letter in dead.letters(js):
        if letter.state == "dead" and len(found) < MAX_DEAD:
            found.append(_plain(letter.task_id))
    return tuple(found)


async def _server_now(js: JetStream, signals: Signals) -> datetime | None:
    """Read the server's clock, through the connection where its account may ask, else the monitoring."""
    answer = await js.system("REQ.ACCOUNT.PING.STATZ")
    asked = moment_of((answer.get("server") or {}).get("time"))
    known = signals.monitoring.now if signals.monitoring is not None else None
    return asked or known


async def _others(js: JetStream) -> tuple[str, ...]:
    """Name other namespaces by the streams that only this program makes."""
    found: dict[str, set[str]] = {}
    for name in await _stream_names(js, {}):
        for mark in _MARKS:
            if name.endswith(mark):
                found.setdefault(name.removesuffix(mark), set()).add(mark)
    mine = js.namespace.name.upper()
    both = [name for name, marks in found.items() if len(marks) == len(_MARKS) and name != mine]
    return tuple(sorted(_plain(name.lower()) for name in both))


async def _takers_of(js: JetStream, stream: str) -> tuple[str, ...]:
    """Name the streams that take a subject of a missing one."""
    spec = next(spec for spec in streams.plan_streams(js.namespace) if spec.name == stream)
    found = [name for subject in spec.subjects for name in await _takers(js, subject)]
    return tuple(sorted(set(found)))


async def _takers(js: JetStream, subject: str) -> tuple[str, ...]:
    return tuple(_plain(name) for name in await _stream_names(js, {"subject": subject}))


async def _stream_names(js: JetStream, body: dict[str, object]) -> list[str]:
    """Name streams of everybody; none where this user may not ask, which the server leaves unanswered."""
    names: list[str] = []
    while True:
        try:
            page = await js.ask("STREAM.NAMES", {**body, "offset": len(names)})
        except QueueError:
            return names
        names += page.get("streams") or []
        if not page.get("streams") or len(names) >= page.get("total", 0):
            return names


def _plain_pause(pause: Pause | None) -> Pause | None:
    return replace(pause, by=_plain(pause.by), at=_plain(pause.at)) if pause is not None else None


def _plain(text: str) -> str:
    return _NOT_PLAIN.sub("_", text)[:255]
