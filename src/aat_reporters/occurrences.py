"""Count how often each signature occurs, because repeats of a report never reach the stream.

Pure but for the random token of the process: times come in as values.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import UTC, datetime

from aat_reporters.messages import Message
from aat_reporters.report import rfc3339
from aat_reporters.settings import ReporterSettings

__all__ = ["Occurrences"]

#: Seconds between the first count and the second; doubles from there while it repeats.
FIRST_INTERVAL = 10.0

#: Seconds between two counts of an error that never stops.
LAST_INTERVAL = 300.0

#: Seconds that one count covers at most, so that rates can be drawn by the minute.
BUCKET_SECONDS = 60

#: Signatures counted at a time; beyond that the oldest is sent early.
MAX_SIGNATURES = 5_000


@dataclass(slots=True)
class _Bucket:
    count: int
    first: float
    last: float


@dataclass(slots=True)
class _Series:
    due: float
    interval: float = 0.0
    buckets: dict[int, _Bucket] = field(default_factory=dict)


class Occurrences:
    """Aggregate occurrences by signature and minute; used by one thread.

    Args:
        settings: name the subject and the payload's fields.
        token: of this process and no other, so that its message ids are its own.
    """

    def __init__(self, settings: ReporterSettings, *, token: str) -> None:
        self._settings = settings
        self._token = token
        self._made = 0
        self._series: OrderedDict[str, _Series] = OrderedDict()

    def add(self, signature: str, *, count: int, at: float, now: float) -> None:
        """Count.

        Args:
            signature: the stable one.
            count: at least 1.
            at: when it happened, seconds since the epoch.
            now: monotonic seconds.
        """
        series = self._series.get(signature)
        if series is None:
            # The first is sent at once.
            series = self._series[signature] = _Series(due=now)
        bucket = series.buckets.get(int(at) // BUCKET_SECONDS)
        if bucket is None:
            series.buckets[int(at) // BUCKET_SECONDS] = _Bucket(count, at, at)
            return
        bucket.count += count
        bucket.first = min(bucket.first, at)
        bucket.last = max(bucket.last, at)

    def due(self, now: float) -> list[Message]:
        """Give the counts whose time has come, and forget signatures that fell silent."""
        messages: list[Message] = []
        for signature in [name for name, series in self._series.items() if series.due <= now]:
            series = self._series[signature]
            if not series.buckets:
                del self._series[signature]
                continue
            messages += self._taken(signature, series)
            series.interval = min(max(series.interval * 2, FIRST_INTERVAL), LAST_INTERVAL)
            series.due = now + series.interval
        while len(self._series) > MAX_SIGNATURES:
            signature, series = self._series.popitem(last=False)
            messages += self._taken(signature, series)
        return messages

    def all(self) -> list[Message]:
        """Give every count that was not given yet, as before the process ends."""
        return [
            message
            for signature, series in self._series.items()
            for message in self._taken(signature, series)
        ]

    def next_due(self) -> float | None:
        """Tell when ``due`` will have something to do, in monotonic seconds."""
        return min((series.due for series in self._series.values()), default=None)

    def _taken(self, signature: str, series: _Series) -> list[Message]:
        buckets, series.buckets = series.buckets, {}
        return [self._message(signature, bucket) for bucket in buckets.values()]

    def _message(self, signature: str, bucket: _Bucket) -> Message:
        settings = self._settings
        self._made += 1
        payload = {
            "signature": signature,
            "count": bucket.count,
            "first_seen": _time(bucket.first),
            "last_seen": _time(bucket.last),
            "server": settings.server,
            "release": settings.release,
        }
        name = f"{settings.namespace.name}-occurrences-{self._token}-{self._made}"
        return Message(
            id=name,
            subject=settings.namespace.occurrence_subject(settings.environment, signature),
            payload=json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode(),
            created=bucket.first,
            is_report=False,
        )


def _time(seconds: float) -> str:
    return rfc3339(datetime.fromtimestamp(seconds, UTC))
