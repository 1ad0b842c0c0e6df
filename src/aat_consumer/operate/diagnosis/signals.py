"""Hold everything that the diagnosis looks at, as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from aat_consumer.losses import Loss
from aat_consumer.operate.facts import ConsumerFacts, StreamFacts
from aat_consumer.pausing import Pause
from aat_consumer.streams import Difference
from aat_reporters.wire import Namespace

__all__ = ["InFlight", "Machine", "Monitoring", "Reach", "Repeats", "Signals"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How far one gets on the way to the server.

    Args:
        problem: empty where it is reached.
        text: what happened, in words.
        info: what the server says of itself before anybody signs in; empty where it says nothing.
    """

    problem: Literal["", "name", "refused", "silent", "stranger", "tls", "credentials", "other"] = ""
    text: str = ""
    info: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Monitoring:
    """What the server's monitoring port tells (/varz).

    Args:
        url: where it answers.
        now: the server's clock.
        started_at: when the server started.
        host: address that clients are served on.
        http_host: address that the monitoring is served on.
        has_sign_in: clients must sign in.
        has_tls: clients must encrypt.
        store_dir: folder of the streams.
        max_store_bytes: what all streams may take together; 0 where unknown.
        reserved_bytes: what the streams' limits add up to.
        used_bytes: what they take now.
        connections: clients now.
        memory_bytes: of the server's process.
        slow_consumers: clients that were cut off because they read too slowly.
    """

    url: str
    now: datetime | None = None
    started_at: datetime | None = None
    host: str = ""
    http_host: str = ""
    has_sign_in: bool = False
    has_tls: bool = False
    store_dir: str = ""
    max_store_bytes: int = 0
    reserved_bytes: int = 0
    used_bytes: int = 0
    connections: int = 0
    memory_bytes: int = 0
    slow_consumers: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class InFlight:
    """One message that somebody was given and has not settled.

    Args:
        stream: where it lies.
        consumer: by which it was delivered.
        sequence: its number.
        task_id: what it is worked on as.
        state: what the bucket says of the task; empty where nothing.
        alive_at: the newest sign of life of whoever works on it.
    """

    stream: str
    consumer: str
    sequence: int
    task_id: str
    state: str
    alive_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeats:
    """Errors that went on while the server dropped their reports as repeats, by the newest counts.

    Args:
        signatures: how many errors.
        occurrences: how often they occurred.
        example: one of the signatures.
    """

    signatures: int = 0
    occurrences: int = 0
    example: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What this machine lacks for running the consumer; each in words, empty where all is well.

    Args:
        agent: the agent's program.
        repository: the repository to fix.
        filter: the prompt-injection filter.
        warnings: what stops nothing.
        foreign_aat: path of a program ``aat`` that is found first and is not ours.
        fixes: branches ``aat/fix-…`` in the repository, which earlier runs made.
    """

    agent: str = ""
    repository: str = ""
    filter: str = ""
    warnings: tuple[str, ...] = ()
    foreign_aat: str = ""
    fixes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Signals:
    """Everything that was measured in one look, which takes about a second.

    Args:
        namespace: whose.
        address: of the server, for people.
        now: this machine's clock when the server's was read.
        reach: whether the server is reached.
        connect_seconds: that connecting took.
        version: of the server.
        has_jetstream: it has JetStream for this account.
        unanswered: the request that JetStream left without an answer; nothing behind it was looked at.
        max_payload_bytes: the largest message that it takes.
        cluster: name of the cluster; empty for a single server.
        server_now: the server's clock.
        monitoring: what the monitoring port tells; None where it does not answer.
        streams: name to facts; None for a missing one.
        differences: what ``aat stream ensure`` would change.
        overlaps: missing stream to those of others that take its subjects.
        losses: streams that were made anew of late.
        consumers: of all streams; ``pulls`` is the most that was seen during the look.
        rates: stream to messages a second during the look.
        task_subjects: subject of the task stream to messages on it.
        in_flight: messages that are being worked on, the oldest of each stream.
        dead: tasks that died and that nobody has retried or dropped.
        left_behind: messages that the server gave up and no consumer has buried yet.
        buried: stream to messages above what is settled that the server gave up; they left as dead letters.
        pause: who paused dispatch.
        repeats: errors whose reports are dropped.
        has_alert_channel: the settings name a channel for alerts.
        alerts_alive_at: when the alerts' account was last written; None where no alerts ever ran.
        failing_channels: name of a channel to the error of its last try.
        others: other namespaces on this server.
        asked_subject: a subject that somebody publishes to and asks about.
        takers: streams that take it.
        canary: what became of an error sent through the configured reporter; None where none was sent,
            empty where it arrived.
        machine: this machine.
    """

    namespace: Namespace
    address: str
    now: datetime
    reach: Reach = field(default_factory=Reach)
    connect_seconds: float = 0.0
    version: str = ""
    has_jetstream: bool = True
    unanswered: str = ""
    max_payload_bytes: int = 0
    cluster: str = ""
    server_now: datetime | None = None
    monitoring: Monitoring | None = None
    streams: Mapping[str, StreamFacts | None] = field(default_factory=dict)
    differences: tuple[Difference, ...] = ()
    overlaps: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    losses: tuple[Loss, ...] = ()
    consumers: tuple[ConsumerFacts, ...] = ()
    rates: Mapping[str, float] = field(default_factory=dict)
    task_subjects: Mapping[str, int] = field(default_factory=dict)
    in_flight: tuple[InFlight, ...] = ()
    dead: tuple[str, ...] = ()
    left_behind: int = 0
    buried: Mapping[str, int] = field(default_factory=dict)
    pause: Pause | None = None
    repeats: Repeats = field(default_factory=Repeats)
    has_alert_channel: bool = False
    alerts_alive_at: datetime | None = None
    failing_channels: Mapping[str, str] = field(default_factory=dict)
    others: tuple[str, ...] = ()
    asked_subject: str = ""
    takers: tuple[str, ...] = ()
    canary: str | None = None
    machine: Machine = field(default_factory=Machine)

    @property
    def present(self) -> dict[str, StreamFacts]:
        """Give the streams that exist."""
        return {name: facts for name, facts in self.streams.items() if facts is not None}

    @property
    def missing(self) -> list[str]:
        """Name the streams that do not exist."""
        return [name for name, facts in self.streams.items() if facts is None]

    @property
    def overlaps_any(self) -> bool:
        """Tell whether another stream keeps one of ours from being made."""
        return any(self.overlaps.values())
