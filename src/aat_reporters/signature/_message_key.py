"""Choose the part of a failure's message that says which failure it is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from aat_reporters.signature import _vocabulary as words
from aat_reporters.signature._failure import Failure
from aat_reporters.signature._masks import MAX_MESSAGE, mask
from aat_reporters.signature._sentences import sentence, template
from aat_reporters.signature._site import immediate_caller
from aat_reporters.signature._source_template import Template, called_with_literal, templates

__all__ = ["message_key"]

#: Characters of a message that are masked.
_MAX_MASKED = MAX_MESSAGE * 20

#: Ends of types whose message names a piece of code, which is identity even where a template has a hole.
_NAMES_CODE = ("AttributeError", "NameError", "UnboundLocalError", "ImportError", "ModuleNotFoundError")

#: End of types whose message is the repr of a key, which is data.
_IS_KEY = "KeyError"

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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """Hold what a source line tells about the messages it makes.

    Args:
        raises: it is a ``raise`` of the program's own.
        asserts: it is an assertion.
        is_worded: it holds literals at all.
        candidates: templates to try, and whether their static text may make a code of what fills them.
    """

    raises: bool = False
    asserts: bool = False
    is_worded: bool = False
    candidates: tuple[tuple[Template, bool], ...] = ()


_NO_LINE = _Line()


@lru_cache(maxsize=2048)
def _line(code: str) -> _Line:
    """Read a line once; one that fails does so again and again.

    A template that makes up the whole message is preferred to one that is a part of it, as in
    ``raise ApiError(404, f"item {n} gone")``.
    """
    found = templates(code)
    worded = [template for template in found if _WORD.search(" ".join(template))]
    return _Line(
        raises=bool(_RAISES.search(code)),
        asserts=bool(_ASSERTS.search(code)),
        is_worded=bool(found),
        candidates=tuple(
            (template, words.makes_codes("\0".join(template)))
            for template in [*worded, *(("", *template, "") for template in worded)]
        ),
    )


def message_key(failure: Failure, *, code: str = "") -> str:
    """Give the template of a failure's message, with the codes and names that are identity.

    The source line decides if it holds a literal that fits the message; otherwise masks do, and of a
    failure whose place is known only the words of a sentence stay.

    Args:
        failure: what is described.
        code: the line that wrote the message, for a failure without frames.
    """
    innermost = failure.frames[0] if failure.frames else None
    code = innermost.code if innermost is not None else code
    line = _line(code) if code else _NO_LINE
    message = failure.message
    reduced = sentence if failure.frames else template
    if failure.type.endswith(_IS_KEY):
        if code and not line.raises:
            return ""
        message = _without_quotes(message)
        if not code and " " not in message:
            return ""
    if line.asserts:
        message = _REWRITTEN.sub("", message)
        if not line.is_worded:
            return ""
    fitting = _fitting(line, message)
    if fitting is None:
        return reduced(message[:_MAX_MASKED])
    names_code = failure.type.endswith(_NAMES_CODE)
    is_library = innermost is not None and not innermost.is_in_app
    kept: list[str] = []
    if names_code or is_library or fitting.may_hold_code:
        masked = mask(message[:_MAX_MASKED])
        if names_code and masked.names:
            return reduced(message[:_MAX_MASKED])
        kept = [*masked.codes, *masked.names] if is_library else list(masked.codes)
        static = "".join(fitting.template)
        kept = [value for value in kept if value not in static]
    kept.extend(_wording(failure, fitting.holes))
    return "*".join(fitting.template) + "".join([f"|{value}" for value in kept])


def _without_quotes(message: str) -> str:
    match = _REPR.match(message)
    return match[2] if match else message


class _Fitting(NamedTuple):
    """A template that made a message, the data in its holes, and whether a code may be among it."""

    template: Template
    holes: tuple[str, ...]
    may_hold_code: bool


def _fitting(line: _Line, message: str) -> _Fitting | None:
    """Give the template that made the message."""
    for candidate, makes_codes in line.candidates:
        holes = _holes(candidate, message)
        if holes is not None:
            # Masking takes longer than all the rest, and finds no code in most data.
            may_hold_code = bool(holes) and (makes_codes or words.may_be_code("\0".join(holes)))
            return _Fitting(template=candidate, holes=holes, may_hold_code=may_hold_code)
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
