"""Settings come from flags, environment, file and .env in this order; mistakes are told at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from aat_consumer.settings_file import load
from aat_reporters.errors import SettingsError


def write(folder: Path, text: str, name: str = "aat.toml") -> Path:
    (folder / name).write_text(text)
    return folder


def test_without_anything_there_are_defaults(tmp_path: Path) -> None:
    found = load(folder=tmp_path, environment={})
    assert found.namespace.name == "default"
    assert found.connection.server == "nats://127.0.0.1:4222"
    assert found.consumer.environments == ("staging", "production", "default")
    assert found.agent.kind == "claude"
    assert found.repository.path == tmp_path


@pytest.mark.parametrize(
    ("flags", "environment", "namespace"),
    [
        ({}, {}, "from-file"),
        ({}, {"PROJECT_NAME": "from-project"}, "from-project"),
        ({}, {"PROJECT_NAME": "from-project", "NATS_NAMESPACE": "from-environment"}, "from-environment"),
        ({"namespace": "from-flag"}, {"NATS_NAMESPACE": "from-environment"}, "from-flag"),
        ({"namespace": None}, {}, "from-file"),
    ],
)
def test_each_source_wins_over_the_ones_behind_it(
    flags: dict[str, object], environment: dict[str, str], namespace: str, tmp_path: Path
) -> None:
    write(tmp_path, 'namespace = "from-file"')
    write(tmp_path, "NATS_NAMESPACE=from-dotenv\n", ".env")
    assert load(flags=flags, folder=tmp_path, environment=environment).namespace.name == namespace


def test_dotenv_counts_where_nothing_else_does(tmp_path: Path) -> None:
    write(tmp_path, "NATS_NAMESPACE=from-dotenv\nNATS_URL=nats://127.0.0.1:5222\n", ".env")
    found = load(folder=tmp_path, environment={})
    assert (found.namespace.name, found.connection.server) == ("from-dotenv", "nats://127.0.0.1:5222")


def test_the_file_of_a_folder_above_is_found_and_paths_are_relative_to_it(tmp_path: Path) -> None:
    write(tmp_path, '[repository]\npath = "code"')
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    assert load(folder=below, environment={}).repository.path == tmp_path / "code"


def test_pyproject_may_hold_them_too(tmp_path: Path) -> None:
    write(tmp_path, '[tool.aat.agent]\nkind = "demo"', "pyproject.toml")
    assert load(folder=tmp_path, environment={}).agent.kind == "demo"


def test_a_default_of_a_command_counts_only_where_nothing_is_set(tmp_path: Path) -> None:
    defaults = {"agent.kind": "dry-run"}
    assert load(defaults=defaults, folder=tmp_path, environment={}).agent.kind == "dry-run"
    write(tmp_path, '[agent]\nkind = "demo"')
    assert load(defaults=defaults, folder=tmp_path, environment={}).agent.kind == "demo"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("namespace = ", "is not TOML"),
        ("namespace = 7", "namespace must be a string"),
        ('namespace = "a.b"', "namespace must be"),
        ('namespce = "shop"', "did you mean 'namespace'"),
        ("[consumer]\nconcurency = 2", "did you mean 'concurrency'"),
        ('[consumer]\nconcurrency = "2"', "must be a whole number"),
        ("[consumer]\nconcurrency = true", "must be a whole number"),
        ("[consumer]\nconcurrency = 65", "must be 1 to 64: 65"),
        ('[consumer]\nenvironments = ["test"]', "environment must be one of"),
        ('[consumer]\nenvironments = "staging"', "must be a list of strings"),
        ("[consumer]\nenvironments = []", "at least one environment"),
        ("[consumer]\nlease = 0.5", "consumer.lease must be at least 1"),
        ("[consumer]\nlease = nan", "consumer.lease must be at least 1"),
        (
            "[consumer]\nretry_delay = inf",
            "consumer.retry_delay must be at least 0 and at most 31536000",
        ),
        ('[consumer]\nenvironments = ["staging", "staging"]', "each once"),
        ("consumer = 3", "consumer must be a table"),
        ('[agent]\nkind = "robot"', "agent.kind must be one of"),
        ('[agent]\nkind = "command"', "agent.command must name a program"),
        ('[agent]\nenvironment = ["NATS_URL"]', "must not give NATS credentials"),
        ('[agent]\nsandbox = "none"', "agent.sandbox must be one of"),
        ('[repository]\ntest_command = "pytest \'x"', "cannot be split"),
        ('[repository]\nbase = "--all"', "repository.base must name a branch"),
        ('[repository]\npublish = "fax"', "repository.publish must be one of"),
        ("[nats]\nurl = 4222", "nats.url must be a string"),
        ('[nats]\nurl = "http://example.com"', "NATS_URL must be like"),
        ('[nats]\nurll = "x"', "did you mean 'url'"),
    ],
)
def test_a_mistake_is_told_in_one_line_with_its_place(text: str, words: str, tmp_path: Path) -> None:
    write(tmp_path, text)
    with pytest.raises(SettingsError) as caught:
        load(folder=tmp_path, environment={})
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_named_file_that_is_missing_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="is no file"):
        load(config=tmp_path / "none.toml", environment={})


def test_a_folder_in_the_place_of_the_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "aat.toml").mkdir()
    with pytest.raises(SettingsError, match="is no file"):
        load(folder=tmp_path, environment={})


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    write(tmp_path, '\ufeffnamespace = "shop"')
    assert load(folder=tmp_path, environment={}).namespace.name == "shop"
