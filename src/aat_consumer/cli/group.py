"""Gather the commands, importing each only when it is called: spaCy alone takes a second."""

from __future__ import annotations

import importlib

import click

__all__ = ["LazyGroup", "aat"]

#: Command to the module and attribute that hold it, and its line of help.
_COMMANDS = {
    "alert": ("aat_consumer.cli.alert:alert", "Tell people what they should know."),
    "check": ("aat_consumer.cli.check:check", "Check for a monitoring system."),
    "completion": ("aat_consumer.cli.completion:completion", "Print a shell's completion script."),
    "config": ("aat_consumer.cli.config:config", "Show the settings in force."),
    "consumer": ("aat_consumer.cli.consumer:consumer", "See, reset, remove and pause consumers."),
    "dashboard": ("aat_consumer.cli.dashboard:dashboard", "Show everything in a browser, live."),
    "demo": ("aat_consumer.cli.demo:demo", "Run the whole main job on a small buggy program."),
    "dev": ("aat_consumer.cli.dev:dev", "Start a server, streams, consumer and dashboard for development."),
    "dlq": ("aat_consumer.cli.dlq:dlq", "See, retry and drop dead letters."),
    "doctor": ("aat_consumer.cli.doctor:doctor", "Say what is wrong, and what to do."),
    "errors": ("aat_consumer.cli.errors:errors", "Work on errors by hand."),
    "explain": ("aat_consumer.cli.doctor:explain", "Explain a finding or an error code of the server."),
    "fix": ("aat_consumer.cli.fix:fix", "Decide about fixes that wait for a person."),
    "health": ("aat_consumer.cli.health:health", "Show server, streams and queues at a glance."),
    "init": ("aat_consumer.cli.init:init", "Write aat.toml and the slash command."),
    "metrics": ("aat_consumer.cli.metrics:metrics", "Serve numbers to Prometheus."),
    "pause": ("aat_consumer.cli.pause:pause", "Stop all dispatch at once."),
    "quarantine": ("aat_consumer.cli.quarantine:quarantine", "See and release what the filter rejected."),
    "rate": ("aat_consumer.cli.rate:rate", "Show how often errors occur."),
    "result": ("aat_consumer.cli.result:result", "Publish, list and follow results."),
    "resume": ("aat_consumer.cli.pause:resume", "Let dispatch go on."),
    "run": ("aat_consumer.cli.run:run", "Run the consumer."),
    "screen": ("aat_consumer.cli.screen:screen", "Judge a report or text on stdin."),
    "server": ("aat_consumer.cli.server:server", "Print the set-up of a nats-server."),
    "status": ("aat_consumer.cli.status:status", "Publish the status of an error taken by hand."),
    "stream": ("aat_consumer.cli.stream:stream", "Set up, look at and empty the streams."),
    "task": ("aat_consumer.cli.task:task", "Publish, list, show and work on tasks."),
}


class LazyGroup(click.Group):
    """A group that knows its commands' names and help without importing them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name every command, sorted."""
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command."""
        if cmd_name not in _COMMANDS:
            return None
        module, _, name = _COMMANDS[cmd_name][0].partition(":")
        command = getattr(importlib.import_module(module), name)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands from the table alone."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, _COMMANDS[name][1]) for name in sorted(_COMMANDS)])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="aat-reporters", prog_name="aat")
def aat() -> None:
    """Turn the errors of running programs into reviewed fixes.

    Settings come from flags, the environment (NATS_URL, NATS_NAMESPACE, ...), aat.toml or [tool.aat]
    in pyproject.toml, and .env, in this order.
    """
