"""What an alert says, and that no report's words steer who reads it."""

from __future__ import annotations

import base64
import json
import re
import textwrap
import time
from pathlib import Path
from typing import Any

import pytest

from aat_consumer.alert_settings import ALERT_RULES, AlertSettings
from aat_consumer.cli.config import in_force
from aat_consumer.operate.alerts.ledger import Notification
from aat_consumer.operate.alerts.plain import link, plain
from aat_consumer.operate.alerts.rules import Alert
from aat_consumer.operate.alerts.silences import Silence, check_match, is_silenced
from aat_consumer.operate.alerts.webhook import headers_of
from aat_consumer.operate.alerts.wording import body_of, json_of, title_of
from aat_consumer.settings import Settings
from aat_consumer.settings_file import load
from aat_reporters.errors import SettingsError

#: Checks signatures as receivers do.
standard = pytest.importorskip("standardwebhooks")

PAGE = (Path(__file__).parents[3] / "docs" / "alerts.md").read_text(encoding="utf-8")
SIGNATURE = "s1-" + "0f" * 16
SECRET = "whsec_" + base64.b64encode(b"k" * 32).decode()
ALERT = Alert(rule="new", key="k", text="new error in production", at=0.0, signature=SIGNATURE, title="E: x")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("ValueError: no price for 'lamp'", "ValueError: no price for 'lamp'"),
        ("<!channel> <@U1> @here", "‹!channel› ‹＠U1› ＠here"),
        ("<https://evil.example/x|click>", "‹https(:)//evil.example/x¦click›"),
        ("[click](javascript:alert(1))", "(click)(javascript(:)alert(1))"),
        (
            "![x](http://evil.example/a.png) WWW.evil.example",
            "!(x)(http(:)//evil.example/a.png) WWW(:).evil.example",
        ),
        ("a\r\nSubject: b\n\n.\n", "a Subject: b ."),
        ("\x1b[31mred\x00 \u202eabc\u200b", "(31mred abc"),
        ("`code` \\n", "'code' /n"),
        ("", ""),
        (None, ""),
        (["x"], ""),
    ],
)
def test_words_of_a_report_stay_one_harmless_line(text: object, shown: str) -> None:
    assert plain(text, limit=200) == shown


def test_a_long_text_is_cut() -> None:
    assert plain("x" * 10_000_000, limit=160) == "x" * 159 + "…"


@pytest.mark.parametrize("signature", ["", "../../x", "s1-" + "0f" * 15, "a b", "s1-" + "0F" * 16, "%2e%2e"])
def test_only_a_signature_of_a_known_form_becomes_a_link(signature: str) -> None:
    assert link("http://127.0.0.1:8000/", signature) == ""
    assert link("http://127.0.0.1:8000/", SIGNATURE) == f"http://127.0.0.1:8000/issues/{SIGNATURE}"


def test_one_alert_is_told_in_the_title_and_several_are_counted() -> None:
    one = Notification(id="n", at=0.0, alerts=(ALERT,))
    assert title_of(one, "shop") == "[shop] new error in production: E: x"
    several = Notification(
        id="n", at=0.0, alerts=(ALERT, ALERT, Alert(rule="dead", key="d", text="t", at=0.0)), more=4
    )
    assert title_of(several, "shop") == "[shop] 2 new errors, 1 dead letter, 4 more"
    assert "4 more alerts are not listed." in body_of(several, "")


def test_the_body_has_words_place_and_link() -> None:
    text = body_of(Notification(id="n", at=0.0, alerts=(ALERT,)), "https://dash.example.com")
    assert text.splitlines() == [
        "new: new error in production",
        "E: x",
        f"https://dash.example.com/issues/{SIGNATURE}",
        "1970-01-01T00:00:00Z",
    ]


def test_the_signature_is_what_the_standards_own_library_accepts() -> None:
    body = json_of(Notification(id="alert-1", at=0.0, alerts=(ALERT,)), namespace="shop", dashboard="")
    headers = headers_of(
        "alert-1", body, key=AlertSettings(webhook_secret=SECRET).webhook_key, at=int(time.time())
    )
    assert standard.Webhook(SECRET).verify(body, headers) == json.loads(body)
    for changed in (
        {**headers, "webhook-id": "alert-2"},
        {**headers, "webhook-timestamp": str(int(time.time()) - 3_600)},
    ):
        with pytest.raises(standard.WebhookVerificationError):
            standard.Webhook(SECRET).verify(body, changed)
    with pytest.raises(standard.WebhookVerificationError):
        standard.Webhook(SECRET).verify(body + b" ", headers)


