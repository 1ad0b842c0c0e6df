"""Take what facts hold as text, mapping or list; what has the wrong type is as if it were missing."""

from __future__ import annotations

import re
from collections.abc import Mapping

__all__ = ["mapping_of", "names_of", "sequence_of", "text_of"]

#: Characters of a name or path.
_MAX_NAME = 500

_SURROGATE = re.compile("[\ud800-\udfff]|\0")


def text_of(value: object, limit: int = _MAX_NAME) -> str:
    """Give a string as it is published: without NUL and lone surrogates, cut at the limit."""
    if not isinstance(value, str):
        return ""
    text = value[:limit] if len(value) > limit else value
    if text.isascii() and "\0" not in text:
        return text
    return _SURROGATE.sub("\ufffd", text)


def mapping_of(value: object) -> Mapping[str, object]:
    """Give a mapping, empty for anything else."""
    # Nearly all are plain dicts, and asking an abstract class takes five times as long.
    return value if type(value) is dict or isinstance(value, Mapping) else {}


def sequence_of(value: object) -> list[object] | tuple[object, ...]:
    """Give a list or tuple, empty for anything else."""
    return value if isinstance(value, list | tuple) else ()


def names_of(value: object) -> tuple[str, ...]:
    """Give the non-empty strings of a list, at most 100."""
    if not value:
        return ()
    return tuple([text_of(name) for name in sequence_of(value)[:100] if isinstance(name, str) and name])
