"""Read facts of any shape into values that the rest can rely on.

Nothing raises here: what has the wrong type is as if it were missing, what is too long is cut, what
is nested too deep or refers to itself ends there.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from aat_reporters.signature import stacks
from aat_reporters.signature._failure import Failure, Frame, Roots
from aat_reporters.signature._failure_key import MAX_CAUSES, MAX_MEMBERS
from aat_reporters.signature._frames import folded, read_frames
from aat_reporters.signature._plain_facts import mapping_of, names_of, sequence_of, text_of
from aat_reporters.signature._site import is_endless_recursion
from aat_reporters.signature._statement import MAX_CODE
from aat_reporters.signature.stacks import folded_lines, python, split_type

__all__ = [
    "MAX_FAILURES",
    "MAX_TEXT",
    "Facts",
    "LogLine",
    "Place",
    "read",
    "roots_of",
    "worker_frames",
]

#: Characters of a message that are read at all.
MAX_TEXT = 20_000

#: Failures read in one tree of causes and members.
MAX_FAILURES = 200


class Place(NamedTuple):
    """Say where a report without frames came from: a name, a function, perhaps a source line."""

    file: str = ""
    function: str = ""
    code: str = ""


class LogLine(NamedTuple):
    """Hold what a logging call said: its template, and whether arguments were filled in."""

    template: str
    has_arguments: bool


class Facts(NamedTuple):
    """Hold what a signature is made of."""

    failure: Failure
    place: Place
    log: LogLine | None = None
    fingerprint: tuple[str, ...] = ()


def read(facts: Mapping[str, object]) -> Facts:
    """Read facts; the keys are those of the package's docstring."""
    context = mapping_of(facts.get("context"))
    place = Place(
        file=text_of(context.get("file")),
        function=folded(text_of(context.get("function"))),
        code=text_of(context.get("code") or mapping_of(facts.get("log")).get("code"), MAX_CODE),
    )
    kind = text_of(facts.get("type"))
    log = _log(facts.get("log")) if not kind else None
    is_structured = facts.get("frames") or facts.get("exceptions") or facts.get("cause")
    if is_structured or log is not None:
        failure = _Reader(roots_of(facts)).failure(facts)
    else:
        failure = _read_text(facts, kind)
    if not failure.type and log is None:
        named, said = split_type(failure.message)
        failure = Failure(
            type=named, message=said, frames=failure.frames, cause=failure.cause, members=failure.members
        )
    return Facts(failure=failure, place=place, log=log, fingerprint=names_of(facts.get("fingerprint")))


def roots_of(facts: Mapping[str, object]) -> Roots:
    """Read what the facts say about where code comes from."""
    include, exclude = facts.get("in_app_include"), facts.get("in_app_exclude")
    return _roots(
        text_of(facts.get("root")),
        text_of(facts.get("prefix")),
        text_of(facts.get("stdlib")),
        names_of(include) if include else (),
        names_of(exclude) if exclude else (),
    )


@lru_cache(maxsize=64)
def _roots(
    project: str, prefix: str, stdlib: str, include: tuple[str, ...], exclude: tuple[str, ...]
) -> Roots:
    return Roots(project=project, prefix=prefix, stdlib=stdlib, include=include, exclude=exclude)


def _log(value: object) -> LogLine | None:
    log = mapping_of(value)
    if not isinstance(log.get("template"), str):
        return None
    arguments = log.get("args")
    template = text_of(log["template"], MAX_TEXT)
    has_arguments = bool(arguments) if isinstance(arguments, int | list | tuple | dict) else False
    return LogLine(template=template, has_arguments=has_arguments or template != log.get("message", template))


def _read_text(facts: Mapping[str, object], kind: str) -> Failure:
    error = text_of(facts.get("error"), MAX_TEXT)
    stack = facts.get("stack")
    line = mapping_of(facts.get("context")).get("line")
    text = stack if isinstance(stack, str) and stack.strip() else error if "\n" in error else ""
    parsed = stacks.parse(text, error, line=line if isinstance(line, int) else None) if text else None
    if parsed is None:
        return Failure(type=kind, message=error)
    if not kind:
        return parsed
    return Failure(type=kind, message=error, frames=parsed.frames, cause=parsed.cause, members=parsed.members)


def worker_frames(cause: Mapping[str, object], roots: Roots) -> tuple[Frame, ...] | None:
    """Give the worker's own frames, which a process pool hands over as the text of a cause."""
    if not text_of(cause.get("type")).endswith("RemoteTraceback"):
        return None
    there = python.parse(folded_lines(text_of(cause.get("error"), MAX_TEXT)), "", roots=roots)
    return there.frames if there is not None else None


class _Reader:
    """Read one failure with what it was raised from and what it groups.

    The budget bounds the whole tree: members that share members would multiply.
    """

    __slots__ = ("_budget", "_roots")

    def __init__(self, roots: Roots) -> None:
        self._roots = roots
        self._budget = MAX_FAILURES

    def failure(self, value: Mapping[str, object], *, above: tuple[int, ...] = ()) -> Failure:
        """Read a failure; ``above`` holds the identities of those it hangs from."""
        self._budget -= 1
        above = (*above, id(value))
        kind = text_of(value.get("type"))
        message = text_of(value.get("error"), MAX_TEXT)
        inner = mapping_of(value.get("cause"))
        cause = self._below(inner, above) if value.get("relation") == "cause" else None
        members = [
            self._below(mapping_of(member), above)
            for member in sequence_of(value.get("exceptions"))[:MAX_MEMBERS]
        ]
        if (frames := worker_frames(inner, self._roots)) is not None:
            return Failure(type=kind, message=message, frames=frames)
        whole = is_endless_recursion(kind, message)
        return Failure(
            type=kind,
            message=message,
            frames=read_frames(value.get("frames"), self._roots, whole=whole),
            cause=cause,
            members=tuple([member for member in members if member is not None]),
        )

    def _below(self, value: Mapping[str, object], above: tuple[int, ...]) -> Failure | None:
        if not value or id(value) in above or len(above) > MAX_CAUSES or self._budget <= 0:
            return None
        return self.failure(value, above=above)
