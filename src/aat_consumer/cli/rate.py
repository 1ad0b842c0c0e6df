"""Show how often errors occur, by environment and signature."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time
from collections.abc import Callable, Sequence

import click

from aat_consumer.cli import parameters
from aat_consumer.cli.frame import EXIT_OK, Frame, framed, printable
from aat_consumer.cli.progress import progress
from aat_consumer.cli.words import moment_of_seconds, name_of
from aat_consumer.errors import QueueError
from aat_consumer.jetstream import JetStream
from aat_consumer.operate.following import Follower
from aat_consumer.operate.history import HOUR, MINUTE, History, Rate
from aat_consumer.operate.rating import Line, sparkline, sum_up

__all__ = ["rate"]

#: Seconds between two pictures of --watch.
INTERVAL = 2.0

#: Lines shown unless told otherwise: a screen's worth.
DEFAULT_LIMIT = 20

#: Seconds looked back unless told otherwise, by what is counted.
_SINCE = {MINUTE: 3_600.0, HOUR: 86_400.0}

#: Seconds that are kept, by what is counted.
_KEPT = {MINUTE: 86_400.0, HOUR: 2_592_000.0}

_WIDTH = 24
_UNITS = {"minute": MINUTE, "hour": HOUR}


@click.command(
    epilog="Examples:  aat rate   |   aat rate --per minute --watch   |   aat rate --since 7d --json   |   "
    "aat rate --environment production --totals"
)
@click.option("--per", type=click.Choice(list(_UNITS)), default="hour", show_default=True, help="Count by.")
@click.option("--since", type=parameters.duration, help="How far back.  [default: 24h by hour, 1h by minute]")
@parameters.ENVIRONMENT_OPTION
@click.option("--signature", default="", help="Only this error.")
@click.option("--totals", is_flag=True, help="Only a line for each environment.")
@click.option(
    "--limit", type=click.IntRange(1), default=DEFAULT_LIMIT, show_default=True, help="Show so many."
)
@click.option("--watch", is_flag=True, help="Go on, every 2 s, until Ctrl-C.")
@framed
def rate(
    frame: Frame,
    *,
    per: str,
    since: float | None,
    environments: tuple[str, ...],
    signature: str,
    totals: bool,
    limit: int,
    watch: bool,
) -> int:
    """Show errors per hour or minute, by environment and signature, most first, from their counts.

    Every occurrence counts, also of errors whose reports the server drops as repeats.
    Exit codes: 0 shown, 1 no server or no stream, 2 called wrongly, 130 stopped.
    """
    unit = _UNITS[per]
    back = since if since is not None else _SINCE[unit]
    if not unit <= back <= _KEPT[unit]:
        raise click.UsageError(
            f"--since must be {unit}s to {_KEPT[unit]:.0f}s when counting by {per}: {back:g}s"
        )

    def show(history: History) -> int:
        now = time.time()
        lines = _lines(history, unit=unit, since=now - back + unit, now=now, totals=totals)
        wanted = [
            line
            for line in lines
            if (not environments or line.environment in environments)
            and (not signature or line.signature == signature)
        ]
        _show(frame, wanted[:limit], unit=unit, per=per, now=now)
        return len(wanted)

    async def work(js: JetStream) -> None:
        history = History(js.namespace)
        follower = Follower(js, history, streams=[js.namespace.occurrences])
        await _read(follower, since=time.time() - back)
        if watch:
            await _watch(frame, follower, lambda: show(history))
            return
        count = show(history)
        if not count:
            frame.say(f"no errors were counted in {js.namespace.name} for {back:g} s")
        elif count > limit:
            frame.say(f"{count} lines; --limit shows more")

    frame.connected(work)
    return EXIT_OK


async def _read(follower: Follower, *, since: float) -> None:
    await follower.open()
    with progress("reading counts") as told:
        async with contextlib.aclosing(follower.past()) as past:
            async for done in past:
                told(done.read, done.total)
                if done.since and done.since < since:
                    return


async def _watch(frame: Frame, follower: Follower, show: Callable[[], object]) -> None:
    is_screen = sys.stdout.isatty() and not frame.as_json
    async with asyncio.TaskGroup() as group:
        live = group.create_task(follower.live())
        while not live.done():
            if is_screen:
                sys.stdout.write("\x1b[H\x1b[2J")
            show()
            await asyncio.sleep(INTERVAL)
    raise QueueError("the counts cannot be followed any more")


def _lines(history: History, *, unit: int, since: float, now: float, totals: bool) -> list[Line]:
    if not totals:
        return sum_up(history.rates(unit=unit, since=since, now=now), unit=unit, since=since, now=now)
    found = history.totals(unit=unit, since=since, now=now)
    rates = [
        Rate(start, environment, "", errors)
        for environment, buckets in found.items()
        for start, errors in buckets
    ]
    return sum_up(rates, unit=unit, since=since, now=now)


def _show(frame: Frame, lines: Sequence[Line], *, unit: int, per: str, now: float) -> None:
    if not frame.as_json and lines:
        head = f"{'errors':>8} {'a ' + per:>9} {'last':>7} {'most':>7}  {'':{_WIDTH}}  environment  signature"
        sys.stdout.write(printable(head) + "\n")
    for line in lines:
        bars = sparkline(line.counts, width=_WIDTH)
        name = name_of(line.signature)
        text = (
            f"{line.errors:>8} {line.per_unit:>9.1f} {line.last:>7} {line.most:>7}  {bars:{_WIDTH}}  "
            f"{name_of(line.environment):11}  {name or 'all'}"
        )
        first = int(now) // unit - len(line.counts) + 1
        buckets = [
            {"at": moment_of_seconds((first + place) * unit), "errors": count}
            for place, count in enumerate(line.counts)
            if count
        ]
        facts: dict[str, object] = {
            "at": moment_of_seconds(now),
            "environment": name_of(line.environment),
            "signature": name,
            "per": per,
            "errors": line.errors,
            "average": round(line.per_unit, 3),
            "last": line.last,
            "most": line.most,
            "buckets": buckets,
        }
        frame.data(facts, text)
