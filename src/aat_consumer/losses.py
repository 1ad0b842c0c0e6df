"""Notice that a server came back without its store: tell which streams were made anew, and what that lost.

A server that lost its store looks like a new one, so what was there is remembered beside it, in a file of
this user: when each stream was made, when it was last seen, and how many messages it held then.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from aat_consumer.errors import RefusedError
from aat_consumer.jetstream import JetStream
from aat_consumer.streams import plan_streams
from aat_reporters.wire import Namespace

__all__ = ["Loss", "find_losses", "in_a_line", "memory_file", "watch_losses"]

#: How long a loss is told of, for whoever looks late.
TOLD_FOR = timedelta(days=7)

#: Losses remembered of a namespace.
MAX_LOSSES = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """One stream that was made anew.

    Args:
        stream: its name.
        since: when it was last seen whole, RFC 3339; nothing from before is there any more.
        until: when it was made anew: what was published between may be lost too, or lie in spools.
        messages: how many it held when it was last seen.
    """

    stream: str
    since: str
    until: str
    messages: int


def in_a_line(losses: Sequence[Loss]) -> str:
    """Tell of streams that were made anew together."""
    names = ", ".join(loss.stream for loss in losses)
    held, since = sum(loss.messages for loss in losses), min(loss.since for loss in losses)
    return (
        f"made anew at {max(loss.until for loss in losses)}: {names}; the {held} messages that they held at "
        f"{since} are gone, and what came between unless it lies in a spool"
    )


def memory_file(namespace: Namespace, *, server: str, environment: Mapping[str, str]) -> Path:
    """Name the file in which this user's programs remember the streams of a namespace.

    Args:
        namespace: whose streams.
        server: the address in the settings; each has a file of its own.
        environment: to read ``XDG_STATE_HOME`` and ``HOME`` from.
    """
    state = environment.get("XDG_STATE_HOME", "")
    home = environment.get("HOME", "")
    if not state.startswith("/"):
        state = f"{home}/.local/state" if home.startswith("/") else tempfile.gettempdir()
    where = hashlib.sha256(server.encode()).hexdigest()[:12]
    return Path(state, "aat", f"streams-{namespace.name}-{where}.json")


async def watch_losses(js: JetStream, file: Path) -> list[Loss]:
    """Compare the streams with what is remembered, remember how they are now, and give what is new.

    A file that cannot be written or read costs the memory and nothing else.

    Raises:
        QueueError: no server; nothing was remembered.
    """
    known = _read(file)
    now = _now()
    streams: dict[str, dict[str, Any]] = {}
    fresh: list[Loss] = []
    for spec in plan_streams(js.namespace):
        before = known["streams"].get(spec.name)
        try:
            info = await js.ask(f"STREAM.INFO.{spec.name}")
        except RefusedError:
            # It is missing: what is known of it stays, until it is made anew.
            if before:
                streams[spec.name] = before
            continue
        created, held = str(info["created"]), int(info["state"]["messages"])
        if before and before.get("created") != created:
            fresh.append(_loss(spec.name, before, created))
        streams[spec.name] = {"created": created, "seen": now, "messages": held}
    losses = [*known["losses"], *map(asdict, fresh)][-MAX_LOSSES:]
    _write(file, {"streams": streams, "losses": losses})
    return fresh


async def find_losses(js: JetStream, file: Path) -> list[Loss]:
    """Give every loss of the last 7 days that this user's programs noticed, or that shows now.

    Raises:
        QueueError: no server.
    """
    await watch_losses(js, file)
    oldest = (datetime.now(UTC) - TOLD_FOR).isoformat()
    names = tuple(Loss.__dataclass_fields__)
    found = [Loss(**{name: one[name] for name in names}) for one in _read(file)["losses"]]
    return [loss for loss in found if loss.until >= oldest]


def _loss(stream: str, before: Mapping[str, Any], created: str) -> Loss:
    seen, held = str(before.get("seen")), int(before.get("messages", 0))
    return Loss(stream=stream, since=seen, until=_second(created), messages=held)


def _read(file: Path) -> dict[str, Any]:
    empty: dict[str, Any] = {"streams": {}, "losses": []}
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return empty
    if not isinstance(found, dict):
        return empty
    streams, losses = found.get("streams"), found.get("losses")
    names = set(Loss.__dataclass_fields__)
    if isinstance(streams, dict):
        empty["streams"] = {name: one for name, one in streams.items() if isinstance(one, dict)}
    if isinstance(losses, list):
        empty["losses"] = [one for one in losses if isinstance(one, dict) and names <= one.keys()]
    return empty


def _write(file: Path, content: Mapping[str, object]) -> None:
    """Replace the file at once, so that a program that dies leaves the old one."""
    beside = file.with_name(f"{file.name}.{os.getpid()}")
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        beside.write_text(json.dumps(content), encoding="utf-8")
        beside.replace(file)
    except OSError:
        beside.unlink(missing_ok=True)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _second(created: str) -> str:
    """Cut the server's nanoseconds off, which Python cannot read."""
    return created[:19] + "+00:00" if len(created) > 19 else created
