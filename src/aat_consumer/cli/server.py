"""Print what a nats-server on a small machine is set up with."""

from __future__ import annotations

import re

import click

from aat_consumer.cli.frame import EXIT_OK, Frame, framed
from aat_consumer.operate.server_config import Machine, password_variables, server_config, service_unit
from aat_reporters.wire import Namespace

__all__ = ["server", "size_bytes"]

_SIZE = re.compile(r"(\d{1,9})\s*([KMGT]i?)B?\Z", re.ASCII | re.IGNORECASE)
_POWERS = {"k": 1, "m": 2, "g": 3, "t": 4}


@click.group()
def server() -> None:
    """Set up a nats-server."""


@server.command(
    epilog="Examples:  aat server config shop blog > nats-server.conf   |   aat server config shop --unit"
    "   |   aat server config shop --listen 0.0.0.0:4222 --tls-cert cert.pem --tls-key key.pem"
)
@click.argument("namespaces", nargs=-1)
@click.option("--memory", default="1GiB", show_default=True, help="Memory of the machine.")
@click.option("--disk", default="10GB", show_default=True, help="Disk of the machine.")
@click.option("--listen", default="127.0.0.1:4222", show_default=True, help="Address and port for clients.")
@click.option("--tls-cert", default="", help="Path of the certificate chain, on the server.")
@click.option("--tls-key", default="", help="Path of its key, on the server.")
@click.option("--unit", is_flag=True, help="Print the systemd unit instead of the configuration.")
@framed
def config(
    frame: Frame,
    *,
    namespaces: tuple[str, ...],
    memory: str,
    disk: str,
    listen: str,
    tls_cert: str,
    tls_key: str,
    unit: bool,
) -> int:
    """Print nats-server.conf, or with --unit the systemd unit, for a small machine.

    NAMESPACES are those of the projects on the server; that of the settings by default. Each gets an
    account with the users that aat init --nats-permissions lists and one for people; the service reads
    their passwords from its environment: docs/server.md.
    Exit codes: 0 printed, 2 the streams do not fit on the disk, or a value cannot be used.
    """
    names = tuple(dict.fromkeys(Namespace(name) for name in namespaces)) or (frame.settings.namespace,)
    machine = Machine(
        memory_bytes=size_bytes(memory),
        disk_bytes=size_bytes(disk),
        listen=_address(listen),
        certificate=tls_cert,
        key=tls_key,
    )
    text = server_config(machine, names)
    if not machine.is_local and not tls_cert:
        frame.say("aat: warning: without --tls-cert passwords and reports cross the network in plain text")
    frame.data(
        {
            "config": text,
            "unit": service_unit(machine),
            "passwords": list(password_variables(names)),
            "store_bytes": machine.store_bytes,
        },
        (service_unit(machine) if unit else text).removesuffix("\n"),
    )
    return EXIT_OK


def size_bytes(value: str) -> int:
    """Read bytes with a unit: 10GB is ten thousand million, 1GiB is 2 to the power of 30.

    Raises:
        click.BadParameter: it is something else.
    """
    match = _SIZE.match(value.strip())
    if match is None:
        raise click.BadParameter(f"{value[:80]!r} is no size such as 512MB, 1GiB or 10GB")
    unit = match[2].lower()
    return int(int(match[1]) * (1024 if unit.endswith("i") else 1000) ** _POWERS[unit[0]])


def _address(value: str) -> str:
    """Check an address with a port.

    Raises:
        click.BadParameter: it is something else.
    """
    if not re.fullmatch(r"(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\]):\d{1,5}", value, re.ASCII):
        raise click.BadParameter(f"{value[:80]!r} is no address and port such as 0.0.0.0:4222")
    return value
