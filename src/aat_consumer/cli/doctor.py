"""Diagnose an installation, and explain what was found."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys

import click

from aat_consumer.cli.frame import EXIT_FAILED, EXIT_OK, Frame, framed
from aat_consumer.operate.diagnosis import CATALOGUE, Entry, Finding, Severity, diagnose
from aat_consumer.operate.diagnosis import explain as find_entry
from aat_consumer.settings import Settings
from aat_reporters.errors import SettingsError

__all__ = ["doctor", "explain"]

#: Seconds for the canary, which waits for the server itself.
CANARY_TIMEOUT = 30.0


@click.command(
    epilog="Examples:  aat doctor   |   aat doctor --json   |   aat doctor --subject shop.errors.staging "
    "--canary"
)
@click.option("--subject", default="", help="A subject that somebody publishes to: does a stream take it?")
@click.option("--canary", is_flag=True, help="Send an error through the configured reporter as well.")
@click.option("--monitoring", "monitoring_url", default="", help="Where /varz is.  [default: port 8222]")
@framed
def doctor(frame: Frame, *, subject: str, canary: bool, monitoring_url: str) -> int:
    """Look at server, streams, work and this machine, and say what is wrong and what to do.

    Changes nothing, unless --canary asks for an error of its own, which is taken off again.
    Exit codes: 0 no error found (warnings may be), 1 an error found, 2 called wrongly or a setting cannot
    be used. aat explain ID says more about a finding.
    """
    from aat_consumer.operate import machine  # imports spaCy, which takes a second
    from aat_consumer.operate.collecting import Question, collect

    settings = frame.settings
    question = Question(
        subject=subject,
        monitoring_url=monitoring_url,
        canary=(lambda: _send_canary(settings)) if canary else None,
        machine=lambda: machine.look(settings),
    )
    signals = asyncio.run(collect(settings, question, name="aat-doctor"))
    findings = diagnose(signals)
    for finding in findings:
        frame.data(_facts(finding), _text(finding))
    counts = {kind: sum(found.severity is kind for found in findings) for kind in Severity}
    told = ", ".join(f"{count} {kind.value}" for kind, count in counts.items() if count)
    frame.say(f"{settings.connection.server}, {settings.namespace.name}: {told or 'nothing is wrong'}")
    return EXIT_FAILED if counts[Severity.ERROR] else EXIT_OK


@click.command(
    epilog="Examples:  aat explain AAT-E05   |   aat explain 10058   |   aat explain --json   |   "
    "aat explain W04 --json"
)
@click.argument("word", metavar="ID", required=False)
@framed
def explain(frame: Frame, *, word: str | None) -> int:
    """Say what a finding of aat doctor, or an error code of the server, means and what to do; or list all.

    Exit codes: 0 explained, 2 nothing has this id.
    """
    if word is None:
        for entry in CATALOGUE.values():
            frame.data(_entry(entry), f"{entry.id}  {entry.severity.value:7}  {entry.title}")
        return EXIT_OK
    found = find_entry(word)
    if found is None:
        raise SettingsError(f"nothing has the id {word[:40]!r}; aat explain lists all of them")
    frame.data(_entry(found), f"{found.id}: {found.title}\n\n{found.meaning}\n\nto do: {found.fix}")
    return EXIT_OK


def _facts(finding: Finding) -> dict[str, object]:
    return {
        "id": finding.id,
        "severity": finding.severity.value,
        "title": finding.title,
        "subject": finding.subject,
        "evidence": finding.evidence,
        "fix": finding.fix,
        "facts": finding.facts,
    }


def _text(finding: Finding) -> str:
    return (
        f"{finding.severity.value.upper():7}  {finding.id}  {finding.subject}: {finding.title}\n"
        f"         {finding.evidence}\n         to do: {finding.fix}"
    )


def _entry(entry: Entry) -> dict[str, object]:
    severity = "server" if entry.id.isdigit() else entry.severity.value
    return {
        "id": entry.id,
        "severity": severity,
        "title": entry.title,
        "meaning": entry.meaning,
        "fix": entry.fix,
    }


def _send_canary(settings: Settings) -> str:
    """Send an error through the reporter as a program of its own, with the settings that programs have."""
    command = [sys.executable, "-m", "aat_reporters", "test", "--json"]
    environment = os.environ | {
        "NATS_URL": settings.connection.url,
        "NATS_NAMESPACE": settings.namespace.name,
    }
    try:
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=CANARY_TIMEOUT, check=False
        )
    except subprocess.TimeoutExpired:
        return f"aat-report test did not end in {CANARY_TIMEOUT:.0f} s"
    if done.returncode == 0:
        return ""
    try:
        told = json.loads(done.stdout)
        return f"{told.get('problem')}; {told.get('advice')}"
    except (ValueError, AttributeError):
        return (done.stderr.strip().splitlines() or [f"aat-report test ended with {done.returncode}"])[-1]
