"""Start everything that development needs, on loopback."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from collections.abc import AsyncIterator
from pathlib import Path

import click

from aat_consumer import streams
from aat_consumer.cli.dashboard import MISSING, in_background
from aat_consumer.cli.frame import EXIT_OK, EXIT_USAGE, Frame, framed
from aat_consumer.cli.run import show_steps, stopping_gently
from aat_consumer.errors import AgentMissingError, PublishingError, ServerError, WorkspaceError
from aat_consumer.jetstream import connect
from aat_consumer.operate.server import EmbeddedServer
from aat_consumer.settings import AGENT_KINDS, Settings
from aat_reporters.connection import Connection

__all__ = ["dev"]

#: Where programs look for a server when nothing is set.
_DEFAULT_PORT = 4222


@click.command(epilog="Examples:  aat dev   |   aat dev --port 0 --json   |   aat dev --agent claude")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=_DEFAULT_PORT, show_default=True, help="0: any."
)
@click.option("--store", type=click.Path(path_type=Path), help="Keep the streams here instead of for once.")
@click.option(
    "--agent", "kind", type=click.Choice(AGENT_KINDS), help="Who works on errors; dry-run by default."
)
@framed
def dev(frame: Frame, *, port: int, store: Path | None, kind: str | None) -> int:
    """Start a nats-server on loopback, the namespace's streams, a consumer and the dashboard.

    Ctrl-C stops all.

    Exit codes: 0 stopped, 2 the port is taken, or settings or repository cannot be used.
    """
    from aat_consumer import consuming  # knows every agent, which a failing start need not import

    frame.flags["agent.kind"] = kind
    frame.defaults["agent.kind"] = "dry-run"
    settings = frame.settings
    try:
        for warning in consuming.check(settings):
            frame.say(f"aat: warning: {warning}")
        server = EmbeddedServer(port=port, store=store).start()
    except (ServerError, WorkspaceError, AgentMissingError, PublishingError) as exc:
        frame.say(f"aat: {exc}")
        return EXIT_USAGE
    try:
        local = dataclasses.replace(settings, connection=Connection(url=server.url))
        asyncio.run(_serve(frame, local, server))
    finally:
        server.stop()
    return EXIT_OK


async def _serve(frame: Frame, settings: Settings, server: EmbeddedServer) -> None:
    from aat_consumer import consuming

    js = await connect(settings.connection, namespace=settings.namespace, name="aat-dev")
    shown = None
    try:
        limits = settings.streams.max_bytes(js.namespace)
        await streams.apply(js, await streams.inspect(js, max_bytes=limits), max_bytes=limits)
        worker = consuming.build_worker(
            js, settings=settings, observe=show_steps(frame, on_closed=lambda: worker.stop())
        )
        shown = await asyncio.to_thread(in_background, settings)
        if shown is None:
            frame.say(f"aat: warning: {MISSING}")
        url = shown.url if shown else None
        frame.data(_ready(settings, server, url), _welcome(settings, server, url))
        async with _told(frame, settings):
            with stopping_gently(worker.stop, frame):
                await worker.run()
    finally:
        if shown is not None:
            await asyncio.to_thread(shown.stop)
        await js.close()


@contextlib.asynccontextmanager
async def _told(frame: Frame, settings: Settings) -> AsyncIterator[None]:
    """Send alerts meanwhile, where the settings name a channel."""
    if not settings.alerts.has_channel:
        yield
        return
    from aat_consumer.cli.alert import channels_of, watch_of

    watching = watch_of(frame, settings, channels_of(settings))
    running = asyncio.create_task(watching.run())
    try:
        yield
    finally:
        watching.stop()
        await running


def _ready(settings: Settings, server: EmbeddedServer, dashboard_url: str | None) -> dict[str, object]:
    return {
        "step": "ready",
        "nats_url": server.url,
        "monitoring_url": server.monitoring_url,
        "dashboard_url": dashboard_url,
        "namespace": settings.namespace.name,
        "agent": settings.agent.kind,
    }


def _welcome(settings: Settings, server: EmbeddedServer, dashboard_url: str | None) -> str:
    name = settings.namespace.name
    return "\n".join(
        (
            f"nats-server   {server.url} (monitoring {server.monitoring_url})",
            f"streams       {len(streams.plan_streams(settings.namespace))} of namespace {name}",
            f"consumer      agent {settings.agent.kind}",
            f"dashboard     {dashboard_url or 'not installed'}",
            "",
            "Let programs report here:",
            f"  export NATS_URL={server.url} NATS_NAMESPACE={name}",
        )
    )
