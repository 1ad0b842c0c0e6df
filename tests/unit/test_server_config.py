"""What a server for a small machine is set up with."""

from __future__ import annotations

import re

import pytest

from aat_consumer.cli.server import size_bytes
from aat_consumer.operate.server_config import Machine, password_variables, server_config, service_unit
from aat_reporters.errors import SettingsError
from aat_reporters.wire import Namespace

MIB = 1024 * 1024


def named(*names: str) -> tuple[Namespace, ...]:
    return tuple(map(Namespace, names))


@pytest.mark.parametrize(("memory", "hard"), [(1024, 819), (512, 409)])
def test_the_service_is_ended_before_the_machine_is_out_of_memory(memory: int, hard: int) -> None:
    assert f"MemoryMax={hard}M\n" in service_unit(Machine(memory_bytes=memory * MIB))


def test_monitoring_stays_on_loopback_wherever_clients_connect() -> None:
    text = server_config(Machine(listen="0.0.0.0:4222"), named("shop"))
    assert 'listen: "0.0.0.0:4222"' in text
    assert 'http: "127.0.0.1:8222"' in text


def test_no_password_is_in_the_file() -> None:
    text = server_config(Machine(), named("my-app"))
    passwords = re.findall(r"password: (\S+)", text)
    assert passwords == [f"${name}" for name in password_variables(named("my-app"))]
    roles = ("REPORTER", "CONSUMER", "DASHBOARD", "ALERTS", "OPERATOR", "ADMIN")
    assert password_variables(named("my-app")) == tuple(f"MY_APP_{role}_PASSWORD" for role in roles)


def test_the_default_machine_holds_eight_namespaces() -> None:
    names = [f"n{number}" for number in range(8)]
    server_config(Machine(), named(*names))
    with pytest.raises(SettingsError, match="9 namespaces reserve 4968 MiB, and 80 % of the store are 4577"):
        server_config(Machine(), named(*names, "n8"))


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"certificate": "/a"}, "certificate and its key"),
        ({"key": "/a"}, "certificate and its key"),
        ({"certificate": '/a"', "key": "/b"}, "must not hold quotes"),
        ({"memory_bytes": 1}, "at least 256 MiB"),
    ],
)
def test_what_no_server_can_be_run_with_is_refused(values: dict[str, object], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        Machine(**values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "size"), [("10GB", 10**10), ("1GiB", 2**30), ("512 MB", 512 * 10**6), ("1t", 10**12)]
)
def test_a_size_is_read_as_it_is_sold(text: str, size: int) -> None:
    assert size_bytes(text) == size
