"""Decide what is worth telling: a happening and what it means in, alerts out. Pure."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from aat_consumer.alert_settings import AlertSettings
from aat_consumer.operate.alerts.happenings import Happening
from aat_consumer.operate.alerts.memory import Seen

__all__ = ["Alert", "alerts_of", "merged"]

#: Levels of a report by which a new error is told at once.
CRITICAL_LEVELS = ("critical", "fatal")


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One thing to tell; all of its texts are harmless.

    Args:
        rule: which of the rules.
        key: what counts as the same alert.
        text: what happened, in our words.
        at: when, seconds since the epoch.
        is_urgent: waits for no other alert.
        signature: of the error, empty where it is about none.
        environment: whose error it is.
        release: of the program that failed.
        task_id: what was worked on.
        title: what the error says.
        place: where it was raised.
        count: times that it happened since it was told last; 0 where that says nothing.
    """

    rule: str
    key: str
    text: str
    at: float
    is_urgent: bool = False
    signature: str = ""
    environment: str = ""
    release: str = ""
    task_id: str = ""
    title: str = ""
    place: str = ""
    count: int = 1


def alerts_of(happening: Happening, seen: Seen, settings: AlertSettings) -> list[Alert]:
    """Give the alerts that one happening raises, of the rules that are on."""
    found = [
        Alert(
            rule=rule,
            key=f"{rule}:{key}",
            text=text,
            at=happening.at,
            is_urgent=is_urgent,
            signature=happening.signature,
            environment=happening.environment,
            release=happening.release,
            task_id=happening.task_id,
            title=seen.title,
            place=seen.place,
            # A spike is raised by every count until it is over, which says nothing.
            count=0 if rule == "spike" else 1,
        )
        for rule, key, text, is_urgent in _raised(happening, seen, settings)
    ]
    return [alert for alert in found if alert.rule in settings.rules]


def _raised(happening: Happening, seen: Seen, settings: AlertSettings) -> list[tuple[str, str, str, bool]]:
    signature, where = happening.signature, _where(happening)
    raised = []
    if seen.is_new:
        is_critical = seen.level in CRITICAL_LEVELS
        raised.append(
            ("new", signature, f"new {seen.level if is_critical else ''} error{where}", is_critical)
        )
    if seen.fixed_in is not None:
        was = f"release {seen.fixed_in}" if seen.fixed_in else "an unknown release"
        text = f"again{where}, after a fix of {was}"
        raised.append(("regression", f"{signature}:{happening.release}", text, False))
    if seen.in_window >= max(settings.spike_count, settings.spike_ratio * seen.mean):
        usual = f"usually {seen.mean:.1f}" if seen.mean else "nothing to compare with yet"
        text = f"{seen.in_window} times in {settings.spike_window:.0f} s{where}, {usual}"
        raised.append(("spike", signature, text, False))
    match happening.kind:
        case "dead":
            text = f"given up{where}: {happening.reason}"
            raised.append(("dead", f"{signature}:{happening.environment}", text, False))
        case "rejected":
            raised.append(("rejected", signature, f"kept in quarantine by the filter{where}", False))
        case "denied":
            text = f"the agent tried what it may not{where}: {happening.reason}"
            raised.append(("denied", signature, text, False))
    return [(rule, key, " ".join(text.split()), is_urgent) for rule, key, text, is_urgent in raised]


def _where(happening: Happening) -> str:
    release = f", release {happening.release}" if happening.release else ""
    return f" in {happening.environment or 'default'}{release}"


def merged(earlier: Alert, later: Alert) -> Alert:
    """Join two alerts of one key: the later text, with what either knows."""
    return dataclasses.replace(
        later,
        count=earlier.count + later.count,
        is_urgent=earlier.is_urgent or later.is_urgent,
        title=later.title or earlier.title,
        place=later.place or earlier.place,
    )
