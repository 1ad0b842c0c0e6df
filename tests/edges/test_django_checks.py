"""Django's checks, and its servers' start, say what is wrong with the settings before any error does."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("django")

from tests.edges.pages import blocks_of
from tests.edges.test_django_servers import MANAGE, ROOT

OURS = "'aat_reporters.django.ErrorReportMiddleware'"
APP = "INSTALLED_APPS += ['aat_reporters.django']\n"
HANDLER = """
LOGGING = {{
    "version": 1,
    "handlers": {{
        "console": {{"class": "logging.StreamHandler", "level": "DEBUG"}},
        "errors": {{"class": "aat_reporters.logging.ErrorReportHandler"{}}},
    }},
}}
"""


def manage(folder: Path, settings: str, *command: str) -> tuple[int, str]:
    """Run manage.py of a project with more settings; give its exit code and what it said on stderr."""
    (folder / "shop_settings.py").write_text("from tests.edges.django_project.settings import *\n" + settings)
    (folder / "manage.py").write_text(MANAGE)
    done = subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "XDG_STATE_HOME": str(folder / "state")},
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.returncode, done.stderr


def test_right_settings_have_nothing_to_say(tmp_path: Path) -> None:
    settings = APP + "AAT = {'namespace': 'shop', 'environment': 'staging'}\n" + HANDLER.format("")
    assert manage(tmp_path, settings, "check", "--fail-level", "WARNING") == (0, "")


@pytest.mark.parametrize(
    ("aat", "words"),
    [
        ("{'namespace': 'a b'}", "'a b'"),
        ("{'name_space': 'shop'}", "unknown key in the framework's settings: 'name_space'"),
        ("['shop']", "AAT must be a dict of settings: list"),
    ],
)
def test_a_wrong_setting_is_an_error_that_names_the_key(tmp_path: Path, aat: str, words: str) -> None:
    code, said = manage(tmp_path, f"{APP}AAT = {aat}\n", "check")
    assert code == 1
    assert "(aat.E001)" in said
    assert words in said


@pytest.mark.parametrize(
    ("identity", "settings"),
    [
        ("aat.W001", f"MIDDLEWARE += [{OURS}]\n"),
        ("aat.W002", f"MIDDLEWARE.remove({OURS})\n"),
        ("aat.W003", HANDLER.format(", 'namespace': 'another'")),
        ("aat.W004", HANDLER.format(", 'level': 'WARNING'")),
    ],
)
def test_a_mistake_is_a_warning(tmp_path: Path, identity: str, settings: str) -> None:
    code, said = manage(tmp_path, APP + settings, "check")
    assert code == 0
    assert said.count("(aat.") == 1
    assert f"({identity})" in said
    assert manage(tmp_path, f"{APP}{settings}SILENCED_SYSTEM_CHECKS += ['{identity}']\n", "check") == (0, "")


@pytest.mark.parametrize(
    "settings",
    [
        "NAME = 'shop'\nAAT = {'namespace': NAME}\n"
        + HANDLER.format(", 'namespace': 'ext://shop_settings.NAME'"),
        "LOGGING_CONFIG = None\nLOGGING = 'my own'\n",
        "LOGGING = None\n",
    ],
    ids=["reference", "by-itself", "none"],
)
def test_logging_that_is_written_otherwise_is_no_mistake(tmp_path: Path, settings: str) -> None:
    assert manage(tmp_path, APP + settings, "check", "--fail-level", "WARNING") == (0, "")


def test_middleware_that_cannot_be_imported_is_left_to_django(tmp_path: Path) -> None:
    settings = APP + "MIDDLEWARE.append('shop.no_such.Middleware')\n"
    assert manage(tmp_path, settings, "check", "--fail-level", "WARNING") == (0, "")


def test_runserver_refuses_wrong_settings_in_a_check(tmp_path: Path) -> None:
    code, said = manage(
        tmp_path, APP + "AAT = {'namespace': 'a b'}\n", "runserver", "--noreload", "127.0.0.1:0"
    )
    assert code == 1
    assert "(aat.E001)" in said


def test_runserver_refuses_wrong_settings_without_the_app(tmp_path: Path) -> None:
    """Nothing of ours is imported when checks run: the start fails where Django loads the middleware."""
    settings = "AAT = {'namespace': 'a b'}\n"
    assert manage(tmp_path, settings, "check") == (0, "")
    code, said = manage(tmp_path, settings, "runserver", "--noreload", "127.0.0.1:0")
    assert code == 1
    assert "ImproperlyConfigured: the settings of aat_reporters cannot be used: namespace" in said


def test_a_wrong_setting_is_told_by_logging_before_any_check(tmp_path: Path) -> None:
    code, said = manage(tmp_path, "AAT = {'name_space': 'shop'}\n" + HANDLER.format(""), "check")
    assert code == 1
    assert "Unable to configure handler 'errors'" in said
    assert "'name_space'" in said


def test_the_settings_that_the_documentation_shows_are_right(tmp_path: Path) -> None:
    shown = [block for block in blocks_of("edges/django.md") if "import" not in block]
    assert len(shown) == 4
    settings = "MIDDLEWARE.pop(0)\n" + "".join(shown)
    assert manage(tmp_path, settings, "check", "--fail-level", "WARNING") == (0, "")
