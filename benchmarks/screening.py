"""Measure the filter: time per report, hostile texts, load and memory.

    python benchmarks/screening.py [ROWS.jsonl] [--json]

Times are CPU milliseconds of the screening thread, so that a busy machine does not change them much. ROWS are
texts as for ``aat screen --eval``; without them the project's own in tests/screening are used.
"""

from __future__ import annotations

import argparse
import asyncio
import collections
import inspect
import json
import logging
import os
import pathlib
import resource
import shutil
import statistics
import string
import subprocess
import sys
import time
from pathlib import Path

from aat_consumer.screening import screen

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.unit.screening.test_hostile import texts  # noqa: E402

#: Length of the hostile texts.
CHARACTERS = 65_536

#: Characters of the longest reports that the consumer passes on.
LONG_CHARACTERS = 46_000

#: Whose words of explanation are the prose.
DOCUMENTED = (
    argparse,
    asyncio,
    collections,
    inspect,
    logging,
    os,
    pathlib,
    shutil,
    statistics,
    string,
    subprocess,
)

#: Reports that are judged once more to see whether memory grows.
AGAIN = 3

_LOAD = """
import resource, time
start = time.process_time()
from aat_consumer.screening import screen
screen("load")
print(time.process_time() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def milliseconds(report: object) -> float:
    start = time.thread_time()
    screen(report)  # type: ignore[arg-type]
    return (time.thread_time() - start) * 1000


def long_texts() -> dict[str, str]:
    """Return harmless texts as long as any: one frame again and again, many frames, prose."""
    frame = '  File "/srv/app/billing.py", line {0}, in handle_{1}\n    total_{1} = self.sum({0}, rows)\n'
    manual = (inspect.getdoc(thing) or "" for module in DOCUMENTED for thing in vars(module).values())
    sentences = dict.fromkeys(sentence for text in manual for sentence in " ".join(text.split()).split(". "))
    return {
        "same_frames": (frame.format(1, 1) * 600)[:LONG_CHARACTERS],
        "other_frames": "".join(frame.format(line, line % 53) for line in range(600))[:LONG_CHARACTERS],
        "prose": ". ".join(sentences)[:LONG_CHARACTERS],
    }


def quantile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def load_facts() -> tuple[float, float]:
    """Return CPU seconds and megabytes of a fresh process that judges one text: the best of three."""
    runs = [
        subprocess.run(
            [sys.executable, "-c", _LOAD], capture_output=True, text=True, check=True
        ).stdout.split()
        for _ in range(3)
    ]
    return min(float(seconds) for seconds, _ in runs), max(float(megabytes) for _, megabytes in runs)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure the filter.")
    parser.add_argument("rows", nargs="*", type=Path)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    files = options.rows or [ROOT / "tests/screening" / name for name in ("attacks.jsonl", "benign.jsonl")]
    seconds, megabytes = load_facts()
    reports = [json.loads(line)["text"] for file in files for line in file.read_text().splitlines()]
    screen("load")
    plain = [milliseconds(report) for report in reports]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(AGAIN):
        for report in reports:
            screen(report)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    long = {name: round(milliseconds(text), 1) for name, text in long_texts().items()}
    hostile = {name: milliseconds(text) for name, text in texts(CHARACTERS)}
    worst = sorted(hostile.items(), key=lambda one: -one[1])
    facts = {
        "load_s": round(seconds, 2),
        "load_mb": round(megabytes),
        "grown_mb": round(grown, 1),
        "reports": len(reports),
        "p50_ms": round(quantile(plain, 0.5), 1),
        "p99_ms": round(quantile(plain, 0.99), 1),
        "max_ms": round(max(plain), 1),
        "long_46kb_ms": long,
        "hostile_64kb_max_ms": round(worst[0][1]),
        "hostile_64kb_p50_ms": round(quantile(list(hostile.values()), 0.5)),
        "slowest": {name: round(took) for name, took in worst[:8]},
    }
    if options.json:
        print(json.dumps(facts))
    else:
        print("\n".join(f"{name}: {value}" for name, value in facts.items()))


if __name__ == "__main__":
    main()
