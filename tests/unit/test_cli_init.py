"""`aat init` writes settings that load, guesses well, and overwrites nothing unasked."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from aat_consumer import settings_file
from aat_consumer.by_hand.starting import guess_test_command
from aat_consumer.cli.group import aat

COMMAND = Path(".claude", "commands", "process_nats_errors.md")


def init(folder: Path, *words: str) -> Result:
    return CliRunner().invoke(aat, ["init", "--folder", str(folder), *words])


def test_the_settings_load_and_say_what_was_guessed(tmp_path: Path) -> None:
    folder = tmp_path / "My Shop!"
    (folder / ".git").mkdir(parents=True)
    (folder / ".git" / "HEAD").write_text("ref: refs/heads/trunk\n")
    (folder / "pytest.ini").write_text("[pytest]\n")
    assert init(folder).exit_code == 0
    settings = settings_file.load(folder=folder, environment={})
    assert settings.namespace.name == "my-shop"
    assert settings.repository.base == "trunk"
    assert settings.repository.test_command == "python -m pytest -q"


def test_without_a_guess_the_test_command_stays_a_comment(tmp_path: Path) -> None:
    assert init(tmp_path).exit_code == 0
    assert settings_file.load(folder=tmp_path, environment={}).repository.test_command == ""


def test_the_slash_command_may_use_five_commands_and_nothing_else(tmp_path: Path) -> None:
    init(tmp_path)
    (allowed,) = [
        line for line in (tmp_path / COMMAND).read_text().splitlines() if line.startswith("allowed-tools:")
    ]
    assert allowed.removeprefix("allowed-tools: ").split(", ") == [
        f"Bash(aat {name}:*)"
        for name in ("errors next", "errors ack", "errors nak", "status publish", "result publish")
    ]


def test_nothing_is_overwritten_without_a_yes(tmp_path: Path) -> None:
    (tmp_path / "aat.toml").write_text("# mine\n")
    refused = init(tmp_path)
    assert refused.exit_code == 2
    assert "--yes" in refused.output
    assert (tmp_path / "aat.toml").read_text() == "# mine\n"
    assert not (tmp_path / COMMAND).exists()
    assert init(tmp_path, "--yes").exit_code == 0
    assert "namespace" in (tmp_path / "aat.toml").read_text()


def test_a_second_run_changes_nothing(tmp_path: Path) -> None:
    init(tmp_path)
    again = init(tmp_path)
    assert again.exit_code == 0
    assert again.output.count("is there already") == 2


def test_a_given_test_command_is_quoted(tmp_path: Path) -> None:
    command = 'python -c "print(1)"'
    assert init(tmp_path, "--test-command", command, "--namespace", "Shop").exit_code == 0
    settings = settings_file.load(folder=tmp_path, environment={})
    assert settings.repository.test_command == command
    assert settings.namespace.name == "shop"


@pytest.mark.parametrize(
    ("files", "command"),
    [
        ({"pytest.ini": ""}, "python -m pytest -q"),
        ({"pyproject.toml": "[tool.pytest.ini_options]\n"}, "python -m pytest -q"),
        ({"pyproject.toml": "not toml ["}, ""),
        ({"setup.cfg": "[tool:pytest]\n"}, "python -m pytest -q"),
        ({"tests/conftest.py": ""}, "python -m pytest -q"),
        ({"tests/test_a.py": "import pytest\n"}, "python -m pytest -q"),
        ({"tests/test_a.py": "import unittest\n"}, "python -m unittest discover"),
        ({"manage.py": ""}, "python manage.py test"),
        ({"manage.py": "", "pytest.ini": ""}, "python -m pytest -q"),
        ({"package.json": '{"scripts": {"test": "jest"}}'}, "npm test --silent"),
        ({"package.json": '{"scripts": {}}'}, ""),
        ({"package.json": "no json"}, ""),
        ({"go.mod": ""}, "go test ./..."),
        ({"Cargo.toml": ""}, "cargo test --quiet"),
        ({"Makefile": "all:\n\ntest: all\n"}, "make test"),
        ({"Makefile": "all:\n"}, ""),
        ({}, ""),
    ],
)
def test_the_test_command_is_guessed_from_what_lies_there(
    tmp_path: Path, files: dict[str, str], command: str
) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    assert guess_test_command(tmp_path) == command
