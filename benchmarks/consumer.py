"""Measure what the machinery around an agent costs, beside the same NATS round trips issued bare.

    python benchmarks/consumer.py [--json] [--count 10000] [--runs 60]

First the loop alone: a real server, reports with signatures of their own, an agent that returns at once, no
repository, no filter. What it asks the server is recorded; then as many requests of the same kinds and sizes
are issued bare, in the same run, so that the ratio says what our own code adds. Memory is looked at along the
way. Then whole runs with a repository, a program as the agent and tests, each stage apart, without and with
the filter.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import platform
import re
import statistics
import subprocess
import tempfile
import time
from array import array
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nats.js.errors import KeyNotFoundError
from nats.js.kv import KeyValue

from aat_consumer import consuming, streams
from aat_consumer.claims import Claims, Owner
from aat_consumer.dispatch import Dispatcher
from aat_consumer.dry_running import DryAttempt, DryFixer
from aat_consumer.jetstream import JetStream, connect
from aat_consumer.operate.server import EmbeddedServer
from aat_consumer.outcomes import Outcome
from aat_consumer.policy import Ending
from aat_consumer.ports import Fixing
from aat_consumer.queues import error_queue
from aat_consumer.restraining import Restraints
from aat_consumer.settings import AgentSettings, ConsumerSettings, RepositorySettings, Settings
from aat_consumer.worker import Worker
from aat_reporters.connection import Connection
from aat_reporters.wire import Namespace

#: Reports between two looks at memory.
LOOK_EVERY = 1_000

NAMESPACE = Namespace("bench")
QUEUE = error_queue(NAMESPACE, "staging")

#: Reports by the loop, then as many bare, in turn: other programs come and go.
BLOCK = 500

#: Reports before anything is counted: imports, caches, first connections.
WARM_UP = 100

_KINDS = (
    ("pull", re.compile(r"\$JS\.API\.CONSUMER\.MSG\.NEXT\.")),
    ("read a record", re.compile(r"\$JS\.API\.(STREAM\.MSG|DIRECT)\.GET\.KV_")),
    ("write a record", re.compile(r"\$KV\.")),
    ("acknowledge", re.compile(r"\$JS\.ACK\.")),
    ("publish", re.compile(r"bench\.")),
)


@dataclass(frozen=True)
class Request:
    """One request that the loop made: its kind, where to, and how much."""

    kind: str
    payload_bytes: int


@dataclass
class Passed:
    """A verdict of a filter that lets everything pass, for the cost of the rest."""

    blocked: bool = False

    def to_json(self) -> dict[str, Any]:
        return {}


@dataclass(frozen=True)
class InstantAttempt(DryAttempt):
    """A fix that is there at once."""

    async def commit(self, branch: str, *, signature: str) -> str:
        return "0" * 40


class InstantFixer(DryFixer):
    """An agent without a repository that returns at once, with what a fix says."""

    async def attempt(self, *, task_id: str, observe: Any, **_: Any) -> InstantAttempt:
        observe("agent_started", {"task_id": task_id})
        observe("agent_ended", {"task_id": task_id})
        outcome = Outcome(status="fixed", solution="s" * 200)
        return InstantAttempt(earlier=None, outcome=outcome, ending=Ending.FIXED)


@dataclass
class Watch:
    """Note how long each step took, and memory along the way; holds 4 bytes a step, to be no leak itself."""

    stages: dict[str, array[float]] = field(default_factory=dict)
    memory: list[tuple[int, float]] = field(default_factory=list)
    reports: int = 0
    _steps: dict[str, float] = field(default_factory=dict)

    def __call__(self, step: str, facts: Mapping[str, object]) -> None:
        now = time.perf_counter()
        if step == "fetched":
            if "acknowledged" in self._steps:
                self._add("acknowledged to next fetched", now - self._steps["acknowledged"])
                self._add("WHOLE REPORT", now - self._steps["fetched"])
            self._look()
            self._steps.clear()
        elif self._steps and step not in self._steps:
            before, when = next(reversed(self._steps.items()))
            self._add(f"{before} to {step}", now - when)
        self._steps.setdefault(step, now)
        if step == "agent_started":
            self._add("FETCH TO AGENT", now - self._steps["fetched"])
        if step == "acknowledged":
            self._add("AGENT TO ACKNOWLEDGED", now - self._steps["agent_ended"])

    def pause(self) -> None:
        """Forget the step before something that is not measured."""
        self._steps.clear()

    def _add(self, stage: str, seconds: float) -> None:
        self.stages.setdefault(stage, array("f")).append(seconds * 1000)

    def _look(self) -> None:
        self.reports += 1
        if self.reports % LOOK_EVERY == 1:
            gc.collect()
            self.memory.append((self.reports - 1, round(resident_mib(), 1)))

    def latencies(self) -> dict[str, dict[str, float]]:
        """Give p50 and p99 from each step to the next, and of the ways that count, in milliseconds."""
        usual = [(name, found) for name, found in self.stages.items() if len(found) > self.reports / 2]
        return {name: summary(found) for name, found in usual}


def summary(values: Sequence[float]) -> dict[str, float]:
    """Give p50 and p99."""
    ordered = sorted(values)
    return {
        "p50": round(statistics.median(ordered), 2),
        "p99": round(ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))], 2),
    }


def resident_mib() -> float:
    """Give this process's memory now."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


