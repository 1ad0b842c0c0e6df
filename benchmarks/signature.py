"""Measure what a stable signature costs, beside formatting a traceback in the same run.

    python benchmarks/signature.py [--cases FILE] [--json]

CPU seconds of one ``stable``, with frames ready, as a multiple of ``traceback.format_exception`` of an
11-frame exception. Without a file of cases (facts as JSON, one a line) it raises exceptions of its
own. Ratios are what counts: absolute figures belong to the machine.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import platform
import statistics
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from types import ModuleType

from aat_reporters.capture import capture_raised
from aat_reporters.records import NOTHING
from aat_reporters.rendering import Renderer
from aat_reporters.settings import ReporterSettings
from aat_reporters.signature import stable
from aat_reporters.snapshots import thaw
from aat_reporters.wire import Namespace

#: Frames of the exception that is formatted, and of those that are raised.
FRAMES = 11

#: Places where exceptions are raised, and exceptions raised at each with other data.
SITES = 200
EXCEPTIONS = 5

#: Keys of a file of cases that belong to its judge.
JUDGED = frozenset({"id", "family", "member", "label", "cat", "split", "deploy", "via"})

#: What the middle and the slowest of a hundred may cost; a hostile text of 1,000 characters; one of 256 KB.
LIMITS = {"p50": 0.15, "p99": 2.0, "short": 10.0, "long": 100.0}

SHORT, LONG = 1_000, 262_144

#: Beginnings of values, repeated: what makes a careless pattern look again and again.
HOSTILE = (
    "a", "1", " ", "\n", '"', "'", "`", "\\", '\\"a1', "[1] ", "{", "[{", '{"a":', "(", "a@", "a.", "1,",
    "1 ", "//", "a/", "a://", "eyJ", "*,", "=(", "a=1,", "::a:1 ", "Mon ", "Jan 1 ", "12:34", "status 404 ",
    "error 5 ", "module 'a' ", "u'x' (1) a/<", "\x1b[", "C:\\", "?, ", "    at a (b.js:1:2)\n",
    "\tat a.b(C.java:1)\n", 'File "a", line 1, in f\n', "#0 a(1): b()\n", "a@b:1:2\n",
    "a.b()\n\t/x.go:1\n", "x:1:in `a'\n", "   at A.B(C c) in x:line 1\n", "stack backtrace:\n   0: a\n",
    "Caused by: a\n", " ---> a\n", "a\n ^\n", "「a", "»a ", '"* ', "a.com/", "a.com/b:1 ", "K. Ü ", "a: b\n",
    "  at A.B (C c) [0x1] in x:1 \n", "  at A+<b>c__d+<b>c__d.<>m__0 () [0x1] in x:1\n",
    "Traceback (most recent call last):\n", "    +---------------- 1 ----------------\n",
    "0 a 0x111111 a + 1 ", "0 a 0x111111 a + 1\n", "#0 pc 111111 a (a+1)\n", "0# a at b:1 ", "0# a at b:1\n",
    'Raised at a in file "a", line 1\n', "Qa of ", "Qa ", "u big ", "job do is ", "u one is ", "u der ",
    "no match of right hand side value: ", "a[1]: ",
)  # fmt: skip

_SITE = """
def site_{number}(depth, order):
    if depth:
        return site_{number}_next(depth - 1, order)
    raise {kind}(f"order {{order}} of shop {number} failed: {{order!r}} is {words}")

def site_{number}_next(depth, order):
    if depth:
        return site_{number}(depth - 1, order)
    raise {kind}("order %s of shop {number} failed, {words}" % order)
"""

Facts = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What one kind of call costs, as multiples of formatting a traceback."""

    name: str
    calls: int
    p50: float
    p99: float
    worst: float


def spent(work: Callable[..., object], *arguments: object) -> float:
    """Give the CPU seconds of this thread for one call."""
    started = time.thread_time()
    work(*arguments)
    return time.thread_time() - started


def raised(call: Callable[..., object], *arguments: object) -> BaseException:
    """Give the exception that a call raises."""
    try:
        call(*arguments)
    except Exception as exc:
        return exc
    raise AssertionError("nothing was raised")


def module_of(folder: Path, number: int) -> ModuleType:
    """Write and load a real source file, so that tracebacks and frames have lines to show."""
    kind = ("ValueError", "LookupError", "RuntimeError", "KeyError", "OSError")[number % 5]
    words = ("not found", "closed already", "too large", "gone after 30 s")[number % 4]
    path = folder / f"site_{number}.py"
    path.write_text(_SITE.format(number=number, kind=kind, words=words), encoding="utf-8")
    module = ModuleType(f"shop.site_{number}")
    module.__file__ = str(path)
    exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), vars(module))
    return module


