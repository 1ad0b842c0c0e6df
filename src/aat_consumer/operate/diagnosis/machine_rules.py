"""Judge this machine: what it lacks for reporting errors and working on them."""

from __future__ import annotations

from collections.abc import Iterator

from aat_consumer.operate.diagnosis.made import Finding, make
from aat_consumer.operate.diagnosis.signals import Signals

__all__ = ["RULES"]


def _missing(signals: Signals) -> Iterator[Finding]:
    machine = signals.machine
    for code, text in (
        ("AAT-E19", machine.agent),
        ("AAT-E20", machine.repository),
        ("AAT-E21", machine.filter),
    ):
        if text:
            yield make(code, "machine", text)


def _warnings(signals: Signals) -> Iterator[Finding]:
    for text in signals.machine.warnings:
        yield make("AAT-W08", "machine", text)


def _foreign(signals: Signals) -> Iterator[Finding]:
    if path := signals.machine.foreign_aat:
        yield make("AAT-W09", "machine", f"{path} is not this program's", path=path)


def _canary(signals: Signals) -> Iterator[Finding]:
    if signals.canary:
        yield make("AAT-E13", "reporter", signals.canary)


RULES = (_missing, _warnings, _foreign, _canary)
