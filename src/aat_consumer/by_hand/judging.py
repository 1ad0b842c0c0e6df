"""Judge a report or text that came from anywhere; what cannot be read is blocked."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from aat_consumer.intake import MAX_SCREENED_BYTES
from aat_consumer.ports import Verdict
from aat_reporters import report as reports
from aat_reporters.errors import ReportError

__all__ = ["MAX_INPUT_BYTES", "Judged", "TextScreen", "judge"]

#: Bytes that are read at all: the default max_payload of a nats-server, which no report passes.
MAX_INPUT_BYTES = 1024 * 1024

TextScreen = Callable[[Mapping[str, object] | str], Verdict]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What came of judging.

    Args:
        kind: ``report`` or ``text``.
        problem: why it could not be read, empty where it could.
        verdict: of the filter, None where it could not be read.
    """

    kind: str
    problem: str = ""
    verdict: Verdict | None = None

    @property
    def blocked(self) -> bool:
        """Tell whether an agent must not see it."""
        return self.verdict is None or self.verdict.blocked


def judge(payload: bytes, *, screen: TextScreen, as_text: bool = False) -> Judged:
    """Judge a report as the consumer would, or any other text as it stands.

    Args:
        payload: what starts with ``{`` is a report, and a JSON value that is none is a broken one.
        screen: the filter.
        as_text: take it for text, whatever it starts with.
    """
    kind = "text" if as_text or not _is_report(payload) else "report"
    if len(payload) > MAX_INPUT_BYTES:
        return Judged(kind=kind, problem=f"the {kind} has more than {MAX_INPUT_BYTES} bytes")
    if kind == "report":
        try:
            report = reports.fit(reports.decode(payload), max_bytes=MAX_SCREENED_BYTES)
        except ReportError as exc:
            return Judged(kind=kind, problem=str(exc))
        return Judged(kind=kind, verdict=screen(report))
    try:
        text = payload.decode()
    except UnicodeDecodeError as exc:
        return Judged(
            kind=kind, problem=f"the text is not UTF-8: byte {exc.start} is {payload[exc.start]:#04x}"
        )
    if "\0" in text:
        return Judged(kind=kind, problem=f"the text holds a NUL character at {text.index(chr(0))}")
    return Judged(kind=kind, verdict=screen(text))


def _is_report(payload: bytes) -> bool:
    start = payload.lstrip()[:1]
    if start != b"[":
        return start == b"{"
    try:
        json.loads(payload[: MAX_INPUT_BYTES + 1])
    except RecursionError:
        return True
    except ValueError:
        return False  # a log line such as "[ERROR] ..."
    return True
