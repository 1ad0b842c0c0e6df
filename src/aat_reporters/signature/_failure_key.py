"""Make the signature's parts of a failure: type, site, message, causes, members."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from aat_reporters.signature._failure import Failure, Frame
from aat_reporters.signature._message_key import message_key
from aat_reporters.signature._normal_form import digest
from aat_reporters.signature._site import is_endless_recursion, recursive_functions, site
from aat_reporters.signature._statement import statement

__all__ = ["MAX_CAUSES", "MAX_MEMBERS", "FailureKey", "failure_key"]

#: Causes below each other that take part.
MAX_CAUSES = 8

#: Members of a group that take part.
MAX_MEMBERS = 50

#: Types that say no more than that something failed; some engines leave them out of a stack.
_SAYS_NOTHING = frozenset({"Error", "error", "panic", "builtins.Exception"})
_PREFIX = re.compile(r"(?:builtins|__main__|exceptions)\.")


class FailureKey(NamedTuple):
    """Hold what identifies a failure.

    Args:
        type: its type as it counts.
        site: the frame it belongs to; None for a failure without frames, and for an endless recursion.
        recursion: the functions of an endless recursion.
        message: its template.
        causes: keys of the explicit causes, nearest first.
        members: keys of the distinct members of a group.
    """

    type: str
    site: Frame | None
    recursion: tuple[str, ...] = ()
    message: str = ""
    causes: tuple[FailureKey, ...] = ()
    members: tuple[FailureKey, ...] = ()

    def parts(self) -> list[str]:
        """List what is hashed, in its one order."""
        parts = ["error", self.type, *_site_parts(self.site), "message", self.message]
        parts.extend(self.recursion)
        for cause in self.causes:
            parts.append("<-")
            parts.extend(cause.parts())
        if self.members:
            parts.append("members")
            parts.extend(sorted({digest(member.parts()) for member in self.members}))
        return parts


def _site_parts(frame: Frame | None) -> tuple[str, ...]:
    if frame is None:
        return ()
    if frame.code:
        return ("at", frame.module, frame.function, statement(frame.code))
    return ("at", frame.module, frame.function, "" if frame.offset is None else f"+{frame.offset}")


def failure_key(failure: Failure) -> FailureKey:
    """Reduce a failure to what identifies it.

    Of a group whose members are all one failure, that failure remains if a library made the group.
    """
    causes: list[FailureKey] = []
    cause = failure.cause
    while cause is not None and len(causes) < MAX_CAUSES:
        causes.append(_own_key(cause, is_cause=True))
        cause = cause.cause
    key = _own_key(failure, is_cause=False, causes=tuple(causes))
    if failure.members and len(key.members) == 1 and not _is_made_by_application(failure):
        return key.members[0]
    return key


def _is_made_by_application(failure: Failure) -> bool:
    return bool(failure.frames) and failure.frames[0].is_in_app


def _own_key(failure: Failure, *, is_cause: bool, causes: tuple[FailureKey, ...] = ()) -> FailureKey:
    kind = _counted_type(failure.type)
    members = _distinct([failure_key(member) for member in failure.members]) if failure.members else ()
    if is_endless_recursion(failure.type, failure.message) and (
        functions := recursive_functions(failure.frames)
    ):
        return FailureKey(type=kind, site=None, recursion=functions, causes=causes)
    frame = site(failure.frames)
    if frame is not None and not frame.is_in_app and (is_cause or failure.members):
        # A library's inner frames differ from release to release; what it says identifies it.
        frame = None
    if failure.members and not _is_made_by_application(failure):
        frame = None
    return FailureKey(type=kind, site=frame, message=message_key(failure), causes=causes, members=members)


@lru_cache(maxsize=1024)
def _counted_type(name: str) -> str:
    kind = _PREFIX.sub("", name)
    return "" if kind in _SAYS_NOTHING else kind


def _distinct(keys: list[FailureKey]) -> tuple[FailureKey, ...]:
    return tuple({digest(key.parts()): key for key in keys}.values())
