"""Show server, streams and queues at a glance."""

from __future__ import annotations

import asyncio

import click

from aat_consumer.cli.frame import EXIT_FAILED, EXIT_OK, Frame, framed
from aat_consumer.jetstream import JetStream
from aat_consumer.operate.health import Finding, look
from aat_consumer.operate.reaching import monitoring
from aat_reporters.errors import NotConnectedError

__all__ = ["health"]


@click.command(
    epilog="Examples:  aat health   |   aat health --json   |   aat health --monitoring http://127.0.0.1:8222"
)
@click.option("--monitoring", "monitoring_url", default="", help="Where /varz is.  [default: port 8222]")
@framed
def health(frame: Frame, *, monitoring_url: str) -> int:
    """Show server, streams and queues, and whether a consumer pulls.

    Uptime comes from the monitoring port; where that is not reached, it is "at least" as long as the oldest
    client has been connected. aat doctor says more about what is wrong.
    Exit codes: 0 all is well, 1 something is wrong, 2 a setting cannot be used.
    """
    settings = frame.settings

    async def work(js: JetStream) -> list[Finding]:
        known = await asyncio.to_thread(monitoring, settings.connection, url=monitoring_url)
        return await look(js, settings.consumer.environments, monitoring=known)

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
