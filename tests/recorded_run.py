"""Let the real ``claude`` program with its three specialists fix an error, up to a pull request.

Everything is real but the model, which is scripted, and the forge, which stands on loopback. Run as a program
it prints the page ``docs/recorded-run.md``:

    PATH=$(.ci/install-claude build/claude):$PATH python -m tests.recorded_run > docs/recorded-run.md
"""

from __future__ import annotations

import dataclasses
import re
import shlex
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aat_consumer.agents.specialists import IMPLEMENTATION, RESEARCH, REVIEW, SPECIALISTS
from aat_consumer.operate.server import EmbeddedServer
from aat_reporters.wire import Namespace
from tests.claude_place import KEY, call
from tests.forge import TOKEN, add_remote, at_forge, forge
from tests.scripted_api import RecordedRequest, Reply, Script, ScriptedApi, Turn, conversations
from tests.shop import Shop, make_shop

__all__ = ["Recording", "record"]

MISTAKE, REPAIR = "sum(prices) / len(prices)", "sum(prices) / max(len(prices), 1)"

#: Where the program says which folder it works in.
_FOLDER = re.compile(r"(/[\w./-]+/work)\b")


@dataclass(frozen=True, kw_only=True)
class Recording:
    """What one run left behind.

    Args:
        shop: the repository.
        typed: each command, and what it printed.
        pull: the pull request at the forge.
        asked: what the model was asked.
    """

    shop: Shop
    typed: list[tuple[str, str]]
    pull: dict[str, Any]
    asked: tuple[RecordedRequest, ...]


def record(folder: Path, *, namespace: Namespace, url: str) -> Recording:
    """Report an error, let the team fix it, and show what happened.

    Args:
        folder: a new one.
        namespace: nobody else's.
        url: of the server.
    """
    with forge() as found, ScriptedApi(_team()) as api:
        shop = make_shop(folder, namespace=namespace, url=url, repository_settings=at_forge(found))
        variables = {"GITHUB_TOKEN": TOKEN, "ANTHROPIC_API_KEY": KEY, "ANTHROPIC_BASE_URL": api.url}
        shop = dataclasses.replace(shop, variables=variables)
        settings = shop.folder / "aat.toml"
        text = settings.read_text()
        settings.write_text(re.sub(r'kind = "command"\ncommand = .*', 'kind = "claude"', text))
        add_remote(shop)
        report = (
            "send --environment staging --release 1.4 --error 'ZeroDivisionError: division by zero' "
            "--file shop.py --line 2"
        )
        typed = [
            _type(shop, "aat-report", "aat_reporters", report),
            _type(shop, "aat", "aat_consumer", "run --once"),
        ]
        task_id = str(shop.results()[-1][1]["task_id"])
        typed.append(_type(shop, "aat", "aat_consumer", f"task show {task_id}"))
        return Recording(shop=shop, typed=typed, pull=found.pulls[0], asked=api.requests)


def _type(shop: Shop, program: str, module: str, words: str) -> tuple[str, str]:
    done = subprocess.run(
        [sys.executable, "-m", module, *shlex.split(words)],
        cwd=shop.folder,
        env=shop.environment() | {"NATS_NAMESPACE": shop.namespace.name},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return f"{program} {words}", done.stdout


def _team() -> Script:
    """Let the orchestrator call each specialist once; the review asks for nothing more."""
    shop = "FOLDER/shop.py"
    turns: dict[str, list[Reply]] = {
        RESEARCH.prompt: [
            call("Read", file_path=shop),
            Turn(
                text="average() divides by len(prices), which is 0 for an empty list. Nothing else divides."
            ),
        ],
        IMPLEMENTATION.prompt: [
            call("Read", file_path=shop),
            call("Edit", file_path=shop, old_string=MISTAKE, new_string=REPAIR),
            Turn(text="average() divides by at least one now; test_empty covers it."),
        ],
        REVIEW.prompt: [
            call("Bash", command=f"{sys.executable} -m unittest -q"),
            Turn(text="approved: one line changed, and test_empty passes with it."),
        ],
        "": [
            *(
                call("Agent", subagent_type=role.name, description=said, prompt=said)
                for role, said in zip(
                    SPECIALISTS,
                    (
                        "Find out why average() in shop.py divides by zero",
                        "Let average() give 0 for an empty list",
                        "Judge the change in shop.py and run the tests",
                    ),
                    strict=True,
                )
            ),
            call(
                "StructuredOutput",
                status="fixed",
                solution="average() divides by at least one, so an empty list of prices gives 0.",
                findings="average() divided by the number of prices, which is 0 for an empty list.",
                next_steps=["Decide whether an empty cart should have an average at all."],
            ),
        ],
    }
    told = conversations(turns)

    def script(request: RecordedRequest) -> Reply:
        reply = told(request)
        found = _FOLDER.search(request.text)
        if not isinstance(reply, Turn) or found is None:
            return reply
        calls = tuple(
            dataclasses.replace(
                one,
                input={name: _placed(value, found[1]) for name, value in one.input.items()},
            )
            for one in reply.calls
        )
        return dataclasses.replace(reply, calls=calls)

    return script


def _placed(value: object, folder: str) -> object:
    return value.replace("FOLDER", folder) if isinstance(value, str) else value


_HEAD = """# A recorded run

The real `claude` program with its three specialists fixes an error of a small repository, and ends in a
pull request. Its model is scripted and the forge stands on loopback; server, repository, remote, filter,
tests, commit and push are real. `python -m tests.recorded_run` makes this page, and
`tests/integration/test_recorded_run.py` runs the same.
"""


def _page(found: Recording) -> str:
    parts = [_HEAD]
    for command, printed in found.typed:
        shown = "\n".join(f"    {line}".rstrip() for line in f"$ {command}\n{printed.rstrip()}".splitlines())
        parts.append(shown + "\n")
    parts.append(f"## The pull request\n\n**{found.pull['title']}**, from `{found.pull['head']['ref']}`:\n")
    parts.append("\n".join(f"    {line}".rstrip() for line in found.pull["body"].splitlines()) + "\n")
    text = "\n".join(parts)
    text = re.sub(r"http://127\.0\.0\.1:\d+/acme", "https://forge.example.com/acme", text)
    return re.sub(r"by=[\w.-]+/", "by=host/", text)


def main() -> None:
    """Print the page."""
    with tempfile.TemporaryDirectory() as folder, EmbeddedServer() as server:
        sys.stdout.write(_page(record(Path(folder) / "run", namespace=Namespace("shop"), url=server.url)))


if __name__ == "__main__":
    main()
