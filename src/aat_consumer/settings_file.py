"""Read settings from flags, environment, aat.toml or pyproject.toml, and .env, in this order."""

from __future__ import annotations

import dataclasses
import difflib
import os
import tomllib
import types
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aat_consumer.alert_settings import ALERT_VARIABLES, AlertSettings
from aat_consumer.settings import (
    AgentSettings,
    ConsumerSettings,
    RepositorySettings,
    ScreeningSettings,
    Settings,
)
from aat_consumer.stream_settings import StreamSettings
from aat_reporters.connection import CONNECTION_VARIABLES, Connection
from aat_reporters.errors import SettingsError
from aat_reporters.wire import Namespace

__all__ = ["load"]

_SECTIONS: dict[str, type[Any]] = {
    "consumer": ConsumerSettings,
    "agent": AgentSettings,
    "repository": RepositorySettings,
    "screening": ScreeningSettings,
    "alerts": AlertSettings,
    "streams": StreamSettings,
}


def load(
    *,
    flags: Mapping[str, object] | None = None,
    defaults: Mapping[str, object] | None = None,
    config: Path | None = None,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> Settings:
    """Merge every source of settings into one checked object.

    Args:
        flags: dotted names to values, such as ``{"agent.kind": "demo"}``; None values are passed over.
        defaults: dotted names to values that count only where nothing else is set.
        config: an aat.toml to use instead of the one found.
        folder: where to look for aat.toml, pyproject.toml and .env; the current one by default. The
            folders above it are searched too, up to the first that has one.
        environment: variables; the process's own by default.

    Raises:
        SettingsError: an unreadable file, an unknown name or a value of the wrong kind, with its place.
    """
    folder = folder or _current_folder()
    path, content = _find(config, folder)
    dotenv = _dotenv(folder / ".env")
    variables = dict(os.environ if environment is None else environment)
    where = str(path) if path else "settings"
    _known(content, {"namespace", "nats", *_SECTIONS}, where=where)
    merged = {name: _table(content, name, where) for name in ("nats", *_SECTIONS)}
    for dotted, value in (defaults or {}).items():
        section, _, name = dotted.rpartition(".")
        merged[section].setdefault(name, value)
    for dotted, value in (flags or {}).items():
        section, _, name = dotted.rpartition(".")
        if value is not None and section:
            merged[section][name] = value
    merged["alerts"] |= _alerts({**dotenv, **variables})
    namespace = next(
        found
        for found in (
            (flags or {}).get("namespace"),
            variables.get("NATS_NAMESPACE"),
            variables.get("PROJECT_NAME"),
            content.get("namespace"),
            dotenv.get("NATS_NAMESPACE"),
            dotenv.get("PROJECT_NAME"),
            "default",
        )
        if found
    )
    if not isinstance(namespace, str):
        raise SettingsError(f"{where}: namespace must be a string: {namespace!r}")
    base = path.parent if path else folder
    sections = {name: _section(kind, merged[name], f"{where}: {name}") for name, kind in _SECTIONS.items()}
    repository = sections["repository"]
    return Settings(
        namespace=Namespace(namespace),
        connection=_connection((flags or {}, variables, merged["nats"], dotenv), where),
        consumer=sections["consumer"],
        agent=sections["agent"],
        screening=sections["screening"],
        alerts=sections["alerts"],
        streams=sections["streams"],
        repository=dataclasses.replace(repository, path=(base / repository.path).resolve()),
        sources=tuple(str(p) for p in (path, folder / ".env" if dotenv else None) if p),
    )


def _connection(
    layers: tuple[Mapping[str, object], Mapping[str, str], Mapping[str, object], Mapping[str, str]],
    where: str,
) -> Connection:
    """Let flags win over the environment, the environment over the file, the file over .env."""
    flags, variables, table, dotenv = layers
    _known(table, set(CONNECTION_VARIABLES.values()), where=f"{where}: nats")
    values = {}
    for variable, name in CONNECTION_VARIABLES.items():
        value = (
            flags.get(f"nats.{name}") or variables.get(variable) or table.get(name) or dotenv.get(variable)
        )
        if value is not None and not isinstance(value, str):
            raise SettingsError(f"{where}: nats.{name} must be a string: {type(value).__name__}")
        values[name] = value or ""
    return Connection.from_values(values, environment={**dotenv, **variables})


def _alerts(variables: Mapping[str, str]) -> dict[str, object]:
    """Take channels and their secrets from variables, where they are set; addresses by spaces."""
    found = {
        name: variables[variable] for variable, name in ALERT_VARIABLES.items() if variables.get(variable)
    }
    return {name: tuple(value.split()) if name == "urls" else value for name, value in found.items()}


def _find(config: Path | None, folder: Path) -> tuple[Path | None, dict[str, object]]:
    if config is not None:
        return config, _toml(config)
    for candidate in (folder.resolve(), *folder.resolve().parents):
        if (candidate / "aat.toml").exists():
            return candidate / "aat.toml", _toml(candidate / "aat.toml")
        project = candidate / "pyproject.toml"
        if project.is_file():
            tool = _toml(project).get("tool")
            table = tool.get("aat") if isinstance(tool, dict) else None
            if isinstance(table, dict):
                return project, table
    return None, {}


def _current_folder() -> Path:
    try:
        return Path.cwd()
    except FileNotFoundError as exc:
        raise SettingsError("the current folder was deleted; change to another one") from exc


def _toml(path: Path) -> dict[str, object]:
    if not path.is_file():
        raise SettingsError(f"{path} is no file")
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as exc:
        raise SettingsError(f"{path} cannot be read: {exc.strerror}") from exc
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
        raise SettingsError(f"{path} is not TOML: {exc}") from exc


def _dotenv(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    from dotenv import dotenv_values  # a third of the start-up time of a command that needs none

    return {name: value for name, value in dotenv_values(path).items() if value is not None}


def _table(content: Mapping[str, object], name: str, where: str) -> dict[str, object]:
    table = content.get(name, {})
    if not isinstance(table, dict):
        raise SettingsError(f"{where}: {name} must be a table: {table!r:.80}")
    return dict(table)


def _known(table: Mapping[str, object], known: set[str], *, where: str) -> None:
    for name in table:
        if name not in known:
            close = difflib.get_close_matches(name, known, 1)
            hint = f"; did you mean {close[0]!r}?" if close else ""
            raise SettingsError(f"{where}: unknown setting {name!r}{hint}")


def _section(kind: type[Any], table: Mapping[str, object], where: str) -> Any:
    hints = typing.get_type_hints(kind)
    _known(table, set(hints), where=where)
    return kind(**{name: _value(value, hints[name], f"{where}.{name}") for name, value in table.items()})


def _value(value: object, hint: Any, where: str) -> object:
    """Check a value against a field's annotation; TOML gives lists where we hold tuples."""
    origin = typing.get_origin(hint)
    if origin is tuple:
        if isinstance(value, list | tuple) and all(isinstance(item, str) for item in value):
            return tuple(value)
        raise SettingsError(f"{where} must be a list of strings: {value!r:.80}")
    if hint is Path and isinstance(value, str | Path):
        return Path(value).expanduser()
    if hint is float and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    plain = str if origin is typing.Literal or isinstance(hint, types.UnionType) else hint
    if not isinstance(value, plain) or (isinstance(value, bool) and plain is not bool):
        names = {
            str: "a string",
            int: "a whole number",
            float: "a number",
            bool: "true or false",
            Path: "a path",
        }
        wanted = names[plain]
        raise SettingsError(f"{where} must be {wanted}: {value!r:.80}")
    return value
