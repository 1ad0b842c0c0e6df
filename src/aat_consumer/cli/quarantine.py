"""See and release what the filter rejected."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from aat_consumer.by_hand import history, releasing
from aat_consumer.by_hand.history import Known, body_of
from aat_consumer.cli import parameters
from aat_consumer.cli.agreement import YES_OPTION, agreed, refuse_without_a_person
from aat_consumer.cli.errors import who
from aat_consumer.cli.frame import EXIT_FAILED, EXIT_OK, Frame, framed
from aat_consumer.cli.words import moment, name_of, problem_of
from aat_consumer.jetstream import JetStream

__all__ = ["limit_words", "quarantine", "reason_facts", "version_facts"]


@click.group()
def quarantine() -> None:
    """See, release and drop what the filter rejected."""


@quarantine.command(name="list", epilog="Examples:  aat quarantine list   |   aat quarantine list --json")
@framed
def list_(frame: Frame) -> int:
    """List the reports in quarantine, oldest first.

    Exit codes: 0 listed, 1 no server or no stream.
    """

    async def work(js: JetStream) -> int:
        count = 0
        async for found, released in history.quarantined(js):
            count += 1
            task_id = found.subject.rpartition(".")[2]
            facts = _facts(task_id, body_of(found), released)
            rules = sorted({f"{reason['rule']}{limit_words(reason)}" for reason in facts["reasons"]})
            line = (
                task_id,
                facts["at"],
                facts["state"],
                facts["score"],
                facts["environment"],
                facts["signature"],
                ",".join(rules) or facts["problem"],
            )
            frame.data(facts, "  ".join(str(value or "-") for value in line))
        return count

    if frame.connected(work) == 0:
        frame.say("nothing is in quarantine")
    return EXIT_OK


@quarantine.command(epilog="Examples:  aat quarantine show TASK_ID   |   aat quarantine show TASK_ID --raw")
@click.argument("task_id", type=parameters.task_id)
@click.option("--raw", is_flag=True, help="Print the rejected text as well; on a terminal only.")
@framed
def show(frame: Frame, *, task_id: str, raw: bool) -> int:
    """Show why the filter rejected a report: rules, fields, places, decodings, versions of the filter.

    Exit codes: 0 shown, 1 it is not in quarantine or no server, 2 called wrongly.
    """
    parameters.refuse_raw_text(raw=raw)
    found = _found(frame, task_id)
    facts = _facts(task_id, found.quarantine, found.released)
    lines = [
        f"{name}: {value}"
        for name, value in facts.items()
        if name not in ("reasons", "versions") and value not in (None, "")
    ]
    if facts["versions"]:
        lines.append(f"filter: {', '.join(' '.join(one) for one in facts['versions'].items())}")
    lines += [
        f"  {reason['rule']}{limit_words(reason)}  {reason['path']}  {reason['start']}-{reason['end']}"
        f"  weight {reason['weight']}"
        + (f"  through {' > '.join(reason['chain'])}" if reason["chain"] else "")
        for reason in facts["reasons"]
    ]
    if raw:
        reason = found.quarantine.get("reason")
        facts |= {"raw": found.quarantine.get("report"), "raw_reason": reason}
        lines += ["", str(reason), "", str(found.quarantine.get("report", ""))]
    frame.data(facts, "\n".join(lines))
    return EXIT_OK


@quarantine.command(
    epilog="Examples:  aat quarantine release TASK_ID"
    "   |   aat quarantine release TASK_ID --trust-text --reason 'our own wording'"
)
@click.argument("task_id", type=parameters.task_id)
@click.option("--reason", default="", help="Why, for the record.")
@click.option("--trust-text", is_flag=True, help="Let later reports of exactly these words pass as well.")
@framed
def release(frame: Frame, *, task_id: str, reason: str, trust_text: bool) -> int:
    """Send a rejected report to the agent after all, once, in the very words it was kept in.

    With --trust-text the filter lets every later report pass that has exactly the same words in the same
    places; only times, UUIDs and numbers may differ, and are still judged. A text that screening.deny names
    stays blocked.
    Exit codes: 0 published again, 1 it cannot be or no server, 2 called wrongly.
    """

    async def work(js: JetStream) -> tuple[str, str]:
        return await releasing.release(js, task_id, by=who(), reason=reason, trust_text=trust_text)

    message_id, trusted = frame.connected(work)
    also = f"; its text is trusted from now on ({trusted[:12]})" if trusted else ""
    frame.data(
        {"task_id": task_id, "message_id": name_of(message_id), "trusted_text": trusted or None},
        f"{task_id} was released and published again as {name_of(message_id)}{also}",
    )
    return EXIT_OK


@quarantine.command(
    epilog="Examples:  aat quarantine drop TASK_ID   |   aat quarantine drop TASK_ID --yes --json"
)
@click.argument("task_id", type=parameters.task_id)
@YES_OPTION
@framed
def drop(frame: Frame, *, task_id: str, yes: bool) -> int:
    """Delete a rejected report for good; that it was rejected stays on record.

    Exit codes: 0 deleted, 1 not in quarantine, no server or not agreed to, 2 nobody to ask and no --yes.
    """
    refuse_without_a_person(yes=yes)
    _found(frame, task_id)
    if not agreed(f"Delete the quarantined report {task_id} for good?", yes=yes):
        return EXIT_FAILED

    async def work(js: JetStream) -> int:
        return await releasing.drop(js, task_id, by=who())

    deleted = frame.connected(work)
    frame.data({"task_id": task_id, "deleted": deleted}, f"{task_id} was deleted")
    return EXIT_OK


def _found(frame: Frame, task_id: str) -> Known:
    async def work(js: JetStream) -> Known:
        return await releasing.quarantined(js, task_id)

    return frame.connected(work)


def _facts(task_id: str, body: Mapping[str, Any], released: Mapping[str, Any]) -> dict[str, Any]:
    reason = body.get("reason")
    reason = reason if isinstance(reason, dict) else {}
    verdict = reason.get("verdict")
    verdict = verdict if isinstance(verdict, dict) else {}
    is_used = bool(released.get("used_by"))
    return {
        "task_id": task_id,
        "at": moment(body.get("timestamp")),
        "state": "quarantined" if not released else "released" if is_used else "released, not taken yet",
        "kind": name_of(reason.get("kind")),
        "problem": problem_of(reason.get("problem")) if reason.get("kind") == "undecodable" else "",
        "score": verdict.get("score") if isinstance(verdict.get("score"), int | float) else None,
        "environment": name_of(body.get("environment")),
        "signature": name_of(body.get("signature")),
        "release": name_of(body.get("release")),
        "attempt": body.get("attempt") if isinstance(body.get("attempt"), int) else None,
        "cut": bool(body.get("cut")),
        "bytes": body.get("payload_bytes") if isinstance(body.get("payload_bytes"), int) else None,
        "versions": version_facts(verdict),
        "reasons": reason_facts(verdict),
    }


def version_facts(verdict: Mapping[str, Any]) -> dict[str, str]:
    """Give the versions of rules, lexicon and model that judged."""
    versions = verdict.get("versions")
    return {
        name_of(name): name_of(value)
        for name, value in (versions.items() if isinstance(versions, dict) else ())
    }


def reason_facts(verdict: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Give the findings of a verdict; field names are the report's, so they are written as names."""
    reasons = verdict.get("reasons")
    return [
        {
            "rule": name_of(reason.get("rule")),
            "family": name_of(reason.get("family")),
            "weight": reason.get("weight") if isinstance(reason.get("weight"), int | float) else None,
            "path": name_of(reason.get("path")),
            "start": reason.get("start") if isinstance(reason.get("start"), int) else None,
            "end": reason.get("end") if isinstance(reason.get("end"), int) else None,
            "chain": [name_of(step) for step in reason.get("chain") or ()],
            "passed": _passed(reason.get("passed")),
        }
        for reason in (reasons if isinstance(reasons, list) else ())
        if isinstance(reason, dict)
    ]


def limit_words(reason: Mapping[str, Any]) -> str:
    """Say which limit kept a report from being judged; empty for a finding."""
    passed = reason["passed"]
    if passed is None:
        return ""
    unit = "s of CPU time" if passed["unit"] == "s" else passed["unit"].replace("_", " ")
    return f" ({passed['used']:,} {unit}; the limit is {passed['limit']:,})"


def _passed(value: object) -> dict[str, Any] | None:
    """Give the limit that was passed, with its unit in our own words; None for what is none."""
    if not isinstance(value, dict):
        return None
    used, limit = value.get("used"), value.get("limit")
    if not isinstance(used, int | float) or not isinstance(limit, int | float):
        return None
    return {"used": used, "limit": limit, "unit": name_of(value.get("unit"))}
