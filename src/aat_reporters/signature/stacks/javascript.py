"""Read stacks of V8, SpiderMonkey and JavaScriptCore."""

from __future__ import annotations

import re

from aat_reporters.signature._failure import Failure, Frame
from aat_reporters.signature._file_names import stable_name
from aat_reporters.signature._site import kept_ends
from aat_reporters.signature.stacks._lines import split_header, split_type
from aat_reporters.signature.stacks._wording import settle

__all__ = ["parse"]

#: Behind the last frame Node opens a brace where the error has properties of its own.
_V8 = re.compile(
    r"\s*at (?:(?P<function>(?:async |new )?[^\s(][^(]{0,200}?) \((?P<inner>[^()]{0,600}(?:\([^()"
    r"]{0,200}\)[^()]{0,300})?(?:(?::\d{1,9}){1,2}|<anonymous>|native|index \d{1,9}))\)"
    r"|(?:async )?(?P<bare>(?:<anonymous>|native|[^\s()]{1,600})(?::\d{1,9}){1,2}))(?: \{)?\s*\Z"
)
_GECKO = re.compile(
    r"\s*(?P<function>[^@\n]{0,300})@(?P<place>[^\n]{1,600}?)(?::\d{1,9}){1,2}\s*\Z"
    r"|\s*(?P<native>[^@\n]{0,200})@\[native code\]\s*\Z"
)
_LINES = re.compile(r"(?::\d{1,9}){1,2}\Z")
_NOT_APP = re.compile(
    r"node:|internal/|^index \d|/node_modules/|\bnode_modules\b|<anonymous>|\[?native|webpack/(?:bootstrap"
    r"|runtime)|(?:chrome|moz|safari)[\w-]*-extension:"
    r"|/(?:vendor|vendors|polyfills?|runtime|chunk-vendors|framework|react(?:-dom)?|vue|angular"
    r"|jquery|zone|lodash|rxjs)(?:[.~-][^/]*)?\.m?js"
    r"|(?:^|[/ ])(?:bootstrap_node|module|timers|events|net|_http_\w+|_stream_\w+)\.js\b|deno:|ext:|bun:",
    re.I,
)
_RECEIVER = re.compile(
    r"(?:Object|Function|Module|global|globalThis|window|self|process|Timeout|Immediate|exports"
    r"|module\.exports|default)\.(?=[\w$#<])"
)
_ALIAS = re.compile(r" \[as [^\]]{1,100}\]")
_LEAD = re.compile(r"(?:async |new |get |set |static |bound )+")
_ANONYMOUS = re.compile(
    r"(?:<anonymous>|anonymous|eval|global code|module code|eval code|Anonymous function|\?)?\Z"
)
_GECKO_NESTING = re.compile(
    r"(?:/<|<)+(?:/[\w$.]{0,60}<?)*\Z|\.prototype\b|async\*|promise callback\*|setTimeout handler\*"
)
#: Where the code of pages and apps comes from, in contrast to files.
_PAGE = re.compile(r"(?:https?|blob|capacitor|app):")
_FETCHED = re.compile(r"(?:\(|@|\bat (?:async )?)" + _PAGE.pattern)

#: Lines of a stack in which a page's address is looked for.
_MAX_LOOKED_AT = 50

_CAUSE = re.compile(r"\s*(?:\[cause\]:|Caused by:?) ?(.*)")


def parse(lines: list[str], error: str) -> Failure | None:
    """Read a stack; engines that leave type and message out of it take them from the report."""
    blocks: list[tuple[list[str], list[Frame]]] = [([], [])]
    for line in lines:
        cause = _CAUSE.match(line)
        if cause:
            blocks.append(([cause[1]], []))
            continue
        frame = _frame(line)
        if frame is not None:
            blocks[-1][1].append(frame)
        elif not blocks[-1][1] and line.strip():
            blocks[-1][0].append(line.strip())
    if not blocks[0][1]:
        return None
    failure: Failure | None = None
    for said, frames in reversed(blocks):
        kind, message = split_header(said)
        failure = Failure(type=kind, message=message, frames=_kept(frames), cause=failure)
    if failure is None:
        return None
    # Of the engines in browsers only one writes the type into a stack, and the class before a method.
    kind = "" if _in_browser(lines) and not split_type(error)[0] else failure.type
    kind, message = settle(error, kind=kind, said=failure.message)
    return Failure(type=kind, message=message, frames=failure.frames, cause=failure.cause)


def _in_browser(lines: list[str]) -> bool:
    return any(_FETCHED.search(line) for line in lines[:_MAX_LOOKED_AT])


def _kept(frames: list[Frame]) -> tuple[Frame, ...]:
    return tuple(reversed(kept_ends(list(reversed(frames)))))


def _frame(line: str) -> Frame | None:
    if " at " in f" {line.lstrip()}"[:5] and (found := _V8.match(line)):
        place = found["inner"] if found["inner"] is not None else found["bare"]
        return _made(found["function"] or "", place)
    if "@" in line and (found := _GECKO.match(line)):
        if found["native"] is not None:
            return _made(found["native"], "[native code]")
        return _made(_GECKO_NESTING.sub("", found["function"]).rpartition("/")[2], found["place"])
    return None


def _made(function: str, place: str) -> Frame:
    # eval at f (app.js:1:2), <anonymous>:1:1 stands in the outer place.
    file = _LINES.sub(
        "", place.rpartition("(")[2].partition(")")[0] if place.startswith("eval at") else place
    )
    # Hermes writes bytecode's places so.
    file = file.removeprefix("address at ")
    name = _RECEIVER.sub("", _LEAD.sub("", _ALIAS.sub("", function.strip())))
    last = name.rpartition(".")[2]
    return Frame(
        module=stable_name(file),
        function="" if _ANONYMOUS.match(last) else last if _PAGE.match(file) else name,
        is_in_app=not _NOT_APP.search(file),
    )
