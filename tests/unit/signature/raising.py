"""Raise for real in sources that exist only in memory, and read the facts off the exception."""

from __future__ import annotations

import linecache
import sys
import sysconfig
import types
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["Deploy", "Program", "facts_from", "raised"]

Facts = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deploy:
    """Say where a program lies and how far its lines have moved."""

    root: str = "/srv/app/current"
    lines_above: int = 0


class Program:
    """A module, compiled at a place of its choice."""

    def __init__(self, name: str, source: str, deploy: Deploy) -> None:
        text = "# moved\n" * deploy.lines_above + source
        self.deploy = deploy
        file = f"{deploy.root}/shop/{name}.py"
        self.module = types.ModuleType(f"shop.{name}")
        self.module.__file__ = file
        linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
        exec(compile(text, file, "exec"), self.module.__dict__)

    def facts(self, expression: str) -> Facts:
        """Run an expression and give the facts of what it raises."""
        return facts_from(raised(lambda: eval(expression, self.module.__dict__)), root=self.deploy.root)


def raised(call: Callable[[], object]) -> BaseException:
    """Give the exception that a call raises."""
    try:
        call()
    except Exception as exc:
        return exc
    raise AssertionError("nothing was raised")


def facts_from(error: BaseException, *, root: str) -> Facts:
    """Read the facts of an exception the way a reporter does."""
    return _failure(error, set()) | {
        "root": root,
        "prefix": sys.prefix,
        "stdlib": sysconfig.get_paths()["stdlib"],
        "stack": "",
        "context": {},
    }


def _failure(error: BaseException, seen: set[int]) -> Facts:
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    facts: Facts = {"type": name, "error": str(error), "frames": _frames(error.__traceback__)}
    seen.add(id(error))
    below, relation = error.__cause__, "cause"
    if below is None and not error.__suppress_context__:
        below, relation = error.__context__, "context"
    if below is not None and id(below) not in seen:
        facts |= {"cause": _failure(below, seen), "relation": relation}
    if isinstance(error, BaseExceptionGroup):
        facts["exceptions"] = [_failure(member, seen) for member in error.exceptions]
    return facts


def _frames(traceback: types.TracebackType | None) -> list[Facts]:
    frames: list[Facts] = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        file = code.co_filename
        if not file.endswith("raising.py") and file != "<string>":
            frames.append(
                {
                    "file": file,
                    "function": code.co_name,
                    "qualname": code.co_qualname,
                    "line": traceback.tb_lineno,
                    "code": linecache.getline(file, traceback.tb_lineno).strip(),
                    "module": traceback.tb_frame.f_globals.get("__name__"),
                    "first_line": code.co_firstlineno,
                }
            )
        traceback = traceback.tb_next
    return frames
