"""Run a small program that fails in many ways under whatever Pythons there are, and read its signatures."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

import aat_reporters

__all__ = ["SOURCE", "Signed", "pythons", "run", "signatures_of", "write_program"]

#: Where the package under test lies.
SOURCE = Path(aat_reporters.__file__).parents[1]

#: A module whose functions fail; each is a bug of its own.
CART = """
import functools, json


class Cart:
    def pay(self, n):
        raise ValueError(f"cart {n} is empty")

    def listed(self, ns):
        return [int(n) for n in ns]

    def nested(self, ns):
        return {n: [self.check(m) for m in n] for n in ns}

    def check(self, n):
        if n < 0:
            raise LookupError("no price of %s" % n)
        return n

    def generated(self, ns):
        return sum(1 // n for n in ns)

    def keyed(self, ns):
        return sorted(ns, key=lambda n: 1 // n)

    @property
    def owner(self):
        raise PermissionError(13, "not yours")


def several_lines(n, limit):
    raise OverflowError(
        f"weight {n} is over "
        f"{limit}"
    )


def several_lines_of_a_call(n):
    return json.loads(
        n
    )


def wrapped(function):
    @functools.wraps(function)
    def inner(*args):
        return function(*args)

    return inner


@wrapped
def decorated(n):
    def closure():
        raise RuntimeError("tank %d is dry" % n)

    closure()


def chained(n):
    try:
        Cart().pay(n)
    except ValueError as exc:
        raise ConnectionError(f"order {n} failed") from exc


def context_only(n):
    try:
        Cart().pay(n)
    except ValueError:
        raise ConnectionError(f"order {n} failed")


def grouped(n):
    errors = []
    for call in (chained, decorated):
        try:
            call(n)
        except Exception as exc:
            errors.append(exc)
    raise ExceptionGroup("batch failed", errors)


def endless(n):
    return endless(n + 1)


def keys(n):
    return {}[n]


def asserted(n):
    assert n < 0, f"balance {n} is odd"


async def awaited(n):
    raise TimeoutError(f"no answer in {n} s")


def bare(n):
    return n.missing


def unpacked(n):
    first, second = n
"""

#: Runs each and prints the signature by name, and the traceback's text signed as a foreign report.
DRIVER = """
import asyncio, json, sys, traceback
sys.path.insert(0, "@source@")
from aat_reporters.signature import facts_of, stable
from aat_reporters.testing import recording_reporter
from shop import cart

CALLS = {
    "pay": lambda: cart.Cart().pay(7),
    "listed": lambda: cart.Cart().listed(["1", "x"]),
    "nested": lambda: cart.Cart().nested([(1, -2)]),
    "generated": lambda: cart.Cart().generated([1, 0]),
    "keyed": lambda: cart.Cart().keyed([1, 0]),
    "owner": lambda: cart.Cart().owner,
    "several_lines": lambda: cart.several_lines(7, 5),
    "several_lines_of_a_call": lambda: cart.several_lines_of_a_call("{"),
    "decorated": lambda: cart.decorated(7),
    "chained": lambda: cart.chained(7),
    "context_only": lambda: cart.context_only(7),
    "grouped": lambda: cart.grouped(7),
    "endless": lambda: cart.endless(7),
    "keys": lambda: cart.keys(7),
    "asserted": lambda: cart.asserted(7),
    "awaited": lambda: asyncio.run(cart.awaited(7)),
    "bare": lambda: cart.bare(7),
    "unpacked": lambda: cart.unpacked([7]),
}
signed = {}
with recording_reporter(project_root="@root@") as (reporter, reports):
    for name, call in CALLS.items():
        try:
            call()
        except Exception as error:
            text = "".join(traceback.format_exception(error))
            reporter.report(error)
            report = reports.pop()
            assert stable(facts_of(json.loads(json.dumps(report)))) == report["signature"]["stable"], name
            last = {"error": report["error"], "stack": text}
            function = report["context"]["function"]
            signed[name] = [report["signature"]["stable"], stable(facts_of(last)), function]
print(json.dumps(signed))
"""

Signed = dict[str, list[str]]


@lru_cache(maxsize=1)
def pythons() -> tuple[str, ...]:
    """List the interpreters from 3.11 on that can be found and run here, this one first."""
    found = {sys.version_info[:2]: sys.executable}
    installed = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    candidates = [f"python3.{minor}" for minor in range(11, 20)]
    candidates += [str(path) for path in sorted(installed.glob("3.*/bin/python"))]
    for candidate in candidates:
        try:
            done = subprocess.run(
                [candidate, "-c", "import sys; print(*sys.version_info[:2], sys.executable)"],
                capture_output=True,
                text=True,
                timeout=20,
                check=False,
            )
        except OSError:
            continue
        words = done.stdout.split(maxsplit=2)
        if (
            done.returncode == 0
            and len(words) == 3
            and (version := (int(words[0]), int(words[1]))) >= (3, 11)
        ):
            found.setdefault(version, words[2].strip())
    return tuple(found.values())


def write_program(folder: Path, *, lines_above: int = 0) -> Path:
    """Write the program as a project; give its folder."""
    package = folder / "shop"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "cart.py").write_text("# moved\n" * lines_above + CART, encoding="utf-8")
    driver = DRIVER.replace("@source@", str(SOURCE)).replace("@root@", str(folder))
    (folder / "__main__.py").write_text(driver, encoding="utf-8")
    return folder


def run(python: str, *arguments: str, text: str | None = None, cwd: Path | None = None) -> str:
    """Run an interpreter without the settings of whoever runs the tests; give what it printed."""
    environment = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    done = subprocess.run(
        [python, *arguments],
        input=text,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
        cwd=cwd,
        env={**environment, "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def signatures_of(output: str) -> Signed:
    """Read what the driver printed last."""
    signed: Signed = json.loads(output.strip().splitlines()[-1])
    return signed
