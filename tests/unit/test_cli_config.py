"""`aat config show` prints what is in force and never a secret."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from aat_consumer.cli.group import aat


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_secrets_are_hidden_wherever_they_come_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: tuple[str, ...]
) -> None:
    config = tmp_path / "aat.toml"
    config.write_text('namespace = "shop"\n[nats]\ntoken = "s3cret-file"\n')
    monkeypatch.setenv("NATS_URL", "nats://me:s3cret-url@127.0.0.1:4222")
    monkeypatch.setenv("NATS_USER", "me")
    monkeypatch.setenv("NATS_PASSWORD", "s3cret-variable")
    shown = CliRunner().invoke(aat, ["config", "show", "--config", str(config), *form])
    assert shown.exit_code == 0
    assert "s3cret" not in shown.output
    assert "127.0.0.1:4222" in shown.output


def test_flags_win_and_sources_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "aat.toml"
    config.write_text('namespace = "shop"\n[consumer]\nconcurrency = 3\n')
    monkeypatch.setenv("NATS_USER", "me")
    words = ["config", "show", "--json", "--config", str(config), "--namespace", "other"]
    shown = json.loads(CliRunner().invoke(aat, words).stdout)
    assert shown["settings"]["namespace"] == "other"
    assert shown["settings"]["consumer.concurrency"] == 3
    assert shown["files"] == [str(config)]
    assert shown["environment"] == ["NATS_USER"]


def test_a_wrong_setting_is_one_line_and_exit_2(tmp_path: Path) -> None:
    config = tmp_path / "aat.toml"
    config.write_text("[consumer]\nconcurency = 3\n")
    shown = CliRunner().invoke(aat, ["config", "show", "--config", str(config)])
    assert shown.exit_code == 2
    assert "did you mean 'concurrency'" in shown.stderr
    assert len(shown.stderr.splitlines()) == 1
