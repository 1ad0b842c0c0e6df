"""Run small programs in processes of their own, as users' programs run."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

#: What every program starts with: a reporter by the settings it is given, and a way to fail.
PREAMBLE = """
import logging, os, signal, sys, time
from aat_reporters.logging import ErrorReportHandler
from aat_reporters.reporter import Reporter

reporter = Reporter.open(release="r1")
log = logging.getLogger("program")
log.addHandler(ErrorReportHandler(reporter=reporter))

def fail(name):
    kind = type(name, (Exception,), {})
    try:
        raise kind("something is wrong")
    except Exception:
        log.exception("caught")

def peak():
    # Not getrusage: its peak is inherited from the process that started this one.
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))

"""


def environment(url: str, namespace: str, spool: Path) -> dict[str, str]:
    """Give the variables by which a program finds its server and its spool."""
    return {
        **os.environ,
        "NATS_URL": url,
        "NATS_NAMESPACE": namespace,
        "XDG_STATE_HOME": str(spool),
        "PYTHONWARNINGS": "error",
        "PYTHONUNBUFFERED": "1",
    }


def start(source: str, variables: dict[str, str], *, preamble: str = PREAMBLE) -> subprocess.Popen[str]:
    """Start a program; its output is text on pipes."""
    return subprocess.Popen(
        [sys.executable, "-c", preamble + textwrap.dedent(source)],
        env=variables,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(source: str, variables: dict[str, str], *, preamble: str = PREAMBLE, timeout: float = 60) -> str:
    """Run a program to its end, which must be a good one; give what it printed."""
    process = start(source, variables, preamble=preamble)
    out, err = process.communicate(timeout=timeout)
    assert process.returncode == 0, err
    assert not err, err
    return out
