"""Run one program within bounds of time, output, environment and sight.

The program is started below a keeper (:mod:`aat_consumer.running.process_keeper`), so that nothing that it
starts outlives it: not when it ends, not at a limit, not on cancellation, not when this process is killed.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import IO

from aat_consumer.errors import AgentError, AgentMissingError
from aat_consumer.running import process_keeper
from aat_consumer.running.bounds import Bounds, Ending, Finished, allowed_environment
from aat_consumer.running.leftovers import RUN_ID_VARIABLE, kill_leftovers
from aat_consumer.running.program_output import CHUNK_BYTES, Output, reading
from aat_consumer.running.sandbox import find_bwrap, sandboxed

__all__ = [
    "RUN_ID_VARIABLE",
    "Bounds",
    "Finished",
    "allowed_environment",
    "find_bwrap",
    "kill_leftovers",
    "run_bounded",
]

#: Seconds beyond the keeper's own limits after which the keeper itself is killed.
_KEEPER_MARGIN = 5.0

#: Seconds that the last lines may take to be read and handed out once the program is gone.
_DRAIN_SECONDS = 30.0


async def run_bounded(
    command: Sequence[str],
    *,
    cwd: Path,
    bounds: Bounds,
    stdin: str = "",
    on_line: Callable[[str], Awaitable[None]] | None = None,
) -> Finished:
    """Run a program to its end or to a limit, and leave nothing of it alive.

    Cancelling asks the program to end, kills it after the grace, and is then passed on; a second cancellation
    kills at once. What ``on_line`` raises ends the program too.

    Args:
        command: the program, a name on the bounds' PATH or a path, and its arguments. No shell.
        cwd: the folder to start in.
        bounds: what it may use.
        stdin: its whole input.
        on_line: called with each line of stdout as it comes, without line end; the next waits for it.

    Raises:
        AgentMissingError: the program is not there.
        AgentError: the sandbox, or the program in it, could not be started.
    """
    program = _find(command[0], cwd=cwd, path=bounds.environment.get("PATH", os.defpath))
    line = [program, *command[1:]]
    if bounds.sandbox == "bwrap":
        line = _in_sandbox(line, cwd=cwd, bounds=bounds)
    run = _Run(line, cwd=cwd, bounds=bounds, stdin=stdin)
    finished = await run.to_the_end(on_line)
    if bounds.sandbox == "bwrap" and finished.returncode == 1 and finished.stderr.startswith("bwrap: "):
        raise AgentError(f"the sandbox did not start {command[0]!r}: {finished.stderr.splitlines()[0]}")
    return finished


def _find(program: str, *, cwd: Path, path: str) -> str:
    found = shutil.which(str(cwd / program) if "/" in program else program, path=path)
    if found is None:
        where = "" if "/" in program else f" on PATH ({path})"
        raise AgentMissingError(f"program not found{where}: {program!r}")
    # A PATH may hold relative folders; the program starts in another one than this process.
    return str(Path(found).absolute())


def _in_sandbox(command: list[str], *, cwd: Path, bounds: Bounds) -> list[str]:
    bwrap = shutil.which("bwrap")
    if bwrap is None:
        raise AgentMissingError(
            "bubblewrap is not installed: install bwrap or choose sandbox = 'none-accepted'"
        )
    return sandboxed(
        command,
        bwrap=bwrap,
        cwd=cwd,
        path=bounds.environment.get("PATH", ""),
        writable=(bounds.home, *bounds.writable),
        readable=bounds.readable,
        hidden=bounds.hidden,
        network=bounds.network,
    )


class _Run:
    """One program below its keeper."""

    def __init__(self, command: list[str], *, cwd: Path, bounds: Bounds, stdin: str) -> None:
        self._bounds = bounds
        self._run_id = bounds.run_id or str(uuid.uuid4())
        self._outputs = (Output(bounds.max_output_bytes), Output(bounds.max_output_bytes))
        self._printed_bytes = 0
        self._started = self._last_printed = time.monotonic()
        self._ended_by: Ending | None = None
        self._status, their_status = os.pipe()
        their_control, self._control = os.pipe()
        os.set_blocking(self._control, False)
        try:
            # A file instead of a pipe: a program that never reads its input blocks nobody.
            with tempfile.TemporaryFile() as given:
                given.write(stdin.encode(errors="replace"))
                given.seek(0)
                self._process = self._launch(command, cwd, (their_control, their_status), given)
        except OSError as exc:
            os.close(self._status)
            os.close(self._control)
            raise AgentError(f"cannot start {command[0]!r} in {str(cwd)!r}: {exc.strerror}") from exc
        finally:
            os.close(their_status)
            os.close(their_control)

    def _launch(
        self, command: list[str], cwd: Path, pipes: tuple[int, int], given: IO[bytes]
    ) -> subprocess.Popen[bytes]:
        keeper = [
            sys.executable,
            "-I",
            "-S",
            process_keeper.__file__,
            *map(str, pipes),
            str(self._bounds.grace),
        ]
        return subprocess.Popen(
            [*keeper, *command],
            cwd=cwd,
            env={**self._bounds.environment, RUN_ID_VARIABLE: self._run_id},
            stdin=given,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=pipes,
            start_new_session=True,
        )

    async def to_the_end(self, on_line: Callable[[str], Awaitable[None]] | None) -> Finished:
        """Wait for the end of the program, or bring it about."""
        said = asyncio.create_task(self._hear())
        collecting = [
            asyncio.create_task(self._collect(self._process.stdout, self._outputs[0], on_line)),
            asyncio.create_task(self._collect(self._process.stderr, self._outputs[1], None)),
        ]
        try:
            await self._watch(said, collecting)
            if said.done() and not said.result():
                await self._kill_without_keeper()
            done, _ = await asyncio.wait(collecting, timeout=_DRAIN_SECONDS)
            for task in done:
                task.result()
        finally:
            await self._clean_up(said, collecting)
            os.close(self._control)
        return Finished(
            returncode=_exit_code(said),
            stdout=self._outputs[0].text(),
            stderr=self._outputs[1].text(),
            ended_by=self._ended_by,
            truncated=any(output.truncated for output in self._outputs),
            seconds=time.monotonic() - self._started,
        )

    async def _hear(self) -> bytes:
        """Wait for the keeper's last word."""
        async with reading(os.fdopen(self._status, "rb")) as reader:
            return await reader.read()

    async def _collect(
        self,
        pipe: IO[bytes] | None,
        output: Output,
        on_line: Callable[[str], Awaitable[None]] | None,
    ) -> None:
        async with reading(pipe) as reader:
            while data := await reader.read(CHUNK_BYTES):
                output.add(data)
                self._printed_bytes += len(data)
                if self._printed_bytes > self._bounds.max_flood_bytes:
                    self._end("flood")
                if on_line is not None and self._ended_by != "flood":
                    for line in output.lines(data):
                        await on_line(line)
                self._last_printed = time.monotonic()
        if on_line is not None:
            for line in output.last_line():
                await on_line(line)

    async def _watch(self, said: asyncio.Task[bytes], collecting: list[asyncio.Task[None]]) -> None:
        """Wait until the keeper is done, applying the limits; give up on the keeper itself at last."""
        waiting: set[asyncio.Task[bytes] | asyncio.Task[None]] = {said, *collecting}
        give_up: float | None = None
        while not said.done():
            now = time.monotonic()
            if self._ended_by is None:
                self._apply_limits(now)
            if self._ended_by is not None and give_up is None:
                give_up = now + self._bounds.grace + process_keeper.KILL_SECONDS + _KEEPER_MARGIN
            if give_up is not None and now >= give_up:
                return
            done, _ = await asyncio.wait(
                waiting, timeout=self._next_look(now), return_when=asyncio.FIRST_COMPLETED
            )
            waiting -= done
            for task in done:
                task.result()

    def _apply_limits(self, now: float) -> None:
        silence = self._bounds.silence_timeout
        if now >= self._started + self._bounds.timeout:
            self._end("time")
        elif silence is not None and now >= self._last_printed + silence:
            self._end("silence")

    def _next_look(self, now: float) -> float:
        """Seconds until a limit may be passed; a flood is noticed between looks, hence at most one second."""
        ends = [self._started + self._bounds.timeout - now, 1.0]
        if self._bounds.silence_timeout is not None:
            ends.append(self._last_printed + self._bounds.silence_timeout - now)
        return max(min(ends), 0.01) if self._ended_by is None else 1.0

    def _end(self, ending: Ending | None) -> None:
        """Ask the keeper to end the program; the first reason is the one that counts."""
        if self._ended_by is None:
            self._ended_by = ending
            self._tell(process_keeper.END)

    def _tell(self, word: bytes) -> None:
        with contextlib.suppress(BrokenPipeError):  # it is done already
            os.write(self._control, word)

    async def _clean_up(self, said: asyncio.Task[bytes], collecting: list[asyncio.Task[None]]) -> None:
        """End everything, even while being cancelled again and again."""
        ending = asyncio.ensure_future(self._end_all(said, collecting))
        cancelled: asyncio.CancelledError | None = None
        while not ending.done():
            try:
                await asyncio.shield(ending)
            except asyncio.CancelledError as exc:
                cancelled = exc
                self._tell(process_keeper.KILL)
        ending.result()
        if cancelled is not None:
            raise cancelled

    async def _end_all(self, said: asyncio.Task[bytes], collecting: list[asyncio.Task[None]]) -> None:
        if not said.done():
            self._tell(process_keeper.END)
            await asyncio.wait(
                [said], timeout=self._bounds.grace + process_keeper.KILL_SECONDS + _KEEPER_MARGIN
            )
        if not said.done() or not said.result():
            await self._kill_without_keeper()
        for task in (said, *collecting):
            task.cancel()
        await asyncio.gather(said, *collecting, return_exceptions=True)
        await asyncio.to_thread(self._process.wait)

    async def _kill_without_keeper(self) -> None:
        """Find by its marker what a keeper leaves that was killed, by the program or by hand."""
        self._process.kill()
        await asyncio.to_thread(kill_leftovers, self._run_id)


def _exit_code(said: asyncio.Task[bytes]) -> int:
    """Read the keeper's last word; without one it was killed."""
    words = b"" if said.cancelled() else said.result()
    word, _, code = words.decode(errors="replace").strip().partition(" ")
    return int(code) if word == "exit" else 128 + signal.SIGKILL
