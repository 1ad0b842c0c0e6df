"""The slash command that ``aat init`` writes, run by the real ``claude`` program with the real commands."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from aat_consumer.operate.server import EmbeddedServer
from aat_reporters.wire import Namespace
from tests.claude_place import KEY, NEEDS_CLAUDE, call
from tests.scripted_api import ApiFailure, RecordedRequest, Reply, Script, ScriptedApi, ToolCall, Turn
from tests.shop import Shop, make_shop

pytestmark = NEEDS_CLAUDE

MISTAKE, REPAIR = "sum(prices) / len(prices)", "sum(prices) / max(len(prices), 1)"


@pytest.fixture
def shop(tmp_path: Path, nats_server: EmbeddedServer, namespace: Namespace) -> Shop:
    shop = make_shop(tmp_path, namespace=namespace, url=nats_server.url)
    done = shop.aat("init", "--yes", "--namespace", namespace.name, "--json")
    assert done.returncode == 0, done.stderr
    return shop


def bash(command: str) -> Turn:
    return call("Bash", command=command)


def following(steps: Sequence[Turn]) -> Script:
    """Let the model take one error, then these steps, with TOKEN as the first command printed it."""

    def script(request: RecordedRequest) -> Reply:
        if "Bash" not in request.tool_names:
            return Turn(text="a title")  # the program asks beside for what it shows to people
        if request.turns_taken == 0:
            return bash("aat errors next --json --environment staging")
        results = request.tool_results()
        try:
            token = str(json.loads(results[0].splitlines()[0])["token"])
        except ValueError:
            return ApiFailure(status=400, message=f"no token in {results[0]!r}")
        if request.turns_taken > len(steps):
            return Turn(text="done")
        step = steps[request.turns_taken - 1]
        return Turn(
            calls=tuple(
                ToolCall(
                    name=one.name,
                    input={name: str(value).replace("TOKEN", token) for name, value in one.input.items()},
                )
                for one in step.calls
            )
        )

    return script


def process_errors(shop: Shop, api: ScriptedApi) -> dict[str, Any]:
    """Run the slash command as a person without a terminal would, and give the program's own account."""
    environment = shop.environment()
    environment |= {
        "PATH": f"{Path(sys.executable).parent}:{environment['PATH']}",
        "ANTHROPIC_API_KEY": KEY,
        "ANTHROPIC_BASE_URL": api.url,
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        "CLAUDE_CODE_MAX_RETRIES": "0",
        "DISABLE_AUTOUPDATER": "1",
    }
    done = subprocess.run(
        ["claude", "-p", "--output-format", "json", "--permission-mode", "acceptEdits"],
        input="/process_nats_errors",
        cwd=shop.folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    account = json.loads(done.stdout)
    assert isinstance(account, dict)
    assert (done.returncode, account["is_error"]) == (0, False), (account, done.stderr)
    return account


def test_an_error_is_taken_fixed_published_and_acknowledged(shop: Shop) -> None:
    shop.publish(shop.report(), message_id="shell-1")
    file = str(shop.folder / "shop.py")
    steps = [
        bash("aat status publish TOKEN --status researching --findings 'an empty cart'"),
        call("Read", file_path=file),
        call("Edit", file_path=file, old_string=MISTAKE, new_string=REPAIR),
        bash("aat result publish TOKEN --kind fixed --solution 'divide by at least one'"),
        bash("aat errors ack TOKEN"),
    ]
    with ScriptedApi(following(steps)) as api:
        account = process_errors(shop, api)
    assert account["permission_denials"] == []
    ((kind, result),) = shop.results()
    assert (kind, result["solution"]) == ("fixed", "divide by at least one")
    assert REPAIR in (shop.folder / "shop.py").read_text()
    statuses = shop.stored(shop.namespace.investigations, f"{shop.namespace.name}.investigation.status.>")
    assert [body["status"] for _, body in statuses] == ["started", "researching", "fixed"]
    assert shop.is_settled()
    first = api.requests[0].text
    assert "Work on one error that a running program reported." in first


def test_an_error_that_cannot_be_worked_on_is_given_back(shop: Shop) -> None:
    shop.publish(shop.report(), message_id="shell-1")
    with ScriptedApi(following([bash("aat errors nak TOKEN")])) as api:
        account = process_errors(shop, api)
    assert account["permission_denials"] == []
    assert shop.results() == []
    assert not shop.is_settled()


def test_the_command_may_run_nothing_but_what_it_names(shop: Shop) -> None:
    """A report that talks the model into more is refused by the program."""
    shop.publish(shop.report(), message_id="shell-1")
    steps = [bash("aat quarantine drop TOKEN --yes"), bash(f"cat /etc/hostname > {shop.folder}/seen")]
    with ScriptedApi(following(steps)) as api:
        account = process_errors(shop, api)
    refused = [denial["tool_input"]["command"].split()[0] for denial in account["permission_denials"]]
    assert refused == ["aat", "cat"]
    assert not (shop.folder / "seen").exists()
