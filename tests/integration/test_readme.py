"""What the README shows works as shown."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from aat_consumer import settings_file
from aat_consumer.operate.server import EmbeddedServer
from aat_reporters.wire import Namespace
from tests.shop import make_shop

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = README + (ROOT / "docs" / "tasks.md").read_text(encoding="utf-8")
PYTHON = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)


def test_the_one_line_in_logging_and_the_report_by_hand_arrive(
    tmp_path: Path, nats_server: EmbeddedServer, namespace: Namespace
) -> None:
    shop = make_shop(tmp_path, namespace=namespace, url=nats_server.url)
    log = "import logging, logging.config\nlogging.config.dictConfig(LOGGING)\nlogging.error('disk full')\n"
    for number, code in enumerate((PYTHON[0] + log, PYTHON[1].replace('namespace="shop"', ""))):
        done = subprocess.run(
            [sys.executable, "-c", code],
            env={**shop.environment(), "NATS_NAMESPACE": namespace.name, "AAT_ENVIRONMENT": "staging"},
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")
        found = shop.stored(namespace.error_stream("staging"), namespace.error_subject("staging"))
        assert len(found) == number + 1


def test_the_settings_file_shown_is_one(tmp_path: Path) -> None:
    shown = re.search(r"( {4}# aat\.toml\n.*?)\n\nA fix", README, flags=re.DOTALL)
    assert shown is not None
    text = re.sub(r"^ {4}", "", shown.group(1), flags=re.MULTILINE)
    (tmp_path / "aat.toml").write_text(text)
    assert settings_file.load(folder=tmp_path, environment={}).repository.test_command == "pytest -q"


@pytest.mark.parametrize(
    "command", sorted(set(re.findall(r"aat(?: [a-z]+){1,2}(?=  |\n|`| -| TASK)", PAGES)))
)
def test_every_command_named_exists(command: str) -> None:
    words = command.split()[1:]
    done = subprocess.run(
        [sys.executable, "-m", "aat_consumer", *words, "--help"],
        capture_output=True,
        text=True,
        env={**os.environ, "COLUMNS": "200"},
        timeout=30,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Usage: ")
