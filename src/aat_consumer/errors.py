"""Exceptions raised on purpose by the consumer.

AatError (aat_reporters.errors)
├── AgentError (RuntimeError)        the machinery around an agent failed; the report is tried again
│   ├── AgentMissingError            the agent's program is not installed
│   ├── AgentTimeoutError            the time limit or the silence limit passed
│   └── AgentOutputError             what the agent printed is not an outcome
├── WorkspaceError (RuntimeError)    git, or the repository, cannot be used
├── PublishingError (RuntimeError)   a verified fix could not be pushed or requested; it is tried again
├── ServerError (RuntimeError)       the embedded nats-server cannot be started
├── QueueError (ConnectionError)     the server refused or did not answer
│   └── RefusedError                 it refused, with a code
├── ChannelError (ConnectionError)   a channel for alerts did not take a notification
├── StreamReplacedError (RuntimeError) a stream was deleted and made again while it was read
├── EvaluationError (ValueError)     a file of labelled texts cannot be used
├── ReleaseError (RuntimeError)      a report cannot be sent round again
├── DecisionError (RuntimeError)     a fix cannot be approved or turned down any more
├── NoResultError (RuntimeError)     a report may not be acknowledged yet
├── UnknownTaskError (LookupError)   nothing is known of a task, or nobody holds it by hand
└── LeaseLostError (RuntimeError)    another consumer owns the task now; publish nothing
"""

from __future__ import annotations

from aat_reporters.errors import AatError

__all__ = [
    "AgentError",
    "AgentMissingError",
    "AgentOutputError",
    "AgentTimeoutError",
    "ChannelError",
    "DecisionError",
    "EvaluationError",
    "LeaseLostError",
    "NoResultError",
    "PublishingError",
    "QueueError",
    "RefusedError",
    "ReleaseError",
    "ServerError",
    "StreamReplacedError",
    "UnknownTaskError",
    "WorkspaceError",
]


class AgentError(AatError, RuntimeError):
    """Say how the machinery around an agent failed, in one line.

    Attributes:
        permission_denials: what the agent had tried outside its bounds, one line each.
        cost_usd: what the run cost nevertheless, where the agent tells.
    """

    permission_denials: tuple[str, ...] = ()
    cost_usd: float | None = None


class AgentMissingError(AgentError):
    """Name the program that is not installed, and how to install or choose another."""


class AgentTimeoutError(AgentError):
    """Name the limit in seconds that the agent passed."""


class AgentOutputError(AgentError):
    """Say what is wrong with the outcome that the agent printed."""


class WorkspaceError(AatError, RuntimeError):
    """Say what git refused, on which repository, in one line."""


class PublishingError(AatError, RuntimeError):
    """Say what the remote or the forge refused, in one line."""


class ServerError(AatError, RuntimeError):
    """Say why the embedded nats-server did not start."""


class QueueError(AatError, ConnectionError):
    """Say which request the server refused or left unanswered."""


class ChannelError(AatError, ConnectionError):
    """Say why a channel for alerts did not take a notification, without its secrets."""


class RefusedError(QueueError):
    """Say what the server refused.

    Attributes:
        code: the server's own number, such as 10058, which ``aat explain`` knows; 0 where it gave none.
    """

    def __init__(self, message: str, *, code: int = 0) -> None:
        super().__init__(message)
        self.code = code


class StreamReplacedError(AatError, RuntimeError):
    """Name the stream whose sequences mean something else now."""


class EvaluationError(AatError, ValueError):
    """Name the file and line of labelled texts that cannot be used, and what is missing."""


class ReleaseError(AatError, RuntimeError):
    """Say why a report cannot be released or retried."""


class DecisionError(AatError, RuntimeError):
    """Say what became of the fix, and who decided."""


class NoResultError(AatError, RuntimeError):
    """Name the task and attempt whose result is missing on the RESULTS stream."""


class UnknownTaskError(AatError, LookupError):
    """Name the task of which nothing is known, or which nobody holds by hand."""


class LeaseLostError(AatError, RuntimeError):
    """Say which task another consumer took over."""
