"""Read what shells write about callers, and the many ``file:line`` notations of others."""

from __future__ import annotations

import re

from aat_reporters.signature._failure import Failure, Frame
from aat_reporters.signature._file_names import stable_name
from aat_reporters.signature.stacks._lines import split_type

__all__ = ["parse"]

#: ``at main (/srv/backup.sh:7)``, ``7 main /srv/backup.sh`` as bash's ``caller`` says it, and the like.
_NOTATIONS = (
    re.compile(
        r"\s*(?:at|in|from) (?P<function>[\w:.-]{1,100}) ?\((?P<file>[^\s():]{1,400}):(?P<line>\d"
        r"{1,9})\)\s*\Z"
    ),
    re.compile(
        r"\s*(?:at|from)?\s*(?P<line>\d{1,9}) (?P<function>[\w:.-]{1,100}) (?P<file>[^\s:]{1,400})\s*\Z"
    ),
    re.compile(
        r"\s*(?:at|in|from)?\s*(?P<file>[^\s:()]{1,400}\.(?:ba|z|k"
        r"|da)?sh):(?:line )?(?P<line>\d{1,9}):?\s*(?:in "
        r"|at )?(?P<function>[\w:.-]{1,100})?(?:\(\))?\s*\Z"
    ),
    re.compile(
        r"\s*(?:at|in|from) (?P<function>[\w:.-]{1,100})(?:\(\))?(?:,| in"
        r"| at)? (?P<file>[^\s:()]{1,400}):(?:line )?(?P<line>\d{1,9})\s*\Z"
    ),
)


def parse(lines: list[str], error: str, *, line: int | None) -> Failure | None:
    """Read a list of places.

    Args:
        lines: the stack.
        error: what the report says.
        line: the failing line. Where the first place names another one, the list holds callers only,
            and the report's own place is the site.
    """
    for text in lines[:200]:
        for notation in _NOTATIONS:
            if found := notation.match(text):
                kind, message = split_type(error)
                is_site = line is None or int(found["line"]) == line
                frame = Frame(module=stable_name(found["file"]), function=found["function"] or "")
                return Failure(type=kind, message=message, frames=(frame,) if is_site else ())
    return None
