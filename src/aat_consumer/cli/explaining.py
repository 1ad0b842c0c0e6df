"""Say what made the signature of a report that is on the server, without repeating what strangers wrote."""

from __future__ import annotations

from aat_consumer.cli.words import name_of
from aat_reporters.errors import ReportError
from aat_reporters.report import decode
from aat_reporters.signature import explain, facts_of

__all__ = ["explained"]


def explained(text: str, *, raw: bool) -> dict[str, object]:
    """Explain the signature that a report's text gives.

    Args:
        text: the report as it is kept; empty where none is.
        raw: show words as they are, for a person's eyes only. Otherwise each part is a short name, in
            which nobody can write a sentence.

    Returns:
        The parts of the explanation; empty where no report is kept or it cannot be read.
    """
    try:
        parts = explain(facts_of(decode(text.encode("utf-8", "replace")))).to_json()
    except ReportError:
        return {}
    return parts if raw else {key: _harmless(value) for key, value in parts.items()}


def _harmless(value: object) -> object:
    return [name_of(item) for item in value] if isinstance(value, list) else name_of(value)
