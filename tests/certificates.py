"""Make a certificate authority and a server's certificate for one test; nothing of them exists before it."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest


class Certificates(NamedTuple):
    """Files of an authority and of the server that it vouches for."""

    ca: Path
    cert: Path
    key: Path


_NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")


def make_certificates(folder: Path) -> Certificates:
    """Let an authority of our own vouch for 127.0.0.1."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    folder.mkdir()
    ca, ca_key = folder / "ca.pem", folder / "ca.key"
    cert, key, wanted = folder / "server.pem", folder / "server.key", folder / "server.csr"
    _openssl(
        *("req", "-x509", *_NEW_KEY, "-keyout", ca_key, "-out", ca, "-subj", "/CN=tests", "-days", "2"),
        # Since 3.13 Python wants to see what an authority may do.
        *("-addext", "keyUsage=critical,keyCertSign,cRLSign"),
    )
    _openssl("req", "-new", *_NEW_KEY, "-keyout", key, "-out", wanted, "-subj", "/CN=127.0.0.1")
    extensions = folder / "extensions"
    extensions.write_text(
        "subjectAltName=IP:127.0.0.1\nbasicConstraints=CA:FALSE\nauthorityKeyIdentifier=keyid\n"
    )
    _openssl(
        *("x509", "-req", "-in", wanted, "-CA", ca, "-CAkey", ca_key, "-CAcreateserial"),
        *("-days", "2", "-extfile", extensions, "-out", cert),
    )
    return Certificates(ca, cert, key)


def _openssl(*words: str | Path) -> None:
    subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)
