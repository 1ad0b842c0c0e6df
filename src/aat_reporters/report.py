"""Read and write the report: the JSON object that every publisher and the consumer agree on.

Pure. Reading accepts what a shell heredoc makes and refuses, naming the key, what nobody could act
on; writing always gives valid UTF-8 within a size.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime

from aat_reporters.errors import ReportError
from aat_reporters.wire import SCHEMA

__all__ = ["MAX_REPORT_BYTES", "decode", "decode_object", "encode", "fit", "rfc3339"]

#: Bytes of an encoded report that a reporter publishes (DESIGN: at most 256 KiB).
MAX_REPORT_BYTES = 256 * 1024

#: Bytes that are decoded at all: the default max_payload of a nats-server.
MAX_DECODED_BYTES = 1024 * 1024

#: Levels of lists and objects; json itself gives up at about a thousand.
MAX_DEPTH = 32

#: Entries of ``frames`` and ``causes``; ours send at most 200 and 8.
MAX_FRAMES = 1_000

_STRING_KEYS = (
    "error",
    "stack",
    "timestamp",
    "id",
    "type",
    "level",
    "logger",
    "environment",
    "release",
    "server",
)
_LIST_KEYS = ("frames", "causes")
_OBJECT_KEYS = ("context", "signature")
_SURROGATE = re.compile("[\ud800-\udfff]")
_RFC3339 = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d):(\d\d)(?:\.(\d{1,9}))?([Zz]|[+-]\d\d:\d\d)\Z", re.ASCII
)

#: What stands where text was cut out of a stack.
_CUT = "\n... {} characters left out ...\n"


def decode(payload: bytes, *, max_bytes: int = MAX_DECODED_BYTES) -> dict[str, object]:
    """Read a published report.

    Args:
        payload: the message as it came.
        max_bytes: a larger payload is refused unread.

    Returns:
        The report; unknown keys kept, ``timestamp`` in UTC with Z, ``context.line`` a number.

    Raises:
        ReportError: what is wrong, and under which key.
    """
    return _checked(decode_object(payload, what="report", max_bytes=max_bytes))


def decode_object(payload: bytes, *, what: str, max_bytes: int) -> dict[str, object]:
    """Read a JSON object that holds neither NUL characters nor unpaired surrogates at any depth.

    Args:
        payload: the message as it came.
        what: names it in errors.
        max_bytes: a larger payload is refused unread.

    Raises:
        ReportError: what is wrong, and under which key.
    """
    if len(payload) > max_bytes:
        raise ReportError(f"the {what} has {len(payload)} bytes; at most {max_bytes} are read")
    try:
        value = json.loads(payload, strict=False)
    except UnicodeDecodeError as exc:
        raise ReportError(f"the {what} is not UTF-8: byte {exc.start} is {payload[exc.start]:#04x}") from exc
    except RecursionError as exc:
        raise ReportError(f"the {what} nests deeper than {MAX_DEPTH} levels") from exc
    except ValueError as exc:
        raise ReportError(f"the {what} is not JSON: {exc}") from exc
    if not isinstance(value, dict):
        raise ReportError(f"the {what} must be a JSON object: {_kind(value)}")
    _check_text(value, what)
    return value


def encode(report: Mapping[str, object], *, max_bytes: int = MAX_REPORT_BYTES) -> bytes:
    """Write a report as UTF-8 JSON of at most max_bytes.

    NUL characters and unpaired surrogates become U+FFFD, for no reader can use them. What is too
    long loses the middle of its stack first, never the end, then frames, context and the rest.
    """
    text = _dumps(report)
    if len(text) > max_bytes:
        text = _dumps(fit(report, max_bytes=max_bytes))
    return text


def fit(report: Mapping[str, object], *, max_bytes: int) -> dict[str, object]:
    """Shorten a report until it encodes in max_bytes; one that fits comes back unchanged.

    Args:
        report: any report.
        max_bytes: at least 1,024.
    """
    fitted = dict(report)
    for shorten in (_shorten_stack, _drop_bulk, _drop_context, _keep_the_error):
        if len(_dumps(fitted)) <= max_bytes:
            break
        fitted = shorten(fitted, max_bytes)
    return fitted


def rfc3339(moment: datetime) -> str:
    """Write an aware time in UTC with Z, to the millisecond."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _dumps(report: Mapping[str, object]) -> bytes:
    text = json.dumps(report, ensure_ascii=False, separators=(",", ":"), default=str, skipkeys=True)
    if "\\u0000" in text:
        text = re.sub(r"(?<!\\)((?:\\\\)*)\\u0000", "\\1\ufffd", text)
    return _SURROGATE.sub("\ufffd", text).encode()


def _checked(report: dict[str, object]) -> dict[str, object]:
    if "error" not in report:
        raise ReportError("the key 'error' is missing", key="error")
    for key in _STRING_KEYS:
        if key in report and report[key] is not None and not isinstance(report[key], str):
            raise ReportError(f"{key} must be a string: {_kind(report[key])}", key=key)
    if not report["error"]:
        raise ReportError("error must not be empty", key="error")
    for key in _OBJECT_KEYS:
        if key in report and report[key] is not None and not isinstance(report[key], dict):
            raise ReportError(f"{key} must be an object: {_kind(report[key])}", key=key)
    for key in _LIST_KEYS:
        value = report.get(key)
        if value is not None and not isinstance(value, list):
            raise ReportError(f"{key} must be a list: {_kind(value)}", key=key)
        if isinstance(value, list) and len(value) > MAX_FRAMES:
            raise ReportError(f"{key} has {len(value)} entries; at most {MAX_FRAMES} are read", key=key)
    if report.get("schema", SCHEMA) != SCHEMA:
        raise ReportError(f"schema must be {SCHEMA}: {report['schema']!r:.40}", key="schema")
    if report.get("timestamp"):
        report["timestamp"] = _timestamp(str(report["timestamp"]))
    context = report.get("context")
    if isinstance(context, dict):
        report["context"] = _context(context)
    return report


