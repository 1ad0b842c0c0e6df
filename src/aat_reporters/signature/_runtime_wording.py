"""Cut what runtimes add to their own messages: hints, and values in a form that masks do not know."""

from __future__ import annotations

import re

__all__ = ["without_additions"]

_HINT = re.compile(
    r"(?:[.;:]? ?(?:Did you mean|Perhaps you meant|Did you forget to import)\b.{0,200}"
    r"|\s*\(\d{1,6} sub-exceptions?\)|\s*\(Background on this error at: [^)]{0,200}\))",
    re.S,
)
_MAY_HINT = re.compile(r"Did you |Perhaps you meant|sub-exception|\(Background on ")
#: What Elixir shows of a value that nothing matched.
_UNMATCHED = re.compile(
    r"(no (?:match of right hand side value|(?:case|with|try|cond) clause matching): ).{1,4000}", re.S
)
#: A name that an enumeration does not have; what stands before it is code.
_CONSTANT = re.compile(r"([Nn]o enum constant (?:[\w$]{1,100}\.){1,20})[\w$]{1,100}")
#: What JavaScript shows of a value that is no number.
_NO_NUMBER = re.compile(r"(Cannot convert ).{1,200}?( to a BigInt)")
#: The number of the process that wrote a line to the system's log.
_PROCESS = re.compile(
    r"(\A(?:[A-Z][a-z]{2} {1,2}\d{1,2} [\d:]{5,8} \S{1,80} )?(?!error|status|code|exit)[\w./-]{2,80}\[)"
    r"\d{1,9}(?=\]:)"
)
#: What the log of a Go program begins a line with: level, day, time and thread.
_KLOG = re.compile(r"\A[EWIF]\d{4} [\d:.]{8,20} +\d{1,9} ([\w.-]{1,60}):\d{1,7}(?=\] )")


def without_additions(text: str) -> str:
    """Cut hints such as ``Did you mean``, values that nothing matched, and the name that an enum lacks."""
    if _MAY_HINT.search(text):
        text = _HINT.sub("", text)
    if "no " in text:
        text = _UNMATCHED.sub(r"\1*", text)
    if "enum constant" in text:
        text = _CONSTANT.sub(r"\1*", text)
    if "BigInt" in text:
        text = _NO_NUMBER.sub(r"\1*\2", text)
    if "] " in text:
        text = _KLOG.sub(r"\1", text)
    if "]:" in text:
        text = _PROCESS.sub(r"\1*", text)
    return text
