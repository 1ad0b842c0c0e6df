"""Name what the client raises, and say it in words."""

from __future__ import annotations

import nats.errors
import nats.js.errors

__all__ = ["CLIENT_ERRORS", "wording"]

#: Whatever nats-py raises where a server refuses, is away or does not answer.
CLIENT_ERRORS = (nats.errors.Error, nats.js.errors.Error, OSError, TimeoutError)


def wording(error: BaseException) -> str:
    """Give the server's description of an error, or the client's."""
    return str(getattr(error, "description", "") or error or type(error).__name__)
