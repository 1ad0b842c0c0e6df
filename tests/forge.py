"""Stand where a forge stands: GitHub's pull requests over HTTP on loopback, and a program called ``gh``."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.shop import Shop, git

__all__ = ["TOKEN", "Forge", "add_remote", "at_forge", "forge", "install_gh"]

TOKEN = "token-of-the-operator"

#: Keeps its requests in a file, as the forge behind it would; ``GH_FAILS`` makes it fail.
_GH = """#!{python}
import json, os, pathlib, sys
store = pathlib.Path({store!r})
requests = json.loads(store.read_text()) if store.exists() else []
words = sys.argv[1:]
value = lambda name: words[words.index(name) + 1]
if os.environ.get("GH_FAILS"):
    sys.exit("gh: To get started with GitHub CLI, please run:  gh auth login")
if words[:2] == ["pr", "list"]:
    print(json.dumps([{{"url": one["url"]}} for one in requests if one["head"] == value("--head")]))
elif words[:2] == ["pr", "create"]:
    url = f"https://github.com/{{value('--repo')}}/pull/{{len(requests) + 1}}"
    requests.append({{"url": url, "head": value("--head"), "base": value("--base"), "title": value("--title"),
                     "body": sys.stdin.read(), "nats": [n for n in os.environ if n.startswith("NATS_")]}})
    store.write_text(json.dumps(requests))
    print(f"Creating pull request for {{value('--head')}}", file=sys.stderr)
    print(url)
else:
    sys.exit("gh: unknown command")
"""


class Forge:
    """Keep pull requests, and answer as GitHub does.

    Attributes:
        pulls: what was asked for, as it was sent, with its address.
        answers: status codes to answer the next requests with, instead of doing what they ask.
        late: is set when a request is to be kept but never answered.
    """

    def __init__(self) -> None:
        self.pulls: list[dict[str, Any]] = []
        self.answers: list[int] = []
        self.asked: list[str] = []
        self.url = ""

    def answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, object]:
        """Do what one request asks."""
        self.asked.append(method)
        if self.answers and (code := self.answers.pop(0)):
            return code, {"message": "scripted refusal", "errors": [{"message": "no\x1b[31m reason"}]}
        place = urlsplit(path)
        if headers.get("authorization") != f"Bearer {TOKEN}":
            return 401, {"message": "Bad credentials"}
        if place.path != "/repos/acme/shop/pulls":
            return 404, {"message": "Not Found"}
        if method == "GET":
            head = parse_qs(place.query)["head"][0].removeprefix("acme:")
            return 200, [pull for pull in self.pulls if pull["head"]["ref"] == head]
        wanted = json.loads(body)
        if any(pull["head"]["ref"] == wanted["head"] for pull in self.pulls):
            return 422, {"message": "Validation Failed", "errors": [{"message": "already exists"}]}
        number = len(self.pulls) + 1
        pull = {
            **wanted,
            "number": number,
            "head": {"ref": wanted["head"]},
            "html_url": f"{self.url}/acme/shop/pull/{number}",
        }
        self.pulls.append(pull)
        return 201, pull


@contextmanager
def forge() -> Iterator[Forge]:
    """Serve one forge on loopback."""
    found = Forge()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is http.server's
            """Print nothing."""

        def do_GET(self) -> None:
            self._serve()

        def do_POST(self) -> None:
            self._serve()

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            code, value = found.answer(self.command, self.path, headers, body)
            payload = json.dumps(value).encode()
            self.send_response(code)
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def install_gh(folder: Path) -> Path:
    """Put a program called ``gh`` into a folder; gives the file in which it keeps its requests."""
    folder.mkdir(parents=True, exist_ok=True)
    store = folder / "requests.json"
    program = folder / "gh"
    program.write_text(_GH.format(python=sys.executable, store=str(store)))
    program.chmod(0o755)
    return store


def add_remote(shop: Shop) -> Path:
    """Give the shop's repository a bare remote called ``origin``."""
    bare = shop.folder.parent / "origin.git"
    git(shop.folder.parent, "init", "-q", "--bare", "-b", "main", str(bare))
    git(shop.folder, "remote", "add", "origin", str(bare))
    git(shop.folder, "push", "-q", "origin", "main")
    return bare


def at_forge(found: Forge, *, publish: str = "pull-request") -> str:
    """Write the settings that make fixes end at a forge."""
    return f'publish = "{publish}"\n            github = "acme/shop"\n            github_api = "{found.url}"'
