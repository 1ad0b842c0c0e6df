"""One bug has one signature in every Python, from source or without, from an archive, and at a prompt."""

from __future__ import annotations

import json
import shutil
import sys
import venv
import zipapp
from pathlib import Path

import pytest

from tests.unit.signature.interpreters import SOURCE, Signed, pythons, run, signatures_of, write_program

ALL_PYTHONS = pytest.mark.parametrize("python", pythons(), ids=lambda path: Path(path).name)


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Signed:
    folder = write_program(tmp_path_factory.mktemp("here"))
    return signatures_of(run(sys.executable, str(folder)))


def live(signed: Signed) -> dict[str, str]:
    return {name: values[0] for name, values in signed.items()}


def from_text(signed: Signed) -> dict[str, str]:
    return {name: values[1] for name, values in signed.items()}


def test_each_way_to_fail_is_a_bug_of_its_own(here: Signed) -> None:
    assert len(here) == len(set(live(here).values())) == len(set(from_text(here).values())) == 18


def test_an_implicit_context_is_no_part_of_it(here: Signed) -> None:
    assert here["chained"][2] == "chained"
    assert here["context_only"][2] == "context_only"


@ALL_PYTHONS
def test_every_python_gives_the_same(here: Signed, tmp_path: Path, python: str) -> None:
    folder = write_program(tmp_path / "elsewhere", lines_above=3)
    there = signatures_of(run(python, str(folder)))
    assert live(there) == live(here)


@ALL_PYTHONS
def test_the_text_of_a_traceback_gives_the_same_with_carets_or_without(
    here: Signed, tmp_path: Path, python: str
) -> None:
    folder = write_program(tmp_path / "elsewhere", lines_above=3)
    assert from_text(signatures_of(run(python, str(folder)))) == from_text(here)
    assert from_text(signatures_of(run(python, "-X", "no_debug_ranges", str(folder)))) == from_text(here)


@ALL_PYTHONS
def test_a_zipped_application_gives_the_same_as_its_folder(here: Signed, tmp_path: Path, python: str) -> None:
    folder = write_program(tmp_path / "app")
    archive = tmp_path / "app.pyz"
    (folder / "__main__.py").write_text(
        (folder / "__main__.py").read_text("utf-8").replace(str(folder), str(archive)), "utf-8"
    )
    zipapp.create_archive(folder, archive)
    assert live(signatures_of(run(python, str(archive)))) == live(here)


@ALL_PYTHONS
def test_without_source_a_bug_has_one_signature_wherever_it_lies(tmp_path: Path, python: str) -> None:
    found: list[dict[str, str]] = []
    for name, lines_above in (("one", 0), ("two", 9)):
        folder = write_program(tmp_path / name, lines_above=lines_above)
        run(python, "-m", "compileall", "-q", "-b", str(folder / "shop"))
        for source in (folder / "shop").glob("*.py"):
            source.unlink()
        found.append(live(signatures_of(run(python, str(folder)))))
    assert found[0] == found[1]
    assert len(set(found[0].values())) == 18


def test_without_source_every_python_gives_the_same(tmp_path: Path) -> None:
    found: list[dict[str, str]] = []
    for number, python in enumerate(pythons()):
        folder = write_program(tmp_path / str(number))
        run(python, "-m", "compileall", "-q", "-b", str(folder / "shop"))
        for source in (folder / "shop").glob("*.py"):
            source.unlink()
        found.append(live(signatures_of(run(python, str(folder)))))
    assert all(one == found[0] for one in found)


_TYPED = """
import sys; sys.path.insert(0, {source!r})
from aat_reporters.testing import recording_reporter
reporter_and_reports = recording_reporter(project_root="/nowhere")
reporter, reports = reporter_and_reports.__enter__()

def pay(n):
    raise ValueError(f"cart {{n}} is empty")

def refund(n):
    raise ValueError(f"cart {{n}} is empty")

for call in (pay, refund, pay):
    try:
        call(7)
    except ValueError as error:
        reporter.report(error)

import json
print(); print(json.dumps([report["signature"]["stable"] for report in reports]))
"""


