"""Show issues, investigations, quarantine and rates in a browser."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import TYPE_CHECKING

import click

from aat_consumer.cli.errors import who
from aat_consumer.cli.frame import EXIT_OK, EXIT_USAGE, Frame, framed
from aat_consumer.errors import ServerError
from aat_consumer.settings import Settings

if TYPE_CHECKING:
    from aat_consumer.operate.dashboard.serving import Background

__all__ = ["MISSING", "dashboard", "in_background"]

#: The variable that holds the token: on a command line every user of the machine would see it.
TOKEN_VARIABLE = "AAT_DASHBOARD_TOKEN"  # noqa: S105 - the name of a variable

MISSING = "the dashboard needs a package that is not installed; run: pip install 'aat-reporters[dashboard]'"

_DEFAULT_PORT = 8228


@click.command(
    epilog="Examples:  aat dashboard   |   aat dashboard --port 0 --json   |   "
    "AAT_DASHBOARD_TOKEN=... aat dashboard --host 10.0.0.5 --allow-actions"
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Any but loopback needs a token.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=_DEFAULT_PORT, show_default=True, help="0: any."
)
@click.option("--allow-host", "names", multiple=True, help="A name by which a proxy reaches it.")
@click.option("--allow-actions", is_flag=True, help="Release, drop, retry and approve from the page.")
@framed
def dashboard(frame: Frame, *, host: str, port: int, names: tuple[str, ...], allow_actions: bool) -> int:
    """Show issues, investigations, quarantine, queues and error rates in a browser, live.

    Set AAT_DASHBOARD_TOKEN (16 characters or more) to let in only who knows it; it must be set to listen
    on any address but loopback. Without --allow-actions the pages only show.
    Exit codes: 0 stopped, 1 no server, 2 the port is taken or a setting cannot be used.
    """
    try:
        from aat_consumer.operate.dashboard.guard import Access
        from aat_consumer.operate.dashboard.serving import Options, serve
    except ModuleNotFoundError:
        frame.say(f"aat: {MISSING}")
        return EXIT_USAGE
    token = os.environ.get(TOKEN_VARIABLE, "")
    access = Access(host=host, names=names, token=token, allow_actions=allow_actions)
    settings = frame.settings

    def show(url: str) -> None:
        ready = {"step": "ready", "dashboard_url": url, "namespace": settings.namespace.name}
        frame.data(ready, f"dashboard of {settings.namespace.name} on {url}  (Ctrl-C stops it)")

    async def run() -> None:
        stopping, loop = asyncio.Event(), asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stopping.set)
        options = Options(access=access, port=port, by=who())
        await serve(settings, options, on_ready=show, stopping=stopping)

    try:
        asyncio.run(run())
    except ServerError as exc:
        frame.say(f"aat: {exc}")
        return EXIT_USAGE
    return EXIT_OK


def in_background(settings: Settings) -> Background | None:
    """Start a dashboard on a free port of loopback beside other work; None without its packages.

    Raises:
        NotConnectedError: no server.
        ServerError: it does not come up.
    """
    try:
        from aat_consumer.operate.dashboard.guard import Access
        from aat_consumer.operate.dashboard.serving import Background, Options
    except ModuleNotFoundError:
        return None
    access = Access(token=os.environ.get(TOKEN_VARIABLE, ""))
    # The streams of a development server are mostly gone with it, so nothing is kept of them.
    return Background(settings, Options(access=access, port=0, by=who(), keeps_snapshot=False)).start()
