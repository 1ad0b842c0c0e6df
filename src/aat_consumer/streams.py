"""Set up the streams of a namespace, showing first what would change."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import nats.js.errors
from nats.js.api import (
    DiscardPolicy,
    KeyValueConfig,
    RetentionPolicy,
    StorageType,
    StreamConfig,
    StreamInfo,
)

from aat_consumer.errors import QueueError
from aat_consumer.jetstream import CLIENT_ERRORS, JetStream, wording
from aat_reporters.wire import Namespace, StreamSpec

__all__ = ["Difference", "StreamState", "apply", "inspect", "plan_streams", "states"]

#: Seconds a stream's window or age may differ from the wanted one: the server keeps nanoseconds.
_TOLERANCE = 1e-6

#: Fields that the server refuses to change on an existing stream.
_FIXED = ("retention", "storage")


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Say what stands between one stream and what it should be.

    Args:
        stream: the stream's name.
        action: ``create``, ``update``, ``keep``, or ``refuse`` where the server cannot change it.
        changes: field to (present, wanted), both in words.
    """

    stream: str
    action: str
    changes: Mapping[str, tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamState:
    """Tell what a stream holds now; None in every count where it does not exist."""

    spec: StreamSpec
    exists: bool
    messages: int = 0
    used_bytes: int = 0
    first_sequence: int = 0
    last_sequence: int = 0
    consumers: int = 0
    max_bytes: int = 0


async def inspect(
    js: JetStream, *, max_bytes: Mapping[str, int] | None = None, replicas: int | None = None
) -> list[Difference]:
    """Compare every stream of the namespace with what it should be, changing nothing.

    Args:
        js: a connection.
        max_bytes: stream names to limits, over the defaults.
        replicas: copies of each stream; None leaves what is there.

    Raises:
        QueueError: the server does not answer, or has no JetStream.
    """
    return [
        _difference(spec, await _info(js, spec.name), max_bytes or {}, replicas)
        for spec in plan_streams(js.namespace)
    ]


async def apply(
    js: JetStream,
    differences: Sequence[Difference],
    *,
    max_bytes: Mapping[str, int] | None = None,
    replicas: int | None = None,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> None:
    """Create what is missing and change what differs; deletes nothing, touches nobody else's.

    Args:
        js: a connection.
        differences: from ``inspect`` with the same wishes.
        max_bytes: stream names to limits, over the defaults.
        replicas: copies of each stream; None leaves what is there, and gives new ones 1.
        progress: told how many streams are done of how many; each takes a cluster up to seconds.

    Raises:
        QueueError: the server refuses one; those before it are done.
    """
    specs = {spec.name: spec for spec in plan_streams(js.namespace)}
    for number, difference in enumerate(differences):
        progress(number, len(differences))
        spec = specs[difference.stream]
        config = _config(spec, (max_bytes or {}).get(spec.name, spec.max_bytes), replicas or 1)
        try:
            if difference.action == "create" and spec.name.startswith("KV_"):
                await js.context.create_key_value(_bucket(js.namespace, config))
            elif difference.action == "create":
                await js.context.add_stream(config)
            elif difference.action == "update":
                await _update(js, spec, config, keep_replicas=replicas is None)
        except CLIENT_ERRORS as exc:
            raise QueueError(f"stream {spec.name} cannot be set up: {wording(exc)}") from exc


async def states(js: JetStream) -> list[StreamState]:
    """Tell what every stream of the namespace holds, missing ones included.

    Raises:
        QueueError: the server does not answer, or has no JetStream.
    """
    return [_state(spec, await _info(js, spec.name)) for spec in plan_streams(js.namespace)]


def plan_streams(namespace: Namespace) -> tuple[StreamSpec, ...]:
    """List the ten streams of a namespace, the bucket's last."""
    return (*namespace.streams(), namespace.bucket_spec)


async def _info(js: JetStream, name: str) -> StreamInfo | None:
    try:
        return await js.context.stream_info(name)
    except nats.js.errors.NotFoundError:
        return None
    except nats.js.errors.ServiceUnavailableError as exc:
        raise QueueError("the server runs without JetStream; start it with -js") from exc
    except CLIENT_ERRORS as exc:
        raise QueueError(f"the server did not describe stream {name}: {wording(exc)}") from exc


def _config(spec: StreamSpec, max_bytes: int, replicas: int) -> StreamConfig:
    queue = spec.is_work_queue
    return StreamConfig(
        name=spec.name,
        subjects=list(spec.subjects),
        retention=RetentionPolicy.WORK_QUEUE if queue else RetentionPolicy.LIMITS,
        # A full queue refuses, so that the publisher spools; a full log forgets its oldest.
        discard=DiscardPolicy.NEW if queue or spec.name.startswith("KV_") else DiscardPolicy.OLD,
        storage=StorageType.FILE,
        max_bytes=max_bytes,
        max_age=spec.max_age,
        duplicate_window=min(spec.duplicate_window, spec.max_age or spec.duplicate_window),
        num_replicas=replicas,
    )


def _bucket(namespace: Namespace, config: StreamConfig) -> KeyValueConfig:
    return KeyValueConfig(
        bucket=namespace.bucket,
        history=1,
        ttl=config.max_age,
        max_bytes=config.max_bytes,
        storage=StorageType.FILE,
        replicas=config.num_replicas or 1,
    )


async def _update(js: JetStream, spec: StreamSpec, config: StreamConfig, *, keep_replicas: bool) -> None:
    """Change only what we have an opinion on; an operator's placement stays, and replicas not named."""
    info = await js.context.stream_info(spec.name)
    is_bucket = spec.name.startswith("KV_")
    changed = info.config.evolve(
        subjects=info.config.subjects if is_bucket else config.subjects,
        discard=config.discard,
        max_bytes=config.max_bytes,
        max_age=config.max_age,
        duplicate_window=info.config.duplicate_window if is_bucket else config.duplicate_window,
        num_replicas=info.config.num_replicas if keep_replicas else config.num_replicas,
    )
    await js.context.update_stream(changed)


def _difference(
    spec: StreamSpec, info: StreamInfo | None, max_bytes: Mapping[str, int], replicas: int | None
) -> Difference:
    if info is None:
        return Difference(stream=spec.name, action="create", changes={})
    wanted = _facts(_config(spec, max_bytes.get(spec.name, spec.max_bytes), replicas or 1))
    present = _facts(info.config)
    if spec.name.startswith("KV_"):
        del wanted["duplicate_window"]  # the server sets a bucket's own
    if replicas is None:
        del wanted["replicas"]
    changes = {
        name: (_words(present[name]), _words(value))
        for name, value in wanted.items()
        if not _same(present[name], value)
    }
    action = "refuse" if changes.keys() & set(_FIXED) else "update" if changes else "keep"
    return Difference(stream=spec.name, action=action, changes=changes)


def _facts(config: StreamConfig) -> dict[str, object]:
    return {
        "subjects": sorted(config.subjects or []),
        "retention": str(getattr(config.retention, "value", config.retention)),
        "discard": str(getattr(config.discard, "value", config.discard)),
        "storage": str(getattr(config.storage, "value", config.storage)),
        "max_bytes": config.max_bytes or -1,
        "max_age": float(config.max_age or 0),
        "duplicate_window": float(config.duplicate_window or 0),
        "replicas": config.num_replicas or 1,
    }


def _same(present: object, wanted: object) -> bool:
    if isinstance(present, float) and isinstance(wanted, float):
        return abs(present - wanted) <= _TOLERANCE
    return present == wanted


def _words(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _state(spec: StreamSpec, info: StreamInfo | None) -> StreamState:
    if info is None:
        return StreamState(spec=spec, exists=False, max_bytes=spec.max_bytes)
    return StreamState(
        spec=spec,
        exists=True,
        messages=info.state.messages,
        used_bytes=info.state.bytes,
        first_sequence=info.state.first_seq,
        last_sequence=info.state.last_seq,
        consumers=info.state.consumer_count,
        max_bytes=info.config.max_bytes or -1,
    )
