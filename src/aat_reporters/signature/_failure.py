"""Say what a failure is to the signature: a type, a message, frames, causes and members."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

__all__ = ["Failure", "Frame", "Roots"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Roots:
    """Say what a process knows about where code comes from.

    Args:
        project: folder of the application; what lies in it is in-app.
        prefix: folder of the interpreter or virtual environment.
        stdlib: folder of the standard library.
        include: module prefixes that are in-app wherever they are installed.
        exclude: module prefixes that never are.
    """

    project: str = ""
    prefix: str = ""
    stdlib: str = ""
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Say where a call stood, free of line numbers and folders.

    Args:
        module: module, package or class that owns the function; else the cleaned file name.
        function: qualified name, folded; empty for an anonymous function.
        code: the source line; empty when unknown.
        offset: lines below the function's first one; None when unknown.
        is_in_app: the frame belongs to the application.
    """

    module: str
    function: str
    code: str = ""
    offset: int | None = None
    is_in_app: bool = True


class Failure(NamedTuple):
    """Say what went wrong, with its explicit causes and, for a group, its members.

    This and what else is made once for each error is a tuple: making a frozen dataclass takes about twice as
    long (measured), and six of them are made for each.

    Args:
        type: full name of the type; empty when unknown.
        message: the text of the error alone.
        frames: innermost first.
        cause: what it was explicitly raised from.
        members: exceptions of a group.
    """

    type: str
    message: str
    frames: tuple[Frame, ...] = ()
    cause: Failure | None = None
    members: tuple[Failure, ...] = ()
