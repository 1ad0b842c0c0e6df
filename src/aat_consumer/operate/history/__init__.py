"""Fold what the streams hold into issues, counts and states, in any order, with bounded memory.

Pure: messages in, values out; the streams are the store, and nothing here opens a socket or a file.
``aat_consumer.operate.following`` reads the streams into a History::

    history = History(namespace)
    async for _ in catch_up(js, history, streams=[js.namespace.occurrences]):
        ...                                   # newest first: history is right back to history.since(stream)
    history.rates(unit=3600, since=now - 86_400, now=now)           # errors by hour, environment, signature
    history.totals(unit=60, since=now - 3_600, now=now)             # errors by minute and environment

Every message may come in any order but only once; a live reader and one that works its way back through
the past fold into the same History. ``fold`` takes plain values, so a test needs no server.
"""

from __future__ import annotations

from aat_consumer.operate.history.issue import Issue, State
from aat_consumer.operate.history.projection import History, Quarantined, Rate, TaskState
from aat_consumer.operate.history.series import HOUR, MINUTE, Series

__all__ = ["HOUR", "MINUTE", "History", "Issue", "Quarantined", "Rate", "Series", "State", "TaskState"]
