"""Read stacks of compiled programs: crashes of iOS, macOS and Android, Kotlin/Native, ``std::stacktrace``."""

from __future__ import annotations

import re

from aat_reporters.signature._failure import Failure, Frame
from aat_reporters.signature._file_names import stable_name
from aat_reporters.signature._site import kept_ends
from aat_reporters.signature.stacks._lines import split_header
from aat_reporters.signature.stacks._wording import settle

__all__ = ["parse"]

_NOTATIONS = (
    # 0   Atelier   0x0000000104a2c3f8 LoomView.weave(_:) + 120 (LoomView.swift:42), also behind "at"
    re.compile(
        r"\s*(?:at )?\d{1,4}\s+(?P<image>\S.{0,80}?)\s+0x[\da-fA-F]{6,16}\s+(?P<function>\S.{0,600}?)"
        r" \+ \d{1,9}(?: \((?P<file>[^()\n]{1,300}?)(?::\d{1,9}){1,2}\))?\s*\Z"
    ),
    # #01 pc 0000000000012345  /data/app/x/libloom.so (loom_weave(int)+28)
    re.compile(
        r"\s*#\d{1,4} pc [\da-f]{6,16}\s+(?P<image>\S{1,300})(?: \(offset [^()]{1,40}\))?"
        r" \((?P<function>[^\n]{1,600})\+\d{1,9}\)(?: \(BuildId: \w{1,80}\))?\s*\Z"
    ),
    # A number, a sharp, the function, and either "at" with its file and line or "in" with a library.
    re.compile(
        r"\s*\d{1,4}# (?P<function>\S[^\n]{0,600}?) (?:at (?P<file>[^\s:]{1,400}):\d{1,9}"
        r"|in (?P<image>\S{1,300}))\s*\Z"
    ),
)

#: Images of the systems, and functions of the languages' own code.
_LIBRARY_IMAGE = re.compile(
    r"/(?:system|apex|vendor|lib\w{0,4}|usr/lib\w{0,4})/|(?:lib(?:objc|system|dispatch|swift|c\+\+|dyld|xpc|sqlite)"
    r"|UI|CF|NS|AV|Core|Swift|Foundation|AppKit|QuartzCore|Graphics|Web|JavaScriptCore|Metal|Combine|Security|XCT"
    r"|AttributeGraph|BaseBoard|FrontBoard|RunningBoard|CFNetwork|dyld|\?\?\?)"
)
_LIBRARY_FUNCTION = re.compile(r"kfun:kotlin\.|std::|__cxa_|boost::|_sigtramp|swift_|Swift\.")
_LEAD = re.compile(
    r"(?:kfun:|(?:implicit )?closure #\d{1,4} in |partial apply for |specialized |static |@objc "
    r"|protocol witness for |\(anonymous namespace\)::)+"
)
#: What a function takes, but for a method of Objective-C, whose name holds it.
_ARGUMENTS = re.compile(r"(?<=[\w>\])])\(.*|#internal\b.*", re.S)


def parse(lines: list[str], error: str) -> Failure | None:
    """Read a stack, innermost frame first."""
    frames: list[Frame] = []
    said: list[str] = []
    for line in lines:
        frame = _frame(line)
        if frame is not None:
            frames.append(frame)
        elif frames:
            break
        elif line.strip():
            said.append(line.strip())
    if not frames:
        return None
    kind, message = split_header(said)
    kind, message = settle(error, kind=kind if error.strip() in said else "", said=message)
    return Failure(type=kind, message=message, frames=tuple(reversed(kept_ends(list(reversed(frames))))))


def _frame(line: str) -> Frame | None:
    for notation in _NOTATIONS:
        found = notation.match(line)
        if found is None:
            continue
        named = found.groupdict()
        file, image, function = named.get("file") or "", named.get("image") or "", named["function"]
        name = _LEAD.sub("", function)
        is_library = not file and _LIBRARY_IMAGE.match(image)
        return Frame(
            module=stable_name(file or image),
            function=name if name[:1] in "-+" else _ARGUMENTS.sub("", name),
            is_in_app=not is_library and not _LIBRARY_FUNCTION.match(function),
        )
    return None
