"""Every edge of a process comes to the settings of the framework that runs in it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from aat_reporters.errors import SettingsError
from aat_reporters.opening import open_reporter

DJANGO = """
import json, logging
from pathlib import Path
from django.conf import settings
settings.configure(
    AAT={configuration},
    BASE_DIR=Path.cwd(),
    LOGGING={{
        "version": 1,
        "handlers": {{"errors": {{"class": "aat_reporters.logging.ErrorReportHandler"}}}},
        "root": {{"handlers": ["errors"]}},
    }},
)
import django
django.setup()
used = logging.getLogger().handlers[0]._reporter.settings
print(json.dumps([used.namespace.name, used.environment, used.project_root]))
"""


def run_django(configuration: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", DJANGO.format(configuration=configuration)],
        cwd=folder,
        env={**os.environ, "NATS_NAMESPACE": "from-environment", "AAT_ENVIRONMENT": "staging"},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_a_handler_in_a_django_project_uses_the_project_s_settings(tmp_path: Path) -> None:
    pytest.importorskip("django")
    done = run_django("{'namespace': 'shop'}", tmp_path)
    assert done.stderr == ""
    assert json.loads(done.stdout) == ["shop", "staging", str(tmp_path)]


def test_a_mistake_in_the_project_s_settings_is_told_at_start_up(tmp_path: Path) -> None:
    pytest.importorskip("django")
    done = run_django("['shop']", tmp_path)
    assert done.returncode == 1
    assert "AAT must be a dict of settings: list" in done.stderr


def test_arguments_win_over_the_framework_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NATS_NAMESPACE", "from-environment")
    monkeypatch.setenv("AAT_ENVIRONMENT", "staging")
    monkeypatch.setenv("AAT_RELEASE", "r-env")
    framework = {"namespace": "from-framework", "environment": "production"}
    reporter = open_reporter({"namespace": "from-argument", "spool": ""}, framework=framework)
    used = reporter.settings
    reporter.close()
    assert (used.namespace.name, used.environment, used.release) == ("from-argument", "production", "r-env")


def test_an_unknown_key_of_the_framework_is_named() -> None:
    with pytest.raises(SettingsError, match=r"unknown key in the framework's settings: 'namspace'"):
        open_reporter({}, framework={"namspace": "shop"})
