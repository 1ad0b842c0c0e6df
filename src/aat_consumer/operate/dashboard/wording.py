"""Write times, numbers and strangers' texts so that people can read them. Pure."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime
from urllib.parse import urlsplit

__all__ = ["ago", "amount", "duration", "link_to", "megabytes", "moment", "shown", "visible"]

#: Characters of one text on a page; the streams keep the rest.
MAX_CHARACTERS = 60_000

_STEERING = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))
_WEB = re.compile(r"https?://[!-~]{1,2000}\Z")


def visible(text: object) -> str:
    """Write what would steer or reorder a text, such as ESC or a bidi override, as an escape one can see."""
    known = str(text if text is not None else "")
    known = known[:MAX_CHARACTERS]
    if known.isprintable():
        return known
    return "".join(
        character if character in "\n\t" or not _steers(character) else _escape(character)
        for character in known
    )


def shown(text: object, most: int = 160) -> str:
    """Write the first line of a text, cut to so many characters."""
    known = visible(str(text or "")[: most + 1]).partition("\n")[0]
    return known if len(known) <= most else known[: most - 1] + "…"


def link_to(address: object) -> str:
    """Give an address that may be linked to: http or https with a host; nothing for any other."""
    if not isinstance(address, str) or not _WEB.match(address):
        return ""
    try:
        return address if urlsplit(address).hostname else ""
    except ValueError:
        return ""


def moment(seconds: float) -> str:
    """Write a time in UTC to the second; nothing for 0."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S") if seconds else ""


def ago(seconds: float, *, now: float) -> str:
    """Write how long ago a time was, in one unit."""
    return f"{duration(max(now - seconds, 0.0))} ago" if seconds else "never"


def duration(seconds: float) -> str:
    """Write a length of time in one unit, such as 3 h."""
    size, unit = next((pair for pair in _UNITS if seconds >= pair[0]), _UNITS[-1])
    return f"{int(seconds // size)} {unit}"


def amount(number: float) -> str:
    """Write a number short enough for a column: 1,234 or 56.7k."""
    if number < 10_000:
        return f"{number:,.0f}"
    if number < 1_000_000:
        return f"{number / 1_000:.1f}k"
    return f"{number / 1_000_000:.1f}M"


def megabytes(number: float) -> str:
    """Write bytes as MiB, or KiB where that is too coarse."""
    return f"{number / 1_048_576:.1f} MiB" if number >= 1_048_576 else f"{number / 1_024:.0f} KiB"


def _steers(character: str) -> bool:
    return unicodedata.category(character) in _STEERING


def _escape(character: str) -> str:
    number = ord(character)
    return (
        f"\\x{number:02x}" if number < 256 else f"\\u{number:04x}" if number < 65_536 else f"\\U{number:08x}"
    )
