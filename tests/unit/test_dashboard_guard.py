"""Who is let in to the dashboard, and what a browser is told about its pages."""

from __future__ import annotations

import asyncio
from collections.abc import MutableMapping
from typing import Any

import pytest

from aat_consumer.operate.dashboard.guard import COOKIE, Access, Guard, Receive, Scope, Send, is_loopback
from aat_reporters.errors import SettingsError

TOKEN = "a-token-that-is-long-enough"
OPEN = Access()
CLOSED = Access(host="10.0.0.5", names=("dash.example.com",), token=TOKEN)


def ask(
    access: Access, *, method: str = "GET", path: str = "/", host: str = "127.0.0.1:8228", **headers: str
) -> tuple[int, dict[str, str]]:
    """Send one request through the guard and give status and headers."""
    sent: list[MutableMapping[str, Any]] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"in"})

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": b""}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    given = {"host": host, **{name.replace("_", "-"): value for name, value in headers.items()}}
    scope: Scope = {
        "type": "http",
        "method": method,
        "path": path,
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in given.items() if value],
    }
    asyncio.run(Guard(app, access=access)(scope, receive, send))
    return sent[0]["status"], {name.decode(): value.decode() for name, value in sent[0]["headers"]}


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:8228", "localhost:1", "[::1]:8228", "LOCALHOST"])
def test_loopback_names_are_ours(host: str) -> None:
    assert ask(OPEN, host=host)[0] == 200


@pytest.mark.parametrize(
    "host",
    ["attacker.example.com", "127.0.0.1.example.com", "10.0.0.5", "", "[", "localhost.evil", "0.0.0.0"],
)
def test_a_name_that_was_made_to_resolve_to_us_is_refused(host: str) -> None:
    assert ask(OPEN, host=host)[0] == 421


def test_elsewhere_addresses_and_named_hosts_are_ours() -> None:
    bearer = f"Bearer {TOKEN}"
    for host in ("10.0.0.5:8228", "dash.example.com", "127.0.0.1"):
        assert ask(CLOSED, host=host, authorization=bearer)[0] == 200
    assert ask(CLOSED, host="other.example.com", authorization=bearer)[0] == 421


@pytest.mark.parametrize(
    "origin",
    [
        "",
        "null",
        "http://attacker.example.com",
        "http://127.0.0.1:9999",
        "http://127.0.0.1",
        "file://127.0.0.1:8228",
        "http://[",
    ],
)
def test_a_form_of_another_site_is_refused(origin: str) -> None:
    assert ask(OPEN, method="POST", path="/x", origin=origin)[0] == 403


def test_a_form_of_ours_is_let_in() -> None:
    assert ask(OPEN, method="POST", path="/x", origin="http://127.0.0.1:8228")[0] == 200


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "TRACE", "X"])
def test_other_methods_are_refused(method: str) -> None:
    assert ask(OPEN, method=method)[0] == 405


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": "Bearer wrong"},
        {"authorization": f"Basic {TOKEN}"},
        {"authorization": f"Bearer {TOKEN}x"},
        {"cookie": f"{COOKIE}=wrong"},
        {"cookie": f"{COOKIE}={TOKEN}"},
        {"cookie": "\x7f=;;;"},
        {"authorization": "Bearer \xff\xfe"},
    ],
)
def test_without_the_token_nothing_is_shown(headers: dict[str, str]) -> None:
    for path in ("/", "/events", "/issues/s1", "/static/../x", "/loginx"):
        if not path.startswith("/static/"):
            assert ask(CLOSED, host="10.0.0.5", path=path, **headers)[0] == 401
    status, given = ask(CLOSED, host="10.0.0.5", accept="text/html", **headers)
    assert (status, given["location"]) == (303, "/login")


def test_the_token_or_its_cookie_lets_in() -> None:
    assert ask(CLOSED, host="10.0.0.5", authorization=f"Bearer {TOKEN}")[0] == 200
    assert ask(CLOSED, host="10.0.0.5", cookie=f"x=1; {COOKIE}={CLOSED.session}")[0] == 200
    assert TOKEN not in CLOSED.session
    assert Access(host="10.0.0.5", token=TOKEN + "x").session != CLOSED.session
    for path in ("/login", "/healthz", "/static/dashboard.css"):
        assert ask(CLOSED, host="10.0.0.5", path=path)[0] == 200


def test_every_answer_says_what_a_browser_may_do() -> None:
    for status, given in (
        ask(OPEN),
        ask(OPEN, host="evil"),
        ask(CLOSED, host="10.0.0.5"),
        ask(OPEN, method="PUT"),
    ):
        assert status
        policy = dict(part.strip().split(" ", 1) for part in given["content-security-policy"].split(";"))
        assert policy["default-src"] == "'none'"
        assert policy["script-src"] == policy["style-src"] == "'self'"
        assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
        assert "unsafe" not in given["content-security-policy"]
        assert given["x-content-type-options"] == "nosniff"
        assert given["cache-control"] == "no-store"
        assert given["referrer-policy"] == "same-origin"


def test_another_address_than_loopback_needs_a_token() -> None:
    for host in ("0.0.0.0", "10.0.0.5", "::", "dash.example.com"):
        with pytest.raises(SettingsError, match="AAT_DASHBOARD_TOKEN"):
            Access(host=host)
    with pytest.raises(SettingsError, match="16 characters"):
        Access(token="short")
    assert is_loopback("127.8.8.8")
    assert is_loopback("::1")


def test_secrets_are_not_in_its_repr() -> None:
    assert TOKEN not in repr(Access(token=TOKEN, key=b"key-of-forms"))
    assert "key-of-forms" not in repr(Access(token=TOKEN, key=b"key-of-forms"))


def test_a_form_key_belongs_to_one_process() -> None:
    one, other = Access(key=b"1"), Access(key=b"2")
    assert one.is_form_key(one.form_key())
    assert not one.is_form_key(other.form_key())
    assert not one.is_form_key("\ud800")
