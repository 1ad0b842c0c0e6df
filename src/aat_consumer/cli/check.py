"""Check an installation for a monitoring system: one line, performance data, an exit code from 0 to 3."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import click

from aat_consumer.cli.frame import Frame, framed, printable
from aat_consumer.operate.checking import MEASURES, Judged, Range, State, judge, thresholds
from aat_consumer.operate.collecting import Question, collect
from aat_consumer.operate.diagnosis import Signals, diagnose
from aat_consumer.operate.measuring import measures
from aat_reporters.errors import SettingsError

__all__ = ["check"]


class _Plugin(click.Command):
    """A command whose misuse is UNKNOWN, exit 3, as monitoring systems expect: 2 would be an alarm."""

    def make_context(self, *arguments: Any, **extra: Any) -> click.Context:
        """Parse the arguments."""
        try:
            return super().make_context(*arguments, **extra)
        except click.UsageError as exc:
            message = " ".join(exc.format_message().split())
            sys.stdout.write(printable(f"AAT UNKNOWN: {message}") + "\n")
            raise click.exceptions.Exit(State.UNKNOWN) from exc


@click.command(
    cls=_Plugin,
    epilog="Examples:  aat check   |   aat check --warning waiting=50 --critical oldest_s=7200   |   "
    "aat check --format prometheus > /var/lib/node_exporter/aat.prom",
)
@click.option("--warning", "-w", multiple=True, metavar="NAME=RANGE", help="Warn outside a range.")
@click.option("--critical", "-c", multiple=True, metavar="NAME=RANGE", help="Alarm outside a range.")
@click.option(
    "--format",
    "style",
    type=click.Choice(["text", "json", "prometheus"]),
    help="How to print.  [default: text]",
)
@click.option("--monitoring", "monitoring_url", default="", help="Where /varz is.  [default: port 8222]")
@framed
def check(
    frame: Frame,
    *,
    warning: tuple[str, ...],
    critical: tuple[str, ...],
    style: str | None,
    monitoring_url: str,
) -> int:
    """Check server, streams, queues and dead letters as a monitoring plugin does.

    Measures: connect_ms, missing_streams, fill_percent, store_percent, waiting, oldest_s, unattended,
    in_flight, redelivered, silent_s, dead, paused. A range is 10 (bad outside 0 to 10), 10: (bad below),
    ~:10 (bad above), 10:20 or @10:20 (bad inside); NAME= alone turns a default off.
    Exit codes: 0 OK, 1 WARNING, 2 CRITICAL (also where no server answers), 3 UNKNOWN (called wrongly, or a
    setting cannot be used).
    """
    how = style or ("json" if frame.as_json else "text")
    try:
        limits = thresholds(warning=warning, critical=critical)
        question = Question(monitoring_url=monitoring_url)
        signals = asyncio.run(collect(frame.settings, question, name="aat-check"))
    except SettingsError as exc:
        return _end(frame, how, State.UNKNOWN, str(exc), [])
    if signals.reach.problem or not signals.has_jetstream or signals.unanswered:
        return _end(frame, how, State.CRITICAL, _unreached(signals), [])
    judged = judge(measures(signals), limits)
    worst = max((one.state for one in judged), default=State.OK)
    bad = [one.text for one in sorted(judged, key=lambda one: -one.state) if one.state]
    return _end(frame, how, worst, "; ".join(bad) or "all is well", judged)


def _unreached(signals: Signals) -> str:
    return "; ".join(f"{one.id} {one.evidence}" for one in diagnose(signals)[:1]) or "no server"


def _end(frame: Frame, how: str, state: State, text: str, judged: list[Judged]) -> int:
    """Print in one of the three ways, and give the exit code."""
    name = frame.settings.namespace.name if state is not State.UNKNOWN else ""
    match how:
        case "json":
            _json(frame, state, text, name, judged)
        case "prometheus":
            sys.stdout.write(printable(_prometheus(state, name, judged)) + "\n")
            frame.say(f"AAT {state.name}: {text}")
        case _:
            line = f"AAT {state.name}: {name + ': ' if name else ''}{text}"
            data = " ".join(_performance(one) for one in judged if one.measure.value is not None)
            sys.stdout.write(printable(f"{line} | {data}" if data else line) + "\n")
    return int(state)


def _json(frame: Frame, state: State, text: str, name: str, judged: list[Judged]) -> None:
    shown = {
        one.measure.name: {
            "value": one.measure.value,
            "unit": MEASURES[one.measure.name].unit,
            "state": one.state.name,
            "warning": one.warning.text if one.warning else "",
            "critical": one.critical.text if one.critical else "",
            "about": one.measure.about,
        }
        for one in judged
    }
    frame.as_json = True
    frame.data({"namespace": name, "state": state.name, "code": int(state), "text": text, "measures": shown})


def _performance(one: Judged) -> str:
    unit = {"%": "%", "s": "s", "ms": "ms"}.get(MEASURES[one.measure.name].unit, "")
    ends = "0;100" if unit == "%" else "0"
    limits = f"{_text(one.warning)};{_text(one.critical)}"
    return f"{one.measure.name}={one.measure.value:g}{unit};{limits};{ends}"


def _text(known: Range | None) -> str:
    return known.text if known is not None else ""


def _prometheus(state: State, name: str, judged: list[Judged]) -> str:
    lines = [
        "# HELP aat_check_state 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.",
        "# TYPE aat_check_state gauge",
        f'aat_check_state{{namespace="{name}"}} {int(state)}',
    ]
    for one in judged:
        if one.measure.value is None:
            continue
        metric = f"aat_check_{one.measure.name}"
        lines += [
            f"# HELP {metric} {MEASURES[one.measure.name].words}.",
            f"# TYPE {metric} gauge",
            f'{metric}{{namespace="{name}"}} {one.measure.value:g}',
        ]
    return "\n".join(lines)
