"""Make keys, tokens and server settings for tests of signing in; nothing of them exists before a test."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nkeys

#: Prefix bytes of nkeys: operator, account, user.
OPERATOR, ACCOUNT, USER = 14 << 3, 0, 20 << 3


@dataclass(frozen=True, slots=True)
class Identity:
    """A key pair: its public name, and the seed that signs."""

    public: str
    seed: bytes

    @classmethod
    def new(cls, prefix: int) -> Identity:
        """Make a key pair of a kind."""
        seed: bytes = nkeys.encode_seed(os.urandom(32), prefix)
        return cls(nkeys.from_seed(bytearray(seed)).public_key.decode(), seed)

    def signed(self, claims: dict[str, Any]) -> str:
        """Give a token that this key has signed, in the form that nats-server reads."""
        claims = {"iss": self.public, "iat": int(time.time()), **claims}
        claims["jti"] = hashlib.sha256(json.dumps(claims).encode()).hexdigest()
        parts = [_encoded(json.dumps(part)) for part in ({"typ": "JWT", "alg": "ed25519-nkey"}, claims)]
        text = ".".join(parts)
        return f"{text}.{_encoded(nkeys.from_seed(bytearray(self.seed)).sign(text.encode()))}"


def nkey_server(user: Identity) -> str:
    """Let one user in by his key."""
    return f'authorization {{ users: [{{ nkey: "{user.public}" }}] }}'


def token_server(operator: Identity, account: Identity) -> str:
    """Let users in whose token an account has signed that the operator knows."""
    system = Identity.new(ACCOUNT)
    own = operator.signed({"sub": operator.public, "nats": {"version": 2, "type": "operator"}})
    tokens = {account: _account_token(operator, account), system: _account_token(operator, system, storage=0)}
    known = ", ".join(f"{one.public}: {token}" for one, token in tokens.items())
    return (
        f"operator: {own}\nsystem_account: {system.public}\nresolver: MEMORY\nresolver_preload: {{ {known} }}"
    )


def _account_token(operator: Identity, account: Identity, *, storage: int = -1) -> str:
    """Sign what an account may do; -1 is without limit, and storage 0 without JetStream."""
    limits: dict[str, int] = dict.fromkeys(
        ("subs", "conn", "leaf", "imports", "exports", "data", "payload"), -1
    )
    limits |= dict.fromkeys(("mem_storage", "disk_storage", "streams", "consumer"), storage)
    about = {"version": 2, "type": "account", "limits": {**limits, "wildcards": True}}
    return operator.signed({"sub": account.public, "nats": about})


def credentials_file(folder: Path, account: Identity, user: Identity) -> Path:
    """Write what users are handed: a token and the seed that proves it is theirs."""
    limits = {"subs": -1, "data": -1, "payload": -1}
    token = account.signed(
        {"name": "U", "sub": user.public, "nats": {"version": 2, "type": "user", **limits}}
    )
    path = folder / "user.creds"
    dashes = "-" * 5
    path.write_text(
        f"{dashes}BEGIN NATS USER JWT{dashes}\n{token}\n{dashes}-END NATS USER JWT{dashes}-\n\n"
        f"{dashes}BEGIN USER NKEY SEED{dashes}\n{user.seed.decode()}\n{dashes}-END USER NKEY SEED{dashes}-\n"
    )
    return path


def _encoded(part: str | bytes) -> str:
    data = part.encode() if isinstance(part, str) else part
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
