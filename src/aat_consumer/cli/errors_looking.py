"""Look at errors: what waits, what is known of one, and what happens now."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import click

from aat_consumer.by_hand import history
from aat_consumer.by_hand.history import Known, Waiting, body_of
from aat_consumer.by_hand.watching import Event
from aat_consumer.by_hand.watching import watch as follow
from aat_consumer.cli import parameters
from aat_consumer.cli.explaining import explained
from aat_consumer.cli.frame import EXIT_FAILED, EXIT_OK, Frame, framed
from aat_consumer.cli.words import moment, name_of
from aat_consumer.jetstream import JetStream

__all__ = ["list_", "show", "watch"]

#: Reports listed unless told otherwise: a screen's worth, for each costs the server two requests.
DEFAULT_LIMIT = 100


@click.command(
    name="list", epilog="Examples:  aat errors list   |   aat errors list --environment staging --json"
)
@parameters.ENVIRONMENT_OPTION
@click.option(
    "--limit", type=click.IntRange(1), default=DEFAULT_LIMIT, show_default=True, help="Stop behind so many."
)
@framed
def list_(frame: Frame, *, environments: tuple[str, ...], limit: int) -> int:
    """List the errors that wait or are worked on, oldest first, taking none.

    Exit codes: 0 listed, 1 no server or no stream.
    """
    wanted = environments or frame.settings.consumer.environments

    async def work(js: JetStream) -> int:
        count = 0
        async for found in history.waiting(js, wanted):
            if count == limit:
                frame.say(f"there are more than {limit}; --limit shows more")
                break
            count += 1
            facts = _waiting_facts(found)
            columns = (
                "task_id",
                "environment",
                "state",
                "delivery",
                "stored_at",
                "signature",
                "release",
                "message_id",
            )
            frame.data(facts, "  ".join(str(facts[name] or "-") for name in columns))
        return count

    if frame.connected(work) == 0:
        frame.say("no error waits")
    return EXIT_OK


@click.command(epilog="Examples:  aat errors show TASK_ID   |   aat errors show TASK_ID --explain --raw")
@click.argument("task_id", type=parameters.task_id)
@click.option(
    "--raw", is_flag=True, help="Print the report and the agent's words as well; on a terminal only."
)
@click.option(
    "--explain",
    is_flag=True,
    help="Say which frame, template and causes made the signature; in full sentences with --raw.",
)
@framed
def show(frame: Frame, *, task_id: str, raw: bool, explain: bool) -> int:
    """Show what is known of one task: state, attempts, results, dead letter, quarantine, releases.

    Exit codes: 0 shown, 1 nothing is known of it or no server, 2 called wrongly.
    """
    parameters.refuse_raw_text(raw=raw)

    async def work(js: JetStream) -> tuple[dict[str, object], dict[str, object]]:
        found = await history.known(js, task_id)
        if found.is_known:
            text = await history.raw_report(js, task_id) if raw or explain else ""
            return _known_facts(found), _words(found) | {"report": text}
        waits = await history.find_waiting(js, task_id)
        return (_waiting_facts(waits[0]), {"report": waits[1]}) if waits else ({}, {})

    facts, words = frame.connected(work)
    if facts and explain:
        facts["explanation"] = explained(str(words["report"]), raw=raw)
        if not facts["explanation"]:
            frame.say("no report is kept that could be read, so nothing explains the signature")
    if not facts:
        frame.say(f"aat: nothing is known of task {task_id}; aat errors list shows what waits")
        return EXIT_FAILED
    lines = [
        f"{name}: {_in_a_line(value)}" for name, value in facts.items() if value not in (None, "", {}, [])
    ]
    if raw:
        facts |= {"raw": words}
        lines += ["", *(f"{name}:\n{value}\n" for name, value in words.items())]
    frame.data(facts, "\n".join(lines))
    return EXIT_OK


@click.command(epilog="Examples:  aat errors watch   |   aat errors watch --environment production --json")
@parameters.ENVIRONMENT_OPTION
@framed
def watch(frame: Frame, *, environments: tuple[str, ...]) -> int:
    """Follow errors, statuses, results and rejections as they happen, until Ctrl-C (exit 130)."""
    wanted = environments or frame.settings.consumer.environments

    async def work(js: JetStream) -> None:
        async for event in follow(js, wanted, say=frame.say):
            facts = _event_facts(event)
            details = " ".join(
                f"{name}={value}" for name, value in facts.items() if name not in _HEAD and value
            )
            frame.data(facts, f"{facts['at']}  {event.kind:11} {facts['task_id']}  {details}")

    frame.connected(work)
    return EXIT_OK


_HEAD = ("at", "event", "task_id")


def _waiting_facts(found: Waiting) -> dict[str, object]:
    state = str(found.record.get("state", ""))
    return {
        "task_id": found.task_id,
        "environment": found.environment,
        "state": name_of(state or ("delivered" if found.was_delivered else "waiting")),
        "delivery": "delivered" if found.was_delivered else "waiting",
        "stored_at": moment(found.stored_at),
        "signature": found.signature,
        "release": name_of(found.release),
        "message_id": name_of(found.message_id),
        "sequence": found.sequence,
        "bytes": found.size_bytes,
        "held_until": _held_until(found.record),
        "attempt": found.record.get("attempt"),
    }


def _known_facts(found: Known) -> dict[str, object]:
    record = found.record or found.quarantine or found.dead or found.status
    return {
        "task_id": found.task_id,
        "state": name_of(found.record.get("state")),
        "status": name_of(found.record.get("status") or found.status.get("status")),
        "attempt": _number(record.get("attempt")),
        "at": moment(found.record.get("at")),
        "environment": name_of(record.get("environment")),
        "signature": name_of(record.get("signature")),
        "release": name_of(record.get("release")),
        "stream": name_of(record.get("stream")),
        "sequence": _number(record.get("sequence")),
        "message_id": name_of(record.get("message_id")),
        "branch": name_of(record.get("branch")),
        "held_until": _held_until(found.record),
        "held_by": name_of(record.get("by")) if _held_until(found.record) else "",
        "report_kept": found.has_report,
        "results": {kind: _result_facts(body) for kind, body in found.results.items()},
        "quarantined": bool(found.quarantine),
        "dead_letter": bool(found.dead),
        "released": _release_facts(found.released),
    }


def _result_facts(body: Mapping[str, Any]) -> dict[str, object]:
    names = ("status", "agent", "branch", "commit", "pr_url")
    return {name: name_of(body.get(name)) for name in names} | {"attempt": _number(body.get("attempt"))}


def _release_facts(record: Mapping[str, Any]) -> dict[str, object]:
    if not record:
        return {}
    return {
        "kind": name_of(record.get("kind", "release")),
        "who": name_of(record.get("who")),
        "at": moment(record.get("at")),
        "used": bool(record.get("used_by")),
        "message_id": name_of(record.get("message_id")),
    }


def _event_facts(event: Event) -> dict[str, object]:
    facts: dict[str, object] = {
        "at": moment(event.found.timestamp),
        "event": event.kind,
        "task_id": name_of(event.task_id),
    }
    if event.waiting is not None:
        names = ("environment", "signature", "release", "message_id")
        return facts | {name: name_of(getattr(event.waiting, name)) for name in names}
    body = body_of(event.found)
    keys = ("environment", "signature", "release", "agent", "status", "attempt", "branch", "kind")
    return facts | {name: name_of(body.get(name)) for name in keys if body.get(name)}


def _words(found: Known) -> dict[str, object]:
    """Gather what agents and publishers wrote in sentences."""
    words = {"status": found.status.get("findings"), "dead": found.dead.get("reason")}
    for kind, body in found.results.items():
        words |= {
            f"{kind}.{name}": body.get(name)
            for name in ("solution", "findings", "next_steps", "test_results")
        }
    return {name: value for name, value in words.items() if value}


def _held_until(record: Mapping[str, Any]) -> str:
    until = record.get("hold_until")
    if not isinstance(until, int | float) or record.get("state") != "running":
        return ""
    return moment(datetime.fromtimestamp(until, tz=UTC))


def _number(value: object) -> int | None:
    return value if isinstance(value, int) else None


def _in_a_line(value: object) -> str:
    return json.dumps(value) if isinstance(value, dict | list) else str(value)