def own_cases(folder: Path, modules: list[ModuleType]) -> Iterator[Facts]:
    """Raise exceptions and give their facts the way the reporter makes them."""
    settings = ReporterSettings(namespace=Namespace("benchmark"), project_root=str(folder), spool="")
    renderer = Renderer(settings)
    for repeat in range(EXCEPTIONS):
        for number, module in enumerate(modules):
            site = getattr(module, f"site_{number}")
            data = (f"{repeat}-{number * 7919}", f"user {repeat}@example.com", repeat * 1.5, None)[number % 4]
            error = raised(site, FRAMES - 2, data)
            captured = (0.0, "ERROR", capture_raised(error), None, NOTHING, NOTHING, None)
            yield renderer.facts(thaw(captured))


def read_cases(path: Path) -> Iterator[Facts]:
    """Read facts, one JSON object a line, without what is there for their judge."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            yield {key: value for key, value in json.loads(line).items() if key not in JUDGED}


def row(name: str, seconds: list[float], reference: float) -> Row:
    """Reduce the seconds of many calls to a row."""
    ratios = sorted(value / reference for value in seconds)
    percentile = ratios[min(len(ratios) - 1, round(0.99 * len(ratios)))]
    return Row(name=name, calls=len(ratios), p50=statistics.median(ratios), p99=percentile, worst=ratios[-1])


def hostile(length: int) -> Iterator[Facts]:
    """Give texts of a length, as message, stack and source line."""
    for piece in HOSTILE:
        text = (piece * length)[:length]
        yield {"error": text}
        yield {"error": "x", "stack": text}
        yield {"type": "A", "error": text, "frames": [{"code": f'raise A("{text}', "file": text}]}


def run(cases: Path | None) -> tuple[float, list[Row]]:
    """Measure; give the seconds of the reference, and the rows."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        modules = [module_of(folder, number) for number in range(SITES)]
        error = raised(modules[0].site_0, FRAMES - 2, 7)
        reference = statistics.median(spent(traceback.format_exception, error) for _ in range(301))
        facts = list(read_cases(cases)) if cases is not None else list(own_cases(folder, modules))
        stable({"error": "the first call loads what is loaded once"})
        gc.collect()
        rows = [row("first pass", [spent(stable, one) for one in facts], reference)]
        rows.append(row("again", [spent(stable, one) for one in facts], reference))
        for title, length in ((f"hostile, {SHORT} characters", SHORT), (f"hostile, {LONG} bytes", LONG)):
            seconds = [spent(stable, one) for one in hostile(length)]
            rows.append(row(title, seconds, reference))
    return reference, rows


def main() -> int:
    """Print the table, or JSON; exit 1 where a limit is passed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cases", type=Path, help="facts as JSON, one a line; own exceptions without it")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout")
    options = parser.parse_args()
    reference, rows = run(options.cases)
    first, again, short, long = rows
    is_within = (
        max(first.p50, again.p50) <= LIMITS["p50"]
        and max(first.p99, again.p99) <= LIMITS["p99"]
        and short.worst <= LIMITS["short"]
        and long.worst <= LIMITS["long"]
    )
    machine = f"{platform.python_implementation()} {platform.python_version()}, {os.cpu_count()} cores"
    if options.json:
        shown = {"machine": machine, "reference_us": reference * 1e6, "rows": [asdict(one) for one in rows]}
        print(json.dumps(shown | {"limits": LIMITS, "is_within": is_within}))
        return 0 if is_within else 1
    print(f"one signature as a multiple of formatting a traceback of {FRAMES} frames")
    print(f"({reference * 1e6:.0f} us; {machine})\n")
    print(f"{'':26} {'calls':>7} {'p50':>8} {'p99':>8} {'worst':>8}")
    for one in rows:
        print(f"{one.name:26} {one.calls:7} {one.p50:8.3f} {one.p99:8.2f} {one.worst:8.2f}")
    limits = "p50 {p50}, p99 {p99}, hostile {short} and {long}".format(**LIMITS)
    print(f"\nlimits: {limits}: {'kept' if is_within else 'MISSED'}")
    return 0 if is_within else 1


if __name__ == "__main__":
    sys.exit(main())
