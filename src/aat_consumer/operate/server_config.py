"""Write the configuration of a nats-server for a small machine: values in, text out.

Each namespace gets an account of its own, which shares nothing with the others: no subject, no stream,
and no room in the store.
"""

from __future__ import annotations

from dataclasses import dataclass

from aat_consumer.permissions import User, as_blocks, users
from aat_consumer.streams import plan_streams
from aat_reporters.errors import SettingsError
from aat_reporters.wire import DEFAULT_QUEUE, Namespace

__all__ = ["Machine", "password_variables", "server_config", "service_unit"]

_MIB = 1024 * 1024

#: Percent of the disk that streams may take: system, logs and the server's own files need the rest.
STORE_PERCENT = 60

#: Percent of the store that the limits of all streams together may reach.
RESERVED_PERCENT = 80

#: Percent of the memory at which Go's collector works hard, and at which the system ends the server.
SOFT_MEMORY_PERCENT = 60
HARD_MEMORY_PERCENT = 80

#: MiB for streams held in memory; ours are all in files.
MEMORY_STORE_MIB = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """Say what the server runs on.

    Args:
        memory_bytes: of the whole machine; at least 256 MiB.
        disk_bytes: of the whole disk.
        listen: the address that clients connect to.
        certificate: path of the certificate chain; empty for plain text.
        key: path of its key.
    """

    memory_bytes: int = 1024 * _MIB
    disk_bytes: int = 10_000_000_000
    listen: str = "127.0.0.1:4222"
    certificate: str = ""
    key: str = ""

    def __post_init__(self) -> None:
        """Refuse what no server could be run with."""
        if self.memory_bytes < 256 * _MIB:
            raise SettingsError(f"memory must be at least 256 MiB: {self.memory_bytes} bytes")
        if bool(self.certificate) != bool(self.key):
            raise SettingsError("TLS needs a certificate and its key: give --tls-cert and --tls-key")
        for path in (self.certificate, self.key):
            if '"' in path or not path.isprintable():
                raise SettingsError(f"the path of a TLS file must not hold quotes or line ends: {path!r}")

    @property
    def store_bytes(self) -> int:
        """Give the room for streams, in whole MiB."""
        return self.disk_bytes * STORE_PERCENT // 100 // _MIB * _MIB

    @property
    def is_local(self) -> bool:
        """Tell whether only programs of the same machine can connect."""
        return self.listen.startswith(("127.", "localhost:", "[::1]:"))


def server_config(machine: Machine, namespaces: tuple[Namespace, ...]) -> str:
    """Write nats-server.conf.

    Args:
        machine: what the server runs on.
        namespaces: each gets an account with the users of ``aat init --nats-permissions``, and one for
            people, who may do everything in it.

    Raises:
        SettingsError: their streams do not fit into the store.
    """
    reserved = sum(spec.max_bytes for namespace in namespaces for spec in plan_streams(namespace))
    room = machine.store_bytes * RESERVED_PERCENT // 100
    if reserved > room:
        raise SettingsError(
            f"{len(namespaces)} namespaces reserve {reserved // _MIB} MiB, and {RESERVED_PERCENT} % of the "
            f"store are {room // _MIB} MiB: take a larger --disk, or fewer namespaces"
        )
    share = room // len(namespaces) // _MIB
    tls = f'tls {{ cert_file: "{machine.certificate}", key_file: "{machine.key}" }}\n'
    accounts = "\n".join(_account(namespace, share) for namespace in namespaces)
    return (
        f"# {len(namespaces)} namespaces; their streams reserve {reserved // _MIB} of "
        f"{machine.store_bytes // _MIB} MiB.\n"
        "server_name: aat\n"
        f'listen: "{machine.listen}"\n'
        + (tls if machine.certificate else "")
        + "# Monitoring asks for no password, so it stays on this machine.\n"
        'http: "127.0.0.1:8222"\n'
        "max_payload: 1MB\n"
        "jetstream {\n"
        '  store_dir: "/var/lib/nats"\n'
        f"  max_mem: {MEMORY_STORE_MIB}MB\n"
        f"  max_file: {machine.store_bytes // _MIB}MB\n"
        "}\n"
        "# Passwords come from the environment of the service.\n"
        f"accounts {{\n{accounts}\n}}\n"
    )


def password_variables(namespaces: tuple[Namespace, ...]) -> tuple[str, ...]:
    """Name the variables from which the server reads its users' passwords."""
    return tuple(
        variable
        for namespace in namespaces
        for variable in (*(user.password_variable for user in _users(namespace)), _admin_variable(namespace))
    )


def service_unit(machine: Machine, *, program: str = "/usr/local/bin/nats-server") -> str:
    """Write the systemd unit; it writes nowhere but into its own folder.

    Args:
        machine: what the server runs on.
        program: absolute path of nats-server.
    """
    soft = machine.memory_bytes * SOFT_MEMORY_PERCENT // 100 // _MIB
    hard = machine.memory_bytes * HARD_MEMORY_PERCENT // 100 // _MIB
    return f"""[Unit]
Description=NATS server of aat-reporters
Documentation=https://docs.nats.io
Wants=network-online.target
After=network-online.target

[Service]
User=nats
Group=nats
EnvironmentFile=/etc/nats/passwords.env
Environment=GOMEMLIMIT={soft}MiB
ExecStart={program} -c /etc/nats/nats-server.conf
ExecReload=/bin/kill -HUP $MAINPID
Restart=always
RestartSec=2
TimeoutStopSec=30
StateDirectory=nats
StateDirectoryMode=0700
UMask=0077
LimitNOFILE=65536
MemoryMax={hard}M
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectControlGroups=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
CapabilityBoundingSet=

[Install]
WantedBy=multi-user.target
"""


def _account(namespace: Namespace, share_mib: int) -> str:
    name = namespace.name
    return (
        f'  "{name}" {{\n'
        f"    jetstream {{ max_file: {share_mib}MB }}\n"
        "    users: [\n"
        f"{as_blocks(_users(namespace))}\n"
        "    # admin: for people; everything within the account\n"
        f'    {{ user: "{name}-admin", password: ${_admin_variable(namespace)} }}\n'
        "    ]\n"
        "  }"
    )


def _users(namespace: Namespace) -> tuple[User, ...]:
    return users(namespace, task_names=(DEFAULT_QUEUE,))


def _admin_variable(namespace: Namespace) -> str:
    return f"{namespace.name.upper().replace('-', '_')}_ADMIN_PASSWORD"
