"""Judge the server: whether it is reached, what it lacks, who else can reach it."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

from aat_consumer.operate.diagnosis.made import Finding, make
from aat_consumer.operate.diagnosis.signals import Signals

__all__ = ["RULES", "is_open"]

#: Reach's problem to the finding it makes.
_PROBLEMS = {
    "refused": "AAT-E01",
    "credentials": "AAT-E15",
    "tls": "AAT-E16",
    "name": "AAT-E17",
    "silent": "AAT-E18",
    "stranger": "AAT-E18",
    "other": "AAT-E18",
}

#: The largest report, and room for its headers.
LARGEST_MESSAGE = 256 * 1024 + 4 * 1024

#: Seconds that clocks may differ before counts land in another minute often enough to be noticed.
CLOCK_TOLERANCE = 5.0

#: Percent of what the server may store, as the nats program warns.
STORE_PERCENT = 75.0

#: The first server on which everything works.
NEWEST_NEEDED = (2, 11)

_TEMPORARY = ("/tmp/", "/var/tmp/", "/dev/shm/", "/run/", "/private/tmp/", "/var/folders/")  # noqa: S108
_VERSION = re.compile(r"(\d+)\.(\d+)")


def _reach(signals: Signals) -> Iterator[Finding]:
    if signals.reach.problem:
        text = signals.reach.text or signals.reach.problem
        yield make(_PROBLEMS[signals.reach.problem], "server", text, address=signals.address)


def _jetstream(signals: Signals) -> Iterator[Finding]:
    if not signals.reach.problem and not signals.has_jetstream:
        text = f"nats-server {signals.version} at {signals.address} answers without JetStream"
        yield make("AAT-E02", "server", text, version=signals.version)


def _unanswered(signals: Signals) -> Iterator[Finding]:
    if signals.unanswered:
        yield make("AAT-E22", "server", signals.unanswered, cluster=signals.cluster)


def _payload(signals: Signals) -> Iterator[Finding]:
    limit = signals.max_payload_bytes
    if 0 < limit < LARGEST_MESSAGE:
        text = f"max_payload is {limit} bytes, and reports with their headers have up to {LARGEST_MESSAGE}"
        yield make("AAT-E12", "server", text, max_payload_bytes=limit, needed_bytes=LARGEST_MESSAGE)


def _clock(signals: Signals) -> Iterator[Finding]:
    if signals.server_now is None:
        return
    ahead = (signals.now - signals.server_now).total_seconds()
    if abs(ahead) > CLOCK_TOLERANCE:
        word = "ahead of" if ahead > 0 else "behind"
        text = f"this machine's clock is {abs(ahead):.1f} s {word} the server's"
        yield make("AAT-W02", "server", text, ahead_s=round(ahead, 1))


def _exposure(signals: Signals) -> Iterator[Finding]:
    known = signals.monitoring
    if known is not None and is_open(known.http_host):
        text = f"monitoring answers on {known.http_host}, which is not loopback alone"
        yield make("AAT-W01", "server", text, http_host=known.http_host)
    info = signals.reach.info
    host = str(info.get("host") or "")
    if not is_open(host):
        return
    if not info.get("auth_required"):
        yield make("AAT-W13", "server", f"it serves {host} without sign-in", host=host)
    if not info.get("tls_required"):
        yield make("AAT-W14", "server", f"it serves {host} without TLS", host=host)


def _store(signals: Signals) -> Iterator[Finding]:
    known = signals.monitoring
    if known is None:
        return
    if known.max_store_bytes > 0:
        taken = max(known.reserved_bytes, known.used_bytes)
        percent = 100 * taken / known.max_store_bytes
        if percent >= STORE_PERCENT:
            text = f"streams may take {taken} of {known.max_store_bytes} bytes, {percent:.0f} %"
            yield make("AAT-W07", "server", text, percent=round(percent, 1))
    if known.store_dir.startswith(_TEMPORARY):
        yield make("AAT-W10", "server", f"store_dir is {known.store_dir}", store_dir=known.store_dir)


def _version(signals: Signals) -> Iterator[Finding]:
    match = _VERSION.search(signals.version)
    if match is not None and (int(match[1]), int(match[2])) < NEWEST_NEEDED:
        yield make("AAT-I03", "server", f"nats-server {signals.version}", version=signals.version)


def _neighbours(signals: Signals) -> Iterator[Finding]:
    if signals.others:
        shown = ", ".join(signals.others[:5]) + (", ..." if len(signals.others) > 5 else "")
        text = f"{len(signals.others)} other namespaces: {shown}"
        names = " ".join((signals.namespace.name, *signals.others[:5]))
        fix = f"aat server config {names}"
        yield make("AAT-I02", "server", text, fix=fix, others=list(signals.others))


def is_open(host: str) -> bool:
    """Tell whether an address that is listened on can be reached from other machines."""
    name = host.rpartition(":")[0].strip("[]") if host.count(":") == 1 else host.strip("[]")
    if not name or name == "localhost":
        return False
    try:
        return not ipaddress.ip_address(name).is_loopback
    except ValueError:
        return True


RULES = (_reach, _jetstream, _unanswered, _payload, _clock, _exposure, _store, _version, _neighbours)
