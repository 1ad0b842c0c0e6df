"""Bind facts about the current request or task, so that every report made meanwhile carries them.

Bound facts follow contextvars: a new thread starts without them, an asyncio task inherits them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar, Token
from types import MappingProxyType

__all__ = ["bind", "bound", "current", "unbind"]

_NOTHING: Mapping[str, object] = MappingProxyType({})
_BOUND: ContextVar[Mapping[str, object]] = ContextVar("aat_reporters_context", default=_NOTHING)

#: Read what is bound here; handed out as it is because the calling thread's time is counted in microseconds.
current = _BOUND.get


def bind(**context: object) -> Token[Mapping[str, object]]:
    """Add facts until ``unbind``; equal names replace.

    Returns:
        What ``unbind`` takes.
    """
    return _BOUND.set(MappingProxyType({**_BOUND.get(), **context}))


def unbind(token: Token[Mapping[str, object]]) -> None:
    """Go back to what was bound before; harmless in another context than the one that bound."""
    # An ASGI server may finish a request in a copy of its context, which ends with it.
    with suppress(ValueError):
        _BOUND.reset(token)


@contextmanager
def bound(**context: object) -> Iterator[None]:
    """Bind facts for the length of a with block."""
    token = bind(**context)
    try:
        yield
    finally:
        unbind(token)
