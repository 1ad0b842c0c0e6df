"""Serve the numbers of the namespace to Prometheus."""

from __future__ import annotations

import asyncio
import contextlib

import click

from aat_consumer.cli.frame import EXIT_FAILED, EXIT_OK, Frame, framed
from aat_consumer.cli.run import stopping_gently
from aat_consumer.jetstream import JetStream
from aat_consumer.operate.metrics.following import Metrics
from aat_reporters.errors import SettingsError

__all__ = ["metrics"]

#: In the range where exporters for Prometheus listen.
_DEFAULT_PORT = 9_522

#: Seconds that a scrape waits for the server; Prometheus itself gives up after ten.
_PATIENCE = 8.0


@click.command(epilog="Examples:  aat metrics   |   aat metrics --port 0 --json   |   aat metrics --once")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=_DEFAULT_PORT, show_default=True, help="0: any."
)
@click.option("--once", is_flag=True, help="Print the page once and stop; counters are 0 then.")
@framed
def metrics(frame: Frame, *, host: str, port: int, once: bool) -> int:
    """Serve /metrics for Prometheus: server, streams, queues, results, alerts.

    The page asks for no password, so it listens on loopback unless told otherwise; it holds numbers and
    no text of a report. Counters begin at 0 when it starts.
    Exit codes: 0 stopped or printed, 1 no server or a stream is missing, 2 the port is taken, or
    prometheus-client is not installed.
    """
    try:
        from aat_consumer.operate.metrics import exposition
    except ModuleNotFoundError as exc:
        raise SettingsError(
            f"{exc.name} is not installed; run: pip install 'aat-reporters[metrics]'"
        ) from exc

    async def work(js: JetStream) -> int:
        found = Metrics(js)
        if once:
            counts, taken = await found.taken()
            text = exposition.page(counts, taken).decode()
            frame.data({"content_type": exposition.CONTENT_TYPE, "page": text}, text.removesuffix("\n"))
            return EXIT_OK if taken.is_up else EXIT_FAILED
        await found.begin()
        loop, stopped = asyncio.get_running_loop(), asyncio.Event()
        server, taken_port = exposition.serve(
            lambda: asyncio.run_coroutine_threadsafe(found.taken(), loop).result(_PATIENCE),
            host=host,
            port=port,
        )
        counting = asyncio.create_task(found.run())
        url = f"http://{host}:{taken_port}/metrics"
        frame.data({"step": "ready", "url": url}, f"metrics of {js.namespace.name}: {url}; Ctrl-C stops")
        try:
            with stopping_gently(stopped.set, frame):
                await stopped.wait()
        finally:
            counting.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await counting
            await asyncio.to_thread(server.shutdown)
            server.server_close()
        return EXIT_OK

    try:
        return frame.connected(work)
    except OSError as exc:
        if isinstance(exc, ConnectionError) or exc.strerror is None:
            raise
        raise SettingsError(f"cannot listen on {host}:{port}: {exc.strerror}") from exc
