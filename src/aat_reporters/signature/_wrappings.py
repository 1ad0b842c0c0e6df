"""Take the sentence out of what it was wrapped in: a JSON line, several arguments, a list of errors."""

from __future__ import annotations

import json
import re

__all__ = ["unwrapped"]

#: Characters of a JSON message that are parsed for its event name.
_MAX_JSON = 16_384
_TUPLE_OF_CODE = re.compile(r"""\((-?\d{1,6}), b?(['"])(.*)\2(?:, .{0,200})?\)\Z""", re.S)
_TUPLE_OF_TEXT = re.compile(r"""\((['"])(.*?)\1, .*\)\Z""", re.S)
_SENTENCE = re.compile(r"""(['"])((?:[^'"\\]|\\.|(?<=\w)'(?=\w)){0,300})\1""")

#: Characters that are looked at for a sentence, and of a value beside it.
_MAX_WRAPPED = 2_000
_MAX_BESIDE = 48


def unwrapped(message: str) -> str:
    """Take the sentence out of a JSON line, of ``str(error)`` with several arguments, of a list of errors."""
    before, arrow, told = message.partition("! => {")
    if arrow and len(told) <= _MAX_JSON and (said := _event_of("{" + told)):
        # Ansible's results.
        return f"{before}: {said}"
    head = message.lstrip()[:1]
    if not head or head not in "{[(":
        return message
    if head == "{" and len(message) <= _MAX_JSON and (said := _event_of(message)):
        return said
    text = message.strip()[:_MAX_WRAPPED]
    if match := _TUPLE_OF_CODE.match(text):
        return f"error code {match[1]}: {match[3]}"
    if (match := _TUPLE_OF_TEXT.match(text)) and " " in match[2]:
        return match[2]
    if text[-1] in "]}":
        sentences = [found[1] for found in _SENTENCE.findall(text) if found[1].count(" ") > 1]
        if sentences:
            return "\n".join(dict.fromkeys(sentences))
    return message


def _event_of(message: str) -> str:
    """Give the event of a JSON log line, with its type and status, or nothing."""
    try:
        record = json.loads(message)
    except (ValueError, RecursionError):
        return ""
    if not isinstance(record, dict):
        return ""
    said = ""
    for key in ("event", "msg", "message", "error", "detail", "title", "description"):
        if isinstance(record.get(key), str) and record[key]:
            said = record[key]
            break
    if not said:
        return ""
    for key in ("type", "exception", "name", "status", "status_code", "statusCode", "code"):
        value = record.get(key)
        if isinstance(value, str | int) and not isinstance(value, bool) and len(str(value)) < _MAX_BESIDE:
            said += f" status {value}" if isinstance(value, int) else f" {value}"
    return said
