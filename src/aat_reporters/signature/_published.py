"""Read and write the parts of a published report that signatures are made of."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping

from aat_reporters.signature._facts import MAX_FAILURES, MAX_TEXT, roots_of, worker_frames
from aat_reporters.signature._failure import Frame, Roots
from aat_reporters.signature._failure_key import MAX_CAUSES, MAX_MEMBERS
from aat_reporters.signature._in_app import is_in_app
from aat_reporters.signature._plain_facts import mapping_of, names_of, sequence_of, text_of
from aat_reporters.signature._site import kept_ends

__all__ = ["exact", "facts_of", "report_fields"]

#: Characters that no reader of a report can use; publishing replaces them, so hashing does too.
_UNUSABLE = re.compile("[\ud800-\udfff]|\0")

#: Keys of facts that a report carries under the same name.
_SAME_KEYS = ("stack", "context", "frames", "exceptions", "log", "fingerprint")

#: Keys of a frame that decide about a signature, besides its file and whether it is in-app.
_FRAME_KEYS = ("function", "qualname", "line", "code", "module", "first_line")


def exact(report: Mapping[str, object]) -> str:
    """Hash ``error:file:line`` of a published report, as ``sha256sum`` in a shell script would.

    Args:
        report: a report with ``error`` and ``context``; a missing part is empty.

    Returns:
        64 hex digits. Lone surrogates and NUL count as U+FFFD, which is how they are published.

    >>> exact({"error": "boom", "context": {"file": "app.py", "line": 42}})
    '42f54925969cf284dceb74309390ef89fc086d3f0ff3b0995420a1a5f4872130'
    """
    context = mapping_of(report.get("context"))
    text = ":".join([_plain(report.get("error")), _plain(context.get("file")), _plain(context.get("line"))])
    return hashlib.sha256(_UNUSABLE.sub("\ufffd", text).encode()).hexdigest()


def _plain(value: object) -> str:
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def facts_of(report: Mapping[str, object]) -> dict[str, object]:
    """Turn a published report into the facts of :func:`stable`.

    A report with our own keys (:func:`report_fields`) gives the value its reporter computed; from a
    foreign one, which has ``error``, ``stack`` and ``context`` alone, type and frames are read out of
    the text.
    """
    facts: dict[str, object] = {key: report[key] for key in _SAME_KEYS if key in report}
    kind = text_of(report.get("type"))
    error = report.get("error")
    message = error if isinstance(error, str) else ""
    if kind:
        lead = f"{kind}: "
        message = message[len(lead) :] if message.startswith(lead) else "" if message == kind else message
    facts |= {"type": kind, "error": message}
    below: object = None
    for cause in reversed(sequence_of(report.get("causes"))[:MAX_CAUSES]):
        entry = mapping_of(cause)
        below = {**entry, "cause": below, "relation": "cause" if below else None}
    return facts | {"cause": below, "relation": "cause" if below else None}


def report_fields(facts: Mapping[str, object]) -> dict[str, object]:
    """Give the keys by which a published report keeps its signature computable.

    Args:
        facts: what :func:`stable` was given, already free of secrets: what is scrubbed only
            afterwards gives the consumer another value.

    Returns:
        ``type``, and where there are any ``frames``, ``causes`` (explicit ones, nearest first),
        ``exceptions``, ``log`` and ``fingerprint``. At most 200 frames and 8 causes; files below the
        project's folder become relative, and each frame says whether it is ``in_app``.
    """
    fields = _Writer(roots_of(facts)).failure(facts)
    fields.pop("error")
    fields.pop("relation", None)
    causes: list[object] = []
    below = fields.pop("cause", None)
    while isinstance(below, dict):
        causes.append(below)
        below.pop("relation", None)
        below = below.pop("cause", None)
    if causes:
        fields["causes"] = causes
    log = mapping_of(facts.get("log"))
    if isinstance(log.get("template"), str):
        code = text_of(mapping_of(facts.get("context")).get("code") or log.get("code"), 400)
        arguments = log.get("args") or text_of(log.get("message", log["template"])) != text_of(
            log["template"]
        )
        fields["log"] = {
            "template": text_of(log["template"], MAX_TEXT),
            "args": int(bool(arguments)),
            "code": code,
        }
    if words := names_of(facts.get("fingerprint")):
        fields["fingerprint"] = list(words)
    return fields


class _Writer:
    """Write a failure with its causes and members, as far as the reader of facts reads them."""

    __slots__ = ("_budget", "_roots")

    def __init__(self, roots: Roots) -> None:
        self._roots = roots
        self._budget = MAX_FAILURES

    def failure(self, value: Mapping[str, object], *, above: tuple[int, ...] = ()) -> dict[str, object]:
        self._budget -= 1
        above = (*above, id(value))
        fields: dict[str, object] = {
            "type": text_of(value.get("type")),
            "error": text_of(value.get("error"), MAX_TEXT),
        }
        worker = worker_frames(mapping_of(value.get("cause")), self._roots)
        if worker is not None:
            return fields | {"frames": [_read_frame_fields(frame) for frame in reversed(worker)]}
        raw = kept_ends(sequence_of(value.get("frames")))
        frames = [_frame_fields(frame, self._roots) for frame in raw if isinstance(frame, Mapping)]
        if frames:
            fields["frames"] = frames
        if value.get("relation") == "cause" and (cause := self._below(value.get("cause"), above)):
            fields |= {"cause": cause, "relation": "cause"}
        below = [self._below(member, above) for member in sequence_of(value.get("exceptions"))[:MAX_MEMBERS]]
        if members := [member for member in below if member is not None]:
            fields["exceptions"] = members
        return fields

    def _below(self, value: object, above: tuple[int, ...]) -> dict[str, object] | None:
        inner = mapping_of(value)
        if not inner or id(inner) in above or len(above) > MAX_CAUSES or self._budget <= 0:
            return None
        return self.failure(inner, above=above)


def _read_frame_fields(frame: Frame) -> dict[str, object]:
    return {
        "file": "",
        "in_app": frame.is_in_app,
        "module": frame.module,
        "qualname": frame.function,
        "code": frame.code,
    }


def _frame_fields(frame: Mapping[str, object], roots: Roots) -> dict[str, object]:
    file = text_of(frame.get("file"))
    decided = frame.get("in_app")
    belongs = decided if isinstance(decided, bool) else is_in_app(file, text_of(frame.get("module")), roots)
    folder = roots.project.rstrip("/\\")
    if folder and file.startswith(folder) and file[len(folder) : len(folder) + 1] in ("/", "\\"):
        file = file[len(folder) + 1 :]
    return {"file": file, "in_app": belongs} | {key: frame[key] for key in _FRAME_KEYS if key in frame}
