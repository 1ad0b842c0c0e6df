"""Set up and list the streams of the namespace."""

from __future__ import annotations

import click

from aat_consumer import streams
from aat_consumer.cli.frame import EXIT_FAILED, EXIT_OK, Frame, framed
from aat_consumer.jetstream import JetStream

__all__ = ["stream"]

_MARKS = {"create": "+", "update": "~", "keep": "=", "refuse": "!"}


@click.group()
def stream() -> None:
    """Set up and list the streams of the namespace."""


@stream.command(
    epilog="Examples:  aat stream ensure --dry-run   |   aat stream ensure --namespace shop --json"
)
@click.option("--dry-run", is_flag=True, help="Only show what would change.")
@framed
def ensure(frame: Frame, *, dry_run: bool) -> int:
    """Create what is missing, and change what differs after showing it; never delete.

    Exit codes: 0 all is as it should be, 1 a stream cannot be changed in place or the server refuses.
    """

    async def work(js: JetStream) -> list[streams.Difference]:
        differences = await streams.inspect(js)
        for difference in differences:
            _show(frame, difference)
        if not dry_run:
            await streams.apply(js, differences)
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


@stream.command(name="list", epilog="Examples:  aat stream list   |   aat stream list --json")
@framed
def list_(frame: Frame) -> int:
    """List the streams with what they hold and how full they are."""
    found = frame.connected(streams.states)
    for state in found:
        frame.data(_facts(state), _line(state))
    return EXIT_OK if all(state.exists for state in found) else EXIT_FAILED


@stream.command(epilog="Examples:  aat stream info SHOP_RESULTS   |   aat stream info SHOP_RESULTS --json")
@click.argument("name")
@framed
def info(frame: Frame, *, name: str) -> int:
    """Show one stream of the namespace.

    Exit codes: 0 shown, 1 it does not exist, 2 it is not one of the namespace.
    """
    known = frame.settings.namespace.stream_names()
    if name not in known:
        raise click.UsageError(
            f"{name!r} is not a stream of {frame.settings.namespace.name}: {sorted(known)}"
        )
    state = next(state for state in frame.connected(streams.states) if state.spec.name == name)
    subjects = ", ".join(state.spec.subjects)
    kind = "work queue" if state.spec.is_work_queue else "log"
    frame.data(_facts(state), f"{_line(state)}\n  {kind} of {subjects}")
    return EXIT_OK if state.exists else EXIT_FAILED


def _line(state: streams.StreamState) -> str:
    if not state.exists:
        return f"{state.spec.name:32} missing; make it with: aat stream ensure"
    fill = 100 * state.used_bytes / state.max_bytes if state.max_bytes > 0 else 0.0
    return f"{state.spec.name:32} {state.messages:>9} messages {state.used_bytes:>12} bytes {fill:5.1f} %"


def _facts(state: streams.StreamState) -> dict[str, object]:
    return {
        "stream": state.spec.name,
        "exists": state.exists,
        "subjects": list(state.spec.subjects),
        "messages": state.messages,
        "bytes": state.used_bytes,
        "max_bytes": state.max_bytes,
        "first_sequence": state.first_sequence,
        "last_sequence": state.last_sequence,
        "consumers": state.consumers,
    }
