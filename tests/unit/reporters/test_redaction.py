"""Secrets leave neither in messages nor in stacks nor in context; the rest stays readable."""

from __future__ import annotations

import time

import pytest

from aat_reporters.redaction import REDACTED, Redaction

SECRET = "Zx9kQ2mP7vLw"


@pytest.mark.parametrize(
    "text",
    [
        f"password={SECRET}",
        f"password = '{SECRET}'",
        f"PASSWORD: {SECRET}",
        f"db_password={SECRET}&next=1",
        f'{{"api_key": "{SECRET}", "other": 1}}',
        f"{{'x-api-key': '{SECRET}'}}",
        f"client-secret={SECRET};",
        f"access_token={SECRET}",
        f"?token={SECRET}&page=2",
        f"Authorization: Bearer {SECRET}{SECRET}",
        f"Authorization: Basic {SECRET}==",
        f"authorization='Token {SECRET}'",
        f"Cookie: sessionid={SECRET}",
        f"mysql --password {SECRET} -h db",
        f"postgres://shop:{SECRET}@db:5432/shop",
        f"redis://:{SECRET}@cache/0",
        f"amqp://guest:{SECRET}@mq//",
        f"https://{SECRET}{SECRET}@github.com/a/b",
        f"headers {{'Authorization': 'Bearer {SECRET}'}}",
        f'secret => "{SECRET}"',
        f"AWS_SECRET_ACCESS_KEY={SECRET}",
        f"connection_string='Server=a;Pwd={SECRET}'",
        f"csrfmiddlewaretoken={SECRET}",
        f"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.{SECRET}",
        f"ghp_{SECRET}{SECRET}",
        f"glpat-{SECRET}{SECRET}",
        f"xoxb-1234-{SECRET}",
        f"sk_live_{SECRET}",
        f"sk-ant-api03-{SECRET}",
        f"-----BEGIN RSA PRIVATE KEY-----\n{SECRET}\n-----END RSA PRIVATE KEY-----",
        f"-----BEGIN PRIVATE KEY-----\n{SECRET} cut short",
        f"-----BEGIN PGP PRIVATE KEY BLOCK-----\n{SECRET}",
        f"password='{SECRET * 500}'",
        f"password=${SECRET}",
        f"password=%{SECRET}",
        f"password=({SECRET}",
        f"<QueryDict: {{'password': ['{SECRET}', '{SECRET}']}}>",
        f"{{'auth': ('ann', '{SECRET}')}}",
        f'body {{\\"password\\": \\"{SECRET}\\"}}',
        f"user[password]={SECRET}",
        f"user%5Bpassword%5D={SECRET}",
        f"password = '''{SECRET}'''",
        f"secret := '{SECRET}'",
        f"<password>{SECRET}</password>",
        f"[(b'host', b'shop'), (b'x-api-key', b'{SECRET}')]",
        f"Command '['mysql', '--password', '{SECRET}']' returned 1",
        f"Cookie: theme=dark; remember={SECRET}",
        f"Authorization: AWS4-HMAC-SHA256 Credential=AK/20260101, Signature={SECRET}",
        f"AccountName=shop;AccountKey={SECRET}==",
        f"PHPSESSID={SECRET}",
        f"pass={SECRET}",
        f"otp={SECRET}",
        f"https://ann:p@{SECRET}@shop.example/",
        f"postgres://ann:a/{SECRET}@db/shop",
        f"https://hooks.slack.com/services/T0/B0/{SECRET}",
        f"https://discord.com/api/webhooks/1234567890/{SECRET}",
        f"https://api.telegram.org/bot123456:{SECRET}/sendMessage",
        f"xapp-1-{SECRET}",
        f"hvs.{SECRET}{SECRET}",
        f"GOCSPX-{SECRET}{SECRET}",
        f"ya29.{SECRET * 60}",
        f"eyJhbGciOiJSU0EifQ.{SECRET}.{SECRET}.{SECRET}.{SECRET}",
    ],
)
def test_a_secret_goes(text: str) -> None:
    scrubbed = Redaction().text(f"before {text} after")
    assert SECRET not in scrubbed
    assert REDACTED in scrubbed
    assert scrubbed.startswith("before")


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("card 4111 1111 1111 1111 declined", "1111"),
        ("card 5500005555555559", "5555"),
        ("amex 3782-822463-10005", "8224"),
        ("card 4111111111111111 12/29", "4111"),
        ("card 5500  0055  5555  5559", "5555"),
        ("order-4111111111111111", "4111"),
        ("mastercard 2223003122003222", "3122"),
        ("key AKIAIOSFODNN7EXAMPLE used", "AKIA"),
        ("seed SUAIBDPBAUTWCWBKIO6XHQNINK5FWJW4OHLXC3HQ2KFE4PEJUA44CNHTC4 read", "SUAIB"),
    ],
)
def test_a_number_or_key_is_recognised_by_its_look(text: str, gone: str) -> None:
    assert gone not in Redaction().text(text)


