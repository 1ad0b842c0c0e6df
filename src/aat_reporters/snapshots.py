"""Describe an error as the calling thread left it.

The calling thread makes plain tuples, for a frozen dataclass costs it ten times as much and keeps the
garbage collector busy (measured); ``thaw`` gives them names in the background thread.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import CodeType
from typing import Any

__all__ = ["Captured", "Logged", "Point", "Raised", "Snapshot", "thaw"]

#: One frame: the code object, the offset of the instruction, and the module's ``__name__``.
Point = tuple[CodeType, int, object]

#: What the calling thread makes: (time, level, raised, logged, bound, extra, told), where raised is
#: (module, name, message, points, left_out, notes, relation, cause, members), with the parts of all
#: points in one flat tuple, and logged has the parts of Logged.
Captured = tuple[float, str, tuple[Any, ...] | None, tuple[Any, ...] | None, Any, Any, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Raised:
    """One exception with what led to it.

    Args:
        module: of its class.
        name: qualified name of its class.
        message: its ``str``, cut to 8,192 characters.
        points: its frames, outermost first.
        left_out: frames not kept, behind the first 50.
        notes: what was added by ``add_note``.
        relation: of the other exception: ``cause``, ``context`` or empty.
        cause: the other exception.
        members: of a group.
    """

    module: str
    name: str
    message: str
    points: tuple[Point, ...]
    left_out: int
    notes: tuple[str, ...]
    relation: str
    cause: Raised | None
    members: tuple[Raised, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged:
    """What a log record says, or the place from which a message was reported.

    Args:
        logger: its name.
        template: the message before its arguments are put in.
        arguments: plain values for the template.
        message: the formatted message, where it could not wait.
        file: of the call.
        line: of the call.
        function: of the call.
        stack: text, where ``stack_info`` was asked for.
    """

    logger: str
    template: str
    arguments: object
    message: str | None
    file: str
    line: int
    function: str
    stack: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """One error.

    Args:
        time: seconds since the epoch.
        level: name of its level.
        raised: the exception.
        logged: the log record.
        bound: what the context variables held, plain.
        extra: what the edge or the record knew, plain.
        told: a report that somebody else made, in place of raised and logged.
    """

    time: float
    level: str
    raised: Raised | None
    logged: Logged | None
    bound: Mapping[str, object]
    extra: Mapping[str, object]
    told: Mapping[str, object] | None = None


def thaw(captured: Captured) -> Snapshot:
    """Give names to what the calling thread took."""
    time, level, raised, logged, bound, extra, told = captured
    return Snapshot(
        time=time,
        level=level,
        raised=_raised(raised) if raised is not None else None,
        logged=_logged(logged) if logged is not None else None,
        bound=bound,
        extra=extra,
        told=told,
    )


def _raised(captured: tuple[Any, ...]) -> Raised:
    module, name, message, points, left_out, notes, relation, cause, members = captured
    return Raised(
        module=module if isinstance(module, str) else "",
        name=name,
        message=message,
        points=tuple(zip(points[::3], points[1::3], points[2::3], strict=True)),
        left_out=left_out,
        notes=notes,
        relation=relation,
        cause=_raised(cause) if cause is not None else None,
        members=tuple(_raised(member) for member in members),
    )


def _logged(captured: tuple[Any, ...]) -> Logged:
    logger, template, arguments, message, file, line, function, stack = captured
    return Logged(
        logger=logger,
        template=template,
        arguments=arguments,
        message=message,
        file=file,
        line=line,
        function=function or "",
        stack=stack or "",
    )
