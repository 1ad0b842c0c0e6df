"""Make what strangers wrote harmless in a message to people."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["link", "plain", "word"]

#: What chat programs and mail readers take for mentions, links, code or tags, and what stands for it.
_STEERING = str.maketrans({"<": "‹", ">": "›", "@": "＠", "`": "'", "[": "(", "]": ")", "|": "¦", "\\": "/"})

#: What makes an address of a text; a person can still read it.
_ADDRESS = re.compile(r"(?i)(?:[a-z][a-z0-9+.-]{0,20}:(?=//)|\bwww(?=\.)|\bmailto:|\bjavascript:|\bdata:)")

#: Categories of characters that cannot be seen, or reorder what can.
_UNSEEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")

#: What an environment, a release or a rule of the filter may hold in a message.
_NOT_WORD = re.compile(r"[^A-Za-z0-9._+/:-]")

#: Signatures that may become part of a link: ours, and the exact one.
_SIGNATURE = re.compile(r"s[0-9]{1,3}-[0-9a-f]{32}\Z|[0-9a-f]{64}\Z")


def plain(text: object, *, limit: int) -> str:
    """Give one line of visible characters without mentions, tags and live addresses.

    Args:
        text: anything; what is no string counts as empty.
        limit: characters at most.
    """
    if not isinstance(text, str):
        return ""
    # Cut first: a report's text has up to 48 KB, and nobody reads them here.
    seen = "".join(
        " " if character.isspace() else character
        for character in text[: 4 * limit]
        if character.isspace() or unicodedata.category(character) not in _UNSEEN
    )
    shown = _ADDRESS.sub(lambda found: f"{found[0].rstrip(':')}(:)", " ".join(seen.split()))
    shown = shown.translate(_STEERING)
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def word(value: object, *, limit: int = 64) -> str:
    """Give a short name in letters, digits and ``._+/:-``; everything else becomes ``_``."""
    return _NOT_WORD.sub("_", str(value or ""))[:limit]


def link(dashboard: str, signature: str) -> str:
    """Give the address of an issue's page; empty without a dashboard, or for a signature of no known form."""
    if not dashboard or not _SIGNATURE.match(signature):
        return ""
    return f"{dashboard.rstrip('/')}/issues/{signature}"
