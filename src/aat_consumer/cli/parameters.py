"""Read what people type for durations, tasks and tokens."""

from __future__ import annotations

import re
import sys
import uuid

import click

from aat_consumer.by_hand.held import Token
from aat_reporters.wire import ENVIRONMENTS

__all__ = ["ENVIRONMENT_OPTION", "duration", "refuse_raw_text", "task_id", "task_or_token", "token"]

#: Digits of a revision; a bucket that writes a million times a second reaches as many in 30 years.
MAX_REVISION_DIGITS = 16

_UNITS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3_600.0, "d": 86_400.0}
_NUMBER_AND_UNIT = re.compile(r"(\d{1,9}(?:\.\d{1,3})?)\s*([smhd]?)\Z", re.ASCII)


def duration(value: str | float) -> float:
    """Read seconds, or a number with s, m, h or d behind it.

    Raises:
        click.BadParameter: it is something else.
    """
    match = _NUMBER_AND_UNIT.match(str(value).strip())
    if match is None:
        raise click.BadParameter(f"{str(value)[:80]!r} is no duration such as 90, 90s, 60m, 2h or 7d")
    return float(match[1]) * _UNITS[match[2]]


def task_id(value: str) -> str:
    """Read a task's uuid, which becomes part of subjects and keys.

    Raises:
        click.BadParameter: it is something else.
    """
    try:
        return str(uuid.UUID(value))
    except ValueError as exc:
        raise click.BadParameter(f"{value[:80]!r} is no task id; aat errors list shows them") from exc


def token(value: str) -> Token:
    """Read a task id and a claim's revision, as ``aat errors next`` printed them.

    Raises:
        click.BadParameter: it is something else.
    """
    task, _, revision = value.partition(".")
    if not (revision.isascii() and revision.isdigit() and len(revision) < MAX_REVISION_DIGITS):
        raise click.BadParameter(f"{value[:80]!r} is no token; aat errors next prints one")
    return Token(task_id=task_id(task), revision=int(revision))


def task_or_token(value: str) -> Token:
    """Read a token, or a task id alone, which stands for any revision of its claim.

    Raises:
        click.BadParameter: it is something else.
    """
    return token(value) if "." in value else Token(task_id=task_id(value))


ENVIRONMENT_OPTION = click.option(
    "--environment",
    "environments",
    multiple=True,
    type=click.Choice(ENVIRONMENTS),
    help="Whose errors; several times for several. Default: consumer.environments.",
)


def refuse_raw_text(*, raw: bool) -> None:
    """Refuse to write hostile text where a program or an agent may read it.

    Raises:
        click.UsageError: raw text is asked for and stdout is no terminal.
    """
    if raw and not sys.stdout.isatty():
        raise click.UsageError("--raw prints what strangers wrote, so it works on a terminal only")