async def publish(js: JetStream, count: int, *, start: int) -> None:
    """Publish reports as a reporter does, of about 1 KiB, each another error."""
    frames = "\n".join(f'  File "shop/cart.py", line {line}, in total' for line in range(12))
    pending = []
    for number in range(start, start + count):
        report = {
            "error": "ZeroDivisionError: division by zero",
            "stack": f"Traceback (most recent call last):\n{frames}",
            "timestamp": "2026-11-23T10:30:00Z",
            "context": {"file": f"shop/cart_{number}.py", "line": 42, "function": f"total_{number}"},
            "schema": 1,
            "signature": {"stable": f"s1-{number:032x}"},
        }
        headers = {"Nats-Msg-Id": f"bench-{number}"}
        payload = json.dumps(report).encode()
        pending.append(js.context.publish(QUEUE.subject, payload, headers=headers))
        if len(pending) == 200:
            await asyncio.gather(*pending)
            pending.clear()
    await asyncio.gather(*pending)


def recording(js: JetStream, requests: list[Request]) -> Callable[[], None]:
    """Note each message that the client sends; gives what ends it."""
    plain = js.client.publish

    async def publish(subject: str, payload: bytes = b"", *words: Any, **options: Any) -> None:
        kind = next((kind for kind, pattern in _KINDS if pattern.match(subject)), "other")
        requests.append(Request(kind, len(payload)))
        await plain(subject, payload, *words, **options)

    js.client.publish = publish  # type: ignore[method-assign]

    def end() -> None:
        js.client.publish = plain  # type: ignore[method-assign]

    return end


async def alone(count: int) -> dict[str, object]:
    """Measure the loop without a repository and a filter, then its round trips bare."""
    # A limit of bytes would fill up; what is measured is the loop.
    with EmbeddedServer() as server:
        js = await connect(Connection(url=server.url), namespace=NAMESPACE, name="bench")
        roomy = {spec.name: 512 * 1024 * 1024 for spec in streams.plan_streams(NAMESPACE)}
        await streams.apply(js, await streams.inspect(js, max_bytes=roomy), max_bytes=roomy)
        settings = Settings(namespace=NAMESPACE, connection=Connection(url=server.url))
        requests: list[Request] = []
        await publish(js, WARM_UP, start=0)
        await make_worker(js, settings, Watch()).run(limit=WARM_UP)
        await publish(js, 1, start=WARM_UP)
        end = recording(js, requests)
        await make_worker(js, settings, Watch()).run(limit=1)
        end()
        one = one_report(requests)
        watch, bare = Watch(), array("f")
        bucket = await js.context.key_value(NAMESPACE.bucket)
        for start in range(WARM_UP + 1, WARM_UP + 1 + count, BLOCK):
            await publish(js, 2 * BLOCK, start=2 * start)
            await make_worker(js, settings, watch).run(limit=BLOCK)
            watch.pause()
            for number in range(start, start + BLOCK):
                started = time.perf_counter()
                await issue(js, bucket, one, number)
                bare.append((time.perf_counter() - started) * 1000)
        await js.close()
    ours, theirs = watch.stages["WHOLE REPORT"], bare
    return {
        "reports": watch.reports,
        "requests_per_report": dict(Counter(request.kind for request in one)),
        "reports_per_second": round(1000 / statistics.mean(ours), 1),
        "bare": summary(theirs),
        "ratio_p50": round(statistics.median(ours) / statistics.median(theirs), 2),
        "ratio_mean": round(statistics.mean(ours) / statistics.mean(theirs), 2),
        "milliseconds": watch.latencies(),
        "memory_mib": watch.memory,
    }


def make_worker(js: JetStream, settings: Settings, watch: Watch, *, fixer: Fixing | None = None) -> Worker:
    """Build the loop as ``consuming`` does, with no filter, and the instant agent unless told another."""
    claims = Claims(js, owner=Owner.this_process(), lease=settings.consumer.lease)
    agent, retry_delay = settings.agent, settings.consumer.retry_delay
    restraints = Restraints(js, usd_per_day=agent.max_budget_usd_per_day, first_pause=retry_delay)
    dispatcher = Dispatcher(
        js,
        settings=settings,
        fixer=fixer or InstantFixer(),
        claims=claims,
        screen=lambda _: Passed(),
        is_clean=lambda _: True,
        restraints=restraints,
        observe=watch,
    )

    async def sweep() -> None:
        """Look for nothing: it is done once a minute, whatever the rate."""

    return Worker(
        js,
        settings=settings.consumer,
        queues=(QUEUE,),
        dispatcher=dispatcher,
        restraints=restraints,
        sweep=sweep,
    )


