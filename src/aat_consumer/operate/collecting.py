"""Gather the signals of a diagnosis: from the server, the streams, the bucket and this machine."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from aat_consumer import streams
from aat_consumer.by_hand import dead
from aat_consumer.by_hand.history import peek
from aat_consumer.dead_letters import GIVEN_UP_SUBJECTS, given_up
from aat_consumer.errors import QueueError, RefusedError
from aat_consumer.jetstream import JetStream, connect
from aat_consumer.losses import find_losses, memory_file
from aat_consumer.operate import looking, reaching
from aat_consumer.operate.alerts import account
from aat_consumer.operate.diagnosis import InFlight, Machine, Reach, Signals
from aat_consumer.operate.facts import ConsumerFacts, moment_of
from aat_consumer.operate.neighbours import others, plain, takers, takers_of
from aat_consumer.operate.repeating import find_repeats
from aat_consumer.pausing import Pause, find_pause
from aat_consumer.queues import queue_at
from aat_consumer.settings import Settings
from aat_reporters.connection import Connection
from aat_reporters.errors import NotConnectedError
from aat_reporters.wire import ALERT_LEDGER_KEY, task_key

__all__ = ["Question", "collect"]

#: Looks for workers, which pull one queue at a time, and seconds between two.
LOOKS = 8
LOOK_INTERVAL = 0.12

#: Messages in work that are looked at in each stream; more would all tell the same.
MAX_IN_FLIGHT = 20

#: Dead letters that are counted one by one.
MAX_DEAD = 200

#: The server's codes for JetStream that is off, and that this account may not use.
_NO_JETSTREAM = (10076, 10039)


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
        asked_subject=plain(question.subject),
        has_alert_channel=settings.alerts.has_channel,
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
    except QueueError as exc:
        return replace(signals, unanswered=str(exc))
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
    except RefusedError as exc:
        if exc.code not in _NO_JETSTREAM:
            raise
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
        overlaps={name: await takers_of(js, name) for name, facts in found.items() if facts is None},
        others=await others(js),
        takers=await takers(js, question.subject) if question.subject else (),
    )
    return await _of_work(js, signals)


async def _of_work(js: JetStream, signals: Signals) -> Signals:
    consumers, rates = await _watch(js, signals)
    names, present = js.namespace, signals.present
    if names.bucket_spec.name in present:
        pause = await find_pause(js)
        in_flight = await _in_flight(js, [one for one in consumers if one.in_flight])
        signals = replace(signals, pause=_plain_pause(pause), in_flight=in_flight)
        signals = await _of_alerts(js, signals)
    if set(present) == set(signals.streams):
        letters = await _dead(js)
        left_behind = [waits async for waits in dead.left_behind(js)]
        signals = replace(
            signals,
            dead=letters,
            left_behind=len(left_behind),
            buried=await _buried(js, consumers),
            repeats=await find_repeats(js),
        )
    return replace(
        signals,
        consumers=consumers,
        rates=rates,
        task_subjects=await looking.subjects(js, names.tasks) if names.tasks in present else {},
    )


async def _of_alerts(js: JetStream, signals: Signals) -> Signals:
    ledger = await account.look(js)
    if ledger is None:
        return signals
    subject = f"$KV.{js.namespace.bucket}.{ALERT_LEDGER_KEY}"
    entry = await js.messages.last(js.namespace.bucket_spec.name, subject)
    failing = {name: state.error for name, state in ledger.channels.items() if state.failing_since}
    return replace(
        signals, alerts_alive_at=entry.timestamp if entry is not None else None, failing_channels=failing
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
            found.append(plain(letter.task_id))
    return tuple(found)


async def _buried(js: JetStream, readers: tuple[ConsumerFacts, ...]) -> dict[str, int]:
    """Count what the server gave up above the mark up to which each durable has settled all."""
    settled = {(reader.stream, reader.name): reader.settled for reader in readers}
    found: dict[str, set[int]] = {}
    async for advisory in js.messages.walk(js.namespace.advisories, GIVEN_UP_SUBJECTS):
        stream, durable, sequence = given_up(advisory.payload)
        if sequence > settled.get((stream, durable), sequence):
            found.setdefault(stream, set()).add(sequence)
    return {stream: len(sequences) for stream, sequences in found.items()}


async def _server_now(js: JetStream, signals: Signals) -> datetime | None:
    """Read the server's clock, through the connection where its account may ask, else the monitoring."""
    answer = await js.system("REQ.ACCOUNT.PING.STATZ")
    asked = moment_of((answer.get("server") or {}).get("time"))
    known = signals.monitoring.now if signals.monitoring is not None else None
    return asked or known


def _plain_pause(pause: Pause | None) -> Pause | None:
    return replace(pause, by=plain(pause.by), at=plain(pause.at)) if pause is not None else None
