"""Judge whether people are told: somebody sends, and every channel takes it."""

from __future__ import annotations

from collections.abc import Iterator

from aat_consumer.operate.diagnosis.made import Finding, make
from aat_consumer.operate.diagnosis.signals import Signals

__all__ = ["RULES"]

#: Seconds without a sign of life after which nobody sends; a living process gives one every ten.
SILENT_AFTER = 60.0


def _failing(signals: Signals) -> Iterator[Finding]:
    for name, error in signals.failing_channels.items():
        yield make("AAT-W15", name, f"the last try failed: {error}", error=error)


def _unsent(signals: Signals) -> Iterator[Finding]:
    if not signals.has_alert_channel or signals.namespace.bucket_spec.name not in signals.present:
        return
    if signals.alerts_alive_at is None:
        yield make("AAT-W16", "alerts", "no alerts ever ran here")
        return
    silent = ((signals.server_now or signals.now) - signals.alerts_alive_at).total_seconds()
    if silent > SILENT_AFTER:
        text = f"the process that sent them has shown no sign of life for {silent:.0f} s"
        yield make("AAT-W16", "alerts", text, silent_s=round(silent, 1))


RULES = (_failing, _unsent)
