"""A small repository with a mistake in it, agents that mend it, and a server to report it to."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from aat_consumer import consuming, settings_file, streams
from aat_consumer.jetstream import JetStream, Stored, connect
from aat_consumer.queues import error_queue, task_queues
from aat_consumer.settings import Settings
from aat_reporters.connection import Connection
from aat_reporters.wire import MESSAGE_ID_HEADER, Namespace
from tests import json_lines

Value = TypeVar("Value")

#: Mends the mistake and says so, as a program of kind ``command`` does.
MENDING_AGENT = """
import json, pathlib, sys
task = json.load(sys.stdin)
path = pathlib.Path("shop.py")
path.write_text(path.read_text().replace("sum(prices) / len(prices)", "sum(prices) / max(len(prices), 1)"))
print(json.dumps({"status": "fixed", "solution": "divide by at least one", "findings": "empty cart"}))
"""


def git(folder: Path, *words: str) -> str:
    """Run git apart from the configuration of whoever runs the tests."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
    }
    for who in ("AUTHOR", "COMMITTER"):
        environment |= {f"GIT_{who}_NAME": "Tester", f"GIT_{who}_EMAIL": "tester@example.com"}
    done = subprocess.run(
        ["git", *words], cwd=folder, env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout


@dataclass(frozen=True, kw_only=True)
class Shop:
    """A repository with its settings file, and the namespace it reports to.

    ``variables`` are set for every command, and say who connects.
    """

    folder: Path
    namespace: Namespace
    url: str
    variables: Mapping[str, str] = field(default_factory=dict)

    def report(self, number: int = 0, **changes: object) -> dict[str, object]:
        """Write a report of four keys, as a shell would; each number is another error."""
        return {
            "error": "ZeroDivisionError: division by zero",
            "stack": f"Traceback (most recent call last):\n  File shop.py, line 2, in average_{number}",
            "timestamp": "2026-11-23T10:30:00Z",
            "context": {"file": "shop.py", "line": 2, "function": f"average_{number}"},
            **changes,
        }

    def aat(self, *words: str, timeout: float = 60.0) -> subprocess.CompletedProcess[str]:
        """Run the real command in the repository, and hold its JSON against what is documented."""
        done = subprocess.run(
            [sys.executable, "-m", "aat_consumer", *words],
            cwd=self.folder,
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        if "--json" in words:
            json_lines.check(words, done.stdout)
        return done

    def environment(self) -> dict[str, str]:
        """Give the variables that the real command gets."""
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}
        return {**kept, "HOME": str(self.folder.parent), "NATS_URL": self.url, **self.variables}

    def settings(self) -> Settings:
        """Load what is in force in the repository."""
        return settings_file.load(folder=self.folder, environment=self.environment())

    def work(self, reports: int = 1, *, tasks: str = "") -> list[tuple[str, Mapping[str, object]]]:
        """Run the loop in this process for so many reports (or tasks of a queue), and list its steps."""
        steps: list[tuple[str, Mapping[str, object]]] = []

        async def run(js: JetStream) -> None:
            worker = consuming.build_worker(
                js,
                settings=self.settings(),
                observe=lambda step, facts: steps.append((step, facts)),
                tasks=tasks,
            )
            async with asyncio.timeout(60):
                assert await worker.run(limit=reports) == reports

        self.with_server(run)
        return steps

    def branches(self) -> list[str]:
        """List the branches that hold fixes."""
        return git(self.folder, "for-each-ref", "--format=%(refname:short)", "refs/heads/aat").split()

    def with_server(self, work: Callable[[JetStream], Awaitable[Value]]) -> Value:
        """Run an asynchronous function with a connection."""

        async def run() -> Value:
            connection = Connection.from_values({}, environment=self.environment())
            js = await connect(connection, namespace=self.namespace, name="test")
            try:
                return await work(js)
            finally:
                await js.close()

        return asyncio.run(run())

    def publish_task(self, queue: str, *words: str) -> dict[str, Any]:
        """Publish a task with the real command, and give what it printed."""
        done = self.aat("task", "publish", queue, "--json", *words)
        assert done.returncode == 0, done.stderr
        found = json.loads(done.stdout)
        assert isinstance(found, dict)
        return found

    def publish(self, payload: object, *, message_id: str = "", environment: str = "staging") -> None:
        """Publish as any program would, with a message id of its own or none."""

        async def work(js: JetStream) -> None:
            data = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
            headers = {MESSAGE_ID_HEADER: message_id} if message_id else None
            await js.context.publish(self.namespace.error_subject(environment), data, headers=headers)

        self.with_server(work)

    def stored(self, stream: str, subject: str) -> list[tuple[Stored, dict[str, object]]]:
        """Read everything that lies on a subject."""

        async def work(js: JetStream) -> list[tuple[Stored, dict[str, object]]]:
            return [(found, json.loads(found.payload)) async for found in js.messages.walk(stream, subject)]

        return self.with_server(work)

    def results(self) -> list[tuple[str, dict[str, object]]]:
        """List the results with their kind."""
        found = self.stored(self.namespace.results, f"{self.namespace.name}.results.>")
        return [(stored.subject.split(".")[2], body) for stored, body in found]

    def is_settled(self, environment: str = "staging", *, tasks: str = "") -> bool:
        """Tell whether the queue (or a queue of tasks) is empty and nothing is in flight."""
        one = error_queue(self.namespace, environment)
        queues = task_queues(self.namespace, tasks) if tasks else (one,)

        async def work(js: JetStream) -> bool:
            info = await js.context.stream_info(queues[0].stream)
            lags = [await js.lag(queue.stream, durable=queue.durable) for queue in queues]
            is_quiet = not any(lag.waiting or lag.in_flight for lag in lags if lag is not None)
            return info.state.messages == 0 and is_quiet

        return self.with_server(work)


def make_shop(
    folder: Path,
    *,
    namespace: Namespace,
    url: str,
    agent: str = MENDING_AGENT,
    settings: str = "",
    repository_settings: str = "",
    variables: Mapping[str, str] | None = None,
) -> Shop:
    """Make the repository, its settings and the streams.

    Args:
        folder: a new one.
        namespace: nobody else's.
        url: of the server.
        agent: source of a Python program of kind ``command``.
        settings: more lines for the section ``consumer`` of aat.toml.
        repository_settings: more lines for its section ``repository``.
        variables: of whoever may make streams.
    """
    repository = folder / "repository"
    repository.mkdir(parents=True)
    (repository / "shop.py").write_text("def average(prices):\n    return sum(prices) / len(prices)\n")
    (repository / "test_shop.py").write_text(
        textwrap.dedent(
            """
            import unittest
            from shop import average

            class ShopTest(unittest.TestCase):
                def test_empty(self):
                    self.assertEqual(average([]), 0)
            """
        )
    )
    (folder / "agent.py").write_text(agent)
    git(repository, "init", "-q", "-b", "main")
    git(repository, "add", "-A")
    git(repository, "commit", "-q", "-m", "start")
    (repository / "aat.toml").write_text(
        textwrap.dedent(
            f"""
            namespace = "{namespace.name}"
            [consumer]
            environments = ["staging"]
            ack_wait = 2
            lease = 2
            retry_delay = 0.1
            {settings}
            [agent]
            kind = "command"
            command = ["{sys.executable}", "{folder / "agent.py"}"]
            sandbox = "none-accepted"
            timeout = 20
            [repository]
            test_command = "{sys.executable} -m unittest -q"
            {repository_settings}
            """
        )
    )
    shop = Shop(folder=repository, namespace=namespace, url=url, variables=variables or {})

    async def ensure(js: JetStream) -> None:
        await streams.apply(js, await streams.inspect(js))

    shop.with_server(ensure)
    return shop
