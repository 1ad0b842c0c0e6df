"""Read stacks that hold a function and a place a line: of Elixir, Dart, OCaml, Zig, debuggers."""

from __future__ import annotations

import re

from aat_reporters.signature._failure import Failure, Frame
from aat_reporters.signature._file_names import stable_name
from aat_reporters.signature._site import kept_ends
from aat_reporters.signature.stacks._wording import settle

__all__ = ["parse"]

_NOTATIONS = (
    # (shop 0.1.0) lib/shop/orders.ex:12: Shop.Orders.find/1
    re.compile(
        r"\s*(?:\((?P<owner>\w{1,60})(?: [\w.+-]{1,40})?\) )?(?P<file>\S{1,300}\.(?:exs?"
        r"|erl)):\d{1,9}: (?P<function>\S.{0,300}?)\s*\Z"
    ),
    # #0      Orders.find (package:shop/orders.dart:12:5)
    re.compile(
        r"\s*#\d{1,6}\s+(?P<function>\S.{0,200}?) \((?P<file>(?:package|dart"
        r"|file):[^\s()]{1,400}?)(?::\d{1,9}){1,2}\)\s*\Z"
    ),
    # #1  0x0000 in shop::find (id=7) at /src/shop.cpp:12
    re.compile(
        r"\s*#\d{1,6}\s+(?:0x[\da-f]{1,16} in )?(?P<function>[\w:~<>, *&]{1,300}?) ?\(.{0,"
        r"600}?\)(?: const)? (?:at (?P<file>[^\s:]{1,400}):\d{1,9}"
        r"|from (?P<owner>\S{1,300}))\s*\Z"
    ),
    # Called from Reel.wind in file "reel.ml", line 4, characters 2-20
    re.compile(
        r"(?:Raised|Re-raised|Called|Raised by primitive operation) (?:at|from) (?P<function>[\w.$']{1,200})"
        r"(?: \(inlined\))? in file \"(?P<file>[^\"\n]{1,300})\"(?: \(inlined\))?, lines? \d.{0,80}\Z"
    ),
    # from src/bobbin.cr:3:5 in 'wind'
    re.compile(r"\s*from (?P<file>[^\s:]{1,300}\.cr)(?::\d{1,9}){1,2} in '(?P<function>[^'\n]{1,200})'\s*\Z"),
    # /srv/bobbin.zig:12:9: 0x1033b1 in wind (bobbin)
    re.compile(
        r"(?P<file>[^\s:]{1,300}\.zig)(?::\d{1,9}){2}: 0x[\da-f]{1,16} in (?P<function>\S{1,200})"
        r" \([^()\n]{0,200}\)\Z"
    ),
    # at Find-Order, C:\a\x.ps1: line 12
    re.compile(r"\s*at (?P<function>[\w<>:-]{1,200}), (?P<file>[^\n]{1,400}?\.psm?1): line \d{1,9}\s*\Z"),
)
_LIBRARY = re.compile(
    r"dart:|package:(?:flutter|async|http|test)/|/usr/(?:lib|share)/"
    r"|/lib/x86|\(?deps/|/lib/(?:std|zig)/|\A(?:stdlib|camlinternal\w*|printexc)\.ml\Z"
)
_LIBRARY_OWNER = re.compile(
    r"/|(?:elixir|stdlib|kernel|ecto\w*|phoenix\w*|plug\w*|postgrex"
    r"|db_connection|ex_unit|mix|iex|logger|cowboy\w*|bandit|oban)\Z"
)
_FOLDED = re.compile(
    r"(?:\.<anonymous closure>|\.<fn>|-fun-\d+-|/\d+-fun-\d+"
    r"|anonymous fn/\d+ in |\Aanonymous fn.* in )+"
)
#: What a function was called with, which Elixir writes where no clause of it fits.
_ARGUMENTS = re.compile(r"(?<=[^\s(])\(.*")
_ARITY = re.compile(r"/\d{1,3}\Z")
_TYPED = re.compile(r"\*\* \((?:\w+ )?(?P<type>[\w.]{1,200})\) (?P<said>.*)\Z", re.S)


def parse(lines: list[str], error: str) -> Failure | None:
    """Read a stack, innermost frame first."""
    frames: list[Frame] = []
    said = ""
    for line in lines:
        frame = _frame(line)
        if frame is not None:
            frames.append(frame)
        elif not frames and not said:
            said = line.strip()
    if not frames:
        return None
    typed = _TYPED.match(error.strip()) or _TYPED.match(said)
    if typed:
        kind, message = typed["type"], typed["said"].partition("\n    (")[0]
    else:
        kind, message = settle(error, kind="", said=said)
    kept = tuple(reversed(kept_ends(list(reversed(frames)))))
    return Failure(type=kind, message=message, frames=kept)


def _frame(line: str) -> Frame | None:
    for notation in _NOTATIONS:
        found = notation.match(line)
        if found is None:
            continue
        named = found.groupdict()
        file, owner = named["file"] or "", named.get("owner") or ""
        function = _ARITY.sub("", _ARGUMENTS.sub("", _FOLDED.sub("", named["function"])))
        return Frame(
            module=stable_name(file),
            function=function,
            is_in_app=not _LIBRARY.search(file) and not _LIBRARY_OWNER.search(owner),
        )
    return None
