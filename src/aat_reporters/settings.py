"""Resolve the reporter's settings, once, into one frozen value.

Arguments win over the framework's configuration, which wins over the environment. Whatever is wrong
shows here, at start-up, and never at the first error.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path

from aat_reporters.connection import CONNECTION_VARIABLES, Connection
from aat_reporters.errors import SettingsError
from aat_reporters.release import find_release
from aat_reporters.wire import Namespace, check_environment

__all__ = ["BeforeSend", "Fingerprint", "ReporterSettings"]

#: Called with each report in the background, after scrubbing: gives the report to publish, or None.
BeforeSend = Callable[[dict[str, object]], Mapping[str, object] | None]

#: Called with each report and its signature in the background: gives the words of a fingerprint, or None.
Fingerprint = Callable[[dict[str, object], str], Sequence[str] | None]

#: Errors that wait for the background thread; at about 1 KiB each this is 10 MiB.
DEFAULT_QUEUE_SIZE = 10_000

_MIB = 1024 * 1024

#: inspect.CO_COROUTINE: the flag of the code of an async function.
_CO_COROUTINE = 0x80
_DAY = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReporterSettings:
    """Hold every setting of a reporter; equal settings share one background thread.

    Args:
        namespace: keeps this project apart from the others on the server.
        environment: ``staging``, ``production`` or ``default``.
        release: of the running program; empty where nobody knows it.
        connection: how to reach the server.
        server: name of this machine, as reports show it.
        project_root: folder of the program's own code; empty where there is none.
        in_app_include: module prefixes that count as the program's own wherever they are installed.
        in_app_exclude: module prefixes that never do.
        queue_size: errors that may wait for the background thread, 1 to 1,000,000.
        spool: folder of the spool; empty turns spooling off.
        spool_max_bytes: bytes the spool may take on disk, at least 64 KiB; the oldest go first.
        spool_max_age: seconds after which spooled messages are dropped.
        connect_timeout: seconds to wait for a connection, 0.05 to 60.
        send_timeout: seconds to wait for acknowledgements, 0.05 to 60.
        exit_timeout: seconds that leaving the interpreter may take, 0 to 2.
        scrub_keys: further key names whose values are replaced.
        scrub_emails: replace e-mail addresses too.
        local_variables: take those of the five innermost frames too, scrubbed like all context; slower.
        before_send: changes or drops a report, in the background thread.
        fingerprint: gives words that replace a report's signature, ``{{ default }}`` among them for the
            one that it is called with, or None to keep that; in the background thread, for every
            error. One that fails, or gives anything else, is counted and changes nothing.

    Raises:
        SettingsError: a value outside its limits.
    """

    namespace: Namespace
    environment: str = "default"
    release: str = ""
    connection: Connection = field(default_factory=Connection)
    server: str = ""
    project_root: str = ""
    in_app_include: tuple[str, ...] = ()
    in_app_exclude: tuple[str, ...] = ()
    queue_size: int = DEFAULT_QUEUE_SIZE
    spool: str = ""
    spool_max_bytes: int = 50 * _MIB
    spool_max_age: float = 7 * _DAY
    connect_timeout: float = 2.0
    send_timeout: float = 5.0
    exit_timeout: float = 2.0
    scrub_keys: tuple[str, ...] = ()
    scrub_emails: bool = False
    local_variables: bool = False
    before_send: BeforeSend | None = None
    fingerprint: Fingerprint | None = None

    def __post_init__(self) -> None:
        """Check every limit once."""
        try:
            check_environment(self.environment)
        except SettingsError as exc:
            raise SettingsError(f"{exc}; set AAT_ENVIRONMENT or environment=") from None
        _within("queue_size", self.queue_size, 1, 1_000_000)
        _within("spool_max_bytes", self.spool_max_bytes, 64 * 1024, 1 << 40)
        _within("spool_max_age", self.spool_max_age, 1.0, 3650 * _DAY)
        _within("connect_timeout", self.connect_timeout, 0.05, 60.0)
        _within("send_timeout", self.send_timeout, 0.05, 60.0)
        _within("exit_timeout", self.exit_timeout, 0.0, 2.0)

    @property
    def destination(self) -> tuple[str, ...]:
        """Name the place that reports go to: the subject and the servers."""
        return (self.namespace.error_subject(self.environment), *self.connection.servers)

    @property
    def spool_path(self) -> str:
        """Name the spool's file, which processes of one namespace share; empty where spooling is off."""
        return str(Path(self.spool, f"{self.namespace.name}.sqlite3")) if self.spool else ""

    @classmethod
    def resolve(
        cls,
        arguments: Mapping[str, object],
        *,
        framework: Mapping[str, object] | None = None,
        environment: Mapping[str, str],
        project_root: str = "",
    ) -> ReporterSettings:
        """Merge arguments over the framework's settings over the environment.

        Args:
            arguments: field names of this class, or of Connection, to values; None is passed over.
            framework: the same keys, as the framework's own configuration holds them.
            environment: the process's variables.
            project_root: the framework's base folder; the working directory where empty.

        Raises:
            SettingsError: an unknown key, a wrong type, or a value outside its limits.
        """
        merged = _checked(framework or {}, "the framework's settings") | _checked(arguments, "the arguments")
        link = {name: str(merged.pop(name)) for name in _CONNECTION_KEYS if name in merged}
        given = {"connection": Connection.from_values(link, environment=environment)} | merged
        namespace = given.pop("namespace", "") or _first(environment, "NATS_NAMESPACE", "PROJECT_NAME")
        given["namespace"] = Namespace(str(namespace or "default"))
        given["environment"] = given.get("environment") or environment.get("AAT_ENVIRONMENT") or "default"
        root = _root(str(given.get("project_root") or project_root))
        given["project_root"] = root
        given["release"] = given.get("release") or find_release(environment, root)
        given["server"] = given.get("server") or socket.gethostname()
        given.setdefault("spool", _state_folder(environment))
        if given["spool"] and Path(str(given["spool"])).is_file():
            raise SettingsError(f"spool must be a folder, and this is a file: {given['spool']!r}")
        return cls(**given)  # type: ignore[arg-type]  # every value was checked against its field's kind


