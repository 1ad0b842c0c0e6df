"""What a newcomer runs first."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

from aat_consumer.operate.server import EmbeddedServer
from tests.claude_place import NEEDS_CLAUDE, OUTCOME, call
from tests.scripted_api import ScriptedApi, conversations

PLAIN = {name: value for name, value in os.environ.items() if not name.startswith(("NATS_", "AAT_"))}


def aat(*words: str, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "aat_consumer", *words],
        cwd=cwd,
        env={**PLAIN, "HOME": str(cwd), **variables},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def test_the_demo_shows_the_whole_main_job(tmp_path: Path) -> None:
    done = aat("demo", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr + done.stdout
    steps = [json.loads(line) for line in done.stdout.splitlines()]
    named = [step["step"] for step in steps]
    order = [
        *("server_started", "repository_made", "streams_ready", "published", "fetched", "screened"),
        *("working_copy", "tests_before", "agent_started", "status", "agent_ended", "tests_after"),
        *("committed", "result", "done", "acknowledged", "result_published"),
        *("quarantined", "security_rejected", "duplicate_dropped", "queue_empty"),
    ]
    assert [named.index(step) for step in order] == sorted(named.index(step) for step in order)
    first = {step["step"]: step for step in reversed(steps)}
    assert first["tests_before"]["passed"] is False
    assert first["tests_after"]["passed"] is True
    assert first["result_published"]["branch"].startswith("aat/fix-")
    assert [trailer.split(":")[0] for trailer in first["result_published"]["trailers"]] == [
        "AAT-Task-Id",
        "AAT-Signature",
    ]
    assert first["security_rejected"]["reason"] == "prompt_injection_detected"
    assert first["duplicate_dropped"]["dropped"] is True
    assert first["queue_empty"]["empty"] is True
    assert "stand-in" in done.stderr


def test_the_demo_for_people_prints_no_json(tmp_path: Path) -> None:
    done = aat("demo", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "tests before the fix: red" in done.stdout
    assert "tests after the fix: green" in done.stdout
    assert '{"' not in done.stdout


def test_the_demo_without_the_real_agent_says_how_to_get_it(tmp_path: Path) -> None:
    bare = tmp_path / "bin"
    bare.mkdir()
    (bare / "git").symlink_to(str(shutil.which("git")))
    done = aat("demo", "--agent", "claude", cwd=tmp_path, PATH=str(bare))
    assert done.returncode == 2
    assert "npm install -g @anthropic-ai/claude-code" in done.stderr
    assert "Traceback" not in done.stderr


@NEEDS_CLAUDE
def test_the_demo_with_the_real_agent_and_a_scripted_model(tmp_path: Path) -> None:
    division = "return sum(prices) / len(prices)"
    edit = f"sed -i 's|{division}|{division} if prices else 0.0|' shop/cart.py"
    with ScriptedApi(conversations({"": [call("Bash", command=edit), OUTCOME]})) as api:
        keys = {"ANTHROPIC_BASE_URL": api.url, "ANTHROPIC_API_KEY": "not-a-key"}
        done = aat("demo", "--agent", "claude", "--json", cwd=tmp_path, **keys)
        asked = [request.text for request in api.requests]
    assert done.returncode == 0, done.stderr + done.stdout
    assert asked
    assert not any("attacker.example.com" in text for text in asked)
    assert "stand-in" not in done.stderr


def test_dev_is_ready_and_stops(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "aat_consumer", "dev", "--port", "0", "--json"],
        cwd=tmp_path,
        env={**PLAIN, "HOME": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    ready = json.loads(process.stdout.readline())
    assert ready["step"] == "ready"
    assert ready["nats_url"].startswith("nats://127.0.0.1:")
    assert "dashboard_url" in ready
    listed = aat("stream", "list", "--json", cwd=tmp_path, NATS_URL=ready["nats_url"])
    assert len(listed.stdout.splitlines()) == 10
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)
    assert process.returncode == 0
    gone = aat("stream", "list", cwd=tmp_path, NATS_URL=ready["nats_url"])
    assert gone.returncode == 1
    assert "nothing listens" in gone.stderr


def test_dev_on_a_taken_port_is_told(tmp_path: Path, nats_server: EmbeddedServer) -> None:
    done = aat("dev", "--port", str(nats_server.port), cwd=tmp_path)
    assert done.returncode == 2
    assert f"port {nats_server.port} is taken" in done.stderr
