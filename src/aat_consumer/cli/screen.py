"""Judge a report or text on stdin."""

from __future__ import annotations

import io
import sys
from typing import Any

import click

from aat_consumer.by_hand import judging
from aat_consumer.by_hand.judging import Judged
from aat_consumer.cli.frame import EXIT_FAILED, EXIT_OK, Frame, framed
from aat_consumer.cli.quarantine import reason_facts
from aat_consumer.cli.words import name_of, problem_of

__all__ = ["screen"]

#: Bytes behind the limit that are read and dropped, so that their writer sees no broken pipe.
MAX_DROPPED_BYTES = 64 * 1024 * 1024

#: Columns of the table for people where stdout is no terminal.
WIDTH = 110


@click.command(epilog="Examples:  aat screen < report.json   |   echo 'KeyError: id' | aat screen --json")
@click.option("--text", "as_text", is_flag=True, help="Take stdin for text, even if it starts with '{'.")
@framed
def screen(frame: Frame, *, as_text: bool) -> int:
    """Judge a report (four keys, JSON) or any other text on stdin, as the consumer would.

    What cannot be read is blocked. Nothing of it is printed, only rules and places.
    Exit codes: 0 clean, 1 blocked.
    """
    if sys.stdin.isatty():
        frame.say("reading a report or text from the terminal; Ctrl-D ends it")
    payload = _stdin()
    from aat_consumer.screening import screen as judge_text  # spaCy takes a second

    judged = judging.judge(payload, screen=judge_text, as_text=as_text)
    facts = _facts(judged)
    frame.data(facts, _for_people(facts))
    if judged.problem:
        frame.say(f"aat: blocked, for it cannot be read: {facts['problem']}")
    return EXIT_FAILED if judged.blocked else EXIT_OK


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
        "versions": {name_of(name): name_of(value) for name, value in verdict.get("versions", {}).items()},
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
        cells = (reason["rule"], reason["path"], place, str(reason["weight"]), " > ".join(reason["chain"]))
        table.add_row(*(cell.replace("[", "\\[") for cell in cells))
    console = Console(file=io.StringIO(), width=WIDTH, color_system=None)
    console.print(table)
    drawn = console.file
    assert isinstance(drawn, io.StringIO)
    lines = (line.rstrip() for line in drawn.getvalue().splitlines())
    return "\n".join((head, *lines))
