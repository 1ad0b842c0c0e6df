"""Run the real dashboard as a process, and ask it for pages as any program would."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import signal
import subprocess
import sys
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from aat_reporters.wire import Namespace

__all__ = ["Answer", "Dashboard", "command", "running"]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    text: str


@dataclass(frozen=True, kw_only=True)
class Dashboard:
    """A running dashboard."""

    url: str
    process: subprocess.Popen[str]

    @property
    def place(self) -> str:
        """Give its host and port."""
        return urllib.parse.urlsplit(self.url).netloc

    def ask(self, path: str, *, method: str = "GET", body: str = "", **headers: str) -> Answer:
        """Send one request."""
        connection = http.client.HTTPConnection(self.place, timeout=20)
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            connection.request(method, path, body=body or None, headers=given)
            answer = connection.getresponse()
            text = answer.read().decode()
            named = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(status=answer.status, headers=named, text=text)
        finally:
            connection.close()

    def act(self, path: str, *, key: str | None = None, origin: str | None = None, **form: str) -> Answer:
        """Send a form as its page would."""
        if key is None:
            key = self.form_key(path.rpartition("/")[0])
        return self.ask(
            path,
            method="POST",
            body=urllib.parse.urlencode({"key": key, **form}),
            content_type="application/x-www-form-urlencoded",
            origin=origin if origin is not None else f"http://{self.place}",
        )

    def form_key(self, path: str) -> str:
        """Read the key of the forms on a page; empty where it has no forms."""
        found = re.search(r'name="key" value="([0-9a-f]{64})"', self.ask(path).text)
        return found[1] if found else ""


def command(url: str, namespace: Namespace, *words: str) -> list[str]:
    """Give the command that runs a dashboard."""
    return [
        *(sys.executable, "-m", "aat_consumer", "dashboard", "--json"),
        *("--nats-url", url, "--namespace", namespace.name, *words),
    ]


@contextlib.contextmanager
def running(
    url: str, namespace: Namespace, *words: str, folder: Path, **variables: str
) -> Iterator[Dashboard]:
    """Run a dashboard on a free port until the block ends."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("NATS_", "AAT_"))}
    process = subprocess.Popen(
        command(url, namespace, "--port", "0", *words),
        cwd=folder,
        env={**kept, "HOME": str(folder), "XDG_CACHE_HOME": str(folder / "cache"), **variables},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, process.wait(20)
        yield Dashboard(url=json.loads(line)["dashboard_url"], process=process)
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
        assert process.stdout is not None
        process.stdout.close()
