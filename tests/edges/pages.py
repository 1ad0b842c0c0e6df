"""Give what the pages of the documentation show, for the tests that run it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"


def text_of(page: str) -> str:
    """Read a page by its path below ``docs``."""
    return (ROOT / "docs" / page).read_text(encoding="utf-8")


def blocks_of(page: str, language: str = "python") -> list[str]:
    """Give the blocks of code of a page in their order."""
    return re.findall(rf"^```{language}\n(.*?)^```", text_of(page), flags=re.DOTALL | re.MULTILINE)


def shown(page: str) -> dict[str, Any]:
    """Run the code of a page, from its top to its end, and give the names it made."""
    names: dict[str, Any] = {}
    exec("\n".join(blocks_of(page)), names)
    return names
