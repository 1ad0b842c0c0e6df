"""Name what the client raises, and say it in words."""

from __future__ import annotations

import nats.errors
import nats.js.errors

from aat_consumer.errors import QueueError

__all__ = ["CLIENT_ERRORS", "no_stream", "wording"]

#: Whatever nats-py raises where a server refuses, is away or does not answer.
CLIENT_ERRORS = (nats.errors.Error, nats.js.errors.Error, OSError, TimeoutError)


def wording(error: BaseException) -> str:
    """Give the server's words with the code that ``aat explain`` knows, or the client's words."""
    text = str(getattr(error, "description", "") or error or type(error).__name__)
    code = getattr(error, "err_code", None)
    return f"{text} ({code})" if code else text


def no_stream(stream: str) -> QueueError:
    """Say that a stream is missing, and what makes it."""
    return QueueError(f"stream {stream} does not exist; make it with: aat stream ensure")
