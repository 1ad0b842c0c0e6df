"""Read the messages that the history is made of; what a stranger put there in another form is passed over."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

__all__ = ["Count", "body_of", "count_of", "number", "seconds", "signature_in", "text"]

#: Without the look for other encodings, which takes a fifth of the time of a small message, and without the
#: looks for white space around it, which take another fifth and find none in what our reporters write.
_decoder = json.JSONDecoder()
_decode, _decode_bare = _decoder.decode, _decoder.raw_decode

#: Characters kept of a signature, a release and a task's id.
MAX_NAME_CHARACTERS = 128

#: Occurrences that one message may count; a reporter sends one a minute and signature.
MAX_MESSAGE_COUNT = 10_000_000


class Count(NamedTuple):
    """One message of OCCURRENCES; times in seconds since the epoch."""

    signature: str
    number: int
    first: float
    last: float
    release: str


def count_of(payload: bytes, *, stored_at: float) -> Count | None:
    """Read a count; None where it is none.

    Args:
        payload: of the message.
        stored_at: seconds since the epoch; a time behind it, of a clock that is wrong, counts as it.
    """
    body = body_of(payload)
    signature, count = signature_in(body), body.get("count")
    if not signature or type(count) is not int:
        return None
    if not 0 < count <= MAX_MESSAGE_COUNT:
        return None
    told_first, told_last = body.get("first_seen"), body.get("last_seen")
    # No min and max, here and in what each count goes through: of a million, the calls take a second.
    first = seconds(told_first) or stored_at
    last = first if told_last == told_first else seconds(told_last) or first
    first = first if first < stored_at else stored_at
    last = last if last < stored_at else stored_at
    release = text(body.get("release"), MAX_NAME_CHARACTERS)
    return Count(signature, count, first, last if last > first else first, release)


def signature_in(body: Mapping[str, Any]) -> str:
    """Read the signature that a message is about; empty where there is none, or what cannot be one."""
    signature = body.get("signature")
    is_one = type(signature) is str and len(signature) <= MAX_NAME_CHARACTERS
    return text(signature, MAX_NAME_CHARACTERS) if is_one else ""


def body_of(payload: bytes) -> Mapping[str, Any]:
    """Read a JSON object; anything else counts as an empty one."""
    try:
        written = payload.decode()
        if written[:1] == "{":
            body, end = _decode_bare(written)
            if end != len(written):
                body = _decode(written)
        else:
            body = _decode(written)
    except (ValueError, RecursionError):
        return {}
    return body if type(body) is dict else {}


def seconds(value: object) -> float:
    """Read an RFC 3339 time with a zone as seconds since the epoch; 0 where it is none."""
    if type(value) is not str:
        return 0.0
    try:
        known = datetime.fromisoformat(value)
        at = known.timestamp() if known.tzinfo is not None else 0.0
        return at if at > 0 else 0.0
    except (ValueError, OverflowError, OSError):
        return 0.0


def number(value: object) -> float:
    """Read a number that is not negative; 0 where it is none."""
    return float(value) if type(value) in (int, float) and 0 <= value < 1e12 else 0.0  # type: ignore[operator,arg-type]


def text(value: object, most: int) -> str:
    """Read the start of a text, without the halves of characters that no encoder takes."""
    if type(value) is not str:
        return ""
    if value.isascii():
        return value[:most]
    return value[:most].encode("utf-8", "replace").decode("utf-8")
