"""Turn a list of parts into a signature."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

__all__ = ["PREFIX", "digest"]

#: Version of the rules. A rule that changes values changes this, and golden.json with it.
PREFIX = "s1-"

#: Hex characters behind the prefix: 128 bits.
_LENGTH = 32


def digest(parts: Iterable[str]) -> str:
    """Hash parts so that no two lists of parts meet: each carries its length.

    Args:
        parts: well-formed text; a lone surrogate is hashed as ``?``.
    """
    joined = "".join([f"{len(part)}:{part}" for part in parts])
    return PREFIX + hashlib.sha256(joined.encode("utf-8", "replace")).hexdigest()[:_LENGTH]
