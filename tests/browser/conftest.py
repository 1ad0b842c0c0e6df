"""Give tests a real headless Chromium, and dashboards to look at."""

from __future__ import annotations

import asyncio
import concurrent.futures
import os
import shutil
import time
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import pytest

playwright_api = pytest.importorskip("playwright.sync_api")

from playwright.sync_api import Browser, ConsoleMessage, Dialog, Page, sync_playwright  # noqa: E402

from aat_consumer.operate.server import EmbeddedServer  # noqa: E402
from aat_reporters.wire import Namespace  # noqa: E402
from tests.dashboards import Dashboard, running  # noqa: E402
from tests.scene import Report, Scene  # noqa: E402

Value = TypeVar("Value")

_PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

#: Milliseconds that a test waits for what it expects; the machine may be busy.
PATIENCE = 20_000


def publish(url: str, namespace: Namespace, work: Callable[[Scene], Coroutine[Any, Any, Value]]) -> Value:
    """Run publishing code in a thread of its own: Playwright keeps a loop in this one."""

    async def run() -> Value:
        scene = await Scene.open(namespace, url)
        try:
            return await work(scene)
        finally:
            await scene.close()

    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, run()).result(60)


# No longer than a module: while Playwright is open, its event loop counts as running in this thread, and no
# other test could run one of its own.
@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Start Chromium; where there is none, tests are skipped unless AAT_REQUIRE_CHROMIUM is set."""
    program = next((found for name in _PROGRAMS if (found := shutil.which(name))), None)
    if program is None:
        if os.environ.get("AAT_REQUIRE_CHROMIUM"):
            pytest.fail("chromium is not on PATH")
        pytest.skip("chromium is not on PATH")
    with sync_playwright() as playwright:
        sandbox = [] if os.geteuid() else ["--no-sandbox"]
        browser = playwright.chromium.launch(executable_path=program, args=sandbox)
        yield browser
        browser.close()


@dataclass(kw_only=True)
class Window:
    """A page with everything that went wrong in it."""

    page: Page
    problems: list[str] = field(default_factory=list)
    answers: bool = False

    def watch(self) -> None:
        """Note errors, refused resources and dialogs that nobody asked for."""

        def on_console(message: ConsoleMessage) -> None:
            if message.type in ("error", "warning"):
                self.problems.append(message.text)

        def on_dialog(dialog: Dialog) -> None:
            self.problems.append(f"dialog: {dialog.message}")
            if self.answers:
                dialog.accept()
            else:
                dialog.dismiss()

        self.page.on("console", on_console)
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("dialog", on_dialog)

    def expect_dialog(self, question: str) -> None:
        """Wait until the page has asked this."""
        deadline = time.monotonic() + PATIENCE / 1_000
        while f"dialog: {question}" not in self.problems:
            assert time.monotonic() < deadline, self.problems
            self.page.wait_for_timeout(10)  # Playwright looks at events meanwhile
        self.problems.remove(f"dialog: {question}")


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A dashboard that may act, over a namespace with every state in it."""

    namespace: Namespace
    nats_url: str
    dashboard: Dashboard
    reports: dict[str, Report]

    @property
    def url(self) -> str:
        """Give the address of its first page, without the last slash."""
        return self.dashboard.url.rstrip("/")

    def publish(self, work: Callable[[Scene], Coroutine[Any, Any, Value]]) -> Value:
        """Publish more into it."""
        return publish(self.nats_url, self.namespace, work)


@pytest.fixture(scope="session")
def shown(nats_server: EmbeddedServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    """Share one dashboard among tests that change nothing of it but add."""
    namespace = Namespace(f"shown{os.getpid()}")
    reports = publish(nats_server.url, namespace, lambda scene: scene.fill())
    folder: Path = tmp_path_factory.mktemp("shown")
    with running(nats_server.url, namespace, "--allow-actions", folder=folder) as dashboard:
        yield Shown(namespace=namespace, nats_url=nats_server.url, dashboard=dashboard, reports=reports)


@pytest.fixture
def window(chromium: Browser) -> Iterator[Window]:
    """Open a page of 1200 by 800 and see that nothing went wrong in it."""
    context = chromium.new_context(viewport={"width": 1200, "height": 800})
    context.set_default_timeout(PATIENCE)
    found = Window(page=context.new_page())
    found.watch()
    yield found
    problems = list(found.problems)
    context.close()
    assert not problems
