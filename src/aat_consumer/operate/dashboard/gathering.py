"""Gather from the streams what a page shows beside the history: texts stay there until somebody looks."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from aat_consumer.by_hand import history as known_by
from aat_consumer.by_hand.asking import waiting_tasks
from aat_consumer.by_hand.history import Waiting, body_of
from aat_consumer.by_hand.timeline import Moment, told
from aat_consumer.jetstream import JetStream
from aat_consumer.operate.history.messages import number
from aat_consumer.operate.peeking import Waits
from aat_consumer.screening.fields import read_fields
from aat_consumer.screening.limits import Limits
from aat_reporters import report as reports
from aat_reporters.errors import ReportError

__all__ = ["Held", "Marked", "Piece", "Reason", "Step", "Story", "held_report", "queued_tasks", "story_of"]

#: Tasks of the queue that are listed.
MAX_LISTED = 200

#: Weight of a finding from which its mark stands out.
_STRONG = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One line of a timeline: what happened, when (epoch seconds), who, and what they said."""

    what: str
    at: float
    who: str
    status: str
    said: str
    next_steps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What is known of one task.

    Args:
        steps: oldest first.
        report: as it was screened, or as it waits; empty where its text is not kept.
        result: the last one, empty before it; ``result_kind`` is fixed, failed, rejected or held.
        is_held: the text is in quarantine and shown there alone.
    """

    steps: tuple[Step, ...]
    report: Mapping[str, Any]
    result: Mapping[str, Any]
    result_kind: str
    is_held: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A stretch of a text; ``rules`` names what made it suspicious, empty where nothing did."""

    text: str
    rules: str = ""
    is_strong: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """One field of a quarantined report, in pieces."""

    path: str
    pieces: tuple[Piece, ...]

    @property
    def is_marked(self) -> bool:
        """Tell whether anything in it was suspicious."""
        return any(piece.rules for piece in self.pieces)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One finding of the filter: which rule, in which field, from where to where, through which decodings."""

    rule: str
    path: str
    start: int
    end: int
    weight: float
    chain: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A report in quarantine.

    Args:
        body: the message.
        reasons: of the verdict, the strongest first.
        fields: of the report, the marked ones first; empty where it could not be read.
        text: the report as it came, where it could not be read.
        released: the last authorisation, empty where there is none.
    """

    body: Mapping[str, Any]
    reasons: tuple[Reason, ...]
    fields: tuple[Marked, ...]
    text: str
    released: Mapping[str, Any]


async def story_of(js: JetStream, task_id: str, *, waits: Waits | None) -> Story:
    """Tell what is known of a task.

    Args:
        js: a connection.
        task_id: the task.
        waits: where its report waits, None where it does not.

    Raises:
        QueueError: no server, or a stream is missing.
    """
    moments = [moment async for moment in told(js, task_id)]
    moments.sort(key=lambda moment: moment.found.stored_at())
    last = {moment.what: moment for moment in moments}
    report = _dict(last["screened"].body) if "screened" in last else {}
    steps = [_step(moment) for moment in moments if moment.what != "claim"]
    if waits is not None:
        steps.append(
            Step(what="queued", at=waits.stored_at, who="", status="", said=f"waits in {waits.stream}")
        )
        stored = await js.messages.at(waits.stream, waits.sequence) if not report else None
        report = report or body_of(stored)
    if not report and "died" in last:
        report = _decoded(str(last["died"].body.get("report", "")))
    result = last.get("result")
    steps.sort(key=lambda step: step.at)
    return Story(
        steps=tuple(steps),
        report=report,
        result=_dict(result.body) if result else {},
        result_kind=result.found.subject.split(".")[-2] if result else "",
        is_held=not report and "quarantined" in last,
    )


async def held_report(js: JetStream, task_id: str) -> Held | None:
    """Give a report in quarantine with what made it suspicious; None where it is not there.

    Raises:
        QueueError: no server, or a stream is missing.
    """
    found = await known_by.known(js, task_id)
    if not found.quarantine:
        return None
    reasons = _reasons(_dict(_dict(found.quarantine.get("reason")).get("verdict")).get("reasons"))
    text = str(found.quarantine.get("report", ""))
    fields = _marked(_decoded(text), reasons)
    return Held(
        body=found.quarantine,
        reasons=reasons,
        fields=fields,
        text="" if fields else text,
        released=found.released,
    )


async def queued_tasks(js: JetStream) -> list[Waiting]:
    """List what waits in the task queues, the first 200.

    Raises:
        QueueError: no server or no stream.
    """
    found: list[Waiting] = []
    walk: AsyncIterator[Waiting] = waiting_tasks(js, stray=lambda _: None)
    async for waits in walk:
        found.append(waits)
        if len(found) >= MAX_LISTED:
            break
    return found


def _step(moment: Moment) -> Step:
    body = moment.body
    steps = body.get("next_steps")
    who = body.get("agent") or body.get("by") or body.get("who") or ""
    if moment.what == "authorisation":
        said = str(body.get("reason") or "")
    elif moment.what in ("died", "rejected", "quarantined"):
        reason = body.get("reason")
        said = reason if isinstance(reason, str) else str(_dict(reason).get("kind", ""))
    elif moment.what == "screened":
        said = "passed the filter; a copy of the report is kept"
    else:
        said = str(body.get("findings") or body.get("solution") or "")
    return Step(
        what=moment.what,
        at=moment.found.stored_at(),
        who=str(who),
        status=str(body.get("status") or body.get("kind") or ""),
        said=said,
        next_steps=tuple(map(str, steps)) if isinstance(steps, list) else (),
    )


def _reasons(listed: object) -> tuple[Reason, ...]:
    """Read the findings of a verdict; what is none is passed over."""
    return tuple(
        Reason(
            rule=str(one.get("rule", "")),
            path=str(one.get("path", "")),
            start=_whole(one.get("start")),
            end=_whole(one.get("end")),
            weight=number(one.get("weight")),
            chain=tuple(map(str, one["chain"])) if isinstance(one.get("chain"), list) else (),
        )
        for one in (listed if isinstance(listed, list) else ())
        if isinstance(one, dict)
    )


def _marked(report: Mapping[str, Any], reasons: tuple[Reason, ...]) -> tuple[Marked, ...]:
    if not report:
        return ()
    try:
        fields = read_fields(report, limits=Limits())
    except OverflowError:
        return ()
    marked = [
        Marked(path=one.path, pieces=_pieces(one.text, [r for r in reasons if r.path == one.path]))
        for one in fields
        if one.text
    ]
    return tuple(sorted(marked, key=lambda one: not one.is_marked))


def _pieces(text: str, reasons: list[Reason]) -> tuple[Piece, ...]:
    """Cut a text where a finding begins or ends."""
    spans = [(one.start, min(one.end, len(text)), one) for one in reasons if 0 <= one.start < len(text)]
    cuts = sorted({0, len(text), *(place for span in spans for place in span[:2])})
    pieces = []
    for start, end in pairwise(cuts):
        over = [one for first, last, one in spans if first <= start and end <= last]
        pieces.append(
            Piece(
                text=text[start:end],
                rules=", ".join(dict.fromkeys(one.rule for one in over)),
                is_strong=any(one.weight >= _STRONG for one in over),
            )
        )
    return tuple(pieces)


def _whole(value: object) -> int:
    return value if type(value) is int else -1


def _decoded(text: str) -> Mapping[str, Any]:
    try:
        return dict(reports.decode(text.encode(errors="replace")))
    except ReportError:
        return {}


def _dict(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
