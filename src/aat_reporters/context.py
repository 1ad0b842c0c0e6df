"""Bind facts about the current request or task, so that every report made meanwhile carries them.

Bound facts follow contextvars: a new thread starts without them, an asyncio task inherits them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar, Token
from types import MappingProxyType

__all__ = [
    "Bound",
    "Source",
    "bind",
    "bind_source",
    "bound",
    "carried",
    "current",
    "gathered",
    "leave",
    "unbind",
]

#: Gives facts when an error happens, on the thread where it happens: it must neither wait nor run code of
#: the user. So a request costs nothing until it fails, and its route and user are known by then.
Source = Callable[[], Mapping[str, object]]

#: What is bound: facts, and sources of facts.
Bound = tuple[Mapping[str, object], tuple[Source, ...]]

#: Attribute of a framework's request under which its edge leaves the source of its facts.
_SOURCE = "_aat_source"

_NOTHING: Bound = (MappingProxyType({}), ())
_BOUND: ContextVar[Bound] = ContextVar("aat_reporters_context", default=_NOTHING)

#: Read what is bound here; handed out as it is because the calling thread's time is counted in microseconds.
current = _BOUND.get


def bind(**context: object) -> Token[Bound]:
    """Add facts until ``unbind``; equal names replace.

    Returns:
        What ``unbind`` takes.
    """
    facts, sources = _BOUND.get()
    return _BOUND.set((MappingProxyType({**facts, **context}), sources))


def bind_source(source: Source) -> Token[Bound]:
    """Add a source of facts until ``unbind``; it is asked only when an error happens.

    Args:
        source: gives facts; what ``bind`` was given, and later sources, win over them.

    Returns:
        What ``unbind`` takes.
    """
    facts, sources = _BOUND.get()
    return _BOUND.set((facts, (*sources, source)))


def unbind(token: Token[Bound]) -> None:
    """Go back to what was bound before; harmless in another context than the one that bound."""
    # An ASGI server may finish a request in a copy of its context, which ends with it.
    with suppress(ValueError):
        _BOUND.reset(token)


def leave(request: object, source: Source) -> None:
    """Leave a source on a request, for log records that carry the request out of its context.

    Django logs an answer of status 502 so, when all middleware is through.

    Args:
        request: that the framework puts on its records as ``request``.
        source: as for ``bind_source``; must not keep the request alive.
    """
    vars(request)[_SOURCE] = source


def carried(request: object) -> tuple[Source, ...]:
    """Give the source that an edge left on a request; none where it is no such thing."""
    try:
        source = object.__getattribute__(request, "__dict__").get(_SOURCE)
    except AttributeError:
        return ()
    return () if source is None else (source,)


@contextmanager
def bound(**context: object) -> Iterator[None]:
    """Bind facts for the length of a with block."""
    token = bind(**context)
    try:
        yield
    finally:
        unbind(token)


def gathered(facts: Mapping[str, object], sources: tuple[Source, ...]) -> Mapping[str, object]:
    """Ask the sources, and put the bound facts over what they give."""
    found: dict[str, object] = {}
    for source in sources:
        # Whatever a half-made request does, the error that made it so must be reported.
        with suppress(Exception):
            found |= source()
    return found | dict(facts)
