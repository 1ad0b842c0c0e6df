"""Answer like the Messages API on loopback, from a script, and record what was asked.

The real agent program runs against it with ``ANTHROPIC_BASE_URL``: no account, no network. A script is a
function from a recorded request to a reply; :func:`conversations` makes one from lists of turns.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

__all__ = [
    "ApiFailure",
    "Hang",
    "RecordedRequest",
    "Reply",
    "Script",
    "ScriptedApi",
    "ToolCall",
    "Turn",
    "conversations",
]

#: Dollars are computed by the program from these; small ones keep a test under its budget.
INPUT_TOKENS, OUTPUT_TOKENS = 10, 5


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    """Ask the program to run one of its tools."""

    name: str
    input: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """Answer with text and tool calls; without tool calls the conversation ends here."""

    text: str = ""
    calls: tuple[ToolCall, ...] = ()
    input_tokens: int = INPUT_TOKENS
    output_tokens: int = OUTPUT_TOKENS


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiFailure:
    """Answer with an HTTP error."""

    status: int
    kind: str = "api_error"
    message: str = "scripted failure"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hang:
    """Answer nothing until the API is closed."""


Reply = Turn | ApiFailure | Hang


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedRequest:
    """Keep one request as the program sent it."""

    method: str
    path: str
    headers: Mapping[str, str]
    raw: bytes
    body: Mapping[str, Any] = field(default_factory=dict)

    @property
    def system(self) -> str:
        """Give the system prompt as one text."""
        return _joined(self.body.get("system", ""))

    @property
    def tool_names(self) -> tuple[str, ...]:
        """Give the names of the offered tools, sorted."""
        return tuple(sorted(tool["name"] for tool in self.body.get("tools", ())))

    @property
    def turns_taken(self) -> int:
        """Count the answers that this conversation already had."""
        return sum(message["role"] == "assistant" for message in self.body.get("messages", ()))

    @property
    def text(self) -> str:
        """Give the whole request as text, escapes decoded, to look for what must not be in it."""
        return json.dumps(self.body, ensure_ascii=False) if self.body else self.raw.decode(errors="replace")

    def tool_results(self) -> tuple[str, ...]:
        """Give the texts of all tool results in this request, in order."""
        return tuple(_tool_results(self.body.get("messages", ())))


Script = Callable[[RecordedRequest], Reply]


def conversations(turns: Mapping[str, Sequence[Reply]]) -> Script:
    """Make a script from lists of turns.

    Args:
        turns: replies by a text in the system prompt that tells the conversations apart; the first key found
            there is taken, and the key ``""`` is found everywhere. What was answered last is repeated.
    """

    def script(request: RecordedRequest) -> Reply:
        for marker, replies in turns.items():
            if marker in request.system:
                return replies[min(request.turns_taken, len(replies) - 1)]
        return ApiFailure(status=400, kind="invalid_request_error", message="not in the script")

    return script


class ScriptedApi:
    """Serve a script on a free loopback port while the ``with`` block runs; usable from any thread."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self._recorded: list[RecordedRequest] = []
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._server = _Server(("127.0.0.1", 0), self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        """Give the base address, for ``ANTHROPIC_BASE_URL``."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def recorded(self) -> tuple[RecordedRequest, ...]:
        """Give every request so far, of any path."""
        with self._lock:
            return tuple(self._recorded)

    @property
    def requests(self) -> tuple[RecordedRequest, ...]:
        """Give the requests for a model's answer so far."""
        return tuple(request for request in self.recorded if request.path == "/v1/messages")

    def answer(self, request: RecordedRequest) -> Reply:
        """Record a request and look up its reply."""
        with self._lock:
            self._recorded.append(request)
        if request.path != "/v1/messages":
            return ApiFailure(status=404, kind="not_found_error", message="not served")
        return self._script(request)

    def wait_closed(self) -> None:
        """Block until the ``with`` block ends."""
        self._closing.wait()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], api: ScriptedApi) -> None:
        super().__init__(address, _Handler)
        self.api = api

    def handle_error(self, request: object, client_address: object) -> None:
        """Stay silent: a killed program closes its connections while it is answered."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is http.server's
        """Print nothing."""

    def do_HEAD(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def _serve(self) -> None:
        request = self._read()
        match self.server.api.answer(request):
            case _ if request.path == "/v1/messages/count_tokens":
                self._send_json(200, {"input_tokens": INPUT_TOKENS})
            case Hang():
                self.server.api.wait_closed()
                self.close_connection = True
            case ApiFailure() as failure:
                error = {"type": failure.kind, "message": failure.message}
                self._send_json(failure.status, {"type": "error", "error": error})
            case Turn() as turn if request.body.get("stream"):
                self._send(200, "text/event-stream", b"".join(_events(turn, request)))
            case Turn() as turn:
                self._send_json(200, _message(turn, request, content=_content(turn, request)))

    def _read(self) -> RecordedRequest:
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            body = json.loads(raw)
        except ValueError:
            body = {}
        return RecordedRequest(
            method=self.command,
            path=urlsplit(self.path).path,
            headers=dict(self.headers.items()),
            raw=raw,
            body=body if isinstance(body, dict) else {},
        )

    def _send_json(self, status: int, value: object) -> None:
        self._send(status, "application/json", json.dumps(value).encode())

    def _send(self, status: int, kind: str, payload: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(payload)


def _tool_results(messages: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for message in messages:
        if isinstance(message["content"], str):
            continue
        for block in message["content"]:
            if block.get("type") != "tool_result":
                continue
            yield _joined(block.get("content", ""))


def _joined(content: str | Sequence[Mapping[str, str]]) -> str:
    return content if isinstance(content, str) else "\n".join(part.get("text", "") for part in content)


def _content(turn: Turn, request: RecordedRequest) -> list[dict[str, object]]:
    blocks: list[dict[str, object]] = []
    if turn.text or not turn.calls:
        blocks.append({"type": "text", "text": turn.text})
    for number, call in enumerate(turn.calls):
        identity = f"toolu_{request.turns_taken:03}{number:03}{abs(hash(request.system)) % 10**8:08}"
        blocks.append({"type": "tool_use", "id": identity, "name": call.name, "input": dict(call.input)})
    return blocks


def _message(turn: Turn, request: RecordedRequest, *, content: Sequence[object]) -> dict[str, object]:
    return {
        "id": f"msg_{abs(hash(request.system)) % 10**8:08}{request.turns_taken:06}",
        "type": "message",
        "role": "assistant",
        "model": request.body.get("model", "scripted"),
        "content": list(content),
        "stop_reason": "tool_use" if turn.calls else "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": turn.input_tokens, "output_tokens": turn.output_tokens},
    }


def _events(turn: Turn, request: RecordedRequest) -> Iterator[bytes]:
    start = {**_message(turn, request, content=()), "stop_reason": None}
    yield _event("message_start", message=start)
    for index, block in enumerate(_content(turn, request)):
        if block["type"] == "text":
            opening: dict[str, object] = {"type": "text", "text": ""}
            delta: dict[str, object] = {"type": "text_delta", "text": block["text"]}
        else:
            opening = {**block, "input": {}}
            delta = {"type": "input_json_delta", "partial_json": json.dumps(block["input"])}
        yield _event("content_block_start", index=index, content_block=opening)
        yield _event("content_block_delta", index=index, delta=delta)
        yield _event("content_block_stop", index=index)
    stop = {"stop_reason": "tool_use" if turn.calls else "end_turn", "stop_sequence": None}
    yield _event("message_delta", delta=stop, usage={"output_tokens": turn.output_tokens})
    yield _event("message_stop")


def _event(name: str, **fields: object) -> bytes:
    return f"event: {name}\ndata: {json.dumps({'type': name, **fields})}\n\n".encode()
