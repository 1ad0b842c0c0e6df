"""Judge a report or text on stdin."""

from __future__ import annotations

import io
import sys
from functools import partial
from pathlib import Path
from typing import Any

import click

from aat_consumer.by_hand import evaluating, judging
from aat_consumer.by_hand.judging import Judged
from aat_consumer.cli.frame import EXIT_FAILED, EXIT_OK, Frame, framed
from aat_consumer.cli.quarantine import limit_words, reason_facts, version_facts
from aat_consumer.cli.words import name_of, problem_of
from aat_consumer.errors import EvaluationError

__all__ = ["screen"]

#: Bytes behind the limit that are read and dropped, so that their writer sees no broken pipe.
MAX_DROPPED_BYTES = 64 * 1024 * 1024

#: Columns of the table for people where stdout is no terminal.
WIDTH = 110


@click.command(
    epilog="Examples:  aat screen < report.json   |   echo 'KeyError: id' | aat screen --json"
    "   |   aat screen --eval own.jsonl"
)
@click.option("--text", "as_text", is_flag=True, help="Take stdin for text, even if it starts with '{'.")
@click.option(
    "--eval",
    "labelled",
    type=click.Path(path_type=Path),
    metavar="FILE.jsonl",
    help="Measure the filter on rows of text, label (1 attack, 0 not) and kind; reads no stdin.",
)
@framed
def screen(frame: Frame, *, as_text: bool, labelled: Path | None) -> int:
    """Judge a report (four keys, JSON) or any other text on stdin, as the consumer would.

    What cannot be read is blocked. Nothing of it is printed, only rules and places.
    Exit codes: 0 clean or measured, 1 blocked or no usable file.
    """
    # spaCy takes a second.
    from aat_consumer.consuming import tuning_of
    from aat_consumer.screening import screen as judge_text

    judge = partial(judge_text, tuning=tuning_of(frame.settings.screening))
    if labelled is not None:
        return _measure(frame, labelled, judge)
    if sys.stdin.isatty():
        frame.say("reading a report or text from the terminal; Ctrl-D ends it")
    payload = _stdin()
    judged = judging.judge(payload, screen=judge, as_text=as_text)
    facts = _facts(judged)
    frame.data(facts, _for_people(facts))
    if judged.problem:
        frame.say(f"aat: blocked, for it cannot be read: {facts['problem']}")
    return EXIT_FAILED if judged.blocked else EXIT_OK


def _measure(frame: Frame, path: Path, judge: judging.TextScreen) -> int:
    """Print the share of attacks caught and of false alarms, over all and by kind."""
    rates = evaluating.evaluate(evaluating.read_labelled(path), screen=judge)
    if not rates:
        raise EvaluationError(f"{str(path)!r} holds no rows")
    lines = []
    for rate in rates:
        low, high = rate.interval()
        name = ("attacks caught" if rate.is_attack else "false alarms") + (
            f", {name_of(rate.kind)}" if rate.kind else ""
        )
        share = f"{100 * rate.blocked / rate.of:.1f} %"
        lines.append(
            f"{name:<40} {rate.blocked:>6} of {rate.of:<6} {share:>8}"
            f"  ({100 * low:.1f} to {100 * high:.1f} %)"
        )
    groups = [rate.to_json() | {"kind": name_of(rate.kind) or None} for rate in rates]
    frame.data({"groups": groups}, "\n".join(lines))
    return EXIT_OK


def _stdin() -> bytes:
    """Read as much as is judged and a byte that shows there is more; let the writer end in peace."""
    payload = sys.stdin.buffer.read(judging.MAX_INPUT_BYTES + 1)
    dropped = 0
    while dropped < MAX_DROPPED_BYTES and (chunk := sys.stdin.buffer.read(judging.MAX_INPUT_BYTES)):
        dropped += len(chunk)
    return payload


def _facts(judged: Judged) -> dict[str, Any]:
    verdict = judged.verdict.to_json() if judged.verdict is not None else {}
    return {
        "blocked": judged.blocked,
        "kind": judged.kind,
        "problem": _problem(judged),
        "score": verdict.get("score"),
        "action": name_of(verdict.get("action", "quarantine")),
        "reasons": reason_facts(verdict),
        "versions": version_facts(verdict),
    }


def _problem(judged: Judged) -> str:
    """Quote nothing of a report; problems of text quote only numbers."""
    return problem_of(judged.problem) if judged.kind == "report" and judged.problem else judged.problem


def _for_people(facts: dict[str, Any]) -> str:
    """Draw the verdict as a table, with nothing in it but our own words and names."""
    from rich.console import Console
    from rich.table import Table

    score = "" if facts["score"] is None else f", score {facts['score']}"
    head = f"{'BLOCKED' if facts['blocked'] else 'clean'} ({facts['kind']}{score})"
    if not facts["reasons"]:
        return head
    table = Table("rule", "field", "place", "weight", "through", box=None, pad_edge=False)
    for reason in facts["reasons"]:
        place = f"{reason['start']}-{reason['end']}"
        rule = reason["rule"] + limit_words(reason)
        cells = (rule, reason["path"], place, str(reason["weight"]), " > ".join(reason["chain"]))
        table.add_row(*(cell.replace("[", "\\[") for cell in cells))
    console = Console(file=io.StringIO(), width=WIDTH, color_system=None)
    console.print(table)
    drawn = console.file
    assert isinstance(drawn, io.StringIO)
    lines = (line.rstrip() for line in drawn.getvalue().splitlines())
    return "\n".join((head, *lines))
