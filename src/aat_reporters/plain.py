"""Turn values of the user's program into values that are safe to keep and to send.

No method of a user's class is ever called: an object nobody knows becomes ``<module.Class>``.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite

__all__ = ["Plain", "plain", "plain_mapping"]

#: What a report may hold, recursively; typed loosely because mypy cannot write it in one line.
Plain = object

#: Characters kept of one value.
MAX_TEXT = 2_000

#: Entries kept of one list or mapping, and levels of them.
MAX_ENTRIES = 50
MAX_LEVELS = 4

#: Bits of a whole number that are kept; Python refuses to write more than 4,300 digits.
MAX_BITS = 4_096

#: Immutable types of the standard library whose ``str`` is theirs alone.
_TEXTUAL = frozenset(
    {
        ("uuid", "UUID"),
        ("decimal", "Decimal"),
        ("fractions", "Fraction"),
        ("datetime", "datetime"),
        ("datetime", "date"),
        ("datetime", "time"),
        ("datetime", "timedelta"),
        ("pathlib", "PosixPath"),
        ("pathlib", "PurePosixPath"),
        ("pathlib._local", "PosixPath"),
        ("ipaddress", "IPv4Address"),
        ("ipaddress", "IPv6Address"),
    }
)


def plain(value: object, levels: int = MAX_LEVELS) -> Plain:
    """Give a copy of a value that holds only text, numbers, booleans, None, lists and mappings.

    Args:
        value: anything.
        levels: how deep lists and mappings are copied.
    """
    kind = type(value)
    if kind is str:
        return value if len(value) <= MAX_TEXT else value[:MAX_TEXT] + "…"  # type: ignore[arg-type, index]
    if kind is int:
        return _number(value)  # type: ignore[arg-type]
    if kind is float:
        # JSON has no word for these; what Python writes in their place other programs refuse.
        return value if isfinite(value) else str(value)  # type: ignore[arg-type]
    if kind is bool or value is None:
        return value
    if isinstance(value, str):
        return plain(str.__str__(value), levels)
    if (kind.__module__, kind.__qualname__) in _TEXTUAL:
        return str(value)
    if isinstance(value, int):
        return _number(int.__index__(value))
    if kind is dict and levels:
        return plain_mapping(value, levels - 1)  # type: ignore[arg-type]
    if kind in (list, tuple, set, frozenset) and levels:
        return [plain(item, levels - 1) for item, _ in zip(value, range(MAX_ENTRIES), strict=False)]  # type: ignore[call-overload]
    return f"<{kind.__module__}.{kind.__qualname__}>"


def _number(value: int) -> Plain:
    return value if value.bit_length() <= MAX_BITS else f"<int of {value.bit_length()} bits>"


def plain_mapping(values: Mapping[str, object], levels: int = MAX_LEVELS) -> dict[str, Plain]:
    """Give a copy of a mapping with plain values; keys that are no strings are left out."""
    copied: dict[str, Plain] = {}
    for key in list(values)[:MAX_ENTRIES]:
        if isinstance(key, str):
            copied[str.__str__(key)[:MAX_TEXT]] = plain(values[key], levels)
    return copied
