"""The snippets of docs/signatures.md do what they say, where the language is installed."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

_TEXT = (Path(__file__).parents[3] / "docs" / "signatures.md").read_text("utf-8")
_BOOM = "42f54925969cf284dceb74309390ef89fc086d3f0ff3b0995420a1a5f4872130"

_GO_MAIN = """
func main() {{ fmt.Println(Exact("boom", "app.py", "42")) }}
"""


def _snippet(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", _TEXT, re.S)
    assert found is not None
    return found[1]


def _run(*command: str, text: str = "") -> str:
    program = shutil.which(command[0])
    if program is None:
        pytest.skip(f"{command[0]} is not installed")
    done = subprocess.run(
        [program, *command[1:]], input=text, capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout.strip()


def test_the_shell_gives_the_documented_value() -> None:
    assert _run("sh", text="error=boom file=app.py line=42\n" + _snippet("sh")) == _BOOM


def test_node_gives_the_documented_value() -> None:
    script = _snippet("javascript") + 'console.log(exact("boom", "app.py", 42))'
    assert _run("node", "-e", script) == _BOOM


def test_go_gives_the_documented_value(tmp_path: Path) -> None:
    source = _snippet("go").replace("package signature", "package main") + _GO_MAIN.format()
    (tmp_path / "main.go").write_text(source, "utf-8")
    assert _run("go", "run", str(tmp_path / "main.go")) == _BOOM


def test_the_python_example_runs(capsys: pytest.CaptureFixture[str]) -> None:
    exec(_snippet("python"), {})
    assert "message template: cart * is empty" in capsys.readouterr().out
