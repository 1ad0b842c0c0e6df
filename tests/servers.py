"""Start nats-servers as an operator might: without JetStream, open to the network, with users."""

from __future__ import annotations

import contextlib
import json
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from aat_consumer.operate.server import find_program

#: Debian's server, which is the oldest that must work.
OLD_SERVER = Path("/usr/sbin/nats-server")

_DEADLINE = 20.0


@dataclass(kw_only=True)
class Started:
    """A server that runs, and where it is reached."""

    process: subprocess.Popen[bytes]
    url: str
    monitoring_url: str = ""

    def stop(self) -> None:
        """End it, and wait for its end."""
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@contextlib.contextmanager
def started(folder: Path, *arguments: str, config: str = "", program: str = "") -> Iterator[Started]:
    """Run one server on a free port with a monitoring port, bound to what the arguments say."""
    server = start(folder, "-p", "-1", "-m", "-1", *arguments, config=config, program=program)
    try:
        yield server
    finally:
        server.stop()


def start(folder: Path, *arguments: str, config: str = "", program: str = "") -> Started:
    """Start one server and wait until it listens."""
    ports = folder / "ports"
    shutil.rmtree(ports, ignore_errors=True)
    ports.mkdir(parents=True)
    command = [program or find_program(), *arguments, "--ports_file_dir", str(ports)]
    if config:
        (folder / "server.conf").write_text(config, encoding="utf-8")
        command += ["-c", str(folder / "server.conf")]
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    path = ports / f"{Path(command[0]).name}_{process.pid}.ports"
    deadline = time.monotonic() + _DEADLINE
    while True:
        assert process.poll() is None, (folder / "server.log").read_text()
        assert time.monotonic() < deadline, (folder / "server.log").read_text()
        try:
            found = json.loads(path.read_bytes())
            break
        except (OSError, ValueError):
            time.sleep(0.01)
    monitoring = (found.get("monitoring") or [""])[0].rpartition(":")[2]
    return Started(
        process=process,
        url=f"nats://127.0.0.1:{found['nats'][0].rpartition(':')[2]}",
        monitoring_url=f"http://127.0.0.1:{monitoring}" if monitoring else "",
    )
