"""Show the settings in force."""

from __future__ import annotations

import dataclasses
import os

import click

from aat_consumer.alert_settings import ALERT_VARIABLES
from aat_consumer.cli.frame import EXIT_OK, Frame, framed
from aat_consumer.publishing.publication import without_password
from aat_consumer.settings import Settings
from aat_reporters.connection import CONNECTION_VARIABLES

__all__ = ["config", "in_force"]

#: Fields of the connection that are secrets, whatever they hold.
_SECRETS = ("password", "token", "nkey")

_HIDDEN = "(hidden)"


@click.group()
def config() -> None:
    """Show the settings in force."""


@config.command(epilog="Examples:  aat config show   |   aat config show --json")
@framed
def show(frame: Frame) -> int:
    """Show what is in force and which files it was read from; secrets are hidden.

    Exit codes: 0 shown, 2 a setting cannot be used.
    """
    settings = frame.settings
    values = in_force(settings)
    names = (*CONNECTION_VARIABLES, *ALERT_VARIABLES, "NATS_NAMESPACE", "PROJECT_NAME", "NATS_CONTEXT")
    variables = [name for name in names if os.environ.get(name)]
    lines = [f"{name} = {value!r}" for name, value in values.items()]
    lines += [f"# files: {', '.join(settings.sources) or 'none'}"]
    lines += [f"# environment: {', '.join(variables) or 'none'}"]
    frame.data(
        {"settings": values, "files": list(settings.sources), "environment": variables}, "\n".join(lines)
    )
    return EXIT_OK


def in_force(settings: Settings) -> dict[str, object]:
    """Give every setting by its dotted name, without a secret."""
    values: dict[str, object] = {"namespace": settings.namespace.name}
    for field in dataclasses.fields(settings.connection):
        value = getattr(settings.connection, field.name)
        if field.name == "url":
            value = settings.connection.server
        values[f"nats.{field.name}"] = _HIDDEN if value and field.name in _SECRETS else value
    for section in ("consumer", "agent", "repository", "screening", "alerts", "streams"):
        part = getattr(settings, section)
        for field in dataclasses.fields(part):
            value = getattr(part, field.name)
            if field.name == "remote":
                value = without_password(value)
            if value and not field.repr:  # channels and their secrets
                value = _HIDDEN
            values[f"{section}.{field.name}"] = list(value) if isinstance(value, tuple) else _plain(value)
    return values


def _plain(value: object) -> object:
    return value if isinstance(value, str | int | float | bool) else str(value)
