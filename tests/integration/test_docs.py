"""What the docs say of commands is what the commands say."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

import jsonschema

ROOT = Path(__file__).parents[2]


def test_the_page_of_commands_is_what_help_prints() -> None:
    written = runpy.run_path(str(ROOT / "scripts" / "write_commands.py"))
    page = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    assert page == written["text"](), "run: python scripts/write_commands.py"


def test_every_command_has_a_schema_and_every_schema_a_command() -> None:
    written = runpy.run_path(str(ROOT / "scripts" / "write_commands.py"))
    commands = {" ".join(path) for path, _ in written["leaves"](written["aat"])}
    schema = json.loads((ROOT / "docs" / "json-schema.json").read_text())
    assert set(schema["$defs"]) == commands
    jsonschema.Draft202012Validator.check_schema(schema)
