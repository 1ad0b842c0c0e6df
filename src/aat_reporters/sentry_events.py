"""Read Sentry's events: who and what was meant, and the exceptions that they describe."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from types import FrameType
from typing import Any
from urllib.parse import urlsplit

from aat_reporters.chains import headline, told_chain
from aat_reporters.web import request_facts

__all__ = ["caller", "facts_of_event", "told_of_event"]

#: Packages between the program's call and us.
_BETWEEN = frozenset({"aat_reporters", "contextlib", "logging", "sentry_sdk"})

#: Modules that tracebacks do not print before a type.
_UNNAMED = frozenset({None, "", "builtins", "__builtins__", "__main__", "__mp_main__"})

#: Of ``extra``: command lines hold secrets, and arguments of tasks do.
_NO_EXTRA = frozenset({"sys.argv", "celery-job"})

_DEFAULT_FINGERPRINTS = (["{{ default }}"], ["{{default}}"])

_FROM = re.compile(r"\bfrom\s+(?!None\b)")


def caller() -> tuple[str, int, str]:
    """Give file, line and function of the program's call into Sentry."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        name = frame.f_globals.get("__name__")
        if type(name) is not str or name.partition(".")[0] not in _BETWEEN:
            return frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name
        frame = frame.f_back
    return "", 0, ""


def facts_of_event(event: Mapping[str, Any]) -> dict[str, object]:
    """Give what an event says of its circumstances: no cookies, bodies, breadcrumbs or variables."""
    facts: dict[str, object] = _request(event.get("request"))
    extra = event.get("extra") or {}
    known = {
        "user_id": (event.get("user") or {}).get("id"),
        "trace_id": ((event.get("contexts") or {}).get("trace") or {}).get("trace_id"),
        "transaction": event.get("transaction"),
        "task": (extra.get("celery-job") or {}).get("task_name"),
        "tags": event.get("tags"),
        "extra": {key: value for key, value in extra.items() if key not in _NO_EXTRA},
        "sentry_release": event.get("release"),
        "sentry_environment": event.get("environment"),
    }
    facts |= {key: value for key, value in known.items() if value}
    fingerprint = event.get("fingerprint")
    if fingerprint and fingerprint not in _DEFAULT_FINGERPRINTS:
        facts["fingerprint"] = fingerprint
    return facts


def _request(request: Mapping[str, Any] | None) -> dict[str, object]:
    if not request or not isinstance(request.get("url"), str):
        return {}
    url = urlsplit(request["url"])
    query = request.get("query_string")
    headers = {str(name).lower(): value for name, value in (request.get("headers") or {}).items()}

    def header(name: str) -> str | None:
        value = headers.get(name)
        return value if isinstance(value, str) else None

    return request_facts(
        method=str(request.get("method") or ""),
        scheme=url.scheme,
        host=url.netloc,
        path=url.path,
        query=query if isinstance(query, str) else url.query,
        header=header,
    )


def told_of_event(values: Sequence[Mapping[str, Any]]) -> dict[str, object]:
    """Tell the exceptions of an event, of which the last is the one that was captured."""
    if any("parent_id" in _mechanism(value) for value in values):
        return _told_tree(values)
    relations = ["cause" if _is_raised_from(value) else "context" for value in values]
    # Of the oldest there is nothing that it was raised from.
    relations[0] = ""
    return told_chain([_failure(value) for value in reversed(values)], relations[::-1])


def _told_tree(values: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Tell a group: each value says whether it is another's cause, its context or its member."""
    failures = {_mechanism(value).get("exception_id"): _failure(value) for value in values}
    for value in reversed(values):
        mechanism = _mechanism(value)
        number, source = mechanism.get("exception_id"), mechanism.get("source") or ""
        failure = failures[number]
        if source in ("__cause__", "__context__"):
            # Numbered right behind what it led to; the parent that is named is always the outermost one.
            if isinstance(number, int) and (parent := failures.get(number - 1)):
                parent |= {"cause": failure, "relation": source.strip("_")}
        elif number and (parent := failures.get(mechanism.get("parent_id"))):
            parent.setdefault("exceptions", []).append(failure)
    for failure in failures.values():
        if count := len(failure.get("exceptions", ())):
            # As str() of a group says, of which Sentry takes the message alone.
            failure["error"] = f"{failure['error']} ({count} sub-exception{'s' if count > 1 else ''})"
    root = failures.get(0) or _failure(values[-1])
    stack = [{"error": headline(one), "frames": one["frames"]} for one in failures.values()]
    causes: list[object] = []
    above = root
    while above.get("relation") == "cause" and len(causes) < len(values):
        above = above["cause"]
        causes.append(above)
    return {**root, "error": headline(root), "causes": causes, "stack": stack}


def _mechanism(value: Mapping[str, Any]) -> Mapping[str, Any]:
    return value.get("mechanism") or {}


def _failure(value: Mapping[str, Any]) -> dict[str, Any]:
    module, kind = value.get("module"), str(value.get("type") or "")
    return {
        "type": kind if module in _UNNAMED else f"{module}.{kind}",
        "error": str(value.get("value") or ""),
        "frames": [_frame(frame) for frame in _frames(value)],
    }


def _frames(value: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    frames: Sequence[Mapping[str, Any]] = (value.get("stacktrace") or {}).get("frames") or ()
    return frames


def _frame(frame: Mapping[str, Any]) -> dict[str, object]:
    file = frame.get("abs_path") or frame.get("filename") or ""
    # Sentry makes a path below the working directory of <string>.
    name = file.rpartition("/")[2]
    return {
        "file": name if name.startswith("<") else file,
        "line": frame.get("lineno"),
        "function": frame.get("function"),
        "module": frame.get("module"),
        "code": frame.get("context_line"),
    }


def _is_raised_from(value: Mapping[str, Any]) -> bool:
    """Tell an explicit cause from what was only being handled; the event does not, its source does."""
    frames = _frames(value)
    if not frames:
        return False
    lines = [frames[-1].get("context_line") or "", *(frames[-1].get("post_context") or ())]
    statement, depth = "", 0
    for line in lines:
        statement += f"{line} "
        depth += sum(line.count(bracket) for bracket in "([{") - sum(line.count(bracket) for bracket in ")]}")
        if depth <= 0 and not line.rstrip().endswith("\\"):
            break
    return statement.lstrip().startswith("raise ") and _FROM.search(statement) is not None
