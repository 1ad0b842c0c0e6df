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
from collections.abc import Iterator, Mapping
from dataclasses import astuple
from operator import attrgetter
from typing import Any

from aat_consumer.operate.history.issue import Issue, State
from aat_consumer.operate.history.projection import History, Quarantined, TaskState
from aat_consumer.operate.history.series import Series
from aat_reporters.wire import Namespace

__all__ = ["SnapshotError", "load", "pieces"]

#: Raised with every change of the form or of what is folded; another one is thrown away.
VERSION = 1

#: Issues written at a time, in some 10 ms.
_PIECE = 2_000

_LENGTH_BYTES = 8
_HASH_BYTES = hashlib.sha256().digest_size
_MAGIC = b"aat-history\n"
_json = json.JSONEncoder(separators=(",", ":")).encode


class SnapshotError(ValueError):
    """Say why a snapshot is thrown away."""


def pieces(history: History, *, covered: Mapping[str, tuple[str, int, int]]) -> Iterator[bytes]:
    """Write a history down, piece by piece, so that others get their turn between two.

    What is written is the history as it is when the first piece is asked for.

    Args:
        history: what is folded.
        covered: stream to its time of creation, first and last sequence that are folded, without a gap.
    """
    numbers: array[int] = array("Q")
    rows = [_issue_row(issue, numbers) for issue in history.issues.values()]
    head = {
        "version": VERSION,
        "namespace": history.namespace.name,
        "covered": {stream: list(place) for stream, place in covered.items()},
        "folded": history.folded,
        "forgotten": history.forgotten,
        "environments": {name: _lengths(series, numbers) for name, series in history.by_environment.items()},
        "quarantine": [astuple(held) for held in history.quarantine.values()],
        "tasks": [astuple(task) for task in history.tasks.values()],
    }
    if sys.byteorder == "big":
        numbers.byteswap()
    hashed, length = hashlib.sha256(), 0
    yield _MAGIC
    for text in _texts(head, rows):
        hashed.update(text)
        length += len(text)
        yield text
    for tail in (numbers.tobytes(), length.to_bytes(_LENGTH_BYTES, "little")):
        hashed.update(tail)
        yield tail
    yield hashed.digest()


def _texts(head: Mapping[str, object], rows: list[list[object]]) -> Iterator[bytes]:
    """Write the document, some issues at a time."""
    yield f'{{"head":{_json(head)},"issues":['.encode()
    for first in range(0, len(rows), _PIECE):
        comma = "," if first else ""
        yield f"{comma}{_json(rows[first : first + _PIECE])[1:-1]}".encode()
    yield b"]}"


def load(data: bytes, *, namespace: Namespace) -> tuple[History, dict[str, tuple[str, int, int]]]:
    """Read a history again, with what of each stream it covers.

    Raises:
        SnapshotError: damaged, of another version, or of another namespace.
    """
    body = memoryview(data)[len(_MAGIC) : -_HASH_BYTES]
    if data[: len(_MAGIC)] != _MAGIC or hashlib.sha256(body).digest() != data[-_HASH_BYTES:]:
        raise SnapshotError("the snapshot is damaged")
    length = int.from_bytes(body[-_LENGTH_BYTES:], "little")
    try:
        document = json.loads(bytes(body[:length]))
        head = document["head"]
        if head["version"] != VERSION or head["namespace"] != namespace.name:
            raise SnapshotError("the snapshot is of another version or namespace")
        numbers: array[int] = array("Q")
        numbers.frombytes(body[length:-_LENGTH_BYTES])
        if sys.byteorder == "big":
            numbers.byteswap()
        return _read(head, document["issues"], numbers, namespace)
    except (KeyError, TypeError, ValueError, IndexError) as exc:
        raise SnapshotError(f"the snapshot cannot be read: {exc}") from exc


def _read(
    document: Mapping[str, Any], issues: list[list[Any]], numbers: array[int], namespace: Namespace
) -> tuple[History, dict[str, tuple[str, int, int]]]:
    history = History(namespace, folded=document["folded"], forgotten=document["forgotten"])
    place = 0
    for row in issues:
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

_facts_of = attrgetter(*_FACTS)


def _issue_row(issue: Issue, numbers: array[int]) -> list[object]:
    series = {name: _lengths(series, numbers) for name, series in issue.series.items()}
    return [*_facts_of(issue), series, issue.settled.value]


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
