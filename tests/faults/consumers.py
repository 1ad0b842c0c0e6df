"""Run real consumers and wait for what they do."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.shop import Shop, git

#: Seconds for anything: two busy cores and an ack wait of 2 s.
DEADLINE = 60.0

#: Seconds between two looks.
LOOK_INTERVAL = 0.05


@dataclass(frozen=True)
class Consumer:
    """One process of ``aat run`` that waits for reports."""

    process: subprocess.Popen[str]
    said: Path
    told: Path

    def steps(self) -> list[dict[str, object]]:
        """List the steps that it printed so far."""
        lines = self.told.read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines if line.endswith("}")]

    def until(self, condition: Callable[[], bool]) -> None:
        """Wait for a condition while the consumer lives."""
        deadline = time.monotonic() + DEADLINE
        while not condition():
            assert self.process.poll() is None, self.said.read_text(encoding="utf-8")
            assert time.monotonic() < deadline, self.said.read_text(encoding="utf-8")
            time.sleep(LOOK_INTERVAL)

    def for_seconds(self, seconds: float) -> None:
        """Let time pass in which the consumer must not end."""
        end = time.monotonic() + seconds
        self.until(lambda: time.monotonic() > end)

    def until_step(self, step: str) -> None:
        """Wait until it printed a step."""
        self.until(lambda: step in [one["step"] for one in self.steps()])


@contextlib.contextmanager
def consuming(
    shop: Shop, name: str = "consumer", *, url: str = "", variables: Mapping[str, str] | None = None
) -> Iterator[Consumer]:
    """Run the real consumer until the block ends; nothing of it outlives the test."""
    said, told = shop.folder.parent / f"{name}.stderr", shop.folder.parent / f"{name}.stdout"
    with said.open("w") as errors, told.open("w") as steps:
        process = subprocess.Popen(
            [sys.executable, "-m", "aat_consumer", "run", "--json"],
            cwd=shop.folder,
            env={**shop.environment(), **({"NATS_URL": url} if url else {}), **(variables or {})},
            stdout=steps,
            stderr=errors,
            text=True,
        )
    try:
        yield Consumer(process, said, told)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def assert_each_has_one_outcome(shop: Shop, *, fixed: int) -> None:
    """Count: one result a report, one commit a result with its own trailer, and an empty queue."""
    results = shop.results()
    kinds = sorted(kind for kind, _ in results)
    assert kinds == ["fixed"] * fixed, results
    assert len({body["task_id"] for _, body in results}) == fixed
    trailers = []
    for branch in shop.branches():
        assert git(shop.folder, "rev-list", "--count", f"main..{branch}").strip() == "1"
        trailers.append(
            git(shop.folder, "log", "-1", "--format=%(trailers:key=AAT-Task-Id,valueonly)", branch).strip()
        )
    assert sorted(trailers) == sorted(str(body["task_id"]) for _, body in results)
    assert shop.is_settled()
