"""Name exactly the words of a report that a person declared harmless.

The name covers every string of the report with its place, but for values that hold no words: a time, a
UUID, a number. Only forms and spaces of characters are unified; nothing invisible is left out. A report with
the same name is not judged again, but for those values.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping

from aat_consumer.screening.fields import Field, read_fields
from aat_consumer.screening.limits import Limits

__all__ = ["text_hash", "untrusted_part"]

#: Values in which no words fit, and which differ between two reports of the same text.
_NO_WORDS = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+\-]\d\d:\d\d)?"
    r"|[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
    r"|[+\-]?\d{1,15}(?:\.\d{1,15})?"
)
_SPACES = re.compile(r"\s+")


def text_hash(report: Mapping[str, object]) -> str:
    """Return the SHA-256 of a report's words with their places, in hex.

    Raises:
        LimitPassedError: the report is larger than the filter reads.
    """
    named = hashlib.sha256()
    for one in read_fields(report, limits=Limits()):
        if not _NO_WORDS.fullmatch(one.text):
            for part in (one.path, _unified(one)):
                named.update(f"{len(part)}:{part}".encode("utf-8", "surrogatepass"))
    return named.hexdigest()


def untrusted_part(report: Mapping[str, object]) -> dict[str, str]:
    """Return the values that ``text_hash`` leaves out, to be judged on their own."""
    fields = read_fields(report, limits=Limits())
    return {f"value{place}": one.text for place, one in enumerate(fields) if _NO_WORDS.fullmatch(one.text)}


def _unified(one: Field) -> str:
    return _SPACES.sub(" ", unicodedata.normalize("NFC", one.text)).strip()
