"""Choose the part of a failure's message that says which failure it is."""

from __future__ import annotations

import re

from aat_reporters.signature._failure import Failure
from aat_reporters.signature._masks import MAX_MESSAGE, mask
from aat_reporters.signature._site import immediate_caller
from aat_reporters.signature._source_template import Template, called_with_literal, templates

__all__ = ["message_key"]

#: Types whose message names a piece of code, which is identity even where a template has a hole.
_NAMES_CODE = re.compile(r"(?:AttributeError|NameError|UnboundLocalError|ImportError|ModuleNotFoundError)\Z")

#: Types whose message is the repr of a key, which is data.
_IS_KEY = re.compile(r"KeyError\Z")

#: Functions that raise for their caller, who supplies the wording.
_GUARD = re.compile(
    r"_*(?:require|ensure|check|assert|validate|expect|must|verify|demand|guard|fail|abort|die|bail|reject|deny|enforce|need"
    r"|raise|throw|precondition|invariant|forbid|refuse)(?:_|[A-Z]|d\b|s\b|\Z)"
)

_WORD = re.compile(r"[^\W\d_]{2,}")
_RAISES = re.compile(r"\braise\b")
_ASSERTS = re.compile(r"\bassert\b")
_REPR = re.compile(r"""(['"])(.*)\1\Z""", re.S)
#: What pytest writes behind an assertion's own message.
_REWRITTEN = re.compile(r"\nassert .*", re.S)


def message_key(failure: Failure, *, code: str = "") -> str:
    """Give the template of a failure's message, with the codes and names that are identity.

    The source line decides if it holds a literal that fits the message; otherwise masks do.

    Args:
        failure: what is described.
        code: the line that wrote the message, for a failure without frames.
    """
    innermost = failure.frames[0] if failure.frames else None
    code = innermost.code if innermost is not None else code
    message = failure.message
    if _IS_KEY.search(failure.type):
        if code and not _RAISES.search(code):
            return ""
        message = _without_quotes(message)
        if not code and " " not in message:
            return ""
    if code and _ASSERTS.search(code):
        message = _REWRITTEN.sub("", message)
        if not templates(code):
            return ""
    fitting = _fitting(templates(code), message) if code else None
    masked = mask(message[: MAX_MESSAGE * 20])
    if fitting is None or (masked.names and _NAMES_CODE.search(failure.type)):
        return masked.text
    template, holes = fitting
    kept = list(masked.codes)
    if innermost is not None and not innermost.is_in_app:
        kept.extend(masked.names)
    static = "".join(template)
    kept = [value for value in kept if value not in static]
    kept.extend(_wording(failure, holes))
    return "*".join(template) + "".join([f"|{value}" for value in kept])


def _without_quotes(message: str) -> str:
    match = _REPR.match(message)
    return match[2] if match else message


def _fitting(candidates: tuple[Template, ...], message: str) -> tuple[Template, tuple[str, ...]] | None:
    """Give the template that made the message, and the data in its holes.

    One that makes up the whole message is preferred to one that is a part of it, as in
    ``raise ApiError(404, f"item {n} gone")``.
    """
    worded = [template for template in candidates if _WORD.search(" ".join(template))]
    for template in [*worded, *(("", *template, "") for template in worded)]:
        if (holes := _holes(template, message)) is not None:
            return template, holes
    return None


def _holes(template: Template, message: str) -> tuple[str, ...] | None:
    """Match piece after piece from the left, in linear time."""
    if len(template) == 1:
        return () if template[0] == message else None
    if not message.startswith(template[0]):
        return None
    position = len(template[0])
    end = len(message) - len(template[-1])
    if end < position or not message.endswith(template[-1]):
        return None
    holes: list[str] = []
    for piece in template[1:-1]:
        found = message.find(piece, position, end)
        if found < 0:
            return None
        holes.append(message[position:found])
        position = found + len(piece)
    return (*holes, message[position:end])


def _wording(failure: Failure, holes: tuple[str, ...]) -> list[str]:
    """Give the holes that a caller of a guard filled with words of its own."""
    caller = immediate_caller(failure.frames)
    if caller is None or not caller.code or not holes:
        return []
    function = failure.frames[0].function.rpartition(".")[2]
    literals, arguments = called_with_literal(caller.code, function)
    if not literals or (arguments < 2 and not _GUARD.match(function)):
        return []
    return [hole for hole in holes if hole in literals and _WORD.search(hole)]
