"""Show server, streams and queues at a glance."""

from __future__ import annotations

import click

from aat_consumer.cli.frame import EXIT_FAILED, EXIT_OK, Frame, framed
from aat_consumer.jetstream import JetStream
from aat_consumer.operate.health import Finding, look
from aat_reporters.errors import NotConnectedError

__all__ = ["health"]


@click.command(epilog="Examples:  aat health   |   aat health --json")
@framed
def health(frame: Frame) -> int:
    """Show server, streams and queues, and whether a consumer pulls.

    Exit codes: 0 all is well, 1 something is wrong, 2 a setting cannot be used.
    """
    settings = frame.settings

    async def work(js: JetStream) -> list[Finding]:
        return await look(js, settings.consumer.environments)

    try:
        findings = frame.connected(work)
    except NotConnectedError as exc:
        findings = [Finding(subject="server", is_well=False, text=str(exc), facts={})]
    for finding in findings:
        value = {"subject": finding.subject, "ok": finding.is_well, "state": finding.text, **finding.facts}
        frame.data(value, f"{'ok' if finding.is_well else 'WRONG':5}  {finding.subject:30}  {finding.text}")
    wrong = sum(not finding.is_well for finding in findings)
    frame.say(
        f"{settings.connection.server}: " + (f"{wrong} of {len(findings)} wrong" if wrong else "all is well")
    )
    return EXIT_FAILED if wrong else EXIT_OK
