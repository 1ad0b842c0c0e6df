"""Reduce a file's path to what stays the same from deployment to deployment."""

from __future__ import annotations

import re
from functools import lru_cache

__all__ = ["is_typed_in", "stable_name"]

#: Characters of a path that are looked at; the name is at its end.
_MAX_PATH = 500

_QUERY = re.compile(r"[?#].*\Z", re.S)
_PARTS = re.compile(r"([.\-_~@+])")
_VERSION = re.compile(r"v?\d+\Z", re.I)
_HASH = re.compile(r"(?:(?=[^\W_]*\d)(?:[0-9a-f]{6,64}|[0-9A-Za-z]{8,64})|[0-9a-f]{8,64})\Z", re.I)
_UUID = re.compile(r"[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}", re.I)

#: What some bundlers put before the extension: eight characters that may be joints themselves.
_BUNDLE_HASH = re.compile(r"[-.](?=[\w-]{0,7}\d)(?=[\w-]{0,7}[A-Z])[\w-]{8}(?=\.\w{1,5}\Z)")

#: Words that name one build of a bundle, not the bundle.
_BUILD_WORDS = frozenset({"min", "prod", "production", "dev", "development", "bundle", "chunk"})


#: What code is said to come from that somebody typed in: each Python and each tool has names of its own.
PROMPT = "<stdin>"
_TYPED_IN = re.compile(r"<(?:stdin|console|(?:python|ipython)-input\b[\w-]{0,80})>(?:-\d{1,9})?\Z")

#: The number that generated code gets, as in ``<template 7>``.
_COUNTED = re.compile(r"[ -]\d{1,9}(?=>|\Z)")


def is_typed_in(file: str) -> bool:
    """Say whether a file's name is that of code from an interactive prompt."""
    return file.startswith("<") and bool(_TYPED_IN.match(file))


@lru_cache(maxsize=1024)
def stable_name(path: str) -> str:
    """Give the last component without query, content hash and version.

    ``https://cdn.example.com/a/app.3f9a2c1b.js?v=7`` becomes ``app.js``. A name that is nothing but a
    hash or number keeps its extension alone, as ``*.py``.
    """
    name = _QUERY.sub("", path[-_MAX_PATH:]).replace("\\", "/").rstrip("/").rpartition("/")[2]
    if name.startswith("<"):
        return PROMPT if is_typed_in(name) else _COUNTED.sub("", name)
    name = _BUNDLE_HASH.sub("", _UUID.sub("", name))
    pieces = _PARTS.split(name)
    last = len(pieces) - 1
    kept: list[str] = []
    for index in range(0, len(pieces), 2):
        piece = pieces[index]
        is_extension = index == last and last > 0 and not piece.isdigit()
        if not is_extension and (_VERSION.match(piece) or _HASH.match(piece) or piece in _BUILD_WORDS):
            continue
        if kept and index:
            kept.append(pieces[index - 1])
        elif index == last and last > 0:
            kept.append("*.")
        kept.append(piece)
    return "".join(kept) or "*"
