"""The snippets of docs/signatures.md do what they say, where the language is installed."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from aat_reporters.signature import exact
from aat_reporters.testing import recording_reporter

_TEXT = (Path(__file__).parents[3] / "docs" / "signatures.md").read_text("utf-8")
_BOOM = "42f54925969cf284dceb74309390ef89fc086d3f0ff3b0995420a1a5f4872130"

#: Error, file and line as a shell would hold them, with what shells and formats trip over.
_PLACES = [
    ("boom", "app.py", "42"),
    ("no place", "", ""),
    ("ошибка — 错误", "a.py", "1"),
    ("two\nlines", "a:b.py", "7"),
    ("100% of $HOME `x` 'y' \"z\" \\n %s", "a b.sh", "3"),
]

_GO_MAIN = """
func main() {
	for i := 1; i < len(os.Args); i += 3 {
		fmt.Println(Exact(os.Args[i], os.Args[i+1], os.Args[i+2]))
	}
}
"""


def _snippets(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", _TEXT, re.S)


def _run(*command: str, variables: dict[str, str] | None = None) -> list[str]:
    program = shutil.which(command[0])
    if program is None:
        pytest.skip(f"{command[0]} is not installed")
    done = subprocess.run(
        [program, *command[1:]], capture_output=True, text=True, check=True, timeout=100, env=variables
    )
    return done.stdout.split()


def _ours() -> list[str]:
    return [exact({"error": error, "context": {"file": file, "line": line}}) for error, file, line in _PLACES]


def test_ours_is_the_documented_value() -> None:
    assert _BOOM in _TEXT
    assert _ours()[0] == _BOOM


def test_a_shell_gives_the_same() -> None:
    (snippet,) = _snippets("sh")
    path = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
    for (error, file, line), ours in zip(_PLACES, _ours(), strict=True):
        assert _run("sh", "-c", snippet, variables={**path, "error": error, "file": file, "line": line}) == [
            ours
        ]


def test_node_gives_the_same() -> None:
    (snippet,) = _snippets("javascript")
    call = "const a = process.argv.slice(1); while (a.length) console.log(exact(...a.splice(0, 3)))"
    assert _run("node", "-e", snippet + call, "--", *sum(_PLACES, ())) == _ours()


def test_go_gives_the_same(tmp_path: Path) -> None:
    (snippet,) = _snippets("go")
    source = snippet.replace("package signature", "package main").replace('"fmt"', '"fmt"\n\t"os"')
    (tmp_path / "main.go").write_text(source + _GO_MAIN, "utf-8")
    assert _run("go", "run", str(tmp_path / "main.go"), *sum(_PLACES, ())) == _ours()


def test_the_python_example_runs(capsys: pytest.CaptureFixture[str]) -> None:
    exec(_snippets("python")[0], {})
    assert "message template: cart * is empty" in capsys.readouterr().out


def test_the_hook_of_the_example_splits_by_tenant() -> None:
    names: dict[str, object] = {}
    exec(_snippets("python")[1], names)
    with recording_reporter(fingerprint=names["by_tenant"]) as (reporter, reports):
        for tenant in ("a", "b", "a"):
            reporter.report(ValueError("x"), tenant=tenant)
        reporter.report(ValueError("x"))
    one, two, again, none = (report["signature"]["stable"] for report in reports)
    assert one == again
    assert len({one, two, none}) == 3
