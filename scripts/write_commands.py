"""Write docs/commands.md from the commands themselves: python scripts/write_commands.py."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Iterator
from pathlib import Path

import click

from aat_consumer.cli.group import aat

PATH = Path(__file__).parents[1] / "docs" / "commands.md"

#: Characters in a line of help, whatever terminal this runs on.
WIDTH = 100

_HEAD = """# Commands

Written by `scripts/write_commands.py` from what `aat COMMAND --help` prints; a test compares them. What
`--json` prints is described in [json.md](json.md).

"""


def leaves(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Give every command that does something, with the words that call it."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from leaves(command, (*path, name))
        else:
            yield (*path, name), command


def help_of(path: tuple[str, ...], command: click.Command) -> str:
    """Give the help of one command, as wide as all others."""
    name = " ".join(("aat", *path))
    settings = {**command.context_settings, "help_option_names": ["-h", "--help"]}
    context = click.Context(
        command, info_name=name, max_content_width=WIDTH, terminal_width=WIDTH, **settings
    )
    return command.get_help(context).rstrip()


def text() -> str:
    """Write the whole page."""
    parts = [_HEAD]
    for path, command in leaves(aat):
        parts.append(f"## aat {' '.join(path)}\n\n```text\n{help_of(path, command)}\n```\n\n")
    return "".join(parts).rstrip("\n") + "\n"


if __name__ == "__main__":
    PATH.write_text(text(), encoding="utf-8")
    print(f"{PATH.name}: written with click {importlib.metadata.version('click')}")
