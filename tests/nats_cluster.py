"""Run a cluster of real nats-servers on loopback, of which a test can lose and bring back nodes."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from aat_consumer.jetstream import JetStream
from aat_consumer.operate.server import find_program
from aat_consumer.streams import plan_streams

#: Seconds for a cluster to find itself and choose leaders, on busy machines.
DEADLINE = 60.0

LOOK_INTERVAL = 0.1


class NatsCluster:
    """Servers that know each other; JetStream answers while more than half of them live.

    Args:
        folder: for stores and logs.
        size: how many.
    """

    def __init__(self, folder: Path, *, size: int = 3) -> None:
        self._folder = folder
        ports = _free_ports(3 * size)
        self._ports = [tuple(ports[3 * node : 3 * node + 3]) for node in range(size)]
        self._processes: dict[int, subprocess.Popen[bytes]] = {}

    @property
    def url(self) -> str:
        """Give the addresses of all nodes, as NATS_URL takes them."""
        return ",".join(f"nats://127.0.0.1:{client}" for client, _, _ in self._ports)

    def start(self, node: int) -> None:
        """Start one node, with the store that it had."""
        client, route, monitoring = self._ports[node]
        routes = ", ".join(f"nats://127.0.0.1:{port}" for _, port, _ in self._ports)
        config = self._folder / f"node{node}.conf"
        config.write_text(
            f"""
            server_name: node{node}
            listen: 127.0.0.1:{client}
            http: 127.0.0.1:{monitoring}
            jetstream {{ store_dir: "{self._folder / f"store{node}"}", max_file_store: 100GB }}
            cluster {{ name: tests, listen: 127.0.0.1:{route}, routes: [{routes}] }}
            """
        )
        log = self._folder / f"node{node}.log"
        self._processes[node] = subprocess.Popen(
            [find_program(), "-c", str(config), "-l", str(log)], stdin=subprocess.DEVNULL
        )

    def kill(self, node: int) -> None:
        """Kill one node as a power cut would."""
        self._processes[node].kill()
        self._processes.pop(node).wait()

    def leader(self, stream: str) -> int | None:
        """Tell which node leads a stream; None while nobody does."""
        for node in self._processes:
            with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
                for account in self._asked(node, "jsz?streams=true")["account_details"]:
                    for found in account["stream_detail"]:
                        if found["name"] == stream and found["cluster"].get("leader"):
                            return int(found["cluster"]["leader"].removeprefix("node"))
        return None

    def wait_ready(self) -> None:
        """Wait until the nodes have chosen who leads them, and every living one follows."""
        deadline = time.monotonic() + DEADLINE
        while not self._is_ready():
            assert time.monotonic() < deadline, "the cluster did not come up"
            time.sleep(LOOK_INTERVAL)

    def _is_ready(self) -> bool:
        try:
            known = [self._asked(node, "jsz")["meta_cluster"] for node in self._processes]
        except (OSError, ValueError, KeyError):
            return False
        return all(meta.get("leader") and meta.get("cluster_size") == len(self._ports) for meta in known)

    def _asked(self, node: int, path: str) -> dict[str, Any]:
        with urllib.request.urlopen(f"http://127.0.0.1:{self._ports[node][2]}/{path}", timeout=5) as answer:
            found = json.load(answer)
        assert isinstance(found, dict)
        return found

    def stop(self) -> None:
        """End every node."""
        for process in self._processes.values():
            process.send_signal(signal.SIGTERM)
        for process in self._processes.values():
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._processes.clear()


@contextlib.contextmanager
def nats_cluster(folder: Path, *, size: int = 3) -> Iterator[NatsCluster]:
    """Run a cluster until the block ends."""
    cluster = NatsCluster(folder, size=size)
    try:
        for node in range(size):
            cluster.start(node)
        cluster.wait_ready()
        yield cluster
    finally:
        cluster.stop()


async def replicate(js: JetStream, replicas: int) -> None:
    """Keep every stream of the namespace on several nodes, as an operator would, and wait until it is so."""
    names = [spec.name for spec in plan_streams(js.namespace)]
    for name in names:
        info = await js.context.stream_info(name)
        await js.context.update_stream(info.config.evolve(num_replicas=replicas))
    deadline = time.monotonic() + DEADLINE
    while True:
        states = [(await js.ask(f"STREAM.INFO.{name}")).get("cluster", {}) for name in names]
        others = [state.get("replicas") or [] for state in states]
        if all(len(found) == replicas - 1 and all(one["current"] for one in found) for found in others):
            return
        assert time.monotonic() < deadline, "the streams were not replicated"
        await asyncio.sleep(LOOK_INTERVAL)


def _free_ports(count: int) -> list[int]:
    """Find ports that nobody has: nodes must know each other's before they start."""
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