def one_report(requests: list[Request]) -> list[Request]:
    """Give the requests of one report: what the start of the loop asks stands before the first pull."""
    start = next(place for place, request in enumerate(requests) if request.kind == "pull")
    before = requests[start - 1]
    return [before, *requests[start:]] if before.kind == "read a record" else requests[start:]


async def issue(js: JetStream, bucket: KeyValue, requests: list[Request], number: int) -> None:
    """Issue the same requests by the calls of nats-py alone, one after another."""
    client, reply = js.client, ""
    for place, request in enumerate(requests):
        payload = b"x" * request.payload_bytes
        match request.kind:
            case "pull":
                inbox = client.new_inbox()
                answers = await client.subscribe(inbox)
                pull = json.dumps({"batch": 1, "expires": 1_000_000_000}).encode()
                subject = f"$JS.API.CONSUMER.MSG.NEXT.{QUEUE.stream}.{QUEUE.durable}"
                await client.publish(subject, pull, reply=inbox)
                reply = (await answers.next_msg(timeout=5)).reply
                await answers.unsubscribe()
            case "read a record":
                with suppress(KeyNotFoundError):
                    await bucket.get(f"bare.{number}")
            case "write a record":
                await bucket.put(f"bare.{number}.{place}", payload)
            case "acknowledge":
                await client.request(reply, b"+ACK")
            case "publish":
                headers = {"Nats-Msg-Id": f"bare-{number}-{place}"}
                subject = f"{NAMESPACE.name}.investigation.status.bare"
                await js.context.publish(subject, payload, headers=headers)
            case _:
                raise SystemExit(f"the loop made a request that is not known here: {request}")


AGENT = """cat > /dev/null; echo "$$" >> fixed.txt; echo '{"status": "fixed", "solution": "one line more"}'"""


async def whole(runs: int, folder: Path, *, with_filter: bool) -> dict[str, dict[str, float]]:
    """Measure runs with a repository, a shell as the agent and a test that passes at once."""
    repository = folder / "repository"
    if not repository.exists():
        make_repository(repository)
    with EmbeddedServer() as server:
        js = await connect(Connection(url=server.url), namespace=NAMESPACE, name="bench")
        await streams.apply(js, await streams.inspect(js))
        settings = Settings(
            namespace=NAMESPACE,
            connection=Connection(url=server.url),
            consumer=ConsumerSettings(environments=("staging",)),
            agent=AgentSettings(kind="command", command=("/bin/sh", "-c", AGENT)),
            repository=RepositorySettings(path=repository, test_command="true"),
        )
        watch = Watch()
        if with_filter:
            worker = consuming.build_worker(js, settings=settings, observe=watch)
        else:
            worker = make_worker(js, settings, watch, fixer=consuming._make_fixer(settings))
        await publish(js, runs, start=0)
        await worker.run(limit=runs)
        await js.close()
    return watch.latencies()


def make_repository(repository: Path) -> None:
    """Make one of 200 small files."""
    repository.mkdir()
    for number in range(200):
        (repository / f"module_{number}.py").write_text(f"VALUE = {number}\n" * 20)
    for words in (
        ["init", "-q", "-b", "main"],
        ["add", "-A"],
        ["-c", "user.name=b", "-c", "user.email=b@example.com", "commit", "-q", "-m", "start"],
    ):
        subprocess.run(["git", *words], cwd=repository, check=True)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=60)
    given = parser.parse_args()
    found: dict[str, object] = {
        "python": platform.python_version(),
        "processors": os.cpu_count(),
        "load": os.getloadavg()[0],
        "loop": asyncio.run(alone(given.count)),
    }
    with tempfile.TemporaryDirectory(prefix="aat-bench-") as name:
        os.environ["XDG_STATE_HOME"] = os.environ["XDG_CACHE_HOME"] = name
        for with_filter in (False, True):
            key = f"runs {'with' if with_filter else 'without'} the filter"
            found[key] = asyncio.run(whole(given.runs, Path(name), with_filter=with_filter))
    print(json.dumps(found) if given.json else as_text(found))


def as_text(found: Mapping[str, object], indent: str = "") -> str:
    """Write the figures for people."""
    lines = []
    for name, value in found.items():
        if isinstance(value, Mapping) and "p50" not in value:
            lines += [f"{indent}{name}:", as_text(value, indent + "  ")]
        else:
            shown = " ".join(f"{k} {v}" for k, v in value.items()) if isinstance(value, Mapping) else value
            lines.append(f"{indent}{name}: {shown}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
