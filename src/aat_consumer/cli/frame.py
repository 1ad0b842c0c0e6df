"""Give every command the same options, the same output and the same exit codes."""

from __future__ import annotations

import asyncio
import functools
import json
import logging
import sys
import unicodedata
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import click

from aat_consumer import settings_file
from aat_consumer.jetstream import JetStream, connect
from aat_consumer.settings import Settings
from aat_reporters.errors import AatError, SettingsError

__all__ = [
    "EXIT_FAILED",
    "EXIT_INTERRUPTED",
    "EXIT_LOST",
    "EXIT_OK",
    "EXIT_USAGE",
    "Frame",
    "framed",
    "printable",
    "run_group",
]

#: Done.
EXIT_OK = 0

#: Not done: no server, a refusal, or a finding; one line on stderr says which.
EXIT_FAILED = 1

#: Called wrongly, or a setting that cannot be used.
EXIT_USAGE = 2

#: What the command was about is no longer ours: a claim taken over, a message gone.
EXIT_LOST = 3

#: Ctrl-C.
EXIT_INTERRUPTED = 130

Result = TypeVar("Result")


@dataclass(kw_only=True)
class Frame:
    """What a command function is given: its common options, and how to print.

    Args:
        as_json: print JSON instead of text for people.
        flags: dotted setting names to values from the command line.
        defaults: the same, for what a command sets where nobody else does.
        config: an aat.toml named on the command line.
    """

    as_json: bool = False
    flags: dict[str, object] = field(default_factory=dict)
    defaults: dict[str, object] = field(default_factory=dict)
    config: Path | None = None

    @functools.cached_property
    def settings(self) -> Settings:
        """Load the settings when first asked for.

        Raises:
            SettingsError: a setting cannot be used.
        """
        return settings_file.load(flags=self.flags, defaults=self.defaults, config=self.config)

    def data(self, value: Mapping[str, object], text: str | None = None) -> None:
        """Print one piece of data on stdout: as a line of JSON, or as text for people."""
        if self.as_json:
            line = json.dumps(value, default=str)
        else:
            line = printable(text) if text is not None else json.dumps(value, default=str, indent=2)
        sys.stdout.write(line + "\n")
        sys.stdout.flush()

    def say(self, text: str) -> None:
        """Tell a person something that is no data, on stderr."""
        sys.stderr.write(printable(text) + "\n")
        sys.stderr.flush()

    def connected(self, work: Callable[[JetStream], Coroutine[Any, Any, Result]]) -> Result:
        """Run an asynchronous function with a connection, which is closed behind it.

        Raises:
            NotConnectedError: no server answers; known in under a second.
        """

        async def run() -> Result:
            js = await connect(
                self.settings.connection,
                namespace=self.settings.namespace,
                name=f"aat-{Path(sys.argv[0]).name}",
            )
            try:
                return await work(js)
            finally:
                await js.close()

        return asyncio.run(run())


def framed(function: Callable[..., int | None]) -> Callable[..., None]:
    """Add ``--json``, ``--config``, ``--namespace`` and ``--nats-url`` to a command function.

    The function gets a Frame first and returns an exit code, or None for 0.
    """

    @click.option("--json", "as_json", is_flag=True, help="Print JSON on stdout.")
    @click.option("--config", type=click.Path(path_type=Path), help="The aat.toml to use.")
    @click.option("--namespace", help="The project's namespace on the server.")
    @click.option("--nats-url", help="The server's address, such as nats://127.0.0.1:4222.")
    @click.pass_context
    def wrapper(
        context: click.Context,
        /,
        as_json: bool,
        config: Path | None,
        namespace: str | None,
        nats_url: str | None,
        **options: Any,
    ) -> None:
        flags: dict[str, object] = {"namespace": namespace, "nats.url": nats_url}
        frame = Frame(as_json=as_json, config=config, flags=flags)
        try:
            code = function(frame, **options)
        except SettingsError as exc:
            frame.say(f"aat: {exc}")
            code = EXIT_USAGE
        except AatError as exc:
            frame.say(f"aat: {exc}")
            code = EXIT_FAILED
        except (KeyboardInterrupt, asyncio.CancelledError):
            code = EXIT_INTERRUPTED
        context.exit(code or EXIT_OK)

    functools.update_wrapper(wrapper, function)
    return wrapper


def printable(text: str) -> str:
    """Take away what would steer a terminal or reorder its text; reports are written by strangers."""
    return "".join(
        character if character in "\n\t" or not _steers(character) else "\ufffd" for character in text
    )


def _steers(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")


def run_group(group: click.Group) -> None:
    """Run a click group as a program: one line for a mistake, 130 for Ctrl-C, quiet on a closed pipe."""
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(name)s: %(message)s")
    # It warns of every TLS connection that is closed, and of nothing else here.
    logging.getLogger("asyncio").setLevel(logging.ERROR)
    try:
        code = group.main(prog_name="aat", standalone_mode=False)
    except click.UsageError as exc:
        _say_misuse(exc)
        sys.exit(EXIT_USAGE)
    except (KeyboardInterrupt, click.Abort):
        sys.exit(EXIT_INTERRUPTED)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(EXIT_FAILED)
    sys.exit(code if isinstance(code, int) else EXIT_OK)


def _say_misuse(error: click.UsageError) -> None:
    """Print the mistake as one line; a group without a command prints its help."""
    message = error.format_message()
    if message.startswith("Usage:"):
        error.show()
        return
    message = " ".join(message.split())
    path = error.ctx.command_path if error.ctx is not None else "aat"
    sys.stderr.write(printable(f"aat: {message} (see: {path} --help)") + "\n")