def _context(context: dict[str, object]) -> dict[str, object]:
    for key in ("file", "function"):
        if context.get(key) is not None and not isinstance(context[key], str):
            raise ReportError(f"context.{key} must be a string: {_kind(context[key])}", key=f"context.{key}")
    line = context.get("line")
    if isinstance(line, str) and line.strip().isascii() and line.strip().isdigit() and len(line) < 12:
        return context | {"line": int(line)}
    if line not in (None, "") and (isinstance(line, bool) or not isinstance(line, int)):
        raise ReportError(f"context.line must be a number: {_kind(line)}", key="context.line")
    return context


def _timestamp(text: str) -> str:
    match = _RFC3339.match(text.strip())
    try:
        if match is None:
            raise ValueError
        day, minute, second, fraction, zone = match.groups()
        offset = "+00:00" if zone in "Zz" else zone
        leap = "59" if second == "60" else second
        micro = (fraction or "0")[:6].ljust(6, "0")
        return rfc3339(datetime.fromisoformat(f"{day}T{minute}:{leap}.{micro}{offset}"))
    except (ValueError, OverflowError) as exc:
        raise ReportError(
            f"timestamp must be an RFC 3339 time such as 2026-11-23T10:30:00Z: {text[:40]!r}", key="timestamp"
        ) from exc


def _check_text(value: dict[str, object], what: str) -> None:
    """Walk every string and level once, without recursion."""
    waiting: list[tuple[str, object, int]] = [("", value, 0)]
    while waiting:
        path, found, depth = waiting.pop()
        if depth > MAX_DEPTH:
            raise ReportError(f"{path[:80]} nests deeper than {MAX_DEPTH} levels", key=path.partition(".")[0])
        if isinstance(found, str):
            _check_string(path, found)
        elif isinstance(found, dict):
            for key, item in found.items():
                _check_string("a key of " + (path or f"the {what}"), key)
                waiting.append((f"{path}.{key}" if path else key, item, depth + 1))
        elif isinstance(found, list):
            waiting.extend((path, item, depth + 1) for item in found)


def _check_string(path: str, text: str) -> None:
    if "\0" in text:
        raise ReportError(f"{path[:80]} holds a NUL character at {text.index(chr(0))}", key=path)
    if not text.isascii() and (found := _SURROGATE.search(text)):
        raise ReportError(f"{path[:80]} holds an unpaired surrogate at {found.start()}", key=path)


def _kind(value: object) -> str:
    names = {dict: "an object", list: "a list", str: "a string", bool: "a boolean", type(None): "null"}
    return names.get(type(value), "a number")


def _shorten_stack(report: dict[str, object], max_bytes: int) -> dict[str, object]:
    """Cut the middle of the stack, which keeps at least half of the room."""
    stack = report.get("stack")
    if not isinstance(stack, str) or not stack:
        return report
    whole = len(_dumps({"stack": stack}))
    over = len(_dumps(report)) - max_bytes
    wanted = max(whole - over, max_bytes // 2)
    kept = min(len(stack), int(len(stack) * wanted / whole))
    # Characters encode in one to six bytes, so what is left may be denser than the whole: measure.
    while kept > 0 and len(_dumps({"stack": _without_middle(stack, kept)})) > wanted:
        kept = int(kept * 0.9)
    return report | {"stack": _without_middle(stack, kept)}


def _without_middle(text: str, kept: int) -> str:
    head = kept // 4
    tail = kept - head
    if kept >= len(text):
        return text
    return text[:head] + _CUT.format(len(text) - kept) + text[len(text) - tail :]


def _drop_bulk(report: dict[str, object], max_bytes: int) -> dict[str, object]:
    frames = report.get("frames")
    kept = frames[-20:] if isinstance(frames, list) else []
    known = {*_STRING_KEYS, "signature", "context", "schema"}
    slim = {key: value for key, value in report.items() if key in known}
    slim["truncated"] = True
    return slim | {"frames": kept} if len(_dumps(slim | {"frames": kept})) <= max_bytes else slim


def _drop_context(report: dict[str, object], _max_bytes: int) -> dict[str, object]:
    context = report.get("context")
    kept = {}
    for key, value in context.items() if isinstance(context, dict) else ():
        if key in ("file", "line", "function", "request_id") and not isinstance(value, dict | list):
            kept[key] = value if isinstance(value, int) else str(value)[:500]
    return report | {"context": kept}


def _keep_the_error(report: dict[str, object], max_bytes: int) -> dict[str, object]:
    budget = max(100, max_bytes // 12)
    slim: dict[str, object] = {"error": str(report.get("error", ""))[:budget], "truncated": True}
    for key in ("timestamp", "signature", "environment", "release", "context"):
        if key in report and len(_dumps({key: report[key]})) < budget:
            slim[key] = report[key]
    stack = report.get("stack")
    return slim | {"stack": _without_middle(stack, budget)} if isinstance(stack, str) else slim
