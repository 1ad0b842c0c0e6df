"""Ask a person before what cannot be undone."""

from __future__ import annotations

import sys

import click

__all__ = ["YES_OPTION", "agreed", "refuse_without_a_person"]

YES_OPTION = click.option("--yes", is_flag=True, help="Do not ask.")


def refuse_without_a_person(*, yes: bool) -> None:
    """Refuse at once, before any server is asked, where nobody can answer.

    Raises:
        click.UsageError: no ``--yes``, and stdin is no terminal.
    """
    if not yes and not sys.stdin.isatty():
        raise click.UsageError("there is no terminal to ask on; --yes goes ahead without asking")


def agreed(question: str, *, yes: bool) -> bool:
    """Ask on stderr, so that stdout stays data; Enter alone is no."""
    return yes or click.confirm(question, err=True)
