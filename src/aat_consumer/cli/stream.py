"""Set up, look at and empty the streams of the namespace."""

from __future__ import annotations

import click

from aat_consumer import streams
from aat_consumer.cli import stream_looking, stream_removing
from aat_consumer.cli.frame import EXIT_FAILED, EXIT_OK, Frame, framed
from aat_consumer.cli.progress import progress
from aat_consumer.jetstream import JetStream

__all__ = ["stream"]

_MARKS = {"create": "+", "update": "~", "keep": "=", "refuse": "!"}

#: Copies of a stream that the server allows.
MAX_REPLICAS = 5


@click.group()
def stream() -> None:
    """Set up, look at and empty the streams of the namespace.

    A stream may be named without its namespace, or by an environment: SHOP_TASKS or tasks,
    SHOP_STAGING_ERRORS or staging. A stream of another namespace is refused.
    """


stream.add_command(stream_looking.list_)
stream.add_command(stream_looking.info)
stream.add_command(stream_looking.report)
stream.add_command(stream_looking.subjects)
stream.add_command(stream_looking.view)
stream.add_command(stream_removing.purge)
stream.add_command(stream_removing.rmm)


@stream.command(epilog="Examples:  aat stream ensure --dry-run   |   aat stream ensure --replicas 3 --json")
@click.option("--dry-run", is_flag=True, help="Only show what would change.")
@click.option(
    "--replicas",
    type=click.IntRange(1, MAX_REPLICAS),
    help="Copies of each stream in a cluster; without it, what is there stays and new ones have 1.",
)
@framed
def ensure(frame: Frame, *, dry_run: bool, replicas: int | None) -> int:
    """Create what is missing, and change what differs after showing it; never delete.

    How large each may become stands in the section streams of aat.toml, such as results_mib = 128.
    Exit codes: 0 all is as it should be, 1 a stream cannot be changed in place or the server refuses.
    """
    limits = frame.settings.streams.max_bytes(frame.settings.namespace)

    async def work(js: JetStream) -> list[streams.Difference]:
        differences = await streams.inspect(js, max_bytes=limits, replicas=replicas)
        for difference in differences:
            _show(frame, difference)
        if not dry_run:
            with progress("setting up streams") as told:
                await streams.apply(js, differences, max_bytes=limits, replicas=replicas, progress=told)
        return differences

    differences = frame.connected(work)
    refused = [difference.stream for difference in differences if difference.action == "refuse"]
    if refused:
        frame.say(
            f"aat: {', '.join(refused)}: retention and storage cannot be changed in place; "
            "drain the stream, delete it by hand and run this again"
        )
        return EXIT_FAILED
    changed = sum(difference.action in ("create", "update") for difference in differences)
    verb = "would be changed" if dry_run else "changed"
    frame.say(f"{len(differences)} streams of {frame.settings.namespace.name}: {changed} {verb}")
    return EXIT_OK


def _show(frame: Frame, difference: streams.Difference) -> None:
    lines = [f"{_MARKS[difference.action]} {difference.stream}: {difference.action}"]
    lines += [f"    {name}: {now} -> {then}" for name, (now, then) in difference.changes.items()]
    value = {
        "stream": difference.stream,
        "action": difference.action,
        "changes": {
            name: {"present": now, "wanted": then} for name, (now, then) in difference.changes.items()
        },
    }
    frame.data(value, "\n".join(lines))
