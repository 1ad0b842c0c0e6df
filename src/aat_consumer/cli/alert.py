"""Tell people what they should know, try it, and keep it quiet for a while."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from datetime import UTC, datetime

import click

from aat_consumer.cli.errors import who
from aat_consumer.cli.frame import EXIT_FAILED, EXIT_OK, Frame, framed
from aat_consumer.cli.parameters import duration
from aat_consumer.cli.run import stopping_gently
from aat_consumer.cli.words import moment
from aat_consumer.jetstream import JetStream, connect
from aat_consumer.operate.alerts import silences
from aat_consumer.operate.alerts.account import look
from aat_consumer.operate.alerts.channels import Channels, open_channels
from aat_consumer.operate.alerts.ledger import Channel, Notification
from aat_consumer.operate.alerts.replaying import replay
from aat_consumer.operate.alerts.rules import Alert
from aat_consumer.operate.alerts.silences import EVERYTHING, Silence, check_match
from aat_consumer.operate.alerts.watching import Watch
from aat_consumer.operate.alerts.wording import body_of, json_of, title_of
from aat_consumer.settings import Settings
from aat_reporters.errors import SettingsError

__all__ = ["alert", "channels_of", "watch_of"]


@click.group()
def alert() -> None:
    """Tell people what they should know."""


@alert.command(epilog="Examples:  aat alert run   |   aat alert run --json")
@framed
def run(frame: Frame) -> int:
    """Watch the namespace and send alerts to the channels of the section alerts in aat.toml.

    Runs beside aat run, as a service of its own; a second one waits until the first has ended. Outlives
    restarts of the server, and tells when it is away for a minute.
    Exit codes: 0 stopped, 2 no channel is set, or one cannot be used.
    """
    channels = channels_of(frame.settings)

    async def watch() -> None:
        watching = watch_of(frame, frame.settings, channels)
        frame.say(
            f"alerts of {frame.settings.namespace.name} go to {', '.join(channels.names)}; Ctrl-C stops"
        )
        with stopping_gently(watching.stop, frame):
            await watching.run()

    asyncio.run(watch())
    return EXIT_OK


@alert.command(epilog="Examples:  aat alert test   |   aat alert test --json")
@framed
def test(frame: Frame) -> int:
    """Send a test notification to every channel and say which took it; needs no server.

    Exit codes: 0 all took it, 1 one did not, 2 no channel is set, or one cannot be used.
    """
    settings = frame.settings
    channels = channels_of(settings)
    now = time.time()
    example = Alert(rule="test", key="test", text="this is a test; nothing has happened", at=now)
    notification = Notification(id=f"alert-{uuid.uuid4().hex}", at=now, alerts=(example,))

    async def send() -> list[str]:
        return await asyncio.gather(*(channels.send(name, notification) for name in channels.names))

    problems = asyncio.run(send())
    for name, problem in zip(channels.names, problems, strict=True):
        value = {"channel": name, "delivered": not problem, "error": problem, "id": notification.id}
        frame.data(value, f"{name}: {problem or 'delivered'}")
    return EXIT_FAILED if any(problems) else EXIT_OK


@alert.command(epilog="Examples:  aat alert status   |   aat alert status --json")
@framed
def status(frame: Frame) -> int:
    """Show each channel: when it took the last notification, and whether it fails.

    Exit codes: 0 all work, 1 a channel fails, or no alerts ever ran here.
    """
    ledger = frame.connected(look)
    if ledger is None:
        frame.say("no alerts ever ran here; start them with: aat alert run")
        return EXIT_FAILED
    for name, channel in ledger.channels.items():
        waiting = ledger.waiting_for(name)
        facts = {
            "channel": name,
            "ok": not channel.failing_since,
            "delivered_at": _moment(channel.delivered_at),
            "failing_since": _moment(channel.failing_since),
            "error": channel.error,
            "waiting": waiting,
            "lost": channel.lost,
        }
        frame.data(
            facts, f"{'WRONG' if channel.failing_since else 'ok':5}  {name}: {_state(channel, waiting)}"
        )
    frame.say(f"{ledger.pending} alerts wait to be told, {ledger.silenced} were silenced")
    return EXIT_FAILED if any(channel.failing_since for channel in ledger.channels.values()) else EXIT_OK


@alert.command(
    epilog="Examples:  aat alert silence 2h   |   aat alert silence s1-0f3a9c 2h"
    "   |   aat alert silence spike 1d   |   aat alert silence list   |   aat alert silence remove s1-0f3a9c"
)
@click.argument("words", nargs=-1, required=True, metavar="[WHAT] DURATION | list | remove [WHAT]")
@framed
def silence(frame: Frame, *, words: tuple[str, ...]) -> int:
    """Keep alerts back: all of them, those of a rule, or those of a signature or its first digits.

    What is kept back is counted, and not told later.
    Exit codes: 0 done, 1 no server, or nothing to remove, 2 WHAT or DURATION cannot be used.
    """
    match words:
        case ("list",):
            return _list_silences(frame)
        case ("remove",) | ("remove", _):
            return _remove_silence(frame, words[1] if len(words) > 1 else EVERYTHING)
        case (_,) | (_, _):
            return _add_silence(frame, words[0] if len(words) > 1 else EVERYTHING, words[-1])
    raise click.UsageError("silence takes what and how long, such as: aat alert silence s1-0f3a9c 2h")


@alert.command(name="replay", epilog="Examples:  aat alert replay   |   aat alert replay --since 7d --json")
@click.option("--since", default="24h", show_default=True, help="How far back.")
@framed
def replay_(frame: Frame, *, since: str) -> int:
    """Show what would have been told, with the rules of now and from what the streams hold.

    Sends nothing. What holds for a while (stuck, full, down) leaves no message, so it is not replayed.
    Exit codes: 0 replayed, 1 no server or a stream is missing.
    """
    settings = frame.settings
    now = time.time()
    begin = now - duration(since)

    async def work(js: JetStream) -> int:
        count = 0
        async for notification in replay(js, settings.alerts, since=begin, now=now):
            count += 1
            _print(frame, settings, notification)
        return count

    count = frame.connected(work)
    frame.say(
        f"{count} notifications would have been sent since {moment(datetime.fromtimestamp(begin, UTC))}"
    )
    return EXIT_OK


def channels_of(settings: Settings) -> Channels:
    """Open the channels of the settings.

    Raises:
        SettingsError: none is set, or one cannot be used.
    """
    if not settings.alerts.has_channel:
        raise SettingsError(
            "no channel for alerts: set urls or webhook in the section alerts of aat.toml, or AAT_ALERT_URLS"
        )
    return open_channels(settings.alerts, settings.namespace.name)


def watch_of(frame: Frame, settings: Settings, channels: Channels) -> Watch:
    """Put the alerts together; they print what they tell."""

    async def open_connection() -> JetStream:
        return await connect(settings.connection, namespace=settings.namespace, name="aat-alert")

    return Watch(
        open_connection,
        settings=settings,
        channels=channels,
        observe=lambda step, facts: frame.data(
            {"step": step, **facts},
            f"{step:14} " + " ".join(f"{key}={value}" for key, value in facts.items()),
        ),
        say=lambda text: frame.say(f"aat: {text}"),
    )


def _list_silences(frame: Frame) -> int:
    async def work(js: JetStream) -> list[Silence]:
        return await silences.listed(js, now=time.time())

    for found in frame.connected(work):
        until = _moment(found.until)
        frame.data(
            {"match": found.match, "until": until, "by": found.by},
            f"{found.match}: until {until}, by {found.by}",
        )
    return EXIT_OK


def _remove_silence(frame: Frame, what: str) -> int:
    async def work(js: JetStream) -> bool:
        return await silences.remove(js, check_match(what))

    is_removed = frame.connected(work)
    text = f"{what} is told again" if is_removed else f"{what} was not silenced"
    frame.data({"match": what, "removed": is_removed}, text)
    return EXIT_OK if is_removed else EXIT_FAILED


def _add_silence(frame: Frame, what: str, long: str) -> int:
    added = Silence(match=check_match(what), until=time.time() + duration(long), by=who())

    async def work(js: JetStream) -> None:
        await silences.add(js, added)

    frame.connected(work)
    until = _moment(added.until)
    frame.data({"match": what, "until": until, "by": added.by}, f"{what} is silenced until {until}")
    return EXIT_OK


def _print(frame: Frame, settings: Settings, notification: Notification) -> None:
    name, dashboard = settings.namespace.name, settings.alerts.dashboard
    if frame.as_json:
        frame.data(json.loads(json_of(notification, namespace=name, dashboard=dashboard)))
        return
    body = body_of(notification, dashboard).replace("\n", "\n    ")
    frame.data({}, f"{_moment(notification.at)}  {title_of(notification, name)}\n    {body}")


def _moment(seconds: float) -> str:
    return moment(datetime.fromtimestamp(seconds, UTC)) if seconds else ""


def _state(channel: Channel, waiting: int) -> str:
    last = (
        f"last delivery {_moment(channel.delivered_at)}" if channel.delivered_at else "nothing delivered yet"
    )
    failing = (
        f", failing since {_moment(channel.failing_since)}: {channel.error}" if channel.failing_since else ""
    )
    rest = f", {waiting} wait" if waiting else ""
    return last + failing + rest + (f", {channel.lost} lost" if channel.lost else "")
