"""How a server is reached, without a secret in any text."""

from __future__ import annotations

import json
import socket
import threading
from pathlib import Path

import pytest

from aat_reporters.connection import Connection
from aat_reporters.errors import NotConnectedError, SettingsError
from aat_reporters.probe import refuse_plain_text


def test_no_secret_stands_in_a_repr() -> None:
    found = Connection(
        url="nats://ann:hidden1@127.0.0.1:4222", user="ann", password="hidden2", token="hidden3"
    )
    assert "hidden" not in repr(found)
    assert "hidden" not in found.server
    assert found.server == "nats://127.0.0.1:4222"


@pytest.mark.parametrize(
    ("settings", "way"),
    [
        ({}, "nothing"),
        ({"url": "nats://a:b@127.0.0.1:4222"}, "url"),
        ({"user": "a", "password": "b"}, "user"),
        ({"token": "t"}, "token"),
        ({"nkey": "SU" + "A" * 56}, "nkey"),
    ],
)
def test_it_tells_how_it_signs_in(settings: dict[str, str], way: str) -> None:
    assert Connection(**settings).signs_in_by == way


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"url": "http://127.0.0.1"}, "NATS_URL must be like"),
        ({"url": "nats://"}, "NATS_URL must be like"),
        ({"url": "nats://127.0.0.1:x"}, "NATS_URL must be like"),
        ({"url": "nats://user:geheim@127.0.0.1:99999"}, "NATS_URL must be like"),
        ({"creds": "/nowhere/x.creds"}, "NATS_CREDS names a file that does not exist"),
        ({"nkey": "/nowhere/seed"}, "NATS_NKEY must be"),
        ({"cert": __file__}, "must be set together"),
        ({"password": "p"}, "without NATS_USER"),
        ({"inbox_prefix": "_INBOX.>"}, "NATS_INBOX_PREFIX must be"),
    ],
)
def test_a_mistake_is_told_at_once_and_without_the_secret(settings: dict[str, str], words: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Connection(**settings)
    assert words in str(caught.value)
    assert "geheim" not in str(caught.value)


def test_a_bare_address_is_a_nats_address() -> None:
    assert Connection(url="127.0.0.1:4222, localhost").servers == [
        "nats://127.0.0.1:4222",
        "nats://localhost",
    ]


def test_a_context_of_the_nats_program_is_read_under_the_environment(tmp_path: Path) -> None:
    folder = tmp_path / "nats" / "context"
    folder.mkdir(parents=True)
    (folder / "dev.json").write_text(
        json.dumps({"url": "nats://127.0.0.1:5", "token": "t", "socks_proxy": "x"})
    )
    environment = {"NATS_CONTEXT": "dev", "XDG_CONFIG_HOME": str(tmp_path)}
    found = Connection.from_values({}, environment=environment)
    assert (found.server, found.token) == ("nats://127.0.0.1:5", "t")
    other = Connection.from_values({}, environment={**environment, "NATS_URL": "nats://127.0.0.1:6"})
    assert other.server == "nats://127.0.0.1:6"


def test_an_unknown_context_is_told(tmp_path: Path) -> None:
    environment = {"NATS_CONTEXT": "none", "XDG_CONFIG_HOME": str(tmp_path)}
    with pytest.raises(SettingsError, match="does not exist: 'none'"):
        Connection.from_values({}, environment=environment)


@pytest.mark.parametrize(
    ("line", "is_refused"),
    [
        (b'INFO {"tls_required":true}\r\n', False),
        (b'INFO {"tls_available":true}\r\n', True),
        (b"INFO {}\r\n", True),
        (b"SSH-2.0\r\n", False),
        (b"", False),
    ],
)
def test_a_server_that_does_not_insist_on_tls_is_refused_before_it_gets_a_secret(
    line: bytes, is_refused: bool
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            with listener.accept()[0] as connection:
                connection.sendall(line)

        thread = threading.Thread(target=answer)
        thread.start()
        connection = Connection(url=f"tls://127.0.0.1:{listener.getsockname()[1]}", token="t")
        if is_refused:
            with pytest.raises(NotConnectedError, match="does not insist on TLS"):
                refuse_plain_text(connection, timeout=2.0)
        else:
            refuse_plain_text(connection, timeout=2.0)
        thread.join()


def test_plain_text_is_fine_where_nobody_asked_for_tls() -> None:
    refuse_plain_text(Connection(url="nats://127.0.0.1:1"), timeout=0.1)
