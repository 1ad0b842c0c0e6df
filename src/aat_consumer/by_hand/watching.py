"""Follow what happens in a namespace as it happens, taking nothing from any queue."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass

from aat_consumer.by_hand.history import Waiting, body_of, peek
from aat_consumer.errors import QueueError
from aat_consumer.jetstream import JetStream, Stored
from aat_consumer.queues import error_queue
from aat_consumer.streams import states
from aat_reporters.wire import ENVIRONMENTS

__all__ = ["Event", "follow", "watch"]

#: Seconds between two looks: late enough to cost the server nothing, soon enough for a person.
INTERVAL = 0.5

#: Token of a subject behind the namespace to what a person calls it.
_KINDS = {
    "investigation.status": "status",
    "investigation.report": "started",
    "investigation.dead": "dead",
    "security.rejected": "rejected",
    "security.quarantine": "quarantined",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened.

    Args:
        kind: ``queued``, ``started``, ``status``, ``result``, ``rejected``, ``quarantined`` or ``dead``.
        found: the message.
        task_id: what it is about.
        waiting: the report, for ``queued``.
    """

    kind: str
    found: Stored
    task_id: str
    waiting: Waiting | None = None


async def watch(
    js: JetStream, environments: tuple[str, ...], *, say: Callable[[str], None]
) -> AsyncIterator[Event]:
    """Give what happens to errors from now on, in the order of each stream; ends only by cancelling.

    Args:
        js: a connection.
        environments: whose queues are looked at.
        say: told when it begins, and once when the server goes away.

    Raises:
        QueueError: no server or no stream at the start.
    """
    queues = {js.namespace.error_stream(name): name for name in ENVIRONMENTS if name in environments}
    logs = (js.namespace.investigations, js.namespace.results, js.namespace.security)
    subjects = {spec.name: spec.subjects[0] for spec in js.namespace.streams()}
    wanted = {stream: subject for stream, subject in subjects.items() if stream in (*queues, *logs)}
    async for stream, found in follow(js, wanted, what=", ".join(environments), say=say):
        yield await _event(js, found, queues.get(stream))


async def follow(
    js: JetStream, subjects: Mapping[str, str], *, what: str, say: Callable[[str], None]
) -> AsyncIterator[tuple[str, Stored]]:
    """Give what is stored from now on, with its stream; ends only by cancelling.

    Args:
        js: a connection.
        subjects: streams to what is looked at in each.
        what: names it for people.
        say: told when nothing that is stored can be missed any more, and once when the server goes away.

    Raises:
        QueueError: no server or no stream at the start.
    """
    starts = {
        state.spec.name: state.last_sequence + 1 for state in await states(js) if state.spec.name in subjects
    }
    say(f"watching {what} of {js.namespace.name}; Ctrl-C stops")
    is_away = False
    while True:
        try:
            for stream, subject in subjects.items():
                async for found in js.messages.walk(stream, subject, start=starts[stream]):
                    yield stream, found
                    starts[stream] = found.sequence + 1
            is_away = False
        except QueueError as exc:
            if not is_away:
                say(f"waiting for the server: {exc}")
            is_away = True
        await asyncio.sleep(INTERVAL)


async def _event(js: JetStream, found: Stored, environment: str | None) -> Event:
    if environment is not None:
        waiting = await peek(js, found, error_queue(js.namespace, environment), delivered=0)
        return Event(kind="queued", found=found, task_id=waiting.task_id, waiting=waiting)
    tokens = found.subject.split(".")
    kind = "result" if tokens[1] == "results" else _KINDS.get(".".join(tokens[1:3]), "other")
    task_id = tokens[-1] if kind != "rejected" else str(body_of(found).get("task_id", ""))
    return Event(kind=kind, found=found, task_id=task_id)
