"""Show the reporters' counters in the page that the program already gives to Prometheus.

aat_reporters.prometheus.register()    # once, where the program sets up its own metrics

It needs the program's own ``prometheus_client``. The numbers are read when the page is asked for and cost
nothing before. They are those of this process: a forked child begins at 0, as its counters do, and each
process of a server has to be scraped by itself.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable

from prometheus_client.core import REGISTRY, CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector, CollectorRegistry

from aat_reporters.errors import SettingsError
from aat_reporters.shared import PUBLISHERS

__all__ = ["register"]

#: What became of errors, each a value of the label ``outcome``.
_OUTCOMES = ("published", "duplicate", "suppressed", "spooled", "replayed")

#: Under it prometheus_client shows files of its own kinds of metrics alone.
_MULTIPROCESS = "PROMETHEUS_MULTIPROC_DIR"


def register(registry: CollectorRegistry = REGISTRY) -> None:
    """Add the counters of every reporter of this process, those to come included.

    Args:
        registry: where the program's own metrics are.

    Raises:
        SettingsError: the program runs prometheus_client in its multiprocess mode, which shows no
            collector such as this one; scrape each process by itself, or look at ``Reporter.stats``.
        ValueError: it is registered there already.
    """
    if os.environ.get(_MULTIPROCESS):
        raise SettingsError(
            f"the multiprocess mode of prometheus_client ({_MULTIPROCESS}) cannot show reporters' counters"
        )
    registry.register(_Reporters())


class _Reporters(Collector):
    def collect(self) -> Iterable[Metric]:
        """Give the counters of now, added up by namespace and environment."""
        labels = ["namespace", "environment"]
        accepted = CounterMetricFamily(
            "aat_reporter_accepted", "Errors taken from the program.", labels=labels
        )
        reports = CounterMetricFamily(
            "aat_reporter_reports", "What became of errors.", labels=[*labels, "outcome"]
        )
        dropped = CounterMetricFamily(
            "aat_reporter_dropped", "Errors that were lost.", labels=[*labels, "reason"]
        )
        waiting = GaugeMetricFamily("aat_reporter_waiting", "Errors still in memory.", labels=labels)
        for (namespace, environment), numbers in _added_up().items():
            where = [namespace, environment]
            accepted.add_metric(where, numbers[("accepted", "")])
            waiting.add_metric(where, numbers[("waiting", "")])
            for outcome in _OUTCOMES:
                reports.add_metric([*where, outcome], numbers[(outcome, "")])
            for (name, reason), number in numbers.items():
                if name == "dropped":
                    dropped.add_metric([*where, reason], number)
        return [accepted, reports, dropped, waiting]


def _added_up() -> dict[tuple[str, str], Counter[tuple[str, str]]]:
    """Add up reporters that differ in other settings only: a series may come once on a page."""
    found: dict[tuple[str, str], Counter[tuple[str, str]]] = {}
    for settings, stats in PUBLISHERS.stats():
        numbers = found.setdefault((settings.namespace.name, settings.environment), Counter())
        for name in ("accepted", "waiting", *_OUTCOMES):
            numbers[(name, "")] += getattr(stats, name)
        for reason, number in stats.dropped.items():
            numbers[("dropped", reason)] += number
    return found
