"""Judge measures by thresholds, as monitoring plugins do. Pure.

A range is written as the monitoring plugins' guidelines have it: ``10`` means outside 0 to 10 is bad,
``10:`` below 10, ``~:10`` above 10, ``10:20`` outside, ``@10:20`` inside.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum

from aat_reporters.errors import SettingsError

__all__ = ["MEASURES", "Judged", "Measure", "Range", "State", "judge", "thresholds"]

_RANGE = re.compile(r"(@?)(?:(~|-?\d+(?:\.\d+)?)?:)?(-?\d+(?:\.\d+)?)?\Z", re.ASCII)


class State(IntEnum):
    """What a check ends with; the numbers are exit codes."""

    OK = 0
    WARNING = 1
    CRITICAL = 2
    UNKNOWN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """Values that are all right.

    Args:
        text: as a person wrote it, which performance data repeats.
        low: the lowest that is all right.
        high: the highest.
        is_inverted: the values between are bad instead.
    """

    text: str
    low: float = 0.0
    high: float = math.inf
    is_inverted: bool = False

    def alerts(self, value: float) -> bool:
        """Tell whether a value is bad."""
        return (self.low <= value <= self.high) == self.is_inverted

    @classmethod
    def parse(cls, text: str) -> Range:
        """Read a range.

        Raises:
            SettingsError: it is none.
        """
        match = _RANGE.match(text.strip())
        if match is None or text.strip() in ("", "@"):
            raise SettingsError(f"{text[:40]!r} is no range such as 10, 10:, ~:10, 10:20 or @10:20")
        low = -math.inf if match[2] == "~" else float(match[2] or 0)
        high = float(match[3]) if match[3] else math.inf
        if low > high:
            raise SettingsError(f"{text[:40]!r} is no range: its start is above its end")
        return cls(text=text.strip(), low=low, high=high, is_inverted=bool(match[1]))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    """One thing that is measured: its unit, what it is, and from when it is bad unless told otherwise."""

    unit: str
    words: str
    warning: str = ""
    critical: str = ""


#: What is measured, by its name in performance data. Of connection and fill the limits are those of the nats
#: program's own checks; an hour is six times the ack wait, so nothing that is only retried is told.
MEASURES = {
    "connect_ms": _Kind(unit="ms", words="to connect", warning="500", critical="1000"),
    "missing_streams": _Kind(unit="", words="streams missing", critical="0"),
    "fill_percent": _Kind(unit="%", words="of the fullest stream's limit", warning="75", critical="90"),
    "store_percent": _Kind(unit="%", words="of the server's store given away", warning="75", critical="90"),
    "waiting": _Kind(unit="", words="reports and tasks wait", warning="100", critical="1000"),
    "oldest_s": _Kind(unit="s", words="since the oldest of them came", warning="3600", critical="21600"),
    "unattended": _Kind(unit="", words="wait while nobody pulls", critical="0"),
    "in_flight": _Kind(unit="", words="in work"),
    "redelivered": _Kind(unit="", words="delivered again", warning="10"),
    "silent_s": _Kind(unit="s", words="without a sign of life of a worker"),
    "dead": _Kind(unit="", words="dead letters", warning="0", critical="10"),
    "paused": _Kind(unit="", words="paused", warning="0"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One value; None where it could not be measured, as the store without the monitoring port."""

    name: str
    value: float | None
    about: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A measure with its thresholds and what they say."""

    measure: Measure
    state: State
    warning: Range | None
    critical: Range | None

    @property
    def text(self) -> str:
        """Say it in words."""
        kind = MEASURES[self.measure.name]
        about = f" ({self.measure.about})" if self.measure.about else ""
        value = "not measured" if self.measure.value is None else f"{self.measure.value:g}{kind.unit}"
        return f"{value} {kind.words}{about}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Limits:
    warning: Mapping[str, Range] = field(default_factory=dict)
    critical: Mapping[str, Range] = field(default_factory=dict)


def thresholds(*, warning: Sequence[str], critical: Sequence[str]) -> _Limits:
    """Read ``NAME=RANGE`` over the defaults; an empty range turns one off.

    Raises:
        SettingsError: an unknown name, or no range.
    """
    return _Limits(
        warning=_read(warning, {name: kind.warning for name, kind in MEASURES.items()}),
        critical=_read(critical, {name: kind.critical for name, kind in MEASURES.items()}),
    )


def judge(measures: Sequence[Measure], limits: _Limits) -> list[Judged]:
    """Judge each measure; the worst state is the check's."""
    return [
        Judged(
            measure=measure,
            state=_state(measure.value, limits.warning.get(measure.name), limits.critical.get(measure.name)),
            warning=limits.warning.get(measure.name),
            critical=limits.critical.get(measure.name),
        )
        for measure in measures
    ]


def _state(value: float | None, warning: Range | None, critical: Range | None) -> State:
    if value is None:
        return State.OK
    if critical is not None and critical.alerts(value):
        return State.CRITICAL
    return State.WARNING if warning is not None and warning.alerts(value) else State.OK


def _read(words: Sequence[str], defaults: Mapping[str, str]) -> dict[str, Range]:
    texts = dict(defaults)
    for word in words:
        name, equals, text = word.partition("=")
        if name not in MEASURES or not equals:
            known = ", ".join(MEASURES)
            raise SettingsError(f"{word[:60]!r} is no threshold such as waiting=100; known: {known}")
        texts[name] = text
    return {name: Range.parse(text) for name, text in texts.items() if text}