def test_the_check_that_the_documentation_shows_is_right() -> None:
    names: dict[str, Any] = {}
    exec(re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)[0], names)
    headers = headers_of("alert-1", b"{}", key=b"k" * 32, at=int(time.time()))
    assert names["is_ours"](headers, b"{}", SECRET)
    assert not names["is_ours"](headers, b"{ }", SECRET)
    assert not names["is_ours"](headers_of("alert-1", b"{}", key=b"k" * 32, at=1), b"{}", SECRET)


def test_the_settings_that_the_documentation_shows_are_settings(tmp_path: Path) -> None:
    shown = re.findall(r"(?m)^ {4}\[alerts\]\n(?: {4}[a-z].*\n)+", PAGE)
    assert len(shown) == 2
    for text in shown:
        (tmp_path / "aat.toml").write_text(textwrap.dedent(text))
        found = load(folder=tmp_path, environment={"AAT_ALERT_WEBHOOK_SECRET": SECRET})
        assert found.alerts.has_channel


def test_every_rule_and_number_of_the_documentation_is_the_one_in_force() -> None:
    rules = re.findall(r"(?m)^\| `([a-z]+)` \| ", PAGE)
    assert tuple(rule for rule in rules if rule in ALERT_RULES) == ALERT_RULES
    for name, number in re.findall(r"`([a-z_]+)` \(([0-9]+)(?: s)?\)", PAGE):
        assert getattr(AlertSettings(), name) == float(number), name


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"rules": ("nwe",)}, "alerts.rules must be of"),
        ({"spike_window": 1.0}, "alerts.spike_window must be 60 to 3600"),
        ({"webhook": "ftp://hooks.example.com/PRIVATE"}, "must be an http"),
        ({"webhook": "https://hooks.example.com/PRIVATE"}, "webhook_secret must be"),
        (
            {"webhook": "https://hooks.example.com/PRIVATE", "webhook_secret": "PRIVATE"},
            "webhook_secret must be",
        ),
        ({"webhook": "https://h/", "webhook_secret": "whsec_UFJJVkFURQ=="}, "webhook_secret must be"),
        ({"dashboard": "javascript:x"}, "alerts.dashboard must be an http"),
    ],
)
def test_a_bad_setting_is_told_without_its_secret(values: dict[str, object], said: str) -> None:
    with pytest.raises(SettingsError, match=said) as caught:
        AlertSettings(**values)  # type: ignore[arg-type]
    assert "PRIVATE" not in str(caught.value)


def test_channels_are_never_shown() -> None:
    settings = AlertSettings(
        urls=("slack://PRIVATE",), webhook="https://h.example.com/PRIVATE", webhook_secret=SECRET
    )
    shown = in_force(Settings(alerts=settings))
    assert (shown["alerts.urls"], shown["alerts.webhook"], shown["alerts.webhook_secret"]) == (
        "(hidden)",
    ) * 3
    assert shown["alerts.repeat"] == 14_400
    assert "PRIVATE" not in repr(settings) + str(shown)


@pytest.mark.parametrize(
    ("match", "is_kept_back"),
    [
        ("all", True),
        ("new", True),
        ("spike", False),
        (SIGNATURE, True),
        ("s1-0f0f0f", True),
        ("0f0f0f", True),
        ("abcdef", False),
    ],
)
def test_a_silence_keeps_back_what_it_names_until_it_ends(match: str, is_kept_back: bool) -> None:
    silence = Silence(match=check_match(match), until=100.0, by="me")
    assert is_silenced(ALERT, [silence], now=99.0) is is_kept_back
    assert is_silenced(ALERT, [silence], now=100.0) is False


@pytest.mark.parametrize("match", ["", "s1-", "0f", "nonsense", "s1-XYZXYZ", "*"])
def test_a_silence_that_could_match_nothing_is_refused(match: str) -> None:
    with pytest.raises(SettingsError, match="neither 'all', a rule"):
        check_match(match)
