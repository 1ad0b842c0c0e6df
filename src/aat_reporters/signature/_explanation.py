"""Say in words what made a signature."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aat_reporters.signature._failure import Frame
from aat_reporters.signature._failure_key import FailureKey
from aat_reporters.signature._stable import Identity, identity
from aat_reporters.signature._statement import statement

__all__ = ["Explanation", "explain"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Say which frame, which template and which causes made a signature.

    ``str()`` gives the sentences, one a line, printable whatever the report holds. Templates hold words of
    the report: who shows them to an agent screens them first.

    Args:
        signature: the value.
        type: the type as it counts; empty when there is none.
        frame: the frame that the error belongs to, in words.
        template: the message with its data as ``*``.
        causes: the explicit causes in words, nearest first.
        members: the distinct members of a group in words.
        fingerprint: the words that the program chose itself; they replace all else.
    """

    signature: str
    type: str
    frame: str
    template: str
    causes: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    fingerprint: tuple[str, ...] = ()

    def __str__(self) -> str:
        lines = [f"signature {self.signature}"]
        if self.fingerprint:
            lines.append("fingerprint chosen by the program: " + ", ".join(self.fingerprint))
        lines.append(f"type: {self.type or 'none'}")
        lines.append(f"frame: {self.frame}")
        lines.append(f"message template: {self.template or 'empty'}")
        lines.extend(f"caused by: {cause}" for cause in self.causes)
        lines.extend(f"member: {member}" for member in self.members)
        return "\n".join(_printable(line) for line in lines)

    def differences(self, other: Explanation) -> tuple[str, ...]:
        """Say why another report has another signature, one sentence a part; empty if it has the same."""
        if self.signature == other.signature:
            return ()
        found = []
        for name, title in _PARTS.items():
            mine, theirs = _in_a_line(getattr(self, name)), _in_a_line(getattr(other, name))
            if mine != theirs:
                found.append(_printable(f"{title}: {mine} in the first, {theirs} in the second"))
        return tuple(found) or ("a part that these words leave out",)

    def to_json(self) -> dict[str, object]:
        """Give the parts key by key."""
        parts: dict[str, object] = {"signature": self.signature}
        for name in _PARTS:
            value = getattr(self, name)
            parts[name] = list(value) if isinstance(value, tuple) else value
        return parts


#: Parts of an explanation with what they are called.
_PARTS = {
    "type": "type",
    "frame": "frame",
    "template": "message template",
    "causes": "caused by",
    "members": "members",
    "fingerprint": "fingerprint",
}


def _in_a_line(value: str | tuple[str, ...]) -> str:
    text = value if isinstance(value, str) else "; ".join(value)
    return text or "none"


def _printable(text: str) -> str:
    """Write control characters and the like as their codes, which a terminal would obey."""
    if text.isprintable():
        return text
    return "".join([c if c.isprintable() else c.encode("unicode_escape").decode() for c in text])


def explain(facts: Mapping[str, object]) -> Explanation:
    """Say what the stable signature of facts is made of.

    Args:
        facts: what :func:`aat_reporters.signature.stable` takes; never raises either.
    """
    made = identity(facts)
    key = made.failure
    return Explanation(
        signature=made.signature,
        type=key.type if key is not None else "",
        frame=_where(made),
        template=made.message,
        causes=tuple(_in_words(cause) for cause in key.causes) if key is not None else (),
        members=tuple(sorted(_in_words(member) for member in key.members)) if key is not None else (),
        fingerprint=made.fingerprint,
    )


def _where(made: Identity) -> str:
    key = made.failure
    if key is not None and key.recursion:
        return "endless recursion of " + ", ".join(key.recursion)
    if key is not None and key.site is not None:
        return _frame_in_words(key.site)
    if key is not None and key.members:
        return "that of its members"
    file, function = made.place
    place = " in ".join([part for part in (function, file) if part]) or "unknown"
    return place if key is not None else f"{place} (a log call)"


def _frame_in_words(frame: Frame) -> str:
    name = ".".join([part for part in (frame.module, frame.function) if part]) or "unknown"
    kind = "" if frame.is_in_app else " (no frame is in-app)"
    if frame.code:
        return f"{name}: {statement(frame.code)}{kind}"
    return f"{name}{kind}" if frame.offset is None else f"{name}, {frame.offset} lines below its start{kind}"


def _in_words(key: FailureKey) -> str:
    where = f" at {_frame_in_words(key.site)}" if key.site is not None else ""
    return f"{key.type or 'error'}: {key.message or 'no message'}{where}"
