"""Write a history down and read it again, so that a restart need not read a million messages.

A snapshot is disposable: the streams are the store, and one that is of another version, damaged, or
of other streams is thrown away. It holds plain values alone (JSON and arrays of numbers), so reading one
runs nothing.
"""

from __future__ import annotations

import hashlib
import json
import sys
from array import array
from collections.abc import Mapping
from dataclasses import astuple
from typing import Any

from aat_consumer.operate.history.issue import Issue, State
from aat_consumer.operate.history.projection import History, Quarantined, TaskState
from aat_consumer.operate.history.series import Series
from aat_reporters.wire import Namespace

__all__ = ["SnapshotError", "dump", "load"]

#: Raised with every change of the form or of what is folded; another one is thrown away.
VERSION = 1

_HASH_BYTES = hashlib.sha256().digest_size
_MAGIC = b"aat-history\n"


class SnapshotError(ValueError):
    """Say why a snapshot is thrown away."""


def dump(history: History, *, covered: Mapping[str, tuple[str, int, int]]) -> bytes:
    """Write a history down.

    Args:
        history: what is folded.
        covered: stream to its time of creation, first and last sequence that are folded, without a gap.
    """
    numbers: array[int] = array("Q")
    document = {
        "version": VERSION,
        "namespace": history.namespace.name,
        "covered": {stream: list(place) for stream, place in covered.items()},
        "folded": history.folded,
        "forgotten": history.forgotten,
        "issues": [_issue_row(issue, numbers) for issue in history.issues.values()],
        "environments": {name: _lengths(series, numbers) for name, series in history.by_environment.items()},
        "quarantine": [astuple(held) for held in history.quarantine.values()],
        "tasks": [astuple(task) for task in history.tasks.values()],
    }
    text = json.dumps(document, separators=(",", ":")).encode()
    if sys.byteorder == "big":
        numbers.byteswap()
    body = len(text).to_bytes(8, "little") + text + numbers.tobytes()
    return _MAGIC + hashlib.sha256(body).digest() + body


def load(data: bytes, *, namespace: Namespace) -> tuple[History, dict[str, tuple[str, int, int]]]:
    """Read a history again, with what of each stream it covers.

    Raises:
        SnapshotError: damaged, of another version, or of another namespace.
    """
    body = memoryview(data)[len(_MAGIC) + _HASH_BYTES :]
    if data[: len(_MAGIC)] != _MAGIC or hashlib.sha256(body).digest() != data[len(_MAGIC) :][:_HASH_BYTES]:
        raise SnapshotError("the snapshot is damaged")
    length = int.from_bytes(body[:8], "little")
    try:
        document = json.loads(bytes(body[8 : 8 + length]))
        if document["version"] != VERSION or document["namespace"] != namespace.name:
            raise SnapshotError("the snapshot is of another version or namespace")
        numbers: array[int] = array("Q")
        numbers.frombytes(body[8 + length :])
        if sys.byteorder == "big":
            numbers.byteswap()
        return _read(document, numbers, namespace)
    except (KeyError, TypeError, ValueError, IndexError) as exc:
        raise SnapshotError(f"the snapshot cannot be read: {exc}") from exc


def _read(
    document: Mapping[str, Any], numbers: array[int], namespace: Namespace
) -> tuple[History, dict[str, tuple[str, int, int]]]:
    history = History(namespace, folded=document["folded"], forgotten=document["forgotten"])
    place = 0
    for row in document["issues"]:
        *facts, series, settled = row
        issue = Issue(**dict(zip(_FACTS, facts, strict=True)), settled=State(settled))
        for environment, lengths in series.items():
            issue.series[environment], place = _series(numbers, place, lengths)
        history.issues[issue.signature] = issue
        history.issue_of.update(dict.fromkeys(issue.tasks, issue.signature))
    for environment, lengths in document["environments"].items():
        history.by_environment[environment], place = _series(numbers, place, lengths)
    for row in document["quarantine"]:
        held = Quarantined(**dict(zip(Quarantined.__slots__, row, strict=True)))
        history.quarantine[held.task_id] = held
    for row in document["tasks"]:
        task = TaskState(**dict(zip(TaskState.__slots__, row, strict=True)))
        history.tasks[task.task_id] = task
    return history, {stream: (place[0], place[1], place[2]) for stream, place in document["covered"].items()}


#: What is written of an issue, in this order; its series and state stand behind them.
_FACTS = (
    "signature",
    "title",
    "kind",
    "place",
    "level",
    "first_seen",
    "last_seen",
    "count",
    "releases",
    "attempt",
    "cost_usd",
    "link",
    "tasks",
    "settled_at",
)


def _issue_row(issue: Issue, numbers: array[int]) -> list[object]:
    series = {name: _lengths(series, numbers) for name, series in issue.series.items()}
    return [*[getattr(issue, name) for name in _FACTS], series, issue.settled.value]


def _lengths(series: Series, numbers: array[int]) -> list[int]:
    """Put the buckets behind the others, and tell how many they are."""
    minutes, hours = series.to_arrays()
    numbers.extend(minutes)
    numbers.extend(hours)
    return [len(minutes), len(hours)]


def _series(numbers: array[int], place: int, lengths: list[int]) -> tuple[Series, int]:
    middle = place + lengths[0]
    end = middle + lengths[1]
    if not place <= middle <= end <= len(numbers):
        raise ValueError("a series lies outside the numbers")
    return Series.from_arrays(numbers[place:middle], numbers[middle:end]), end
