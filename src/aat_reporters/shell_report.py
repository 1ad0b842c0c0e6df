"""Make a report of what a shell hands over: flags, JSON, or the text of a traceback or log."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime

from aat_reporters.errors import ReportError
from aat_reporters.redaction import Redaction
from aat_reporters.report import decode, rfc3339
from aat_reporters.settings import ReporterSettings
from aat_reporters.signature import RULES, Rules, exact, facts_of, signatures
from aat_reporters.wire import message_id

__all__ = ["finished", "from_flags", "from_text"]

#: The last line of a Python traceback; other languages put the message first.
_TRACEBACK = re.compile(r"^Traceback \(most recent call last\):$", re.M)


def from_flags(
    *,
    error: str,
    stack: str = "",
    file: str = "",
    line: int | None = None,
    function: str = "",
    context: str = "",
) -> dict[str, object]:
    """Make a report of command line flags.

    Args:
        error: the message, as ``Type: message`` where there is a type.
        stack: text of the stack.
        file: where it happened.
        line: in that file.
        function: in that file.
        context: further facts as a JSON object.

    Raises:
        ReportError: the context is no JSON object.
    """
    place: dict[str, object] = {"file": file, "line": line, "function": function}
    known = {key: value for key, value in place.items() if value not in (None, "")}
    return {"error": error, "stack": stack, "context": {**known, **_context(context)}}


def from_text(text: bytes) -> dict[str, object]:
    """Make a report of standard input: a JSON report, else a stack whose message is the error.

    Raises:
        ReportError: nothing, or too much, or JSON that is no report; the key is named.
    """
    if not text.strip():
        raise ReportError("nothing on standard input; give a report as JSON, a stack, or --error")
    if text.lstrip().startswith(b"{"):
        return decode(text)
    # Decoding checks size, UTF-8 and characters that nobody can use.
    stack = str(decode(json.dumps({"error": text.decode("utf-8", "replace")}).encode())["error"]).strip("\n")
    lines = [line for line in stack.splitlines() if line.strip()]
    error = lines[-1] if _TRACEBACK.search(stack) else lines[0]
    return {"error": error.strip(), "stack": stack if len(lines) > 1 else "", "context": {}}


def finished(
    report: Mapping[str, object], settings: ReporterSettings, *, now: datetime, rules: Rules = RULES
) -> tuple[str, dict[str, object]]:
    """Scrub a report, and add its time, environment, release and signatures.

    It stays a report of a foreign publisher, whose occurrences the consumer counts.

    Args:
        report: what the shell gave.
        settings: of the reporter.
        now: an aware time, for a report without one.
        rules: by which signatures are made.

    Returns:
        The message id, and the report.
    """
    redaction = Redaction(keys=settings.scrub_keys, emails=settings.scrub_emails)
    done = redaction.mapping(report)
    # The name of the error's key is no reason to remove it.
    done["error"] = redaction.text(str(report["error"]))
    done.setdefault("context", {})
    done["timestamp"] = report.get("timestamp") or rfc3339(now)
    done["environment"] = settings.environment
    if settings.release:
        done["release"] = settings.release
    signed = signatures(facts_of(done), rules=rules)
    done["signature"] = {"exact": exact(done), **signed}
    identity = message_id(
        settings.namespace,
        environment=settings.environment,
        signature=signed["stable"],
        release=settings.release,
    )
    return identity, done


def _context(text: str) -> dict[str, object]:
    if not text:
        return {}
    try:
        context = json.loads(text)
    except (ValueError, RecursionError) as exc:
        raise ReportError(f"context is not JSON: {exc}", key="context") from exc
    if not isinstance(context, dict):
        raise ReportError(f"context must be a JSON object: {text[:60]!r}", key="context")
    return context
