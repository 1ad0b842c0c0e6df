"""Build the bubblewrap command line that a bounded program runs in.

Inside, the system is read-only, the working copy and HOME are writable, ``/tmp`` is private and everything
else - other homes, the user's repository, the consumer's own files - is not there. The process-id namespace
takes every process down with its first one. Capabilities are dropped, also for root.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

__all__ = ["find_bwrap", "sandboxed", "tool_folders"]

_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/nix/store")

#: What programs need of /etc. An allow-list, because /etc also holds keys and the credentials of services.
_ETC = (
    *("alternatives", "bash.bashrc", "ca-certificates", "ca-certificates.conf", "crypto-policies"),
    *("debian_version", "fonts", "gai.conf", "group", "host.conf", "hostname", "hosts", "inputrc"),
    *(
        "java*",
        "ld.so.cache",
        "ld.so.conf",
        "ld.so.conf.d",
        "locale.alias",
        "localtime",
        "magic",
        "mime.types",
    ),
    *("nsswitch.conf", "os-release", "passwd", "perl", "php", "pki/ca-trust", "pki/tls/certs", "profile"),
    *("protocols", "python3*", "resolv.conf", "services", "ssl/certs", "ssl/openssl.cnf", "terminfo"),
    *("timezone", "xattr.conf"),
)

#: Signs that the folder above a ``bin`` is the installation of a tool as a whole.
_INSTALLATION_SIGNS = ("pyvenv.cfg", "conda-meta", "lib/node_modules", "bin/node", "bin/python3")

#: Seconds that a probe of bubblewrap may take; 10 ms are usual.
_PROBE_SECONDS = 10.0

_NAMESPACES = ("--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try", "--die-with-parent")

#: A root without capabilities still writes /proc/sys, and core_pattern there runs a program outside:
#: bubblewrap 0.8 leaves it writable (measured).
_PROC = (
    *("--proc", "/proc", "--ro-bind", "/proc/sys", "/proc/sys"),
    *("--ro-bind-try", "/proc/sysrq-trigger", "/proc/sysrq-trigger"),
)


def find_bwrap() -> str | None:
    """Find a bubblewrap that works here.

    Being installed is not enough: in many containers it may not make namespaces. So it is tried, which blocks
    for about 10 ms; ask once at start-up.
    """
    program = shutil.which("bwrap")
    if program is None:
        return None
    probe = [program, *_NAMESPACES, "--cap-drop", "ALL", *_system(), *_PROC, "--dev", "/dev"]
    probe += ["--unshare-net", "--", "/usr/bin/env", "true"]
    try:
        done = subprocess.run(probe, capture_output=True, timeout=_PROBE_SECONDS, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return program if done.returncode == 0 else None


def sandboxed(
    command: Sequence[str],
    *,
    bwrap: str,
    cwd: Path,
    path: str,
    writable: Iterable[Path],
    readable: Iterable[Path] = (),
    hidden: Iterable[Path] = (),
    network: bool = True,
) -> list[str]:
    """Wrap a command in bubblewrap.

    Args:
        command: the program, as a path that can be started, with its arguments.
        bwrap: the bubblewrap program.
        cwd: the folder to start in; seen read-only unless it lies in a writable one.
        path: the program's PATH; its folders, and the installations they belong to, are readable.
        writable: existing folders the program may change, seen under their own path.
        readable: further folders or files to see, read-only.
        hidden: folders to hide where they lie below something readable; a readable one inside stays visible.
        network: whether the network stays; without it only a loopback of its own.
    """
    options = [*_NAMESPACES, "--cap-drop", "ALL", *_system(), *_etc(), *_PROC]
    options += ["--dev", "/dev", "--tmpfs", "/tmp", "--tmpfs", "/var/tmp", "--dir", "/run"]  # noqa: S108
    if not network:
        options.append("--unshare-net")
    resolver = Path("/etc/resolv.conf").resolve()
    if network and not resolver.is_relative_to("/etc") and resolver.is_file():
        options += ["--ro-bind", str(resolver), str(resolver)]
    options += _view((*tool_folders(command[0], path=path), *readable, cwd), hidden)
    for folder in writable:
        options += ["--bind", str(folder), str(folder)]
    return [bwrap, *options, "--chdir", str(cwd), "--", *command]


def _view(readable: Iterable[Path], hidden: Iterable[Path]) -> list[str]:
    """Mount outer folders before inner ones, so that a tool inside a hidden folder stays visible."""
    kinds = dict.fromkeys(hidden, False) | dict.fromkeys(readable, True)
    visible = dict.fromkeys((Path(system) for system in _SYSTEM), True)
    options: list[str] = []
    for item in sorted(kinds, key=lambda item: len(item.parts)):
        around = next((visible[parent] for parent in item.parents if parent in visible), False)
        if kinds[item] == around:
            continue
        visible[item] = kinds[item]
        if kinds[item]:
            options += ["--ro-bind-try", str(item), str(item)]
        elif item.is_dir():
            options += ["--tmpfs", str(item)]
    return options


def tool_folders(program: str, *, path: str) -> list[Path]:
    """List what a program and those on its PATH need to be seen, beyond the system's own folders.

    A virtual environment, conda environment or Node installation is given whole, with the interpreter that it
    borrows; of any other folder on PATH only the folder itself (``~/.local/bin``, not ``~/.local``).
    """
    found: dict[Path, None] = {}
    for prefix in (sys.prefix, sys.base_prefix):
        found[Path(prefix)] = None
    candidates = [Path(folder) for folder in path.split(os.pathsep) if folder.startswith("/")]
    for folder in candidates:
        if folder.is_dir():
            found.update(dict.fromkeys(_installation(folder)))
    start = Path(program)
    if start.is_absolute():
        found[start] = None
        found.update(dict.fromkeys(_installation(start.parent)) if start.parent in candidates else {})
        found.update(dict.fromkeys(_installation(start.resolve().parent)))
        found[start.resolve()] = None
    return list(found)


def _installation(folder: Path) -> list[Path]:
    """Give the folder of programs, and the whole installation around it where that is plainly one."""
    prefix = folder.parent
    if folder.name == "shims" and prefix != _home():
        return [prefix]  # pyenv, asdf, mise: scripts that look for the real program beside them
    if folder.name != "bin" or prefix == Path("/") or prefix.name == ".local" or prefix == _home():
        return [] if folder in (_home(), Path("/")) else [folder]
    if not any((prefix / sign).exists() for sign in _INSTALLATION_SIGNS):
        return [folder]
    borrowed: list[Path] = []
    interpreter = (folder / "python3").resolve()
    if (prefix / "pyvenv.cfg").is_file() and interpreter.parent.name == "bin":
        borrowed = [interpreter.parent.parent] if interpreter.parent != folder else []
        # It may name its interpreter by links (python3 -> cpython-3.11 -> cpython-3.11.9).
        borrowed += _links_to(folder / "python3")
    return [prefix, *borrowed]


def _links_to(link: Path) -> list[Path]:
    """Follow a chain of links and give the installation of each that it passes through."""
    seen: list[Path] = []
    with contextlib.suppress(OSError):
        while link.is_symlink() and len(seen) < 10:
            link = link.parent / link.readlink()
            if link.parent.name == "bin":
                seen.append(Path(os.path.normpath(link.parent.parent)))
    return [prefix for prefix in seen if prefix != Path("/")]


def _home() -> Path | None:
    try:
        return Path.home()
    except RuntimeError:
        return None


def _system() -> list[str]:
    options: list[str] = []
    for name in _SYSTEM:
        folder = Path(name)
        if folder.is_symlink():
            options += ["--symlink", str(folder.readlink()), name]
        elif folder.is_dir():
            options += ["--ro-bind", name, name]
    return options


def _etc() -> list[str]:
    options: list[str] = []
    for pattern in _ETC:
        for item in sorted(Path("/etc").glob(pattern)):
            options += ["--ro-bind-try", str(item), str(item)]
    return options
