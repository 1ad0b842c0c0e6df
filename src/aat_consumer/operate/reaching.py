"""Find out how far one gets on the way to a server, and ask its monitoring port; blocks, so use a thread."""

from __future__ import annotations

import json
import socket
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from aat_consumer.operate.diagnosis import Monitoring, Reach
from aat_consumer.operate.facts import moment_of
from aat_reporters.connection import Connection

__all__ = ["monitoring", "reach", "server_hosts"]

#: Seconds for one step; loopback takes 1 ms, the other side of the world 0.3 s.
STEP_TIMEOUT = 1.5

#: Port of the monitoring by its own convention.
MONITORING_PORT = 8222

_CLIENT_PORT = 4222
_MAX_BYTES = 65_536
_SCHEMES = ("nats", "tls")


def reach(connection: Connection) -> Reach:
    """Go to the first server of the settings that says something, without signing in.

    Returns:
        Its own description, or the problem with the last one tried.
    """
    found = Reach(problem="other", text=f"{connection.server} is none of {', '.join(_SCHEMES)}")
    for address in connection.servers:
        parts = urlsplit(address)
        if parts.scheme not in _SCHEMES:
            continue
        found = _reach(parts.hostname or "", parts.port or _CLIENT_PORT)
        if not found.problem:
            break
    return found


def _reach(host: str, port: int) -> Reach:
    where = f"{host}:{port}"
    try:
        socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as exc:
        return Reach(problem="name", text=f"{host} cannot be resolved: {exc.strerror or exc}")
    try:
        with (
            socket.create_connection((host, port), timeout=STEP_TIMEOUT) as raw,
            raw.makefile("rb") as lines,
        ):
            line = lines.readline(_MAX_BYTES)
    except ConnectionRefusedError:
        return Reach(problem="refused", text=f"{where} refuses connections: nothing listens there")
    except TimeoutError:
        return Reach(problem="silent", text=f"{where} did not say anything in {STEP_TIMEOUT} s")
    except OSError as exc:
        return Reach(problem="refused", text=f"{where} cannot be reached: {exc.strerror or exc}")
    verb, _, payload = line.partition(b" ")
    try:
        info = json.loads(payload) if verb == b"INFO" else None
    except ValueError:
        info = None
    if not isinstance(info, dict):
        return Reach(problem="stranger", text=f"{where} is no nats-server: it does not begin with INFO")
    return Reach(info=info)


def server_hosts(connection: Connection) -> list[str]:
    """Name the hosts of the settings."""
    return [urlsplit(address).hostname or "" for address in connection.servers]


def monitoring(connection: Connection, *, url: str = "") -> Monitoring | None:
    """Ask a monitoring port for /varz; None where it does not answer.

    Args:
        connection: whose hosts are asked on port 8222.
        url: asked instead, such as http://127.0.0.1:8222.
    """
    bases = [url.rstrip("/")] if url else [f"http://{h}:{MONITORING_PORT}" for h in server_hosts(connection)]
    for base in bases:
        try:
            with urllib.request.urlopen(f"{base}/varz", timeout=STEP_TIMEOUT) as answer:  # noqa: S310
                found = json.loads(answer.read(_MAX_BYTES * 16))
        except (OSError, ValueError):
            continue
        if isinstance(found, dict) and "server_id" in found:
            return _read(base, found)
    return None


def _read(url: str, varz: Mapping[str, Any]) -> Monitoring:
    jetstream = varz.get("jetstream") or {}
    config, stats = jetstream.get("config") or {}, jetstream.get("stats") or {}
    http_host = str(varz.get("http_host") or "")
    return Monitoring(
        url=url,
        now=moment_of(varz.get("now")),
        started_at=moment_of(varz.get("start")),
        host=str(varz.get("host") or ""),
        http_host=http_host,
        has_sign_in=bool(varz.get("auth_required")),
        has_tls=bool(varz.get("tls_required")),
        store_dir=str(config.get("store_dir") or ""),
        max_store_bytes=_positive(config.get("max_storage")),
        reserved_bytes=_positive(stats.get("reserved_storage")),
        used_bytes=_positive(stats.get("storage")),
        connections=_positive(varz.get("connections")),
        memory_bytes=_positive(varz.get("mem")),
        slow_consumers=_positive(varz.get("slow_consumers")),
    )


def _positive(value: object) -> int:
    """Read a number; the server writes "unlimited" as -1 or as the largest of 64 bits."""
    return value if isinstance(value, int) and 0 < value < 2**62 else 0
