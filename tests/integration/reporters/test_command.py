"""``aat-report`` publishes from a shell, checks the way, and says what is wrong in one line."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from aat_consumer.operate.server import EmbeddedServer
from aat_reporters.cli import EXIT_FAILED, EXIT_OK, EXIT_USAGE
from aat_reporters.wire import Namespace
from tests.integration.reporters.stream_access import reports

NOWHERE = "nats://127.0.0.1:9"


def command(
    *arguments: str,
    url: str = NOWHERE,
    namespace: str = "shop",
    stdin: bytes = b"",
    variables: dict[str, str] | None = None,
) -> subprocess.CompletedProcess[bytes]:
    environment = {
        **os.environ,
        "NATS_URL": url,
        "NATS_NAMESPACE": namespace,
        "AAT_RELEASE": "r1",
        **(variables or {}),
    }
    program = [sys.executable, "-m", "aat_reporters", *arguments]
    return subprocess.run(program, input=stdin, env=environment, capture_output=True, timeout=60, check=False)


def in_json(done: subprocess.CompletedProcess[bytes]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_flags_make_a_report_that_sha256sum_would_sign_alike(
    nats_server: EmbeddedServer, streams: Namespace
) -> None:
    done = command(
        "send", "--error", "BackupError: disk full", "--file", "backup.sh", "--line", "12",
        "--context", '{"request_id": "r-1", "password": "hunter2"}', "--json",
        url=nats_server.url, namespace=streams.name,
    )  # fmt: skip
    assert done.returncode == EXIT_OK, done.stderr
    (stored,) = reports(nats_server.url, streams)
    assert stored.body["error"] == "BackupError: disk full"
    assert stored.body["context"] == {
        "file": "backup.sh",
        "line": 12,
        "request_id": "r-1",
        "password": "[redacted]",
    }
    digest = hashlib.sha256(b"BackupError: disk full:backup.sh:12").hexdigest()
    assert stored.body["signature"]["exact"] == digest
    assert "schema" not in stored.body
    shown = in_json(done)
    assert shown["id"] == stored.id
    assert shown["stream"] == streams.error_stream("default")
    assert shown["duplicate"] is False


def test_a_repeat_is_a_success_that_says_so(nats_server: EmbeddedServer, streams: Namespace) -> None:
    for expected in (False, True):
        done = command("send", "--error", "again", "--json", url=nats_server.url, namespace=streams.name)
        assert done.returncode == EXIT_OK
        assert in_json(done)["duplicate"] is expected


@pytest.mark.parametrize(
    ("stdin", "error"),
    [
        (b'{"error": "Boom: x", "context": {"line": "12"}}', "Boom: x"),
        (b'{"error": "two\nlines"}', "two\nlines"),
        (b"Traceback (most recent call last):\n  File \"a.py\", line 1\nKeyError: 'k'\n", "KeyError: 'k'"),
        (b"Error: it failed\n    at main (app.js:1:2)\n", "Error: it failed"),
        (b"just a line\n", "just a line"),
    ],
    ids=["JSON", "control character", "Python", "JavaScript", "line"],
)
def test_standard_input_may_be_a_report_a_stack_or_a_line(
    nats_server: EmbeddedServer, streams: Namespace, stdin: bytes, error: str
) -> None:
    done = command("send", url=nats_server.url, namespace=streams.name, stdin=stdin)
    assert done.returncode == EXIT_OK, done.stderr
    assert [stored.body["error"] for stored in reports(nats_server.url, streams)] == [error]


@pytest.mark.parametrize(
    ("stdin", "expected"),
    [
        (b"", "nothing on standard input"),
        (b'{"error": ', "not JSON"),
        (b"{}", "'error' is missing"),
        (b'{"error": 5}', "error must be a string: a number"),
        (b'{"error": "x", "context": []}', "context must be an object: a list"),
        (b'{"error": "x", "timestamp": "yesterday"}', "timestamp must be"),
        (b'{"error": "x\\u0000"}', "NUL"),
        (b'{"error": "\\ud800"}', "surrogate"),
        (b'{"error": ' + b"[" * 10_000, "nests deeper"),
        (b'{"error": "' + b"x" * 5_000_000 + b'"}', "5000013 bytes"),
        (b"x" * 5_000_000, "bytes"),
        (b'{"error": "x", "schema": 99}', "schema must be 1"),
    ],
    ids=["nothing", "bad JSON", "no error", "number", "list", "time", "NUL", "surrogate", "nested", "5 MB",
         "5 MB of text", "schema"],
)  # fmt: skip
def test_bad_input_is_one_line_that_names_the_key(stdin: bytes, expected: str) -> None:
    done = command("send", stdin=stdin)
    assert done.returncode == EXIT_USAGE
    assert done.stdout == b""
    lines = done.stderr.decode().splitlines()
    assert len(lines) == 1
    assert expected in lines[0]


@pytest.mark.parametrize(
    ("arguments", "variables", "expected"),
    [
        (["--namespace", "a.b"], {}, "namespace must be"),
        (["--environment", "dev"], {}, "environment must be one of staging, production, default: 'dev'"),
        ([], {"NATS_URL": "http://x"}, "NATS_URL must be like"),
        ([], {"NATS_CREDS": "nowhere.creds"}, "does not exist"),
        (["--context", "{"], {}, "context is not JSON"),
        (["--timeout", "0"], {}, "connect_timeout must be"),
        (["--id", "a\r\nX: y"], {}, "--id must be"),
    ],
)
def test_wrong_settings_are_one_line(arguments: list[str], variables: dict[str, str], expected: str) -> None:
    done = command("send", "--error", "x", *arguments, variables=variables)
    assert done.returncode == EXIT_USAGE
    assert len(done.stderr.splitlines()) == 1
    assert expected in done.stderr.decode()


def test_without_a_server_it_says_so_at_once_and_does_not_show_the_password() -> None:
    started = time.monotonic()
    done = command("send", "--error", "x", "--json", url="nats://app:hunter2@127.0.0.1:9")
    assert time.monotonic() - started < 10
    assert done.returncode == EXIT_FAILED
    assert b"no NATS server at nats://127.0.0.1:9" in done.stderr
    assert b"hunter2" not in done.stderr + done.stdout
    assert in_json(done)["exit_code"] == EXIT_FAILED


def test_without_a_stream_it_says_how_to_make_one(nats_server: EmbeddedServer, namespace: Namespace) -> None:
    done = command("send", "--error", "x", url=nats_server.url, namespace=namespace.name)
    assert done.returncode == EXIT_FAILED
    assert b"aat stream ensure" in done.stderr


def test_the_canary_arrives_and_is_taken_off_again(nats_server: EmbeddedServer, streams: Namespace) -> None:
    for _ in range(2):
        done = command("test", "--json", url=nats_server.url, namespace=streams.name)
        assert done.returncode == EXIT_OK, done.stderr
        shown = in_json(done)
        assert (shown["arrived"], shown["duplicate"], shown["removed"]) == (True, False, True)
        assert shown["milliseconds"] > 0
        assert shown["stats"]["published"] == 1
    assert reports(nats_server.url, streams) == []


def test_the_canary_says_what_is_wrong_and_what_to_do(
    nats_server: EmbeddedServer, namespace: Namespace
) -> None:
    done = command("test", url=nats_server.url, namespace=namespace.name)
    assert done.returncode == EXIT_FAILED
    assert b"aat stream ensure" in done.stderr
    done = command("test", "--json")
    assert done.returncode == EXIT_FAILED
    assert "NATS_URL" in in_json(done)["advice"]


def test_signatures_of_a_report_on_standard_input() -> None:
    report = b'{"error": "boom", "context": {"file": "app.py", "line": 42}}'
    shown = in_json(command("signature", "--json", stdin=report))
    assert shown["exact"] == "42f54925969cf284dceb74309390ef89fc086d3f0ff3b0995420a1a5f4872130"
    assert shown["stable"].startswith("s1-")
    plain = command("signature", stdin=report).stdout.decode().split()
    assert plain == ["exact", shown["exact"], "stable", shown["stable"]]


CART = {
    "error": "ValueError: cart 7 is empty",
    "stack": (
        'Traceback (most recent call last):\n  File "/srv/shop/cart.py", line 12, in pay\n'
        '    raise ValueError(f"cart {n} is empty") from exc\nValueError: cart 7 is empty\n'
    ),
}


def written(folder: Path, name: str, **changes: object) -> str:
    path = folder / name
    path.write_text(json.dumps(CART | changes), encoding="utf-8")
    return str(path)


def test_a_signature_is_explained_in_words() -> None:
    report = json.dumps(CART).encode()
    shown = in_json(command("signature", "--json", "--explain", stdin=report))
    assert shown["explanation"] == {
        "signature": shown["stable"],
        "type": "ValueError",
        "frame": 'cart.pay: raise ValueError(f"cart {n} is empty")from exc',
        "template": "cart * is empty",
        "causes": [],
        "members": [],
        "fingerprint": [],
    }
    plain = command("signature", "--explain", stdin=report).stdout.decode().splitlines()
    assert plain[1] == f"stable  {shown['stable']}"
    assert plain[2:] == [
        "type: ValueError",
        'frame: cart.pay: raise ValueError(f"cart {n} is empty")from exc',
        "message template: cart * is empty",
    ]


def test_two_reports_of_one_bug_are_said_to_be_one(tmp_path: Path) -> None:
    one = written(tmp_path, "one.json")
    two = written(tmp_path, "two.json", error="ValueError: cart 8 is empty")
    shown = in_json(command("signature", "--json", one, two))
    assert (shown["is_same"], shown["differences"]) == (True, [])
    assert shown["reports"][0]["stable"] == shown["reports"][1]["stable"]
    assert b"one bug" in command("signature", one, two).stdout


def test_why_two_reports_differ_is_said_without_what_a_terminal_obeys(tmp_path: Path) -> None:
    one = written(tmp_path, "one.json")
    stack = CART["stack"].replace("in pay", "in refund\x1b]0;x\x07")
    done = command("signature", "--explain", one, "-", stdin=json.dumps(CART | {"stack": stack}).encode())
    assert done.returncode == EXIT_OK
    assert b"\x1b" not in done.stdout
    last = done.stdout.decode().splitlines()[-2:]
    assert last[0] == "the two have different stable signatures: they count as two bugs"
    assert last[1].startswith("frame: cart.pay: raise")
    assert "cart.refund\\x1b" in last[1]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("a.json", "b.json", "c.json"), "at most two reports"),
        (("-", "-"), "at most two reports"),
        (("no-such.json",), "cannot read 'no-such.json'"),
    ],
)
def test_what_cannot_be_compared_is_said(arguments: tuple[str, ...], words: str) -> None:
    done = command("signature", *arguments)
    assert done.returncode == EXIT_USAGE
    assert words in done.stderr.decode()
    assert done.stderr.count(b"\n") == 1
