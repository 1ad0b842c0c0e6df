"""Read what the ``claude`` program prints with ``--output-format stream-json``, one line at a time.

Pure. Measured with 2.1.197. Lines of a kind that is not known, and lines that are no JSON, say nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from aat_consumer.errors import AgentError, AgentOutputError
from aat_consumer.outcomes import AgentRun, Progress, outcome_of

__all__ = ["ORCHESTRATOR", "ClaudeStream", "one_line"]

#: Whose progress it is when the whole team works and no specialist speaks.
ORCHESTRATOR = "orchestrator"

#: Characters of findings in one progress message; a specialist's answer may be pages.
MAX_FINDINGS_CHARACTERS = 2_000

#: Characters of an error message or of a denied permission.
MAX_LINE_CHARACTERS = 300

#: Subtype of the program's last line -> what it means; what was spent or said follows.
_ENDINGS = {
    "error_max_turns": "claude stopped at its limit of turns",
    "error_max_budget_usd": "claude stopped at its budget",
    "error_max_structured_output_retries": "claude gave no outcome of the asked shape",
    "error_during_execution": "claude failed while it worked",
}

#: Remarks of the program in front of a specialist's last words.
_REMARKS = re.compile(r"\A(?:<(?P<tag>[a-z-]+)>[^<>]*</(?P=tag)>\s*)+")

#: What helps where nobody is logged in. HOME is empty, so a login of the user's own is not seen.
_LOG_IN = "set ANTHROPIC_API_KEY, or CLAUDE_CODE_OAUTH_TOKEN from 'claude setup-token', for the consumer"

_Line = Mapping[str, object]


def one_line(text: str) -> str:
    """Put a text on one line without control characters, cut to a bound."""
    return re.sub(r"[\s\x00-\x1f\x7f-\x9f]+", " ", text).strip()[:MAX_LINE_CHARACTERS]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Denial:
    tool: str
    given: object

    def __str__(self) -> str:
        return one_line(f"{self.tool} {json.dumps(self.given, ensure_ascii=False)}")


class ClaudeStream:
    """Turn lines into progress, count model turns, and keep the result for the end.

    Not for several threads. One instance reads one run.

    Args:
        speaker: whose progress it is when no specialist was called.
    """

    def __init__(self, speaker: str = ORCHESTRATOR) -> None:
        self._speaker = speaker
        self._specialists: dict[str, str] = {}
        self._answers: set[str] = set()
        self._result: _Line | None = None

    @property
    def turns(self) -> int:
        """Count model answers so far, those of specialists included."""
        return len(self._answers)

    def feed(self, line: str) -> tuple[Progress, ...]:
        """Read one line.

        Returns:
            what it says to people, mostly nothing.
        """
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            return ()
        if not isinstance(value, dict):
            return ()
        match value.get("type"):
            case "system":
                return tuple(self._system(value))
            case "assistant":
                return tuple(self._assistant(value))
            case "user":
                return tuple(self._tool_results(value))
            case "result":
                self._result = value
        return ()

    def run(self, *, returncode: int, stderr: str = "") -> AgentRun:
        """Judge the result; only a completed run with a valid outcome passes.

        Args:
            returncode: as a shell tells it.
            stderr: what the program printed beside its lines; used where there is no result.

        Raises:
            AgentError: the program failed, with its reason in one line.
            AgentOutputError: it ended well without doing or saying what was asked.
        """
        try:
            return self._judged(returncode=returncode, stderr=stderr)
        except AgentError as exc:
            result = self._result or {}
            exc.permission_denials = tuple(str(denial) for denial in _denials(result))
            exc.cost_usd = _cost(result)
            raise

    def _judged(self, *, returncode: int, stderr: str) -> AgentRun:
        result = self._result
        if result is None:
            raise AgentError(one_line(f"claude ended with code {returncode} without a result: {stderr}"))
        _raise_failure(result)
        if returncode != 0:
            raise AgentError(f"claude ended with code {returncode} behind its result")
        if result.get("terminal_reason", "completed") != "completed":
            # An input that was a command of the program's own ends without a reason and without a turn.
            reason = one_line(str(result["terminal_reason"]))
            raise AgentError(f"claude ended before it was done: {reason}")
        # 'success' with no turn: the program took the prompt for a command of its own and asked no model.
        if not isinstance(result.get("num_turns"), int) or not result["num_turns"] or not self._answers:
            said = one_line(_text(result, "result"))
            raise AgentOutputError(f"claude ended without asking its model: {said}")
        if result.get("structured_output") is None:
            said = one_line(_text(result, "result"))
            raise AgentOutputError(f"claude ended without the outcome: {said}")
        return AgentRun(
            outcome=outcome_of(result["structured_output"]),
            cost_usd=_cost(result),
            turns=self.turns,
            permission_denials=tuple(str(denial) for denial in _denials(result)),
        )

    def _system(self, line: _Line) -> Iterator[Progress]:
        match line.get("subtype"):
            case "init":
                version, model = _text(line, "claude_code_version"), _text(line, "model")
                yield _progress(self._speaker, "started", f"claude {version}, model {model}")
            case "api_retry":
                error = line.get("error_status") or line.get("error")
                tried = f"{line.get('attempt')} of {line.get('max_retries')}"
                yield _progress(self._speaker, "waiting", f"the API failed ({error}), retry {tried}")
            case "task_started" if _text(line, "subagent_type"):
                specialist = _text(line, "subagent_type")
                self._specialists[_text(line, "tool_use_id")] = specialist
                yield _progress(specialist, "started", _text(line, "description"))

    def _assistant(self, line: _Line) -> Iterator[Progress]:
        message = line.get("message")
        if not isinstance(message, dict) or message.get("model") == "<synthetic>":
            # The program's own words for an API error; they come again in its result.
            return
        self._answers.add(_text(message, "id"))
        agent = self._specialists.get(_text(line, "parent_tool_use_id"), self._speaker)
        for block in _blocks(message):
            if block.get("type") == "text" and _text(block, "text").strip():
                yield _progress(agent, "working", _text(block, "text"))

    def _tool_results(self, line: _Line) -> Iterator[Progress]:
        message = line.get("message")
        if not isinstance(message, dict):
            return
        for block in _blocks(message):
            specialist = self._specialists.pop(_text(block, "tool_use_id"), None)
            if specialist is not None:
                status = "failed" if block.get("is_error") else "finished"
                # A specialist's last answer comes as the result of the call, not as a line of its own.
                self._answers.add(_text(block, "tool_use_id"))
                yield _progress(specialist, status, _answer(line, block))


def _raise_failure(result: _Line) -> None:
    if not result.get("is_error") and result.get("subtype") == "success":
        return
    errors = result.get("errors")
    said = str(errors[0]) if isinstance(errors, list) and errors else _text(result, "result")
    if said.startswith("Not logged in"):
        raise AgentError(f"claude is not logged in: {_LOG_IN}")
    subtype = _text(result, "subtype")
    what = _ENDINGS.get(subtype, "claude failed" if subtype == "success" else f"claude failed ({subtype})")
    cost = _cost(result)
    spent = f" (spent ${cost:.2f})" if cost else ""
    kind = AgentOutputError if subtype == "error_max_structured_output_retries" else AgentError
    raise kind(one_line(f"{what}: {said}{spent}"))


def _cost(result: _Line) -> float | None:
    cost = result.get("total_cost_usd")
    return float(cost) if isinstance(cost, int | float) else None


def _denials(result: _Line) -> Iterator[_Denial]:
    denials = result.get("permission_denials")
    for denial in denials if isinstance(denials, list) else ():
        if isinstance(denial, dict):
            yield _Denial(tool=_text(denial, "tool_name"), given=denial.get("tool_input"))


def _answer(line: _Line, block: _Line) -> str:
    """Take a specialist's last words, without the program's own remarks where it keeps them apart."""
    result = line.get("tool_use_result")
    apart = tuple(_blocks(result)) if isinstance(result, dict) else ()
    texts = [_text(part, "text") for part in apart or tuple(_blocks(block))]
    return _REMARKS.sub("", "\n".join(texts) if texts else _text(block, "content"))


def _blocks(value: _Line) -> Iterator[_Line]:
    content = value.get("content")
    for block in content if isinstance(content, list) else ():
        if isinstance(block, dict):
            yield block


def _progress(agent: str, status: str, findings: str) -> Progress:
    return Progress(agent=one_line(agent), status=status, findings=findings[:MAX_FINDINGS_CHARACTERS])


def _text(value: _Line, key: str) -> str:
    text = value.get(key)
    return text if isinstance(text, str) else ""
