"""Read Go panics, fatal errors and stacks that errors carry along."""

from __future__ import annotations

import re

from aat_reporters.signature._failure import Failure, Frame
from aat_reporters.signature._site import kept_ends

__all__ = ["parse"]

_CALL = re.compile(
    r"(?P<function>[\w./~@%-]{0,300}?[\w)\]}]\.[\w.()*\[\]/{}-]{1,300}?"
    r"|[\w/.-]{1,200}\.\(\*?[\w\[\].,/]{1,100}\)\.[\w.-]{1,200})(?:\((?P<args>[^()]{0,900}"
    r"|\.\.\.)\))?(?: in goroutine \d+)?\s*\Z"
)
_PLACE = re.compile(
    r"\s+(?P<file>[^\s:]{1,500}\.(?:go|s)|\S{1,500}\.(?:go|s)):\d{1,9}(?: \+0x[0-9a-f]{1,16})?\s*\Z"
)
_GOROUTINE = re.compile(r"goroutine \d{1,12} (?:gp=\S+ m=\S+ (?:mp=\S+ )?)?\[")
_PANIC = re.compile(r"\s*(?:panic|fatal error): (.*)")
_ADDED = re.compile(r"\s*\[(?:signal |recovered)|\s*goroutine \d+ |created by |exit status ")
#: A panic that was recovered and raised again is printed twice.
_AFTER = re.compile(r" \[recovered(?:, repanicked)?\][\s\S]*|\n\s*(?:\[signal |goroutine \d|panic: )[\s\S]*")
_TYPED = re.compile(r"(?:\(?&?(?P<type>\*?[\w./]{1,120}\.[\w]{1,100})\)?[({])")
_LIBRARY = re.compile(
    r"/(?:usr/(?:local/)?(?:lib/)?go[\d.-]*|sdk/go[\d.]+|opt/[\w/-]*go|goroot"
    r"|hostedtoolcache/go/[\w./-]+)/src/|/pkg/mod/|/vendor/|^_cgo_|\bGOROOT\b",
    re.I,
)
_RUNTIME = re.compile(
    r"(?:runtime|panic|testing|reflect|sync|syscall|net/http|net|io|os|fmt|errors|encoding/\w+"
    r"|database/sql|context|bufio|bytes|strings|strconv|sort|slices|maps|time|internal/[\w/]+"
    r"|golang\.org/x/[\w/]+)\.|panic\Z"
)
_CLOSURE = re.compile(r"(?:\.func\d+|\.gowrap\d+|\.deferwrap\d+|\.\d+|-range\d+|-fm)+\Z")
_GENERIC = re.compile(r"\[[^\[\]]{0,200}\]")


def parse(lines: list[str], error: str) -> Failure | None:
    """Read the first goroutine, which is the one that failed."""
    frames: list[Frame] = []
    said: list[str] = []
    pending = ""
    goroutines = 0
    for line in lines:
        if _GOROUTINE.match(line):
            goroutines += 1
            if goroutines > 1 and frames:
                break
            continue
        place = _PLACE.match(line)
        if place and pending:
            frames.append(_frame(pending, place["file"]))
            pending = ""
            continue
        if line.startswith("created by "):
            break
        call = _CALL.match(line)
        pending = call["function"] if call else ""
        if not frames and not pending and line.strip() and not _ADDED.match(line):
            said.append(line.strip())
    if not frames:
        return None
    return _named(frames, said, error)


def _named(frames: list[Frame], said: list[str], error: str) -> Failure:
    """Take ``panic:`` off the message, and the type that Go prints for values that are no error."""
    message = error.strip() or "\n".join(said)
    kind = ""
    while found := _PANIC.match(message):
        message = message[found.start(1) :]
    message = _AFTER.sub("", message)
    if message.startswith("runtime error: "):
        kind, message = "runtime error", message[15:]
    elif found := _TYPED.match(message):
        kind = found["type"]
    kept = tuple(reversed(kept_ends(list(reversed(_below_panic(frames))))))
    return Failure(type=kind, message=message, frames=kept)


def _below_panic(frames: list[Frame]) -> list[Frame]:
    """Drop what the runtime does after the panic: deferred calls and the panic itself stand above it."""
    for index in range(min(len(frames), 60) - 1, -1, -1):
        if frames[index].function == "panic" or frames[index].function.startswith("runtime.gopanic"):
            return frames[index + 1 :] or frames
    return frames


def _frame(function: str, file: str) -> Frame:
    name = _GENERIC.sub("", _CLOSURE.sub("", function))
    return Frame(
        module="",
        function=name,
        is_in_app=not _LIBRARY.search(file) and not _RUNTIME.match(name),
    )
