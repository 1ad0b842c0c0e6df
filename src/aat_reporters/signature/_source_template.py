"""Read the template of a message out of the source line that made it."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice

from aat_reporters.signature._statement import MAX_CODE

__all__ = ["Template", "called_with_literal", "templates"]

#: Static pieces of a message in order; between them stood data.
Template = tuple[str, ...]

#: Expressions looked at in one line, so that a hostile line costs little.
_MAX_NODES = 300

_STARTS = re.compile(
    r"\b(?:raise|assert)\b|(?<![\w.()])[\w.()]*\b(?:exception|error|critical|warning|warn|fatal|log|info|debug)\("
)
_FORMAT = re.compile(r"%(?:\(\w+\))?[-+ #0]*(?:\d+|\*)?(?:\.(?:\d+|\*))?[hlL]?[diouxXeEfFgGcrsa]|%%")
_BRACE = re.compile(r"\{\{|\}\}|\{[^{}]*\}")
#: What the parser may warn about: escapes, and numbers that touch a word.
_MAY_WARN = re.compile(r"\\|\d[A-Za-z]")
_DANGLING = re.compile(r"[,.]\s*\Z")
_OPERAND_MISSING = re.compile(r"(?:[%+*/|&=]|\b(?:if|else|and|or|not|in|from))\s*\Z")


@lru_cache(maxsize=2048)
def templates(code: str) -> tuple[Template, ...]:
    """Give the templates written in a ``raise``, ``assert`` or logging line.

    Args:
        code: one source line, perhaps the first of several.

    Returns:
        Each text-like argument as its static pieces; ``("no user ", "")`` for ``f"no user {name}"``.
    """
    line = code[:MAX_CODE]
    start = _STARTS.search(line)
    if start is None:
        return ()
    tree = _parsed(line[start.start() :])
    if tree is None:
        return ()
    found: dict[Template, None] = {}
    arguments = _arguments(tree)
    for argument in arguments:
        pieces = _pieces(argument)
        if pieces is None:
            continue
        found[pieces] = None
        # Many exceptions fill a "%s" with their other arguments themselves, as loggers do.
        if len(arguments) > 1 and (filled := _split(pieces, _FORMAT)):
            found[filled] = None
    return tuple(found)


@lru_cache(maxsize=2048)
def called_with_literal(code: str, function: str) -> tuple[tuple[str, ...], int]:
    """Give the words a line hands to a function as literals, and how many arguments it hands over.

    A guard such as ``require(form.get("email"), "email")`` gets its wording from there.
    """
    tree = _parsed(code[:MAX_CODE])
    if tree is None:
        return (), 0
    for node in _nodes(tree):
        if isinstance(node, ast.Call) and _name(node.func) == function:
            values = [*node.args, *(keyword.value for keyword in node.keywords)]
            literals = [v.value for v in values if isinstance(v, ast.Constant) and isinstance(v.value, str)]
            return tuple(literals), len(values)
    return (), 0


def _parsed(line: str) -> ast.Module | None:
    """Parse a line that may be the first of several, or the last of a compound statement."""
    text = line.strip()
    if not _MAY_WARN.search(text):
        return _parsed_quietly(text)
    # Invalid escapes in somebody else's source line would warn in our name.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _parsed_quietly(text)


def _attempts(text: str) -> Iterator[str]:
    yield text
    yield text + " pass"
    closed = _closed(text)
    yield closed
    yield closed + ": pass"
    yield "(" + closed + ")"


def _parsed_quietly(text: str) -> ast.Module | None:
    for attempt in _attempts(text):
        try:
            return ast.parse(attempt)
        except (SyntaxError, ValueError, MemoryError, RecursionError):
            continue
    return None


def _closed(text: str) -> str:
    """Close the brackets that a line leaves open, and end an expression that goes on below."""
    text = _DANGLING.sub("", text)
    if _OPERAND_MISSING.search(text):
        text += " 0"
    opened: list[str] = []
    quote = ""
    skip = False
    for character in text:
        if skip:
            skip = False
        elif quote:
            skip = character == "\\"
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        elif character in "([{":
            opened.append({"(": ")", "[": "]", "{": "}"}[character])
        elif opened and character == opened[-1]:
            opened.pop()
    return text + quote + "".join(reversed(opened))


def _nodes(tree: ast.AST) -> Iterator[ast.AST]:
    return islice(ast.walk(tree), _MAX_NODES)


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    return node.attr if isinstance(node, ast.Attribute) else ""


def _arguments(tree: ast.Module) -> list[ast.expr]:
    """List what a raise, an assert or a logging call says."""
    for node in _nodes(tree):
        if isinstance(node, ast.Raise):
            return _call_arguments(node.exc) if isinstance(node.exc, ast.Call) else []
        if isinstance(node, ast.Assert):
            return [node.msg] if node.msg is not None else []
        if isinstance(node, ast.Call):
            return _call_arguments(node)
    return []


def _call_arguments(call: ast.Call) -> list[ast.expr]:
    return [*call.args, *(keyword.value for keyword in call.keywords)]


def _pieces(node: ast.expr, depth: int = 0) -> Template | None:
    """Give the static pieces of a text expression, or None if it is not one."""
    if depth > 8:
        return None
    match node:
        case ast.Constant(value=str() as text):
            return (text,)
        case ast.JoinedStr(values=values):
            return _joined(
                [_pieces(v, depth + 1) if isinstance(v, ast.Constant) else ("", "") for v in values]
            )
        case ast.BinOp(op=ast.Mod(), left=left):
            return _split(_pieces(left, depth + 1), _FORMAT)
        case ast.BinOp(op=ast.Add(), left=left, right=right):
            first, second = _pieces(left, depth + 1), _pieces(right, depth + 1)
            if first is None and second is None:
                return None
            return _joined([first or ("", ""), second or ("", "")])
        case ast.Call(func=ast.Attribute(value=value, attr="format")):
            return _split(_pieces(value, depth + 1), _BRACE)
        case ast.Call(func=ast.Name(id="_" | "gettext" | "str" | "repr" | "dedent"), args=[inner, *_]):
            return _pieces(inner, depth + 1)
    return None


def _joined(parts: list[Template | None]) -> Template:
    pieces = [""]
    for part in parts:
        if part:
            pieces[-1] += part[0]
            pieces.extend(part[1:])
    return tuple(pieces)


def _split(pieces: Template | None, hole: re.Pattern[str]) -> Template | None:
    if pieces is None:
        return None
    split: list[Template | None] = []
    for number, piece in enumerate(pieces):
        if number:
            split.append(("", ""))
        last = 0
        text: list[str] = [""]
        for match in hole.finditer(piece):
            text[-1] += piece[last : match.start()]
            last = match.end()
            if match.group() in ("%%", "{{", "}}"):
                text[-1] += match.group()[0]
            else:
                text.append("")
        text[-1] += piece[last:]
        split.append(tuple(text))
    return _joined(split)