@pytest.mark.parametrize(
    "text",
    [
        "division by zero",
        "order 4111111111111112 not found",
        "order 1234567890123 not found",
        "invalid password: must have eight characters",
        "unexpected token: expected a name",
        "'password'",
        "KeyError: 'token'",
        "cannot open https://shop.example/orders/5?page=2",
        "user@example.com is unknown",
        "keyboard interrupt in monkeypatch=5",
        "timestamp 1700000000000",
        "password is missing",
        "token=None",
        "token=%s or {token}, password=${PASSWORD}",
        "choices are: ['password', 'email']",
        "3 passed, pass: 3, auth: on",
        'asked "Password: " in vain and went away',
        "<password> is not closed",
        "rows 4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 and 12 34 56 78 90 12 34 56",
        "https://shop.example:8080/users/@ann",
        "commit 0123456789abcdef0123456789abcdef01234567",
        "3f2b8c1e-9a4d-4e6f-8b21-0c5d7e9fa123",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert Redaction().text(text) == text


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('password = "hunter2"', f'password = "{REDACTED}"'),
        ('connect(url, token="hunter2")', f'connect(url, token="{REDACTED}")'),
        ('connect("postgres://a:hunter2@b/c")', f'connect("postgres://a:{REDACTED}@b/c")'),
        ('raise ValueError("token=hunter2 is bad")', f'raise ValueError("token={REDACTED} is bad")'),
        ('run(["mysql", "--password", given])', 'run(["mysql", "--password", given])'),
        ('password = ("hun" "ter2")', f'password = ("{REDACTED}")'),
        ('given = getpass("Password: ")', 'given = getpass("Password: ")'),
        ('fields = ("password", "email")', 'fields = ("password", "email")'),
        ("password = settings.PASSWORD", "password = settings.PASSWORD"),
        ('raise ValueError(f"token={token} is bad")', 'raise ValueError(f"token={token} is bad")'),
        ('log.error("password=%s", masked)', 'log.error("password=%s", masked)'),
        ("def check(password: str) -> bool:", "def check(password: str) -> bool:"),
    ],
)
def test_in_source_lines_literals_go_and_names_stay(line: str, expected: str) -> None:
    assert Redaction().code(line) == expected


def test_context_is_scrubbed_by_key_and_by_value_at_every_level() -> None:
    context = {
        "password": SECRET,
        "DB-Password": SECRET,
        "request": {"headers": {"Cookie": SECRET, "Host": "shop"}, "list": [f"token={SECRET}", 5]},
        "card": 4111111111111111,
        "max_tokens": 500,
        "user_id": 7,
        "token": None,
        "pinned": "yes",
    }
    scrubbed = Redaction().mapping(context)
    assert SECRET not in str(scrubbed)
    assert scrubbed["card"] == REDACTED
    assert scrubbed["max_tokens"] == 500
    assert scrubbed["user_id"] == 7
    assert scrubbed["token"] is None
    assert scrubbed["pinned"] == "yes"
    assert scrubbed["request"] == {
        "headers": {"Cookie": REDACTED, "Host": "shop"},
        "list": [f"token={REDACTED}", 5],
    }


@pytest.mark.parametrize(
    "parameter",
    ["code", "state", "sig", "key", "X-Amz-Signature", "x-goog-credential", "SAMLResponse", "ticket", "otp"],
)
def test_secrets_in_a_query_go_by_their_parameter(parameter: str) -> None:
    text = f"Max retries exceeded with url: /login?next=/cart&{parameter}=s3cretValue&page=2 (timeout)"
    expected = f"Max retries exceeded with url: /login?next=/cart&{parameter}={REDACTED}&page=2 (timeout)"
    assert Redaction().text(text) == expected


def test_a_session_id_leaves_as_a_hash_that_stays_the_same() -> None:
    scrubbed = Redaction().mapping({"session_id": "k3y-of-ann", "SessionKey": "k3y-of-ann"})
    assert scrubbed == {"session_id": "sha256:521b8279fd7ff462", "SessionKey": REDACTED}
    assert Redaction().mapping(scrubbed)["session_id"] == scrubbed["session_id"]


def test_of_headers_kept_as_pairs_the_secret_ones_go() -> None:
    pairs = [["Authorization", SECRET], ["Host", "shop"], ["Set-Cookie", SECRET]]
    expected = [["Authorization", REDACTED], ["Host", "shop"], ["Set-Cookie", REDACTED]]
    assert Redaction().mapping({"headers": pairs}) == {"headers": expected}


def test_a_literal_whose_end_was_cut_off_goes_too() -> None:
    assert Redaction().text(f"bad settings: {{'password': '{SECRET}") == (
        f"bad settings: {{'password': '{REDACTED}"
    )


def test_further_keys_and_addresses_go_when_asked() -> None:
    redaction = Redaction(keys=("tax_number",), emails=True)
    text = redaction.text("tax_number=DE123 of ann.b+c@shop.example.com")
    assert text == f"tax_number={REDACTED} of {REDACTED}"
    assert redaction.mapping({"Tax-Number": "DE123"}) == {"Tax-Number": REDACTED}


def test_scrubbing_twice_changes_nothing() -> None:
    redaction = Redaction()
    once = redaction.text(f"password={SECRET} postgres://a:{SECRET}@b Bearer {SECRET}")
    assert redaction.text(once) == once


@pytest.mark.parametrize(
    "text",
    [
        "password=" * 5_000,
        "a://" * 10_000,
        "eyJ" * 12_500,
        "1 " * 20_000,
        '"password": "' + "\\" * 25_000,
        "-----BEGIN PRIVATE KEY-----" * 1_250,
        "x" * 40_000 + "password",
        "@" * 40_000,
        "key_" * 10_000,
        "token" * 7_500,
        "4111 " * 8_000,
        "password=['" + "a',b'" * 8_000,
    ],
    ids=range(12),
)
def test_no_text_takes_long(text: str) -> None:
    redaction = Redaction(emails=True)
    started = time.thread_time()
    assert redaction.text(text)
    assert redaction.code(text)
    assert time.thread_time() - started < 1.0
