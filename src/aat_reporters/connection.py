"""Describe how to reach the NATS server: address, credentials, TLS, and the ``nats`` program's contexts.

Only reads settings; opening a connection belongs to the doors that import nats.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aat_reporters.errors import SettingsError

if TYPE_CHECKING:
    import ssl

__all__ = ["CONNECTION_VARIABLES", "Connection"]

#: Where a server is looked for when nothing is set.
DEFAULT_URL = "nats://127.0.0.1:4222"

#: Environment variables that describe the connection, with the field each one sets.
CONNECTION_VARIABLES = {
    "NATS_URL": "url",
    "NATS_CREDS": "creds",
    "NATS_USER": "user",
    "NATS_PASSWORD": "password",
    "NATS_TOKEN": "token",
    "NATS_NKEY": "nkey",
    "NATS_CA": "ca",
    "NATS_CERT": "cert",
    "NATS_KEY": "key",
    "NATS_INBOX_PREFIX": "inbox_prefix",
}

_SCHEMES = ("nats", "tls", "ws", "wss")
_FILES = ("creds", "ca", "cert", "key")

#: What an inbox prefix may be: the tokens of a subject, without wildcards.
_INBOX_PREFIX = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """Hold what is needed to connect; secrets are left out of its repr.

    Args:
        url: one address or several with commas, such as ``nats://127.0.0.1:4222``.
        creds: path of a credentials file.
        user: user name, with ``password``.
        password: a secret.
        token: a secret.
        nkey: path of a seed file, or the seed itself; a secret.
        ca: path of the certificate authority's file; asks for TLS.
        cert: path of the client's certificate, with ``key``.
        key: path of the client's key.
        inbox_prefix: where answers to this client's requests arrive; ``_INBOX`` where empty. On a server
            that several projects share, each user gets one of its own (``aat init --nats-permissions``),
            for whoever may read ``_INBOX.>`` reads everybody's answers.

    Raises:
        SettingsError: an address that is none, a missing file, or half of a pair.
    """

    url: str = DEFAULT_URL
    creds: str = ""
    user: str = ""
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    nkey: str = field(default="", repr=False)
    ca: str = ""
    cert: str = ""
    key: str = ""
    inbox_prefix: str = ""

    def __post_init__(self) -> None:
        """Check each part once, so that a mistake shows at start-up."""
        object.__setattr__(self, "url", ",".join(_address(part) for part in self.url.split(",")))
        for name in _FILES:
            path = getattr(self, name)
            if path and not Path(path).is_file():
                raise SettingsError(f"NATS_{name.upper()} names a file that does not exist: {path!r}")
        if self.nkey and not _is_seed(self.nkey) and not Path(self.nkey).is_file():
            raise SettingsError("NATS_NKEY must be a seed (SU...) or the path of a file that holds one")
        if (self.creds or self.nkey) and find_spec("nkeys") is None:
            raise SettingsError("NATS_CREDS and NATS_NKEY need a package: pip install 'aat-reporters[nkeys]'")
        if bool(self.cert) != bool(self.key):
            raise SettingsError("NATS_CERT and NATS_KEY must be set together")
        if self.inbox_prefix and not _INBOX_PREFIX.match(self.inbox_prefix):
            raise SettingsError(
                "NATS_INBOX_PREFIX must be letters, digits, '_', '-' and dots between them: "
                f"{self.inbox_prefix!r}"
            )
        if self.password and not self.user:
            raise SettingsError("NATS_PASSWORD is set without NATS_USER")

    def __repr__(self) -> str:
        """Show where it leads and how it signs in, never a secret."""
        return f"Connection(server={self.server!r}, signs_in_by={self.signs_in_by!r})"

    @property
    def servers(self) -> list[str]:
        """List the addresses, user and password included where they stand in the address."""
        return self.url.split(",")

    @property
    def server(self) -> str:
        """Give the addresses for people, without user and password."""
        return ",".join(_without_user(server) for server in self.servers)

    @property
    def signs_in_by(self) -> str:
        """Name the kind of credential in use."""
        for name in ("creds", "nkey", "token", "user", "cert"):
            if getattr(self, name):
                return name
        return "url" if any("@" in server for server in self.servers) else "nothing"

    @property
    def wants_tls(self) -> bool:
        """Tell whether the connection must be encrypted."""
        return bool(self.ca or self.cert) or any(s.startswith(("tls:", "wss:")) for s in self.servers)

    def options(self) -> dict[str, object]:
        """Give the keyword arguments of ``nats.connect`` that follow from these settings.

        Raises:
            SettingsError: a certificate that cannot be loaded.
        """
        options: dict[str, object] = {"servers": self.servers}
        if self.user:
            options |= {"user": self.user, "password": self.password}
        if self.inbox_prefix:
            options["inbox_prefix"] = self.inbox_prefix
        if self.token:
            options["token"] = self.token
        if self.creds:
            options["user_credentials"] = self.creds
        if self.nkey:
            options["nkeys_seed_str" if _is_seed(self.nkey) else "nkeys_seed"] = self.nkey
        if self.wants_tls:
            options["tls"] = self._tls()
        return options

    def _tls(self) -> ssl.SSLContext:
        # Imported late: most programs speak to a server on loopback or in a private network.
        import ssl

        try:
            context = ssl.create_default_context(cafile=self.ca or None)
            if self.cert:
                context.load_cert_chain(self.cert, self.key)
        except OSError as exc:
            raise SettingsError(f"NATS_CA, NATS_CERT or NATS_KEY cannot be loaded: {exc}") from exc
        return context

    @classmethod
    def from_values(cls, values: Mapping[str, str], *, environment: Mapping[str, str]) -> Connection:
        """Merge settings over the environment over the ``nats`` program's context.

        Args:
            values: field names of this class to values; empty ones are passed over.
            environment: the variables of CONNECTION_VARIABLES, NATS_CONTEXT and the home folders.

        Raises:
            SettingsError: an unknown context, or what the class refuses.
        """
        merged: dict[str, str] = {}
        if environment.get("NATS_CONTEXT"):
            merged |= _context(environment["NATS_CONTEXT"], environment)
        for variable, name in CONNECTION_VARIABLES.items():
            if environment.get(variable):
                merged[name] = environment[variable]
        merged |= {name: value for name, value in values.items() if value}
        unknown = merged.keys() - set(CONNECTION_VARIABLES.values())
        if unknown:
            raise SettingsError(f"unknown connection setting: {', '.join(sorted(unknown))}")
        return cls(**merged)


def _context(name: str, environment: Mapping[str, str]) -> dict[str, str]:
    """Read one context of the ``nats`` program (its files are JSON with these key names)."""
    home = environment.get("XDG_CONFIG_HOME") or str(
        Path(environment.get("HOME", "~")).expanduser() / ".config"
    )
    path = Path(home, "nats", "context", f"{name}.json")
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as exc:
        raise SettingsError(f"NATS_CONTEXT names a context that does not exist: {name!r} ({path})") from exc
    except ValueError as exc:
        raise SettingsError(f"NATS_CONTEXT names a context that is not JSON: {path}") from exc
    if not isinstance(content, dict):
        raise SettingsError(f"NATS_CONTEXT names a context that is no JSON object: {path}")
    known = set(CONNECTION_VARIABLES.values())
    return {key: value for key, value in content.items() if key in known and isinstance(value, str) and value}


def _address(text: str) -> str:
    address = text.strip()
    if address and "://" not in address:
        address = f"nats://{address}"
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        port = -1
        parts = urlsplit("")
    has_spaces = len(address.split()) > 1
    if parts.scheme not in _SCHEMES or not parts.hostname or port in (-1, 0) or has_spaces:
        raise SettingsError(f"NATS_URL must be like nats://127.0.0.1:4222: {_without_user(address)!r}")
    return address


def _without_user(address: str) -> str:
    scheme, slashes, rest = address.partition("://")
    return scheme + slashes + rest.rpartition("@")[2]


def _is_seed(text: str) -> bool:
    return text.startswith("SU") and len(text) > 50 and text.isalnum()
