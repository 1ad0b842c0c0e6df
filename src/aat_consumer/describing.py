"""Write what a commit says of a fix: fixed words of ours, the agent's only where they can do nothing.

Pure. What an agent wrote comes from a report that anyone may have written.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from aat_consumer.intake import Task

__all__ = ["commit_message"]

#: Columns of the agent's words in a commit message, so that no line of theirs can be a trailer.
_INDENT = "    "

#: Lines of the agent's words in a commit message.
MAX_LINES = 40

#: Where forges look for a person to call, an issue to close or another project to link.
_REFERENCE = re.compile(r"@(?=\w)|#(?=\d)|\bGH-(?=\d)|:(?=//)|!(?=\d)")


def commit_message(task: Task, *, solution: str, task_id: str, signature: str) -> str:
    """Write a commit message in which nobody but us can set a subject or a trailer."""
    subject, origin = _subject(task)
    words = [_INDENT + line.strip() for line in inert(solution).splitlines()[:MAX_LINES] if line.strip()]
    body = "\n".join(words) or f"{_INDENT}(the agent described no solution)"
    return (
        f"{subject[:70]}\n\nWritten by an agent for {origin}. In its words:\n\n{body}\n\n"
        f"AAT-Task-Id: {task_id}\nAAT-Signature: {signature}\n"
    )


def _subject(task: Task) -> tuple[str, str]:
    """Give a commit's subject, and what it was written for."""
    report = task.report or {}
    if task.queue.holds_tasks:
        kind = _name(str(report.get("type", "")))
        return f"Carry out a task{f' of type {kind}' if kind else ''}", f"a task of queue {task.queue.name}"
    kind = _name(str(report.get("type") or str(report.get("error", "")).partition(":")[0]))
    context = report.get("context")
    place = _name(str(context.get("file", ""))) if isinstance(context, Mapping) else ""
    return f"Fix {kind or 'an error'}" + (f" in {place}" if place else ""), "a reported error"


def _name(text: str) -> str:
    """Keep a type's or a file's name; anything else is text of the report."""
    return text if re.fullmatch(r"[A-Za-z_][\w./-]{0,60}", text) else ""


def inert(text: str) -> str:
    """Make an agent's words name nobody and close nothing, and take out what does not print."""
    clean = "".join(character if character.isprintable() or character == "\n" else " " for character in text)
    return _REFERENCE.sub(lambda match: f"{match[0]}\u200b", clean)
