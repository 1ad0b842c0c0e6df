"""A real shell completes commands by the script that is printed for it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest


def script(shell: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "aat_consumer", "completion", shell, "--json"],
        capture_output=True,
        text=True,
        check=True,
    )
    return str(json.loads(done.stdout)["script"])


@pytest.mark.parametrize(
    ("typed", "completed"),
    [("aat str", {"stream"}), ("aat stream r", {"report", "rmm"}), ("aat rate --w", {"--watch"})],
)
def test_bash_completes(tmp_path: Path, typed: str, completed: set[str]) -> None:
    (tmp_path / "aat").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m aat_consumer "$@"\n')
    (tmp_path / "aat").chmod(0o755)
    words = typed.split()
    lines = [
        script("bash"),
        f"COMP_WORDS=({typed}); COMP_CWORD={len(words) - 1}",
        "_aat_completion aat; printf '%s\\n' \"${COMPREPLY[@]}\"",
    ]
    done = subprocess.run(
        ["bash", "-c", "\n".join(lines)],
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert set(done.stdout.split()) == completed


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_read_theirs(tmp_path: Path, shell: str) -> None:
    text = script(shell)
    assert "_AAT_COMPLETE" in text
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    (tmp_path / "script").write_text(text)
    subprocess.run([shell, "-n", str(tmp_path / "script")], check=True)