_CONNECTION_KEYS = frozenset(CONNECTION_VARIABLES.values())

#: What each key may be given as, and what it becomes.
_KINDS: dict[str, tuple[tuple[type, ...], str]] = {
    "namespace": ((str,), "a string"),
    "environment": ((str,), "a string"),
    "release": ((str,), "a string"),
    "server": ((str,), "a string"),
    "project_root": ((str, Path), "a path"),
    "spool": ((str, Path), "a path"),
    "in_app_include": ((list, tuple), "a list of strings"),
    "in_app_exclude": ((list, tuple), "a list of strings"),
    "scrub_keys": ((list, tuple), "a list of strings"),
    "queue_size": ((int,), "a whole number"),
    "spool_max_bytes": ((int,), "a whole number"),
    "spool_max_age": ((int, float), "a number"),
    "connect_timeout": ((int, float), "a number"),
    "send_timeout": ((int, float), "a number"),
    "exit_timeout": ((int, float), "a number"),
    "scrub_emails": ((bool,), "true or false"),
    "local_variables": ((bool,), "true or false"),
    "connection": ((Connection,), "a Connection"),
}


def _checked(values: Mapping[str, object], source: str) -> dict[str, object]:
    known = {item.name for item in fields(ReporterSettings)} | _CONNECTION_KEYS
    checked: dict[str, object] = {}
    for key, value in values.items():
        if key not in known:
            raise SettingsError(f"unknown key in {source}: {key!r}; known are {', '.join(sorted(known))}")
        if value is not None:
            checked[key] = _kind_checked(key, value)
    return checked


def _kind_checked(key: str, value: object) -> object:
    if key in ("before_send", "fingerprint"):
        if not callable(value):
            raise SettingsError(f"{key} must be a function that takes a report: {type(value).__name__}")
        if _is_async(value):
            raise SettingsError(f"{key} must not be async, it is called in a thread: {_named(value)}")
        if type(value).__hash__ is None:
            # Settings are keys of a mapping; a dataclass with __call__ loses its hash by its __eq__.
            raise SettingsError(f"{key} must be hashable: {_named(value)}")
        return value
    if key in _CONNECTION_KEYS:
        # A secret may stand here, so the message must not show the value.
        if not isinstance(value, str | Path):
            raise SettingsError(f"{key} must be a string: {type(value).__name__}")
        return str(value)
    allowed, kind = _KINDS[key]
    if not isinstance(value, allowed) or (isinstance(value, bool) and bool not in allowed):
        raise SettingsError(f"{key} must be {kind}: {value!r}")
    if isinstance(value, list | tuple):
        if not all(isinstance(item, str) and item for item in value):
            raise SettingsError(f"{key} must be {kind}: {value!r}")
        return tuple(value)
    return str(value) if isinstance(value, Path) else value


def _is_async(function: object) -> bool:
    """Tell a coroutine function, or an object with such a __call__, without importing inspect."""
    called = function if hasattr(function, "__code__") else getattr(type(function), "__call__", None)  # noqa: B004
    return bool(getattr(getattr(called, "__code__", None), "co_flags", 0) & _CO_COROUTINE)


def _named(value: object) -> str:
    return str(getattr(value, "__qualname__", type(value).__qualname__))


def _within(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise SettingsError(f"{name} must be {low:,} to {high:,}: {value!r}")


def _first(environment: Mapping[str, str], *names: str) -> str:
    return next((environment[name] for name in names if environment.get(name)), "")


def _root(path: str) -> str:
    try:
        root = str(Path(path or ".").resolve())
    except OSError:
        # The working directory was removed under the process.
        return ""
    return "" if root == "/" else root


def _state_folder(environment: Mapping[str, str]) -> str:
    """Choose where state lives across restarts, else a folder of the user's own among the temporary ones."""
    state = environment.get("XDG_STATE_HOME")
    if state:
        return str(Path(state, "aat-reporters"))
    home = environment.get("HOME")
    if home and home != "/" and Path(home).is_dir():
        return str(Path(home, ".local", "state", "aat-reporters"))
    # Imported late, for it brings the compression libraries along.
    import tempfile

    return str(Path(tempfile.gettempdir(), f"aat-reporters-{os.getuid()}"))
