"""Describe a message on its way to the server and what became of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

__all__ = ["Deadline", "Fate", "Message", "Outcome", "Outlet", "no_deadline"]

#: Gives the monotonic time by which waiting must end; asked again while waiting, for it may come closer.
Deadline = Callable[[], float]


def no_deadline() -> float:
    """Be the deadline that never comes."""
    return math.inf


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message under the id that makes a repeated publish count once.

    Args:
        id: the message id.
        subject: where it goes.
        payload: its bytes.
        created: when it was made, seconds since the epoch.
        is_report: an error report, not a count of occurrences.
    """

    id: str
    subject: str
    payload: bytes
    created: float
    is_report: bool


class Fate(Enum):
    """Say what became of one message."""

    #: The stream holds it.
    PUBLISHED = "published"
    #: The stream already knew its id.
    DUPLICATE = "duplicate"
    #: Nobody knows; try again under the same id.
    UNCONFIRMED = "unconfirmed"
    #: The server is there and will not take it until somebody changes something.
    BLOCKED = "blocked"
    #: It is larger than the server takes.
    TOO_LARGE = "too large"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one message, and why.

    Args:
        fate: which of the five.
        reason: for people; empty where it arrived.
        limit_bytes: what the server takes, for a message that was too large.
        stream: that holds the message.
        sequence: of the message in the stream.
    """

    fate: Fate
    reason: str = ""
    limit_bytes: int = 0
    stream: str = ""
    sequence: int = 0


class Outlet(Protocol):
    """Send messages; used by one thread at a time, and given back after a fork."""

    def send(
        self, messages: Sequence[Message], *, connect: float, acknowledge: float, until: Deadline
    ) -> list[Outcome]:
        """Publish and wait for the acknowledgements.

        Args:
            messages: at most a few hundred.
            connect: seconds to wait for a connection.
            acknowledge: seconds to wait for acknowledgements.
            until: ends both waits early.

        Returns:
            One outcome for each message, in their order.

        Raises:
            NotConnectedError: no server, or none that lets us in.
        """

    def close(self) -> None:
        """Close the connection; the next send opens another."""
