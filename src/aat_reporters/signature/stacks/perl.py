"""Read what Perl's ``die``, ``croak`` and ``confess`` print."""

from __future__ import annotations

import re

from aat_reporters.signature._failure import Failure, Frame
from aat_reporters.signature._file_names import stable_name
from aat_reporters.signature._site import kept_ends
from aat_reporters.signature.stacks._wording import settle

__all__ = ["parse"]

_PLACE = r"(?P<file>\(eval \d{1,9}\)|\S{1,400}) line \d{1,9}"

#: ``disk full at /a/Backup.pm line 12, <STDIN> line 3.``
_DIED = re.compile(rf"(?P<said>.*?) at {_PLACE}(?:, <\w{{1,40}}> (?:line|chunk) \d{{1,12}})?\.?\s*\Z")
_CALLED = re.compile(
    rf"\s+(?P<function>[\w:']{{1,200}}|eval \{{\.\.\.\}})(?:\(.{{0,600}}\))? called at {_PLACE}\.?\s*\Z"
)
_SCRIPT = re.compile(r"\.(?:p[lm]|t|psgi|cgi)\Z|\(eval |-e\Z")
_LIBRARY = re.compile(r"/perl5?/|/usr/(?:lib|share)/|/site_perl/|/vendor_perl/")


def parse(lines: list[str], error: str) -> Failure | None:
    """Read the line that says where it died, and the callers below it as far as they were printed."""
    texts = [line for line in lines[:400] if line.strip()]
    died = _DIED.match(texts[0]) if texts else None
    called = [found for found in map(_CALLED.match, texts[1:]) if found]
    if died is None or not (called or _SCRIPT.search(died["file"])):
        return None
    frames: list[Frame] = []
    file = died["file"]
    for found in called:
        if not found["function"].startswith("eval"):
            frames.append(_frame(file, found["function"]))
        # What is called at a place is defined, and fails, in the file of the line before.
        file = found["file"]
    frames.append(_frame(file, ""))
    own = _DIED.match(error.partition("\n")[0])
    kind, message = settle(own["said"] if own else error, kind="", said=died["said"])
    return Failure(type=kind, message=message, frames=tuple(reversed(kept_ends(frames[::-1]))))


def _frame(file: str, function: str) -> Frame:
    name = "(eval)" if file.startswith("(eval") else stable_name(file)
    return Frame(
        module=name, function=function.removesuffix("::__ANON__"), is_in_app=not _LIBRARY.search(file)
    )
