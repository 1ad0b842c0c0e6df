"""Run every rule over the signals."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from aat_consumer.operate.diagnosis import (
    alert_rules,
    consumer_rules,
    machine_rules,
    server_rules,
    stream_rules,
)
from aat_consumer.operate.diagnosis.made import Finding
from aat_consumer.operate.diagnosis.signals import Signals

__all__ = ["Finding", "diagnose"]

Rule = Callable[[Signals], Iterator[Finding]]

#: In the order in which a person should read what they find.
_RULES: tuple[Rule, ...] = (
    *server_rules.RULES,
    *stream_rules.RULES,
    *consumer_rules.RULES,
    *alert_rules.RULES,
    *machine_rules.RULES,
)


def diagnose(signals: Signals) -> list[Finding]:
    """Give every finding, errors first, then warnings, then what is only to be known."""
    found = [finding for rule in _RULES for finding in rule(signals)]
    order = ("error", "warning", "info")
    return sorted(found, key=lambda finding: order.index(finding.severity.value))
