"""Tell from signals what is wrong and what to do: signals in, findings out.

Pure; ``aat_consumer.operate.collecting`` gathers the signals. Every finding has a stable id, by which
``aat explain`` says more, and a test that brings the situation about on a real server.
"""

from __future__ import annotations

from aat_consumer.operate.diagnosis.catalogue import CATALOGUE, Entry, Severity, explain
from aat_consumer.operate.diagnosis.finding import Finding, diagnose
from aat_consumer.operate.diagnosis.signals import (
    InFlight,
    Machine,
    Monitoring,
    Reach,
    Repeats,
    Signals,
)

__all__ = [
    "CATALOGUE",
    "Entry",
    "Finding",
    "InFlight",
    "Machine",
    "Monitoring",
    "Reach",
    "Repeats",
    "Severity",
    "Signals",
    "diagnose",
    "explain",
]
