"""List every string of a report, and the joins over which a payload may have been cut."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from aat_consumer.screening.limits import LimitPassedError, Limits

__all__ = ["Field", "joins", "read_fields"]

#: Longest path kept of a field; a hostile key can be as long as the report.
PATH_CHARACTERS = 120

#: Shortest text that is tried as JSON inside a string.
JSON_CHARACTERS = 8

#: Most characters that one field may add to a join: longer fields are read on their own.
JOIN_PART_CHARACTERS = 2_000

#: Functions of a stack whose names may form a sentence; more of them are a real stack.
LEAST_NAMES, MOST_NAMES = 3, 30

#: Lines of the form ``name: value`` of which a text may consist.
LEAST_LINES, MOST_LINES = 2, 40

_QUOTED_VALUE = re.compile(r"\b[A-Za-z][\w.\-]{0,40}=\"((?:[^\"\n\\]|\\.){2,400})\"")
_LINE_VALUE = re.compile(r"^[ \t]{0,8}[\"']?[A-Za-z_][\w.\-]{0,30}[\"']?: (.{2,300})$", re.MULTILINE)
_PLACE_NAME = re.compile(r"^[\w.]{1,80} in [\w.<>]{1,80}$|^at [\w.<>$]{1,100} \(|^File \"")
#: A frame with words where the name of a function belongs.
_IN_FRAME = re.compile(r"^at ([\w',;.]{1,40}(?: [^\s()]{1,40}){1,30}) \([^()\s]{1,300}:\d{1,9}\)$")
_FUNCTION = re.compile(
    r"line \d{1,9}, in (\w{2,80})|\bat (?:\w{1,40}\.)?(\w{2,80}) \(|^(?:main|\w{1,40})\.(\w{2,80})\(0x",
    re.MULTILINE,
)
_HUMP = re.compile(r"[A-Z][a-z]+|[a-z]+|[A-Z]+(?![a-z])")
_FRAME = re.compile(r'^\s*(?:File "|at |goroutine |Traceback |\.\.\. |from /|#\d+ )')
_PREFIX = re.compile(r"^(?:[\w.$]{1,120}?(?:Error|Exception|Warning|Exit|Interrupt|Fault|Failure))(?::\s+|$)")
_CODE = re.compile(
    r"^\s*(?:raise|return|import|def|class|if|for|with|try|[\w.\[\]'\"]{1,80}\s*=|[\w.]{1,80}\()"
)
_ANCHOR = re.compile(
    r"^[\w./:+\-]{0,200}\d[\w./:+\-]{0,200}$|^[\w.\-]{0,100}(?:/[\w.\-]{0,100})+$|^<[\w ]{1,40}>$"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """Hold one string of a report with its path."""

    path: str
    text: str


def read_fields(report: object, *, limits: Limits) -> list[Field]:
    """Return every string of a report in order, keys included.

    Args:
        report: any value; mappings, lists and tuples are walked without recursion, JSON inside a
            string as well, bytes are read as UTF-8, other values by their ``str``.
        limits: how deep, how many and how long the strings may be.

    Raises:
        LimitPassedError: more strings, levels or characters than the limits allow.
    """
    found: list[Field] = []
    characters = 0
    stack: list[tuple[str, object, int]] = [("", report, 0)]
    while stack:
        path, value, depth = stack.pop()
        if depth > limits.depth:
            raise LimitPassedError(used=depth, limit=limits.depth, unit="levels")
        children: list[tuple[str, object, int]] = []
        match value:
            case str():
                found.append(Field(path=path, text=value))
                characters += len(value)
                inner = _parsed(value) if depth == 0 else None
                if inner is not None:
                    children.append(("", inner, depth + 1))
            case Mapping():
                for key, child in value.items():
                    name = key if isinstance(key, str) else repr(key)
                    below = f"{path}.{name}"[:PATH_CHARACTERS].lstrip(".")
                    if not name.isidentifier() or len(name) > 2 * len("signature"):
                        children.append((f"{path}.<key>".lstrip("."), name, depth + 1))
                        below = f"{path}.<value>".lstrip(".")
                    children.append((below, child, depth + 1))
            case list() | tuple() | set() | frozenset():
                children += [(f"{path}[{place}]", child, depth + 1) for place, child in enumerate(value)]
            case bytes() | bytearray():
                children.append((path, bytes(value).decode("utf-8", "replace"), depth))
            case None | bool() | int() | float():
                pass
            case _:
                children.append((path, str(value), depth))
        stack.extend(reversed(children))
        if len(found) + len(stack) > limits.fields:
            raise LimitPassedError(used=len(found) + len(stack), limit=limits.fields, unit="strings")
        if characters > limits.text_characters:
            raise LimitPassedError(used=characters, limit=limits.text_characters, unit="characters")
    return found


def _parsed(text: str) -> object | None:
    """Return the object or list that a whole string holds as JSON."""
    if len(text) < JSON_CHARACTERS or text.lstrip()[:1] not in ("{", "["):
        return None
    try:
        value: object = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        # Not JSON, or nested deeper than the parser goes: the string itself is screened anyway.
        return None
    return value if isinstance(value, (dict, list)) else None


def joins(fields: list[Field]) -> list[Field]:
    """Return what the fields say when read one behind the other.

    Frames, source lines, ids, numbers and paths between two halves are left out, because an attacker
    does not control them; the halves are joined with a space and, for a cut inside a word, without. Also
    read in one piece: the values that look like prose, without the short ones between them; what is quoted
    in a line of ``key="value"``; the values of lines such as ``key: value``; the names of the functions of a
    stack.
    """
    found = _joined_values(fields)
    parts = [Field(path=one.path, text=text) for one in fields if (text := _own_words(one.text))]
    if len(parts) < 2:
        return found
    names = _names(parts)
    joined = [Field(path=names, text=" ".join(part.text for part in parts))]
    glued = parts[0].text
    cut_inside = False
    for before, part in pairwise(parts):
        if before.text[-1:].isalnum() and part.text[:1].isalnum() and before.text[-1] != part.text:
            glued += part.text
            cut_inside = True
        else:
            glued += " " + part.text
    if cut_inside:
        joined.append(Field(path=names, text=glued))
    return joined + found


def _joined_values(fields: list[Field]) -> list[Field]:
    """Return the joins of prose between other values, of values in one text, and of the names in a stack."""
    texts = [(one.path, one.text) for one in fields if len(one.text) <= JOIN_PART_CHARACTERS]
    quoted = [
        (path, match[1].replace('\\"', '"')) for path, text in texts for match in _QUOTED_VALUE.finditer(text)
    ]
    lines = [(path, match[1]) for path, text in texts for match in _LINE_VALUE.finditer(text)]
    if not LEAST_LINES <= len(lines) <= MOST_LINES:
        lines = []
    counts = Counter(text for _, text in texts)
    prose = []
    for path, text in texts:
        inner = _IN_FRAME.search(text)
        text = inner[1] if inner else text
        if " " in text.strip() and counts[text] < 2 and _parsed(text) is None and not _PLACE_NAME.match(text):
            prose.append((path, _PREFIX.sub("", text, count=1)))
    names = [
        (one.path, match[match.lastindex or 1]) for one in fields for match in _FUNCTION.finditer(one.text)
    ]
    if not LEAST_NAMES <= len(names) <= MOST_NAMES:
        names = []
    spelled = [(path, " ".join(_HUMP.findall(name))) for path, name in names]
    return [
        Field(
            path=_names([Field(path=path, text=text) for path, text in one]),
            text=" ".join(text for _, text in one),
        )
        for one in (prose, quoted, lines, spelled)
        if len(one) > 1
    ]


def _names(parts: list[Field]) -> str:
    return "+".join(dict.fromkeys(part.path for part in parts))[:PATH_CHARACTERS]


def _own_words(text: str) -> str:
    """Return the part of a field that a sender could have written freely."""
    if _parsed(text) is not None:
        return ""
    lines = []
    for line in text[:JOIN_PART_CHARACTERS].splitlines():
        if _FRAME.match(line) or _CODE.match(line):
            continue
        line = _PREFIX.sub("", line.strip(), count=1)
        if line and not _ANCHOR.match(line):
            lines.append(line)
    return " ".join(lines)
