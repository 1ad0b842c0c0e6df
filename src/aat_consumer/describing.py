"""Write what a commit and a pull request say of a fix: our words, and an agent's where they can do nothing.

Pure. What an agent wrote comes from a report that anyone may have written.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from aat_consumer.intake import Task

__all__ = ["commit_message", "request_text"]

#: Columns of the agent's words in a commit message, so that no line of theirs can be a trailer.
_INDENT = "    "

#: Lines of the agent's words in a commit message.
MAX_LINES = 40

#: Where forges look for a person to call, an issue to close or another project to link.
_REFERENCE = re.compile(r"@(?=\w)|#(?=\d)|\bGH-(?=\d)|:(?=//)|!(?=\d)")


#: Columns of the agent's words in a pull request, which are shown as they are.
_COLUMNS = 100

#: Characters of each text in a pull request; GitHub takes 65,536 of all of them.
MAX_TEXT_CHARACTERS = 8_000

#: Characters of a name, a version or a path.
MAX_NAME_CHARACTERS = 200

#: Files that a pull request names.
MAX_FILES = 30

_LEFT_OUT = "*(left out: the filter found in it what reads like an instruction to an agent)*"

#: What a name, a version or a path may hold in a table; everything else becomes ``_``.
_NOT_NAME = re.compile(r"[^A-Za-z0-9._+/:@-]")


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


def request_text(
    facts: Mapping[str, Any], body: Mapping[str, Any], *, is_clean: Callable[[str], bool]
) -> str:
    """Write a pull request in Markdown: cause, change, evidence, next steps.

    Args:
        facts: of the task: task_id, attempt, signature, environment or queue, release.
        body: of its result: solution, cause, next_steps, files, test_results, held_for, approved_by,
            regression_of.
        is_clean: the filter; a text that it blocks is left out, and that is said.
    """
    steps = body.get("next_steps")
    listed = "\n".join(f"- {step}" for step in steps) if isinstance(steps, Sequence) else ""
    parts = [
        "An agent wrote this change for what a running program reported. Review it like any other.",
        _table(facts, body),
        "## Cause",
        _quoted(body.get("cause"), is_clean),
        "## Change",
        _quoted(body.get("solution"), is_clean),
        _files(body.get("files")),
        "## Evidence",
        _evidence(body.get("test_results"), is_clean),
        *(("## Next steps", _quoted(listed, is_clean)) if listed else ()),
        "The blocks above are in the agent's words, which may repeat text of the report. "
        f"What happened, step by step: `aat task show {_short(facts.get('task_id'))}`",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _table(facts: Mapping[str, Any], body: Mapping[str, Any]) -> str:
    rows = [(name, facts.get(name)) for name in ("signature", "environment", "queue", "release", "task_id")]
    earlier = body.get("regression_of")
    if isinstance(earlier, Mapping):
        rows.append(("regression of", f"{earlier.get('task_id', '')}@{earlier.get('release') or 'unknown'}"))
        rows.append(("fixed before in", earlier.get("pr_url") or earlier.get("branch")))
    held_for = body.get("held_for")
    rows += [("held for", reason) for reason in held_for] if isinstance(held_for, Sequence) else []
    rows.append(("approved by", body.get("approved_by")))
    lines = [f"| {name.replace('_id', '')} | `{_words(value)}` |" for name, value in rows if value]
    return "\n".join(("| | |", "|---|---|", *lines))


def _evidence(results: object, is_clean: Callable[[str], bool]) -> str:
    if not isinstance(results, Mapping):
        return "No tests are configured."
    rows, said = ["| tests | exit code | seconds |", "|---|---|---|"], ""
    for when in ("before", "after"):
        tested = results.get(when)
        if isinstance(tested, Mapping):
            code, seconds = _short(tested.get("returncode")), _short(tested.get("seconds"))
            rows.append(f"| {when} the change | {code} | {seconds} |")
            said = str(tested.get("summary") or "")
    return "\n".join(rows) + (f"\n\n{_quoted(said, is_clean)}" if said else "")


def _files(files: object) -> str:
    if not isinstance(files, Sequence) or not files:
        return ""
    more = f" and {len(files) - MAX_FILES} more" if len(files) > MAX_FILES else ""
    return "Files: " + ", ".join(f"`{_short(path)}`" for path in files[:MAX_FILES]) + more


def _quoted(value: object, is_clean: Callable[[str], bool]) -> str:
    """Show a text as a block in which nothing is markup, behind a fence longer than any in it."""
    text = str(value or "").strip()[:MAX_TEXT_CHARACTERS]
    if not text:
        return "*(nothing)*"
    if not is_clean(text):
        return _LEFT_OUT
    lines = [
        part
        for line in inert(text).splitlines()
        for part in textwrap.wrap(line, _COLUMNS, replace_whitespace=False) or [""]
    ]
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return "\n".join((f"{fence}text", *lines, fence))


def _words(value: object) -> str:
    return " ".join(_short(word) for word in str(value).split())


def _short(value: object) -> str:
    return _NOT_NAME.sub("_", str("" if value is None else value))[:MAX_NAME_CHARACTERS]
