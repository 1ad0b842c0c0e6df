"""Collect the codes and names that masking one message keeps."""

from __future__ import annotations

import re

__all__ = ["REACH", "Kept"]

#: Characters before and behind a value that decide what it is.
REACH = 48

#: Values of one message whose surroundings are looked at; in a longer list all the others are data.
_MAX_LOOKS = 24

_LETTER = re.compile(r"[A-Za-z]")


class Kept:
    """Collect what one pass keeps."""

    __slots__ = ("_looks", "codes", "has_code_words", "names")

    def __init__(self) -> None:
        self._looks = _MAX_LOOKS
        #: Whether the text holds words behind which even a plain word is a code, as in ``status: gone``.
        self.has_code_words = True
        self.codes: list[str] = []
        self.names: list[str] = []

    def may_look(self, before: str) -> bool:
        """Say whether what stands before a value can make it identity, and is worth the look."""
        if self._looks <= 0 or not _LETTER.search(before):
            return False
        self._looks -= 1
        return True

    def code(self, value: str) -> str:
        self.codes.append(value)
        return value

    def name(self, value: str) -> str:
        self.names.append(value)
        return value
