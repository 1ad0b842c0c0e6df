"""Hold what commands really print with --json against docs/json-schema.json."""

from __future__ import annotations

import copy
import functools
import importlib.util
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

SCHEMA = Path(__file__).parents[1] / "docs" / "json-schema.json"


@functools.cache
def schemas(*, is_closed: bool) -> dict[str, Any]:
    """Give the schemas of all commands; closed ones refuse what is not described."""
    known: dict[str, Any] = json.loads(SCHEMA.read_text())["$defs"]
    return {name: _closed(copy.deepcopy(schema)) for name, schema in known.items()} if is_closed else known


def _closed(schema: Any) -> Any:
    if isinstance(schema, dict):
        if "properties" in schema:
            schema.setdefault("additionalProperties", False)
        for value in schema.values():
            _closed(value)
    elif isinstance(schema, list):
        for value in schema:
            _closed(value)
    return schema


def check(words: Sequence[str], stdout: str, *, is_closed: bool = False) -> None:
    """Fail where a line is not as the schema of its command says; a command without one is passed over.

    Args:
        words: the command and its arguments.
        stdout: what it printed.
        is_closed: what is printed must also be described.
    """
    jsonschema = pytest.importorskip("jsonschema") if is_closed else _validator()
    if jsonschema is None:
        return
    known = schemas(is_closed=is_closed)
    schema = known.get(" ".join(words[:2])) or known.get(words[0])
    assert schema is not None or not is_closed, f"describe aat {' '.join(words[:2])} in {SCHEMA.name}"
    for line in stdout.splitlines() if schema is not None else ():
        jsonschema.validate(json.loads(line), schema)


def _validator() -> Any:
    """Give the validator, which whoever runs a few tests by hand may not have; tox has it."""
    return importlib.import_module("jsonschema") if importlib.util.find_spec("jsonschema") else None
