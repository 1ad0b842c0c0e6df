"""Make the stable signature of facts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from aat_reporters.signature._facts import LogLine, Place, read
from aat_reporters.signature._failure import Failure
from aat_reporters.signature._failure_key import FailureKey, failure_key
from aat_reporters.signature._file_names import stable_name
from aat_reporters.signature._masks import mask
from aat_reporters.signature._message_key import message_key
from aat_reporters.signature._normal_form import digest
from aat_reporters.signature._source_template import templates

__all__ = ["Identity", "identity", "stable"]

_WORD = re.compile(r"[^\W\d_]{2,}")
_HOLE = re.compile(r"%(?:\(\w{1,60}\))?[-+ #0-9.*]{0,8}[a-zA-Z]|\{[^{}]{0,60}\}")

#: The word of a fingerprint that stands for the signature that would have been made without it.
_DEFAULT = re.compile(r"\{\{\s{0,9}default\s{0,9}\}\}")


class Identity(NamedTuple):
    """Hold what a signature was made of.

    Args:
        failure: the key of an error; None for a line of a log.
        place: file and function as they count, for what has no frames; else empty.
        message: the template.
        fingerprint: the words that replace all else.
        signature: the value.
    """

    failure: FailureKey | None
    place: tuple[str, str]
    message: str
    fingerprint: tuple[str, ...]
    signature: str


def stable(facts: Mapping[str, object]) -> str:
    """Give the stable signature: the same for every occurrence of one bug, another for another bug.

    Args:
        facts: the keys of this package's docstring; anything missing or of a wrong type is as empty.

    Returns:
        ``s1-`` and 32 hex digits. Never raises, and takes bounded time whatever the facts hold.
    """
    return identity(facts).signature


def identity(facts: Mapping[str, object]) -> Identity:
    """Give the signature together with what it was made of."""
    known = read(facts)
    place = ("", "")
    if known.log is not None or not known.failure.frames:
        place = (stable_name(known.place.file), known.place.function)
    if known.log is not None:
        key, message = None, _said(known.log, known.place, known.failure.message)
        parts = ["log", *place, message]
    else:
        key = failure_key(known.failure)
        message = key.message
        parts = key.parts()
        if not known.failure.frames:
            parts += ["in", *place]
    signature = digest(parts)
    fingerprint: tuple[str, ...] = ()
    words = [signature if _DEFAULT.fullmatch(word) else word for word in known.fingerprint]
    if any(word != signature for word in words):
        signature = digest(["fingerprint", *words])
        fingerprint = known.fingerprint
    return Identity(failure=key, place=place, message=message, fingerprint=fingerprint, signature=signature)


def _said(log: LogLine, place: Place, message: str) -> str:
    """Give the template of a log line: the one it was called with, or the one in its source line."""
    if (log.template,) in templates(place.code):
        return log.template
    if log.has_arguments:
        # "%s" alone says nothing: then what was filled in is the message.
        return mask(log.template if _WORD.search(_HOLE.sub("", log.template)) else message).text
    frame_less = Failure(type="", message=log.template)
    return message_key(frame_less, code=place.code)
