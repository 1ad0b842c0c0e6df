"""Run web servers as users run them, and ask them for pages."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.integration.reporters.programs import start

#: Seconds that a server may take to start, to answer and to stop, on a loaded machine.
PATIENCE = 30.0

_ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+")


@dataclass(slots=True)
class WebServer:
    """A server that runs.

    Args:
        url: of its root.
        lines: what it has printed, growing.
        process: the server itself.
    """

    url: str
    process: subprocess.Popen[str]
    lines: list[str] = field(default_factory=list)

    def get(self, path: str, **headers: str) -> int:
        """Ask for a page; give the status."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(self.url + path, headers=named)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
                answer.read()
                return int(answer.status)
        except urllib.error.HTTPError as error:
            error.close()
            return int(error.code)


@contextmanager
def serving(*command: str, folder: Path, variables: Mapping[str, str]) -> Iterator[WebServer]:
    """Run ``python -m`` a server that prints its address, and stop it as a service manager does.

    Args:
        command: module and arguments, with port 0.
        folder: with the application; the working directory.
        variables: of the process.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", *command],
        cwd=folder,
        env=dict(variables),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    server = WebServer(url="", process=process)
    try:
        for line in process.stdout:
            server.lines.append(line)
            if found := _ADDRESS.search(line):
                server.url = found[0]
                break
        assert server.url, "".join(server.lines)
        reader = threading.Thread(target=server.lines.extend, args=(process.stdout,), daemon=True)
        reader.start()
        yield server
        process.terminate()
        process.wait(PATIENCE)
        reader.join(PATIENCE)
    finally:
        # Workers too: one that outlived a failed test would hold the other end of the pipe.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()


@contextmanager
def succeeding(variables: dict[str, str]) -> Iterator[None]:
    """Run a program that sends what one before it had only time to spool, as on a loaded machine."""
    heir = start("sys.stdin.read()", variables)
    yield
    heir.communicate("", PATIENCE)
