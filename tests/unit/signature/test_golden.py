"""Signatures that were given once are given for ever, or the prefix changes.

To add vectors after a new family was judged: ``python -m tests.unit.signature.test_golden``. It keeps
every value that is there; a changed one is a wire change and needs the prefix ``s2-``.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from sysconfig import get_paths

import pytest

from aat_reporters.signature import exact, stable

_FILE = Path(__file__).parent / "golden.json"
_VECTORS: list[dict[str, object]] = json.loads(_FILE.read_text("utf-8")) if _FILE.exists() else []


@pytest.mark.parametrize("vector", _VECTORS, ids=lambda vector: str(vector["name"]))
def test_signatures_never_change(vector: dict[str, object]) -> None:
    facts = vector["facts"]
    assert isinstance(facts, dict)
    assert (stable(facts), exact(facts)) == (vector["stable"], vector["exact"])


def test_there_are_vectors_of_every_family_of_stacks() -> None:
    assert len(_VECTORS) >= 100


def _write() -> None:
    from tests.unit.signature.test_families import ALL

    known = {vector["name"]: vector for vector in _VECTORS}
    for family in ALL:
        name = family.name
        if "endless" in name or name in known:
            continue
        written = json.dumps(family.members[0].facts)
        # The vectors hold no path of the machine that wrote them.
        for here, there in ((get_paths()["stdlib"], "/usr/lib/python3.11"), (sys.prefix, "/opt/venv")):
            written = written.replace(here, there)
        facts = json.loads(written)
        known[name] = {"name": name, "facts": facts, "stable": stable(facts), "exact": exact(facts)}
    _FILE.write_text(json.dumps(list(known.values()), indent=1, ensure_ascii=True) + "\n", "utf-8")


if __name__ == "__main__":
    _write()
