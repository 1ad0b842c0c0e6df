"""What happens is seen at once, and nothing is missed."""

from __future__ import annotations

import asyncio
import concurrent.futures
import json
import time
from pathlib import Path

from playwright.sync_api import expect

from aat_consumer.operate.server import EmbeddedServer
from aat_consumer.outcomes import Progress
from aat_reporters.wire import Namespace
from tests.browser.conftest import PATIENCE, Shown, Window, publish
from tests.dashboards import running
from tests.scene import Report, Scene

#: Errors that are nothing to each other, so that each is an issue of its own.
KINDS = ("KeyError", "ValueError", "TypeError", "OSError", "LookupError", "IndexError", "NameError")


def row(report: Report) -> str:
    return f'[id="row-{report.signature}"]'


def test_a_new_error_and_its_repeats_appear_by_themselves(shown: Shown, window: Window) -> None:
    page = window.page
    page.goto(shown.url)
    page.evaluate("() => { window.isTheSame = true; }")
    expect(page.locator("#live")).to_have_text("live", timeout=PATIENCE)

    async def fail(scene: Scene) -> Report:
        report = scene.error("BufferError: appears by itself", file="shop/new.py", stack="")
        await scene.publish(report)
        await scene.count(report, 3)
        return report

    report = shown.publish(fail)
    expect(page.locator(row(report))).to_contain_text("BufferError: appears by itself", timeout=PATIENCE)
    expect(page.locator(row(report)).locator(".state")).to_have_text("queued", timeout=PATIENCE)
    shown.publish(lambda scene: scene.count(report, 4))
    expect(page.locator(row(report)).locator("[data-name=count]")).to_have_text("7", timeout=PATIENCE)
    assert page.evaluate("() => window.isTheSame")


def test_an_investigation_goes_on_before_one_s_eyes(shown: Shown, window: Window) -> None:
    page = window.page

    async def begin(scene: Scene) -> Report:
        report = scene.error("EOFError: watched", file="shop/watched.py", stack="")
        await scene.count(report)
        await scene.investigate(report)
        return report

    report = shown.publish(begin)
    expect_issue(page_url := f"{shown.url}/issues/{report.signature}", window)
    page.evaluate("() => { window.isTheSame = true; }")

    async def go_on(scene: Scene) -> None:
        await scene.story(report).tell(
            Progress(agent="test-writer", status="testing", findings="one test is red")
        )

    shown.publish(go_on)
    expect(page.locator(".timeline")).to_contain_text("one test is red", timeout=PATIENCE)
    shown.publish(lambda scene: scene.fix(report))
    expect(page.locator("h2", has_text="Result")).to_be_visible(timeout=PATIENCE)
    expect(page.locator(".heading .state")).to_have_text("fixed", timeout=PATIENCE)
    expect(page.locator(".diff .plus").last).to_contain_text("max(len(prices), 1)")
    assert page.url == page_url
    assert page.evaluate("() => window.isTheSame")


def expect_issue(url: str, window: Window) -> None:
    """Open an issue's page, which is there as soon as its first message was read."""
    deadline = time.monotonic() + PATIENCE / 1_000
    while (answer := window.page.goto(url)) is not None and answer.status == 404:
        assert time.monotonic() < deadline
        window.problems.clear()


def test_a_browser_that_was_away_is_told_what_it_missed(
    nats_server: EmbeddedServer, namespace: Namespace, window: Window, tmp_path: Path
) -> None:
    """Over a restart of the dashboard on the same port."""
    page = window.page

    async def count(scene: Scene) -> None:
        await scene.count(scene.error(f"{KINDS[len(counted)]}: one", stack=""))
        counted.append(1)

    counted: list[int] = []
    publish(nats_server.url, namespace, count)
    with running(nats_server.url, namespace, folder=tmp_path) as dashboard:
        port = dashboard.place.rpartition(":")[2]
        page.goto(dashboard.url)
        page.evaluate("() => { window.isTheSame = true; }")
        expect(page.locator("tbody tr")).to_have_count(1, timeout=PATIENCE)
        expect(page.locator("#live")).to_have_text("live", timeout=PATIENCE)
    expect(page.locator("#live")).to_have_text("reconnecting", timeout=PATIENCE)
    publish(nats_server.url, namespace, count)
    with running(nats_server.url, namespace, "--port", port, folder=tmp_path):
        expect(page.locator("tbody tr")).to_have_count(2, timeout=PATIENCE)
        assert page.evaluate("() => window.isTheSame")
        page.close()
    # That it could not connect meanwhile is what the test is about.
    window.problems[:] = [one for one in window.problems if "ERR_" not in one]


def test_ten_thousand_issues_and_a_thousand_events_a_second_stay_usable(
    nats_server: EmbeddedServer, namespace: Namespace, window: Window, tmp_path: Path
) -> None:
    page = window.page
    seconds = 5

    async def fill(scene: Scene) -> None:
        await flood(scene, 10_000, per_second=0)

    async def storm(scene: Scene) -> None:
        await flood(scene, seconds * 1_000, per_second=1_000)

    publish(nats_server.url, namespace, fill)
    with running(nats_server.url, namespace, folder=tmp_path) as dashboard:
        page.goto(dashboard.url)
        expect(page.locator(".heading")).to_contain_text("10,000 found", timeout=PATIENCE)
        expect(page.locator("#live")).to_have_text("live", timeout=PATIENCE)
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            storming = pool.submit(publish, nats_server.url, namespace, storm)
            rounds = 0
            while not storming.done() or not rounds:
                started = time.monotonic()
                page.locator("#search").fill(f"signature-{rounds + 17:05d}")
                expect(page.locator("tbody tr")).to_have_count(1, timeout=PATIENCE)
                page.locator("#search").fill("")
                expect(page.locator("tbody tr")).to_have_count(50, timeout=PATIENCE)
                page.keyboard.press("Escape")
                page.keyboard.press("j")
                # Whatever moves meanwhile, and whatever leaves the page.
                expect(page.locator("a.row:focus")).to_have_count(1, timeout=PATIENCE)
                # A page that cannot keep up would take longer with each round.
                assert time.monotonic() - started < 10
                rounds += 1
            storming.result(60)
        page.goto(f"{dashboard.url}?q=signature-00000")
        expect(page.locator("[data-name=count]")).to_have_text("2", timeout=PATIENCE)
        page.close()


async def flood(scene: Scene, number: int, *, per_second: int) -> None:
    """Publish counts of 10,000 signatures, as many a second as are wanted."""
    started = time.monotonic()
    for place in range(number):
        signature = f"signature-{place % 10_000:05d}"
        payload = json.dumps({"signature": signature, "count": 1}).encode()
        await scene.js.client.publish(scene.namespace.occurrence_subject("staging", signature), payload)
        if place % 100 == 99:
            await scene.js.client.flush()
            ahead = (place / per_second if per_second else 0.0) - (time.monotonic() - started)
            await asyncio.sleep(max(ahead, 0.0))
    await scene.js.context.publish(scene.namespace.occurrence_subject("staging", "last"), b"{}")
