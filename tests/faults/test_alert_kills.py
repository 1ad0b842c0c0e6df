"""Alerts are killed again and again while errors come; each error is told, and none by two notifications."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from aat_consumer.jetstream import connect
from aat_consumer.operate.alerts.account import look
from aat_consumer.operate.server import EmbeddedServer
from aat_reporters.connection import Connection
from aat_reporters.wire import Namespace
from tests.integration.receivers import PATIENCE, Receiver, until
from tests.shop import Shop, make_shop

SECRET = "whsec_" + base64.b64encode(b"k" * 32).decode()

pytestmark = pytest.mark.faults

#: Kills, and errors that come meanwhile.
KILLS, ERRORS = 15, 120


def start(shop: Shop) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "aat_consumer", "alert", "run", "--json"],
        cwd=shop.folder,
        env=shop.environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def has_begun(shop: Shop) -> bool:
    ledger = shop.with_server(look)
    return ledger is not None and bool(ledger.cursors)


def told(receiver: Receiver) -> int:
    """Count the alerts of all notifications, those that are beyond the 25 listed ones too."""
    return sum(
        len(body["data"]["alerts"]) + body["data"]["more"] for body in dict(receiver.requests).values()
    )


@pytest.mark.timeout(300)
def test_kills_at_any_moment_lose_and_repeat_nothing(
    nats_server: EmbeddedServer, namespace: Namespace, tmp_path: Path
) -> None:
    shop = make_shop(tmp_path / "shop", namespace=namespace, url=nats_server.url)
    chance = random.Random(8)
    with Receiver(SECRET) as receiver:
        path = shop.folder / "aat.toml"
        path.write_text(
            f'{path.read_text()}\n[alerts]\nwebhook = "{receiver.url}"\nwebhook_secret = "{SECRET}"\n'
            "group_wait = 0\ngroup_interval = 0\nhourly_cap = 1000\n"
        )
        process = start(shop)
        until(lambda: has_begun(shop), "the account is begun")

        async def errors_and_kills() -> None:
            nonlocal process
            js = await connect(Connection(url=shop.url), namespace=namespace, name="test")
            kills = sorted(chance.sample(range(ERRORS), KILLS))
            for number in range(ERRORS):
                subject = namespace.occurrence_subject("production", f"s1-{number:032x}")
                await js.context.publish(subject, json.dumps({"count": 1}).encode())
                if number in kills:
                    # Starting takes a second or two, a turn and a delivery some milliseconds of each second.
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(chance.uniform(0.5, 4.0)):
                            await asyncio.Event().wait()
                    process.kill()
                    process.wait()
                    process = start(shop)
            await js.close()

        asyncio.run(errors_and_kills())
        try:
            until(lambda: told(receiver) >= ERRORS, "every error is told")
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(PATIENCE)
    signatures = [alert["signature"] for alert in receiver.alerts]
    assert told(receiver) == ERRORS
    assert len(signatures) == len(set(signatures))
    copies = len(receiver.requests) - len(dict(receiver.requests))
    # A copy comes only where a kill falls into the milliseconds behind the receiver's yes.
    assert copies <= KILLS / 3
