"""Let in only who may look: by Host, Origin and token; and say in headers what a browser may do with a page.

A page on loopback can be reached by every web site that the same browser shows: by a name that resolves to
127.0.0.1 (the Host header tells), and by forms that post to it (the Origin header tells).
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import urlsplit

from aat_reporters.errors import SettingsError

__all__ = ["COOKIE", "Access", "Guard", "is_loopback"]

COOKIE = "aat_session"

#: Shortest token that keeps a stranger out.
MIN_TOKEN_CHARACTERS = 16

#: Nothing but our own script and style, no inline ones, no frames, no foreign forms.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

_HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
)

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

#: Paths that are answered without the token: what the page to sign in needs.
_OPEN = ("/login", "/healthz")


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Say who may look and who may act.

    Args:
        host: the address that is listened on; any other than a loopback one needs a token.
        names: further names by which a browser may reach it, such as a proxy's.
        token: a secret of at least 16 characters; empty lets everybody on loopback look.
        allow_actions: releasing, dropping and retrying are possible.
        key: signs forms; of this process.

    Raises:
        SettingsError: another address without a token, or a token that is too short.
    """

    host: str = "127.0.0.1"
    names: tuple[str, ...] = ()
    token: str = field(default="", repr=False)
    allow_actions: bool = False
    key: bytes = field(default=b"", repr=False)

    def __post_init__(self) -> None:
        """Check it once."""
        if self.token and len(self.token) < MIN_TOKEN_CHARACTERS:
            raise SettingsError(f"AAT_DASHBOARD_TOKEN must have at least {MIN_TOKEN_CHARACTERS} characters")
        if not self.token and not is_loopback(self.host):
            raise SettingsError(
                f"the dashboard listens on {self.host} only with a token: set AAT_DASHBOARD_TOKEN, or use "
                "--host 127.0.0.1"
            )

    @property
    def session(self) -> str:
        """Give the value of the cookie of who has signed in; it changes with the token."""
        return hmac.new(self.token.encode(), b"aat dashboard session", hashlib.sha256).hexdigest()

    def is_token(self, given: str) -> bool:
        """Compare a token in constant time."""
        return hmac.compare_digest(given.encode("utf-8", "replace"), self.token.encode())

    def form_key(self) -> str:
        """Give the word that forms of this process carry."""
        return hmac.new(self.key, b"form", hashlib.sha256).hexdigest()

    def is_form_key(self, given: str) -> bool:
        """Compare the word of a form in constant time."""
        return hmac.compare_digest(given.encode("utf-8", "replace"), self.form_key().encode())

    def knows_host(self, host: str) -> bool:
        """Tell whether a Host header names us: an address, localhost or one of the names."""
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        if name in ("localhost", self.host.lower(), *(name.lower() for name in self.names)):
            return True
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            return False
        # No name can be made to resolve to itself, so an address means no rebinding.
        return address.is_loopback or not is_loopback(self.host)


class Guard:
    """Wrap the application; what is refused never reaches it."""

    def __init__(self, app: App, *, access: Access) -> None:
        self._app = app
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or let the application answer, with the headers of a safe page."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                given = {name.lower() for name, _ in message.get("headers", [])}
                more = [pair for pair in _HEADERS if pair[0] not in given]
                if b"cache-control" not in given:
                    more.append((b"cache-control", b"no-store"))
                message["headers"] = [*message.get("headers", []), *more]
            await send(message)

        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        refusal = self._refusal(scope, headers)
        if refusal is None:
            await self._app(scope, receive, guarded)
            return
        status, text, more = refusal
        start = [(b"content-type", b"text/plain; charset=utf-8"), *more]
        await guarded({"type": "http.response.start", "status": status, "headers": start})
        await guarded({"type": "http.response.body", "body": text.encode()})

    def _refusal(
        self, scope: Scope, headers: dict[str, str]
    ) -> tuple[int, str, list[tuple[bytes, bytes]]] | None:
        """Say why a request is not let in, None where it is."""
        host, path, method = headers.get("host", ""), scope["path"], scope["method"]
        if not self._access.knows_host(host):
            return 421, "this name is not ours; start with --allow-host NAME to be reached by it\n", []
        if method not in ("GET", "HEAD", "POST"):
            return 405, "only GET, HEAD and POST\n", []
        if method == "POST" and not _is_own_origin(headers.get("origin", ""), host):
            return 403, "a form of another site was refused\n", []
        if not self._access.token or path in _OPEN or path.startswith("/static/"):
            return None
        if self._is_signed_in(headers):
            return None
        if method == "GET" and "text/html" in headers.get("accept", ""):
            return 303, "sign in\n", [(b"location", b"/login")]
        return 401, "a token is needed\n", [(b"www-authenticate", b"Bearer")]

    def _is_signed_in(self, headers: dict[str, str]) -> bool:
        scheme, _, given = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and self._access.is_token(given.strip()):
            return True
        try:
            morsel = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
        except CookieError:
            return False
        return morsel is not None and hmac.compare_digest(
            morsel.value.encode("utf-8", "replace"), self._access.session.encode()
        )


def is_loopback(host: str) -> bool:
    """Tell whether an address is reached from this machine alone."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_own_origin(origin: str, host: str) -> bool:
    """Compare where a form comes from with where it goes to; a missing origin is nobody's."""
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and parts.netloc.lower() == host.lower() and bool(host)
