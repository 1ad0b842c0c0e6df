"""Measure the dashboard on a history of a million occurrence records, and how fast a page shows what happens.

    python benchmarks/history.py                      # 1,000,000 records, 50,000 signatures
    python benchmarks/history.py 100000 5000 --nats-server /usr/sbin/nats-server

Records are spread over 30 days by the time they carry. The dashboard is the real program in a process of its
own; what is measured is what a browser gets over HTTP. The last part needs Chromium and Playwright.
"""

from __future__ import annotations

import argparse
import asyncio
import concurrent.futures
import contextlib
import http.client
import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from aat_consumer import streams
from aat_consumer.jetstream import JetStream, connect
from aat_consumer.operate.server import EmbeddedServer
from aat_reporters.connection import Connection
from aat_reporters.wire import Namespace

NAMES = Namespace("bench")
DAYS = 30

#: Records on their way to the server at a time.
WINDOW = 1_000

#: Requests of each page, of which the slowest counts as well.
REQUESTS = 20

#: Errors of which the time to the page is measured.
SHOWN = 200


@dataclass(frozen=True, kw_only=True)
class Dashboard:
    """The real program, since when it was started."""

    started: float
    url: str
    pid: int

    def get(self, path: str) -> str:
        """Ask for a page."""
        connection = http.client.HTTPConnection(urllib.parse.urlsplit(self.url).netloc, timeout=60)
        connection.request("GET", path)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        assert answer.status == 200, (path, answer.status)
        return text

    def cpu(self) -> float:
        """Give the seconds of processor time that it took so far, which others' load does not change."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def peak_mb(self) -> float:
        """Give the most memory that it had."""
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


@contextlib.contextmanager
def running(url: str, folder: Path) -> Iterator[Dashboard]:
    started = time.perf_counter()
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "aat_consumer", "dashboard", "--port", "0", "--json"),
            *("--nats-url", url, "--namespace", NAMES.name),
        ],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "HOME": str(folder)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    ready = json.loads(process.stdout.readline())
    yield Dashboard(started=started, url=ready["dashboard_url"], pid=process.pid)
    process.send_signal(signal.SIGTERM)
    process.wait(60)


async def fill(url: str, records: int, signatures: int) -> None:
    js = await connect(Connection(url=url), namespace=NAMES, name="bench")
    room = {NAMES.occurrences: max(records * 600, 64 << 20)}
    await streams.apply(js, await streams.inspect(js, max_bytes=room), max_bytes=room)
    room_left = asyncio.Semaphore(WINDOW)

    async def on_ack(_: object) -> None:
        room_left.release()

    inbox = js.client.new_inbox()
    await js.client.subscribe(inbox, cb=on_ack)
    now = time.time()
    for number in range(records):
        at = datetime.fromtimestamp(now - DAYS * 86_400 * (1 - number / records), UTC).isoformat()
        signature = f"s1-{number * 7919 % signatures:032x}"
        environment = "production" if number % 3 else "staging"
        body = {"signature": signature, "count": 3, "first_seen": at, "last_seen": at}
        body |= {"server": "web-1", "release": f"1.{number * DAYS // records}"}
        subject = NAMES.occurrence_subject(environment, signature)
        headers = {"Nats-Msg-Id": f"bench-occurrences-{number}"}
        await js.client.publish(subject, json.dumps(body).encode(), reply=inbox, headers=headers)
        await room_left.acquire()
    for _ in range(WINDOW):
        await room_left.acquire()
    info = await js.context.stream_info(NAMES.occurrences)
    assert info.state.messages == records, info.state.messages
    print(f"{records:,} records of {signatures:,} signatures, {info.state.bytes / 1e6:.0f} MB")
    await js.close()


def rebuild(dashboard: Dashboard, records: int) -> None:
    newest = records // DAYS
    first = shown = 0.0
    while True:
        text = dashboard.get("/")
        now = time.perf_counter() - dashboard.started
        first = first or now
        found = re.search(r"([\d,]+) of ([\d,]+) messages", text)
        is_whole = 'class="notice"' not in text
        read = int(found[1].replace(",", "")) if found else records if is_whole else 0
        if not shown and read >= newest:
            shown, shown_at, cpu_at = now, read, dashboard.cpu()
        if is_whole:
            break
        # Each look takes what a page costs away from reading.
        time.sleep(1.0 if shown else 0.05)
    print(
        f"first page {first:.2f} s after the start of the program; the newest 24 hours {shown:.2f} s "
        f"({cpu_at:.2f} s of processor time)"
    )
    rest, took, cpu = records - shown_at, now - shown, dashboard.cpu() - cpu_at
    print(
        f"the rest in {took:.1f} s, {rest / took:,.0f} records a second; "
        f"{rest / cpu:,.0f} a second of processor time"
    )
    print(f"peak {dashboard.peak_mb():.0f} MB")


def pages(dashboard: Dashboard, signatures: int) -> None:
    middle = f"s1-{signatures // 2:032x}"
    for path in (
        *("/", f"/?q={middle}", "/?sort=count&page=900", "/?state=counted&environment=staging"),
        *(f"/issues/{middle}", "/rates", "/rates?range=30d", "/quarantine", "/streams", "/health"),
    ):
        times = []
        cpu = dashboard.cpu()
        for _ in range(REQUESTS + 1):
            started = time.perf_counter()
            dashboard.get(path)
            times.append((time.perf_counter() - started) * 1_000)
        cpu = (dashboard.cpu() - cpu) / len(times) * 1_000
        times = sorted(times[1:])
        p50 = statistics.median(times)
        print(f"{path[:40]:40}  p50 {p50:5.0f} ms   slowest {times[-1]:5.0f} ms   processor {cpu:5.0f} ms")


def visible(dashboard: Dashboard, url: str) -> None:
    """Publish one count after the other, and let the page note when its row says so."""
    program = shutil.which("chromium") or shutil.which("google-chrome")
    try:
        from playwright.sync_api import sync_playwright
    except ModuleNotFoundError:
        program = None
    if program is None:
        print("publish to visible: not measured, there is no Chromium or Playwright")
        return
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(f"{dashboard.url}?q=newcomer")
        page.locator("#live.on").wait_for()
        page.evaluate(
            """() => {
              window.seen = {};
              const look = () => {
                const cell = document.querySelector('tbody [data-name=count]');
                if (cell) window.seen[cell.textContent] ??= Date.now();
              };
              new MutationObserver(look).observe(document.body,
                {subtree: true, childList: true, characterData: true});
            }"""
        )
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            published = pool.submit(asyncio.run, trickle(url)).result()
        page.wait_for_timeout(2_000)
        seen = page.evaluate("() => window.seen")
        browser.close()
    took = sorted(seen[str(number)] - at for number, at in published.items() if str(number) in seen)
    p50, p95 = statistics.median(took), took[int(len(took) * 0.95)]
    print(
        f"publish to visible, {len(took)} of {len(published)} errors one by one: "
        f"p50 {p50:.0f} ms, p95 {p95:.0f} ms, slowest {took[-1]:.0f} ms"
    )


async def trickle(url: str) -> dict[int, float]:
    js: JetStream = await connect(Connection(url=url), namespace=NAMES, name="bench")
    published = {}
    for number in range(1, SHOWN + 1):
        published[number] = time.time() * 1_000
        body = json.dumps({"signature": "newcomer", "count": 1}).encode()
        await js.context.publish(NAMES.occurrence_subject("staging", "newcomer"), body)
        await asyncio.sleep(0.15)
    await js.close()
    return published


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("records", type=int, nargs="?", default=1_000_000)
    parser.add_argument("signatures", type=int, nargs="?", default=50_000)
    parser.add_argument("--nats-server", default="", help="another server program")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, EmbeddedServer(program=options.nats_server) as server:
        folder = Path(name)
        asyncio.run(fill(server.url, options.records, options.signatures))
        with running(server.url, folder) as dashboard:
            rebuild(dashboard, options.records)
            pages(dashboard, options.signatures)
            visible(dashboard, server.url)
            print(f"peak {dashboard.peak_mb():.0f} MB")
        (snapshot,) = (folder / ".cache" / "aat" / "history").iterdir()
        print(f"snapshot of {snapshot.stat().st_size / 1e6:.0f} MB")
        with running(server.url, folder) as dashboard:
            while (
                f"{options.signatures + 1:,} found" not in (text := dashboard.get("/")) or "Reading" in text
            ):
                time.sleep(0.02)
            took = time.perf_counter() - dashboard.started
            print(
                f"restart from it: whole first page {took:.2f} s ({dashboard.cpu():.2f} s of processor time)"
            )
            print(f"peak {dashboard.peak_mb():.0f} MB")


if __name__ == "__main__":
    main()
