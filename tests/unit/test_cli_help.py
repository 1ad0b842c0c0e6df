"""Every command explains itself, with examples at the end, and takes --json."""

from __future__ import annotations

from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from aat_consumer.cli.group import aat


def commands(group: click.Group, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


ALL = dict(commands(aat, ()))


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_help_says_what_it_does_and_ends_with_examples(path: tuple[str, ...]) -> None:
    shown = CliRunner().invoke(aat, [*path, "--help"])
    assert shown.exit_code == 0
    assert ALL[path].help
    last = shown.output.rstrip().rpartition("\n\n")[2]
    assert last.strip().startswith("Examples:")
    assert f"aat {' '.join(path)}" in " ".join(last.split())


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_every_command_takes_json(path: tuple[str, ...]) -> None:
    assert any("--json" in parameter.opts for parameter in ALL[path].params)


def test_what_deletes_takes_yes() -> None:
    for path in (
        ("quarantine", "drop"),
        ("dlq", "drop"),
        ("init",),
        ("stream", "purge"),
        ("stream", "rmm"),
        ("consumer", "reset"),
        ("consumer", "rm"),
    ):
        assert any("--yes" in parameter.opts for parameter in ALL[path].params)
