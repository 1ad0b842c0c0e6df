"""Judge the work: whether somebody pulls, hangs, is stuck or paused, and what died or went unread."""

from __future__ import annotations

from collections.abc import Iterator

from aat_consumer.operate.diagnosis.made import Finding, make
from aat_consumer.operate.diagnosis.signals import InFlight, Signals
from aat_consumer.operate.facts import ConsumerFacts
from aat_consumer.queues import error_queue, queue_at
from aat_reporters.wire import ENVIRONMENTS, Namespace

__all__ = ["RULES"]


def _unpulled_errors(signals: Signals) -> Iterator[Finding]:
    """Find queues of errors in which something waits while no consumer pulls and none works."""
    if signals.pause is not None:
        return
    names = signals.namespace
    queues = {error_queue(names, environment).stream: environment for environment in ENVIRONMENTS}
    readers = {reader.stream: reader for reader in signals.consumers if reader.stream in queues}
    # A worker pulls one queue at a time, so one that pulls or works anywhere is a worker.
    is_alive = any(_is_alive(signals, reader) for reader in readers.values())
    for stream, environment in queues.items():
        facts, reader = signals.present.get(stream), readers.get(stream)
        waiting = reader.waiting if reader is not None else facts.messages if facts is not None else 0
        if not waiting or (reader is not None and (is_alive or reader.is_paused)):
            continue
        why = "nobody pulls" if reader is not None else "no consumer ever started here"
        fix = f"aat run --environment {environment}"
        yield make("AAT-E05", stream, f"{waiting} reports wait and {why}", fix=fix, waiting=waiting)


def _unpulled_tasks(signals: Signals) -> Iterator[Finding]:
    if signals.pause is not None:
        return
    readers = {
        reader.name: reader for reader in signals.consumers if reader.stream == signals.namespace.tasks
    }
    waiting: dict[str, int] = {}
    for subject, count in signals.task_subjects.items():
        queue = queue_at(signals.namespace, subject)
        if queue is None:
            text = f"{count} messages on {subject}, which no queue of tasks pulls"
            fix = f"aat stream purge {signals.namespace.tasks} --subject {subject}"
            yield make("AAT-E03", signals.namespace.tasks, text, fix=fix, subject=subject)
            continue
        reader = readers.get(queue.durable)
        if reader is None:
            waiting[queue.name] = waiting.get(queue.name, 0) + count
        elif reader.waiting and not reader.is_paused:
            mates = [mate for mate in readers.values() if _same_queue(signals.namespace, mate, queue.name)]
            if not any(_is_alive(signals, mate) for mate in mates):
                waiting[queue.name] = waiting.get(queue.name, 0) + reader.waiting
    for name, count in waiting.items():
        text = f"{count} tasks of the queue {name} wait and nobody pulls"
        fix = f"aat task work {name}"
        yield make("AAT-E05", signals.namespace.tasks, text, fix=fix, queue=name, waiting=count)


def _hung(signals: Signals) -> Iterator[Finding]:
    waits = {(reader.stream, reader.name): reader.ack_wait for reader in signals.consumers}
    for message in signals.in_flight:
        patience = waits.get((message.stream, message.consumer), 0.0)
        silence = _silence(signals, message)
        if silence is None or silence <= patience:
            continue
        text = (
            f"task {message.task_id} (message {message.sequence}) has been in work, and its worker has shown "
            f"no sign of life for {silence:.0f} s; the ack wait is {patience:.0f} s"
        )
        fix = f"aat errors show {message.task_id}; end the worker that hangs, aat run takes the work over"
        yield make(
            "AAT-E06", message.stream, text, fix=fix, task_id=message.task_id, silent_s=round(silence, 1)
        )


def _saturated(signals: Signals) -> Iterator[Finding]:
    for reader in signals.consumers:
        if reader.max_in_flight > 0 and reader.in_flight >= reader.max_in_flight:
            text = f"{reader.in_flight} messages in work, and the consumer may hold {reader.max_in_flight}"
            who = f"{reader.stream} {reader.name}"
            fix = f"aat consumer info {who}; aat consumer reset {who} delivers again what is stuck"
            yield make("AAT-E07", who, text, fix=fix, in_flight=reader.in_flight)


def _paused(signals: Signals) -> Iterator[Finding]:
    if signals.pause is not None:
        text = f"dispatch is paused by {signals.pause.by} since {signals.pause.at}"
        yield make("AAT-E08", "dispatch", text, by=signals.pause.by, at=signals.pause.at)
    for reader in signals.consumers:
        if reader.is_paused:
            text = f"the server delivers nothing for another {reader.pause_left:.0f} s, {reader.waiting} wait"
            fix = f"aat consumer resume {reader.stream} {reader.name}"
            yield make("AAT-E08", f"{reader.stream} {reader.name}", text, fix=fix, waiting=reader.waiting)


def _dead(signals: Signals) -> Iterator[Finding]:
    if signals.dead:
        text = f"{len(signals.dead)} failed three times; the newest is task {signals.dead[-1]}"
        fix = f"aat dlq show {signals.dead[-1]}, then aat dlq retry or aat dlq drop"
        yield make("AAT-E09", "dead letters", text, fix=fix, count=len(signals.dead))
    if signals.left_behind:
        text = f"the server gave up {signals.left_behind} messages that no consumer has seen to yet"
        yield make("AAT-E09", "dead letters", text, fix="aat run", left_behind=signals.left_behind)


def _unread(signals: Signals) -> Iterator[Finding]:
    for reader in signals.consumers:
        facts = signals.present.get(reader.stream)
        # Where nothing is too old, only people remove what is not settled.
        if facts is None or facts.retention != "workqueue" or not facts.max_age or reader.filter:
            continue
        buried = signals.buried.get(reader.stream, 0)
        gone = facts.first_sequence - 1 - reader.settled - reader.in_flight - buried
        if gone > 0:
            text = f"{gone} messages left unsettled by {reader.name}; they are kept for {facts.max_age:.0f} s"
            yield make("AAT-E10", reader.stream, text, count=gone)


def _repeats(signals: Signals) -> Iterator[Finding]:
    known = signals.repeats
    if known.occurrences:
        text = (
            f"{known.signatures} errors occurred {known.occurrences} times since their last run ended, which "
            f"is counted and not reported again; for example {known.example}"
        )
        yield make("AAT-I01", signals.namespace.occurrences, text, occurrences=known.occurrences)


def _is_alive(signals: Signals, reader: ConsumerFacts) -> bool:
    """Tell whether somebody pulls here, or is at work with a sign of life within the ack wait."""
    if reader.pulls:
        return True
    mine = [one for one in signals.in_flight if (one.stream, one.consumer) == (reader.stream, reader.name)]
    if not mine:
        return reader.in_flight > 0
    silences = [_silence(signals, message) for message in mine]
    return any(silence is not None and silence <= reader.ack_wait for silence in silences)


def _silence(signals: Signals, message: InFlight) -> float | None:
    """Give the seconds since the last sign of life, by the server's clock where it is known."""
    if message.alive_at is None:
        return None
    return ((signals.server_now or signals.now) - message.alive_at).total_seconds()


def _same_queue(namespace: Namespace, reader: ConsumerFacts, name: str) -> bool:
    queue = queue_at(namespace, reader.filter)
    return queue is not None and queue.name == name


RULES = (
    _unpulled_errors,
    _unpulled_tasks,
    _hung,
    _saturated,
    _paused,
    _dead,
    _unread,
    _repeats,
)
