"""Read the project's own attack and benign texts, written for it and frozen before the rules were tuned."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

__all__ = ["rows"]


def rows(name: str) -> list[dict[str, Any]]:
    """Return the rows of ``attacks`` or ``benign``."""
    text = Path(__file__).with_name(f"{name}.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]
