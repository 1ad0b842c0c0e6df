"""The built wheel without extras reports errors and needs nothing but nats-py."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("spacy", "click", "rich", "dotenv", "django", "flask", "celery", "structlog", "sentry_sdk")

needs_the_light_install = pytest.mark.skipif(
    importlib.util.find_spec("spacy") is not None, reason="extras are installed here"
)


def run(*words: str, given: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *words], input=given, capture_output=True, text=True, timeout=60, check=False
    )


@needs_the_light_install
def test_nothing_heavy_is_installed() -> None:
    assert [name for name in HEAVY if importlib.util.find_spec(name)] == []


def test_importing_the_package_imports_neither_nats_nor_asyncio() -> None:
    code = "import sys, aat_reporters; print([m for m in ('nats', 'asyncio', 'ssl') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_signature_of_a_report_is_told_without_a_server() -> None:
    report = {"error": "boom", "context": {"file": "app.py", "line": 42}}
    done = run("aat_reporters", "signature", "--json", given=json.dumps(report))
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["exact"] == "42f54925969cf284dceb74309390ef89fc086d3f0ff3b0995420a1a5f4872130"
    assert found["stable"].startswith("s1-")


def test_no_server_is_one_clear_line() -> None:
    done = run("aat_reporters", "send", "--nats-url", "nats://127.0.0.1:1", "--error", "Error: x")
    assert done.returncode == 1
    assert "127.0.0.1:1" in done.stderr
    assert "Traceback" not in done.stderr


@needs_the_light_install
def test_the_consumer_says_which_extra_it_needs() -> None:
    done = run("aat_consumer", "run")
    assert done.returncode != 0
    assert "aat-reporters[consumer]" in done.stderr
    assert "Traceback" not in done.stderr


@needs_the_light_install
def test_credentials_without_the_package_that_reads_them_are_told_at_once(tmp_path: Path) -> None:
    creds = tmp_path / "user.creds"
    creds.write_text("whatever")
    done = run("aat_reporters", "send", "--nats-creds", str(creds), "--error", "Error: x")
    assert done.returncode == 2
    assert "pip install 'aat-reporters[nkeys]'" in done.stderr
    assert "Traceback" not in done.stderr
