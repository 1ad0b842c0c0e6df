"""Tell the whole story of one report or task, from the streams alone.

Every step of the loop, and every command of a person, leaves a message with a time of the server's.
The bucket is a stream as well: its records tell the last claim and the last authorisation.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from aat_consumer.by_hand.asking import waiting_tasks
from aat_consumer.by_hand.history import Waiting, body_of, waiting
from aat_consumer.claims import Record
from aat_consumer.dead_letters import given_up
from aat_consumer.jetstream import JetStream, Stored
from aat_reporters.wire import ENVIRONMENTS, released_key, task_key

__all__ = ["Moment", "Timeline", "timeline", "told"]

#: Token of a subject behind the namespace to what happened.
_KINDS = {
    "investigation.report": "screened",
    "investigation.status": "status",
    "investigation.dead": "died",
    "security.quarantine": "quarantined",
    "security.rejected": "rejected",
}

#: Kinds of advisories to what happened.
_ADVISORIES = {"MAX_DELIVERIES": "given_up", "MSG_TERMINATED": "terminated"}

_EARLIEST = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One thing that happened.

    Args:
        what: ``queued``, ``screened``, ``status``, ``result``, ``quarantined``, ``rejected``, ``died``,
            ``given_up``, ``terminated``; ``authorisation`` and ``claim`` for what the bucket holds now,
            at the time of its last change.
        stream: where the message lies that tells it.
        found: the message.
        body: what it says.
    """

    what: str
    stream: str
    found: Stored
    body: Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """What happened to one task, oldest first.

    Args:
        task_id: the task.
        moments: empty where nothing is known.
        record: claim or done-record, empty where there is none.
    """

    task_id: str
    moments: tuple[Moment, ...]
    record: Record

    @property
    def about(self) -> Record:
        """Give the latest body that says where the task came from."""
        told = (moment.body for moment in reversed(self.moments) if moment.body.get("signature"))
        return self.record or next(told, {})


async def timeline(js: JetStream, task_id: str) -> Timeline:
    """Gather what happened to a task, in the order of the server's clock.

    Raises:
        QueueError: no server, or a stream is missing.
    """
    moments = [moment async for moment in told(js, task_id)]
    record = next((moment.body for moment in moments if moment.what == "claim"), {})
    moments += [moment async for moment in _advisories(js, _places(moments))]
    moments += [moment async for moment in _queued(js, task_id, record)]
    moments.sort(key=lambda moment: moment.found.timestamp or _EARLIEST)
    return Timeline(task_id=task_id, moments=tuple(moments), record=record)


async def told(js: JetStream, task_id: str) -> AsyncIterator[Moment]:
    """Give what lies on the task's own subjects, in no order.

    Raises:
        QueueError: no server, or a stream is missing.
    """
    names = js.namespace
    bucket = names.bucket_spec.name
    for stream, subject in (
        (names.investigations, f"{names.name}.investigation.*.{task_id}"),
        (names.results, names.result_subject("*", task_id)),
        (names.security, names.quarantine_subject(task_id)),
        (bucket, f"$KV.{names.bucket}.{released_key(task_id)}"),
        (bucket, f"$KV.{names.bucket}.{task_key(task_id)}"),
    ):
        async for found in js.messages.walk(stream, subject):
            yield Moment(what=_kind(found.subject), stream=stream, found=found, body=body_of(found))
    if await js.messages.last(names.results, names.result_subject("rejected", task_id)) is not None:
        # Rejections share one subject, so they are only looked through where there must be one.
        async for found in js.messages.walk(names.security, names.rejected_subject):
            body = body_of(found)
            if body.get("task_id") == task_id:
                yield Moment(what="rejected", stream=names.security, found=found, body=body)


async def _advisories(js: JetStream, places: set[tuple[str, int]]) -> AsyncIterator[Moment]:
    """Give what the server told of the messages that carried the task."""
    stream = js.namespace.advisories
    for source in {place for place, _ in places}:
        subject = f"$JS.EVENT.ADVISORY.CONSUMER.*.{source}.*"
        async for found in js.messages.walk(stream, subject):
            _, durable, sequence = given_up(found.payload)
            if (source, sequence) in places:
                what = _ADVISORIES.get(found.subject.split(".")[4], "advisory")
                body: Record = {"by": durable, "stream": source, "sequence": sequence}
                yield Moment(what=what, stream=stream, found=found, body=body)


async def _queued(js: JetStream, task_id: str, record: Record) -> AsyncIterator[Moment]:
    """Give the message itself while it lies in its queue; an acknowledged one is gone."""
    stream, sequence = str(record.get("stream", "")), int(record.get("sequence", 0))
    if stream in js.namespace.stream_names() and sequence:
        found = await js.messages.at(stream, sequence)
        if found is not None:
            yield Moment(what="queued", stream=stream, found=found, body={})
        return
    for source in (waiting(js, ENVIRONMENTS), waiting_tasks(js, stray=lambda _: None)):
        async for waits in source:
            if waits.task_id == task_id:
                stored = await js.messages.at(waits.queue.stream, waits.sequence)
                if stored is not None:
                    yield Moment(what="queued", stream=waits.queue.stream, found=stored, body=_about(waits))
                return


def _about(waits: Waiting) -> Record:
    return {"signature": waits.signature, "release": waits.release, **waits.queue.facts()}


def _places(moments: Iterable[Moment]) -> set[tuple[str, int]]:
    """List where the messages lay that carried the task: it came again for each retry."""
    return {
        (str(moment.body["stream"]), moment.body["sequence"])
        for moment in moments
        if isinstance(moment.body.get("sequence"), int) and moment.body.get("stream")
    }


def _kind(subject: str) -> str:
    tokens = subject.split(".")
    if tokens[0] == "$KV":
        return "authorisation" if tokens[2] == "released" else "claim"
    return "result" if tokens[1] == "results" else _KINDS.get(".".join(tokens[1:3]), "other")
