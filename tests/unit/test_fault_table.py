"""The table of faults names tests that exist, and all 52 faults."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_each_fault_has_its_test_or_a_reason() -> None:
    text = (ROOT / "docs" / "faults.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d+) \|.*\|(.*)\|$", text, flags=re.MULTILINE)
    assert [int(number) for number, _ in rows] == list(range(1, 53))
    answers = [answer for _, answer in rows if "the same" not in answer]
    assert not [
        answer for answer in answers if "`test_" not in answer and "not tested, because" not in answer
    ]
    named = set(re.findall(r"`(test_\w+)`", text))
    found: set[str] = set()
    for file in (ROOT / "tests").rglob("test_*.py"):
        found |= set(re.findall(r"def (test_\w+)\(", file.read_text(encoding="utf-8")))
    assert named - found == set()
