"""Settings come from arguments, then the framework, then the environment; mistakes show at once."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from aat_reporters.errors import SettingsError
from aat_reporters.settings import ReporterSettings


def resolve(
    arguments: dict[str, object] | None = None,
    framework: dict[str, object] | None = None,
    environment: dict[str, str] | None = None,
) -> ReporterSettings:
    return ReporterSettings.resolve(arguments or {}, framework=framework, environment=environment or {})


@pytest.mark.parametrize(
    ("arguments", "framework", "environment", "expected"),
    [
        ({"namespace": "a"}, {"namespace": "b"}, {"NATS_NAMESPACE": "c", "PROJECT_NAME": "d"}, "a"),
        ({}, {"namespace": "b"}, {"NATS_NAMESPACE": "c", "PROJECT_NAME": "d"}, "b"),
        ({}, {}, {"NATS_NAMESPACE": "c", "PROJECT_NAME": "d"}, "c"),
        ({}, {}, {"PROJECT_NAME": "Shop"}, "shop"),
        ({"namespace": None}, {}, {}, "default"),
    ],
)
def test_the_first_source_that_names_the_namespace_wins(
    arguments: dict[str, object], framework: dict[str, object], environment: dict[str, str], expected: str
) -> None:
    assert resolve(arguments, framework, environment).namespace.name == expected


async def later(report: dict[str, object]) -> dict[str, object]:
    return report


class Later:
    async def __call__(self, report: dict[str, object]) -> dict[str, object]:
        return report


@dataclass
class Equal:
    words: tuple[str, ...]

    def __call__(self, report: dict[str, object]) -> dict[str, object]:
        return report


@pytest.mark.parametrize(
    ("arguments", "environment", "words"),
    [
        ({"namespace": "a.b"}, {}, ("namespace", "'a.b'")),
        ({}, {"NATS_NAMESPACE": "a b"}, ("namespace", "'a b'")),
        ({"environment": "dev"}, {}, ("environment", "'dev'", "staging, production, default")),
        ({"queue_size": 0}, {}, ("queue_size", "1 to 1,000,000", "0")),
        ({"queue_size": "many"}, {}, ("queue_size", "whole number", "'many'")),
        ({"queue_size": True}, {}, ("queue_size", "whole number", "True")),
        ({"exit_timeout": 5}, {}, ("exit_timeout", "0.0 to 2.0", "5")),
        ({"spool_max_bytes": 1}, {}, ("spool_max_bytes", "65,536")),
        ({"scrub_keys": "password"}, {}, ("scrub_keys", "list of strings", "'password'")),
        ({"before_send": 3}, {}, ("before_send", "function", "int")),
        ({"before_send": later}, {}, ("before_send", "async", "later")),
        ({"before_send": Later()}, {}, ("before_send", "async", "Later")),
        ({"before_send": Equal(words=())}, {}, ("before_send", "hashable", "Equal")),
        ({"spool": __file__}, {}, ("spool", "folder", __file__)),
        ({"url": "nats://a nats://b"}, {}, ("NATS_URL", "nats://a nats://b")),
        ({"namspace": "a"}, {}, ("unknown key", "'namspace'", "namespace")),
        ({"url": "http://a"}, {}, ("NATS_URL",)),
        ({"url": 5}, {}, ("url", "string", "int")),
        ({}, {"NATS_CREDS": "/nowhere"}, ("NATS_CREDS", "/nowhere")),
    ],
)
def test_a_mistake_names_the_setting_the_value_and_the_limit(
    arguments: dict[str, object], environment: dict[str, str], words: tuple[str, ...]
) -> None:
    with pytest.raises(SettingsError) as caught:
        resolve(arguments, environment=environment)
    assert all(word in str(caught.value) for word in words)
    assert isinstance(caught.value, ValueError)


def test_a_secret_is_neither_in_the_repr_nor_in_an_error() -> None:
    settings = resolve({"user": "app", "password": "hunter2"}, environment={"NATS_URL": "nats://b:hunter2@h"})
    assert "hunter2" not in repr(settings)
    with pytest.raises(SettingsError) as caught:
        resolve({"token": ["hunter2"]})
    assert "hunter2" not in str(caught.value)


def test_equal_settings_are_equal_and_hash_alike() -> None:
    first, second = (resolve({"namespace": "a", "in_app_include": ["shop"]}) for _ in range(2))
    assert first == second
    assert hash(first) == hash(second)


@pytest.mark.parametrize(
    ("arguments", "environment", "expected"),
    [
        ({"release": "a"}, {"AAT_RELEASE": "b", "HEROKU_SLUG_COMMIT": "c"}, "a"),
        ({}, {"AAT_RELEASE": "b", "HEROKU_SLUG_COMMIT": "c"}, "b"),
        ({}, {"HEROKU_SLUG_COMMIT": "c", "GITHUB_SHA": "d"}, "c"),
        ({}, {"GITHUB_SHA": "d"}, "d"),
    ],
)
def test_the_release_is_explicit_or_told_by_the_platform(
    arguments: dict[str, object], environment: dict[str, str], expected: str
) -> None:
    assert resolve(arguments, environment=environment).release == expected


@pytest.mark.parametrize("packed", [False, True])
def test_the_release_is_the_commit_of_the_program_s_repository(tmp_path: Path, packed: bool) -> None:
    def git(*arguments: str) -> str:
        identity = ["-c", "user.name=a", "-c", "user.email=a@b.c"]
        command = ["git", *identity, "-C", str(tmp_path), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    git("init", "-q")
    git("commit", "-q", "--allow-empty", "-m", "first")
    if packed:
        git("pack-refs", "--all")
    (tmp_path / "app").mkdir()
    release = resolve({"project_root": tmp_path / "app"}).release
    assert release == git("rev-parse", "HEAD")[:12]
    git("worktree", "add", "-q", "-b", "other", str(tmp_path / "tree"))
    assert resolve({"project_root": tmp_path / "tree"}).release == release


def test_without_a_source_there_is_no_release(tmp_path: Path) -> None:
    assert resolve({"project_root": str(tmp_path)}).release == ""


def test_the_spool_lies_where_state_belongs(tmp_path: Path) -> None:
    assert resolve(environment={"XDG_STATE_HOME": "/s"}).spool == "/s/aat-reporters"
    home = resolve(environment={"HOME": str(tmp_path)}).spool
    assert home == f"{tmp_path}/.local/state/aat-reporters"
    assert "aat-reporters" in resolve().spool
