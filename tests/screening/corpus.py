"""Read the attacks and harmless texts that were written blind for this project.

Nobody who wrote them had seen a rule; what was caught at first sight is in docs/screening.md. The families
marked ``held_out`` are never trained on, and their texts were not looked at to change a rule.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

__all__ = ["rows"]


def rows(name: str) -> list[dict[str, Any]]:
    """Return the rows of ``attacks`` or ``benign``."""
    text = Path(__file__).with_name(f"{name}.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]
