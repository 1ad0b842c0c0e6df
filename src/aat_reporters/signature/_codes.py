"""Decide whether a number or word in a message is a status or error code."""

from __future__ import annotations

import re

from aat_reporters.signature import _vocabulary as words

__all__ = ["is_code"]

_STATUS = re.compile(r"[1-5]\d\d\Z")
_NUMBER = re.compile(r"-?\d{1,7}\Z")
_CODE_WORD = re.compile(
    r"(?:(?:ORA|PLS|TNS|SQL|DB)-?\d{3,6}|(?:CS|TS|NU|CA|MSB|AADSTS|LNK|BC|FS|JS)\d{3,6}|0x8[0-9A-Fa-f]{7})[A-Z]?\Z"
)
#: Codes of compilers and the like, which a seat or a room may be called too.
_SHORT_CODE_WORD = re.compile(r"[EFP]\d{3,5}\Z")
_SHORT_CODE_BEFORE = re.compile(r"(?:\A|[\n\[(]|\b(?:error|code|warning|rule|check)s?[\s:#=]{1,2})\Z", re.I)
_CODE_BEFORE = re.compile(r"\bcode[\s:=]{1,3}\Z", re.I)
_ERROR_BEFORE = re.compile(r"\berror\s?#?\Z", re.I)
_SQLSTATE_BEFORE = re.compile(r"(?:SQLSTATE|sqlstate|pgcode|error code)\W{0,3}\Z")


def is_code(core: str, before: str, after: str) -> bool:
    """Say whether a value is a code, by what it looks like and by what stands before and behind it."""
    if _NUMBER.match(core):
        if words.is_code_before(before):
            return True
        if core[0] == "-" and _CODE_BEFORE.search(before):
            return True
        if not _STATUS.match(core):
            return bool(_ERROR_BEFORE.search(before) and words.WEAK_CODE_AFTER.match(after))
        if words.REASON_AFTER.match(after) or words.REQUEST_BEFORE.search(before):
            return True
        return bool(words.is_weak_code_before(before) and words.WEAK_CODE_AFTER.match(after))
    if _CODE_WORD.match(core) or (_SHORT_CODE_WORD.match(core) and _SHORT_CODE_BEFORE.search(before)):
        return True
    return len(core) == 5 and bool(_SQLSTATE_BEFORE.search(before))