@ALL_PYTHONS
@pytest.mark.parametrize("prompt", [[], ["-i"], ["-c", "import code; code.interact(banner='', exitmsg='')"]])
def test_at_every_prompt_a_bug_has_one_signature(tmp_path: Path, python: str, prompt: list[str]) -> None:
    typed = _TYPED.format(source=str(SOURCE))
    first, other, again = _printed(run(python, *prompt, text=typed, cwd=tmp_path))
    assert first == again
    assert first != other
    assert first == _printed(run(sys.executable, text=typed, cwd=tmp_path))[0]


def _printed(output: str) -> list[str]:
    """Find the list among prompts."""
    (line,) = [line for line in output.splitlines() if '["s1-' in line]
    found: list[str] = json.loads(line[line.index('["') :])
    return found


def test_pytest_rewriting_assertions_gives_the_same(here: Signed, tmp_path: Path) -> None:
    folder = write_program(tmp_path / "app")
    shutil.copy(folder / "__main__.py", folder / "driver.py")
    (folder / "conftest.py").write_text(
        'import pytest\npytest.register_assert_rewrite("shop.cart")\n', "utf-8"
    )
    (folder / "test_it.py").write_text("def test_it():\n    import driver\n", "utf-8")
    output = run(
        sys.executable, "-m", "pytest", "-q", "-s", "-p", "no:cacheprovider", str(folder), cwd=folder
    )
    (line,) = [line for line in output.splitlines() if line.startswith("{")]
    assert live(json.loads(line)) == live(here)


def test_an_application_installed_into_site_packages_can_be_in_app(tmp_path: Path) -> None:
    """A venv of its own, where the program lies between libraries; the project's folder is elsewhere."""
    venv.create(tmp_path / "venv", with_pip=False)
    python = tmp_path / "venv" / "bin" / "python"
    (packages,) = (tmp_path / "venv").glob("lib/python*/site-packages")
    (packages / "shopapp.py").write_text(
        "import steam\ndef brew(n):\n    return steam.heat(n)\ndef pour(n):\n    return steam.heat(n)\n",
        "utf-8",
    )
    (packages / "steam.py").write_text('def heat(n):\n    raise ValueError(f"{n} is hot")\n', "utf-8")
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "start.py").write_text(
        f"""
import json, sys
sys.path.insert(0, {str(SOURCE)!r})
import shopapp
from aat_reporters.testing import recording_reporter

def place(**settings):
    found = []
    for call in (shopapp.brew, shopapp.pour):
        root = {str(tmp_path / "project")!r}
        with recording_reporter(project_root=root, **settings) as (reporter, reports):
            try:
                call(7)
            except ValueError as error:
                reporter.report(error)
        found.append([reports[0]["context"]["function"], reports[0]["signature"]["stable"]])
    return found

print(json.dumps([
    place(), place(in_app_include=["shopapp"]), place(in_app_include=["shopapp", "steam"]),
    place(in_app_include=["shopapp"], in_app_exclude=["shopapp.brew", "shopapp"]),
    place(in_app_exclude=["__main__"]),
]))
""",
        "utf-8",
    )
    nobody, ours, both, wins, none = json.loads(run(str(python), str(tmp_path / "project" / "start.py")))
    assert [function for function, _ in nobody] == ["place", "place"]
    assert nobody[0][1] == nobody[1][1]
    assert [function for function, _ in ours] == ["brew", "pour"]
    assert ours[0][1] != ours[1][1]
    assert [function for function, _ in both] == ["heat", "heat"]
    assert wins == ours, "what is included stays so"
    assert [function for function, _ in none] == ["heat", "heat"], "no frame is left, so the innermost counts"
