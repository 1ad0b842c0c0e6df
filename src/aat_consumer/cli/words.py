"""Write what strangers chose, such as releases, message ids and field names, so that it stays harmless.

Whoever causes an error chooses these; an agent may read the output of every command.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

__all__ = ["moment", "moment_of_seconds", "name_of", "problem_of"]

#: Characters kept of a name: ours are shorter, and few words fit.
MAX_NAME_CHARACTERS = 64

#: What a name may hold; spaces are what makes sentences.
_NOT_NAME = re.compile(r"[^A-Za-z0-9._+/:@<>\[\]-]")

_KEYS = (
    "error|stack|timestamp|id|type|level|logger|environment|release|server|frames|causes|signature|schema"
    "|task_id|priority|description|assigned_to"
)
_PROBLEM = re.compile(
    r"the (?:report|task) (?:is not JSON|is not UTF-8|must be a JSON object: [a-z ]{1,12}"
    r"|nests deeper than \d+ levels|has more than \d+ bytes|has \d+ bytes; at most \d+ are read)"
    r"|the key '(?:error|description)' is missing"
    rf"|(?:{_KEYS}|context(?:\.(?:file|line|function))?) "
    r"(?:must not be empty|must be an? (?:string|object|list|number)(?:: [a-z ]{1,12})?"
    r"|nests deeper than \d+ levels|has \d+ entries; at most \d+ are read|holds a NUL character at \d+"
    r"|holds an unpaired surrogate at \d+"
    r"|must be an RFC 3339 time|must be \d+|must be one of [a-z, ]{1,40})"
)


def name_of(value: object, *, characters: int = MAX_NAME_CHARACTERS) -> str:
    """Give a short name in letters, digits and ``._+/:@<>[]-``; everything else becomes ``_``.

    Args:
        value: what a stranger chose.
        characters: kept of it; subjects are longer than names.
    """
    return _NOT_NAME.sub("_", str(value or ""))[:characters]


def problem_of(problem: object) -> str:
    """Give the part of a decoding problem that is our own words; the rest quotes the report."""
    match = _PROBLEM.match(str(problem or ""))
    return match[0] if match else "a key of it is not as it must be"


def moment(value: object) -> str:
    """Write a time in UTC to the second; what is none stays empty."""
    try:
        known = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except ValueError:
        return ""
    return known.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def moment_of_seconds(seconds: float) -> str:
    """Write a time, given in seconds since the epoch, in UTC to the second."""
    return moment(datetime.fromtimestamp(seconds, tz=UTC))
