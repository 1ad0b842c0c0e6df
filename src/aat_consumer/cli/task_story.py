"""Show the whole story of one report or task."""

from __future__ import annotations

import click

from aat_consumer.by_hand.timeline import Moment, Timeline, timeline
from aat_consumer.cli import parameters
from aat_consumer.cli.frame import EXIT_FAILED, EXIT_OK, Frame, framed
from aat_consumer.cli.words import moment, name_of
from aat_consumer.jetstream import JetStream
from aat_reporters.wire import MESSAGE_ID_HEADER

__all__ = ["show"]

#: Facts of a moment that stand on its line for people.
_DETAILS = (
    "status",
    "kind",
    "attempt",
    "agent",
    "by",
    "branch",
    "commit",
    "pr_url",
    "message_id",
    "sequence",
)

#: What people and agents write in sentences.
_SENTENCES = ("findings", "solution", "next_steps", "reason", "message", "test_results", "report", "error")


@click.command(epilog="Examples:  aat task show TASK_ID   |   aat task show TASK_ID --json")
@click.argument("task_id", type=parameters.task_id)
@click.option("--raw", is_flag=True, help="Print what was written in sentences as well; on a terminal only.")
@framed
def show(frame: Frame, *, task_id: str, raw: bool) -> int:
    """Show the whole story of a report or task, from the streams alone: what happened when, and by whom.

    Exit codes: 0 shown, 1 nothing is known of it or no server, 2 called wrongly.
    """
    parameters.refuse_raw_text(raw=raw)

    async def work(js: JetStream) -> Timeline:
        return await timeline(js, task_id)

    story = frame.connected(work)
    if not story.moments:
        frame.say(
            f"aat: nothing is known of task {task_id}; aat errors list and aat task list show what waits"
        )
        return EXIT_FAILED
    facts = _story_facts(story)
    lines = [f"{name}: {value}" for name, value in facts.items() if value not in (None, "")]
    events = []
    for moment_ in story.moments:
        event = _moment_facts(moment_)
        details = [f"{name}={event[name]}" for name in _DETAILS if event[name] not in (None, "")]
        lines.append(f"{event['at']}  {event['event']:11}  {' '.join(details)}")
        if raw:
            event["raw"] = words = _words(moment_)
            lines += [f"    {name}: {value}" for name, value in words.items()]
        events.append(event)
    frame.data({**facts, "timeline": events}, "\n".join(lines))
    return EXIT_OK


def _story_facts(story: Timeline) -> dict[str, object]:
    about = story.about
    is_task = bool(about.get("queue"))
    return {
        "task_id": story.task_id,
        "is": "task" if is_task else "report",
        "state": name_of(story.record.get("state") or "waiting"),
        "status": name_of(story.record.get("status")),
        **{name: name_of(about.get(name)) for name in ("environment", "queue", "priority")},
        "signature": name_of(about.get("signature")),
        "release": name_of(about.get("release")),
    }


def _moment_facts(found: Moment) -> dict[str, object]:
    body = found.body
    names = ("status", "agent", "by", "branch", "commit", "pr_url", "message_id")
    facts: dict[str, object] = {name: name_of(body.get(name)) for name in names}
    numbers = {"attempt": body.get("attempt"), "delivery": body.get("delivery")}
    match found.what:
        case "claim":
            facts["status"] = name_of(body.get("status") or body.get("state"))
        case "authorisation":
            used = "used" if body.get("used_by") else "unused"
            facts |= {"status": f"{name_of(body.get('kind'))}_{used}", "by": name_of(body.get("who"))}
        case "queued":
            facts["message_id"] = name_of(found.found.headers.get(MESSAGE_ID_HEADER))
    return {
        "at": moment(found.found.timestamp),
        "event": found.what,
        **facts,
        "kind": name_of(found.found.subject.split(".")[2]) if found.what == "result" else "",
        **{name: number if isinstance(number, int) else None for name, number in numbers.items()},
        "stream": found.stream,
        "sequence": found.found.sequence,
    }


def _words(found: Moment) -> dict[str, object]:
    return {name: found.body[name] for name in _SENTENCES if found.body.get(name)}
