"""An allowed report that makes the agent try what it may not is on record, and raises a security event."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from aat_consumer.operate.server import EmbeddedServer
from aat_reporters.wire import Namespace
from tests.claude_place import KEY, NEEDS_CLAUDE, OUTCOME, PROGRAM, call
from tests.scripted_api import ScriptedApi, conversations
from tests.shop import Shop, make_shop

pytestmark = NEEDS_CLAUDE


@pytest.fixture
def shop(tmp_path: Path, nats_server: EmbeddedServer, namespace: Namespace) -> Shop:
    """Make a shop whose agent is the real claude program."""
    made = make_shop(tmp_path, namespace=namespace, url=nats_server.url)
    file = made.folder / "aat.toml"
    text = re.sub(
        r'kind = "command"\ncommand = .*', f'kind = "claude"\ncommand = ["{PROGRAM}"]', file.read_text()
    )
    file.write_text(text)
    return made


def test_what_the_agent_was_denied_is_in_the_result_and_raises_an_event(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.publish(shop.report(), message_id="m1")
    reading = call("Read", file_path="/etc/hostname")
    with ScriptedApi(conversations({"": [reading, OUTCOME]})) as api:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", api.url)
        monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
        steps = shop.work()

    ((_, result),) = shop.results()
    assert result["permission_denials"] == ['Read {"file_path": "/etc/hostname"}']
    task_id = str(result["task_id"])
    ((_, event),) = shop.stored(shop.namespace.security, shop.namespace.denied_subject(task_id))
    assert event["denials"] == result["permission_denials"]
    assert (event["reason"], event["count"]) == ("permission_denied", 1)
    assert (event["task_id"], event["signature"]) == (task_id, result["signature"])
    names = [step for step, _ in steps]
    assert names.index("denied") < names.index("result") < names.index("acknowledged")


def test_a_run_within_its_bounds_raises_nothing(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.publish(shop.report(), message_id="m1")
    with ScriptedApi(conversations({"": [OUTCOME]})) as api:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", api.url)
        monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
        shop.work()
    assert shop.stored(shop.namespace.security, f"{shop.namespace.name}.security.>") == []
