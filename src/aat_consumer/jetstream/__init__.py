"""Talk to JetStream: fetch, settle, publish, look, read, and keep records in the bucket.

The only door to nats beside ``streams``. Every request that stays unanswered raises QueueError, so that
callers know one exception.
"""

from __future__ import annotations

from aat_consumer.jetstream._bucket import Bucket, Entry
from aat_consumer.jetstream._client import JetStream
from aat_consumer.jetstream._connecting import connect
from aat_consumer.jetstream._deliveries import Delivery, Lag
from aat_consumer.jetstream._messages import Messages, Stored
from aat_consumer.jetstream._reading import Extent, Read, Reading
from aat_consumer.jetstream._wording import CLIENT_ERRORS, wording

__all__ = [
    "CLIENT_ERRORS",
    "Bucket",
    "Delivery",
    "Entry",
    "Extent",
    "JetStream",
    "Lag",
    "Messages",
    "Read",
    "Reading",
    "Stored",
    "connect",
    "wording",
]
