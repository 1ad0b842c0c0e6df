"""The only door to prometheus_client in the consumer: write numbers in the form that Prometheus reads.

Names and labels are listed in docs/metrics.md. No label holds a signature, a release or a task: each value of
a label is a time series of its own, and strangers make new ones of those.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from wsgiref.simple_server import WSGIServer

from prometheus_client import CollectorRegistry, generate_latest, start_http_server
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from aat_consumer.operate.facts import ConsumerFacts
from aat_consumer.operate.metrics.counting import RUN_BUCKETS, Counts
from aat_consumer.operate.metrics.sampling import Sample
from aat_consumer.streams import StreamState

__all__ = ["CONTENT_TYPE", "page", "serve"]

CONTENT_TYPE = CONTENT_TYPE_LATEST


def page(counts: Counts, taken: Sample) -> bytes:
    """Write everything as one page of text."""
    return generate_latest(_registry(lambda: families(counts, taken)))


def serve(read: Callable[[], tuple[Counts, Sample]], *, host: str, port: int) -> tuple[WSGIServer, int]:
    """Serve ``/metrics`` from a thread of its own; give the server, to be shut down, and its port.

    Args:
        read: gives the numbers; called in that thread for each request.
        host: address to listen on.
        port: 0 chooses a free one.

    Raises:
        OSError: the port is taken, or the address is not of this machine.
    """
    server, _ = start_http_server(port, addr=host, registry=_registry(lambda: families(*read())))
    return server, int(server.server_port)


def families(counts: Counts, taken: Sample) -> Iterator[Metric]:
    """Give every metric, in the order of the documentation."""
    name = counts.namespace.name
    yield _gauge(
        "aat_up", "1 if the server answers and every stream is there.", [((), float(taken.is_up))], name
    )
    if taken.version:
        version = [((taken.version,), 1.0)]
        yield _gauge("aat_server_info", "The version of nats-server.", version, name, "version")
    yield from _of_streams(taken, name)
    yield from _of_queues(taken, name)
    yield from _counted(counts, name)
    if taken.alerts is not None:
        yield from _of_alerts(taken, name)


#: Of each stream: a gauge's name, its text and where the number comes from.
_STREAMS: tuple[tuple[str, str, Callable[[StreamState], float]], ...] = (
    ("messages", "Messages in a stream.", lambda state: state.messages),
    ("bytes", "Bytes of the messages in a stream.", lambda state: state.used_bytes),
    ("limit_bytes", "Bytes that a stream may hold.", lambda state: state.max_bytes),
)

#: Of each queue of errors.
_QUEUES: tuple[tuple[str, str, Callable[[ConsumerFacts], float]], ...] = (
    ("pending", "Reports that no consumer was given.", lambda facts: facts.waiting),
    ("ack_pending", "Reports that a consumer was given and has not settled.", lambda facts: facts.in_flight),
    ("redelivered", "Of those, reports that were given more than once.", lambda facts: facts.redelivered),
    ("pulls", "Consumers that wait for a report right now.", lambda facts: facts.pulls),
)


def _of_streams(taken: Sample, name: str) -> Iterator[Metric]:
    for what, text, number in _STREAMS:
        values = [((state.spec.name,), float(number(state))) for state in taken.streams]
        yield _gauge(f"aat_stream_{what}", text, values, name, "stream")
    stored = [((state.spec.name,), float(state.last_sequence)) for state in taken.streams]
    yield _counter(
        "aat_stream_stored", "Messages that a stream has taken since it was made.", stored, name, "stream"
    )


def _of_queues(taken: Sample, name: str) -> Iterator[Metric]:
    known = {environment: facts for environment, facts in taken.queues.items() if facts is not None}
    for what, text, number in _QUEUES:
        values = [((environment,), float(number(facts))) for environment, facts in known.items()]
        yield _gauge(f"aat_consumer_{what}", text, values, name, "environment")
    oldest = [((environment,), age) for environment, age in taken.oldest.items()]
    text = "Age of the oldest report in a queue; 0 for an empty one."
    yield _gauge("aat_queue_oldest_age_seconds", text, oldest, name, "environment")
    if taken.is_up:
        yield _gauge("aat_paused", "1 while dispatch is paused.", [((), float(taken.is_paused))], name)


def _counted(counts: Counts, name: str) -> Iterator[Metric]:
    yield _counter(
        "aat_occurrences",
        "Errors that happened, repeats included.",
        _single(counts.occurrences),
        name,
        "environment",
    )
    results = [(labels, float(number)) for labels, number in counts.results.items()]
    yield _counter(
        "aat_results", "Results of reports and tasks.", results, name, "kind", "status", "environment"
    )
    yield _counter(
        "aat_dead_letters", "Reports that were given up.", _single(counts.dead), name, "environment"
    )
    yield _counter(
        "aat_filter_rejected",
        "Reports in quarantine, by each family of rules.",
        _single(counts.rejected),
        name,
        "family",
    )
    denied = [((), float(counts.denied))]
    yield _counter("aat_agent_denied", "Runs in which an agent tried what it may not.", denied, name)
    cost = [((), counts.cost_usd)]
    yield _counter("aat_agent_cost_usd", "What runs cost, as far as agents tell.", cost, name)
    runs = HistogramMetricFamily(
        "aat_agent_run_seconds", "From the start of a run to its result.", labels=["namespace"]
    )
    runs.add_metric([name], _cumulated(counts.runs), sum_value=counts.run_seconds)
    yield runs


def _of_alerts(taken: Sample, name: str) -> Iterator[Metric]:
    assert taken.alerts is not None
    channels = taken.alerts.channels.items()
    up = [((channel,), float(not state.failing_since)) for channel, state in channels]
    yield _gauge("aat_alert_channel_up", "0 while a channel fails.", up, name, "channel")
    waiting = [((channel,), float(taken.alerts.waiting_for(channel))) for channel, _ in channels]
    yield _gauge("aat_alert_channel_waiting", "Notifications not delivered yet.", waiting, name, "channel")
    lost = [((channel,), float(state.lost)) for channel, state in channels]
    yield _counter("aat_alert_channel_lost", "Notifications that were given up.", lost, name, "channel")


Values = Iterable[tuple[tuple[str, ...], float]]


def _gauge(metric: str, text: str, values: Values, namespace: str, *labels: str) -> Metric:
    family = GaugeMetricFamily(metric, text, labels=["namespace", *labels])
    for given, value in values:
        family.add_metric([namespace, *given], value)
    return family


def _counter(metric: str, text: str, values: Values, namespace: str, *labels: str) -> Metric:
    family = CounterMetricFamily(metric, text, labels=["namespace", *labels])
    for given, value in values:
        family.add_metric([namespace, *given], value)
    return family


def _single(counted: dict[str, int]) -> Values:
    return [((label,), float(number)) for label, number in counted.items()]


def _cumulated(buckets: list[int]) -> list[tuple[str, float]]:
    total, found = 0, []
    for bound, number in zip((*map(str, RUN_BUCKETS), "+Inf"), buckets, strict=True):
        total += number
        found.append((bound, float(total)))
    return found


class _Families(Collector):
    def __init__(self, give: Callable[[], Iterable[Metric]]) -> None:
        self._give = give

    def collect(self) -> Iterable[Metric]:
        """Give the metrics of now."""
        return self._give()

    def describe(self) -> Iterable[Metric]:
        """Give nothing, so that registering asks no server."""
        return []


def _registry(give: Callable[[], Iterable[Metric]]) -> CollectorRegistry:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Families(give))
    return registry
