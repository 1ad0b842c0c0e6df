"""Hold every setting of the consumer in one frozen object, checked when it is made."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal

from aat_consumer.alert_settings import AlertSettings
from aat_consumer.stream_settings import StreamSettings
from aat_reporters.connection import Connection
from aat_reporters.errors import SettingsError
from aat_reporters.wire import ENVIRONMENTS, Namespace, check_environment

__all__ = [
    "AGENT_KINDS",
    "AgentSettings",
    "ConsumerSettings",
    "RepositorySettings",
    "ScreeningSettings",
    "Settings",
]

#: Upper limit of every number: a year in seconds, which the server can hold in nanoseconds.
MAX_NUMBER = 31_536_000.0

AGENT_KINDS = ("claude", "command", "demo", "dry-run")
SANDBOXES = ("bwrap", "none-accepted")
#: How far a fix is brought: a branch in the repository, at its remote, and a request to merge it.
PUBLISHERS = ("commit", "push", "pull-request")

_GITHUB_NAME = re.compile(r"(?:[\w.-]+/)?[\w-][\w.-]*/[\w-][\w.-]*")

#: The token goes along in the clear, so it must not leave the machine without TLS.
_FORGE_API = re.compile(r"https://[!-~]+|http://(?:127\.0\.0\.1|\[::1\]|localhost)(?::\d+)?(?:/[!-~]*)?")

#: What pushes with nobody asked; an agent never gets it.
_PUSHES = ("SSH_AUTH_SOCK", "GH_TOKEN", "GITHUB_TOKEN", "GITHUB_ENTERPRISE_TOKEN", "GH_ENTERPRISE_TOKEN")

#: Environment variables an agent gets unless told otherwise: what a program needs to start, and the
#: agent's own way to its model. Nothing to push with and nothing of NATS.
DEFAULT_ENVIRONMENT = (
    "PATH",
    "LANG",
    "LC_ALL",
    "TZ",
    "TERM",
    "ANTHROPIC_API_KEY",
    "ANTHROPIC_AUTH_TOKEN",
    "ANTHROPIC_BASE_URL",
    "CLAUDE_CODE_OAUTH_TOKEN",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsumerSettings:
    """Say what is consumed, and how claims are kept.

    Args:
        environments: whose errors are pulled: staging, production, default.
        concurrency: agents at a time in this process, 1 to 64.
        ack_wait: seconds without a sign of life after which the server delivers a report again.
        lease: seconds without a sign of life after which another consumer takes a claim over.
        retry_after: seconds after a finished run before the same signature and release runs again.
        retry_delay: seconds before a report is delivered again after the machinery failed.
    """

    environments: tuple[str, ...] = ENVIRONMENTS
    concurrency: int = 1
    ack_wait: float = 600.0
    lease: float = 30.0
    retry_after: float = 86_400.0
    retry_delay: float = 60.0

    def __post_init__(self) -> None:
        """Check each value once."""
        for environment in self.environments:
            check_environment(environment)
        if not self.environments or len(set(self.environments)) < len(self.environments):
            raise SettingsError(
                f"consumer.environments must name at least one environment, each once: {self.environments!r}"
            )
        if not 1 <= self.concurrency <= 64:
            raise SettingsError(f"consumer.concurrency must be 1 to 64: {self.concurrency}")
        _at_least("consumer.ack_wait", self.ack_wait, 1)
        _at_least("consumer.lease", self.lease, 1)
        _at_least("consumer.retry_after", self.retry_after, 0)
        _at_least("consumer.retry_delay", self.retry_delay, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentSettings:
    """Say which agent works, and within which bounds.

    Args:
        kind: claude, command, demo or dry-run.
        command: the program and its arguments, for kind command; for kind claude the program.
        model: the model's name, where the agent's own default is not wanted.
        timeout: seconds for a whole run.
        silence: seconds without output before a run is given up; constant stalls of 405 s are known
            of the claude program, so keep it above.
        max_turns: model turns of a run.
        max_budget_usd: US dollars a run may cost; checked by the agent after each turn.
        max_budget_usd_per_day: US dollars that all runs of the namespace may cost in a day (UTC), 0 for no
            limit; looked at before each fetch, so what runs may pass it.
        allowed_tools: what the agent may use; empty for the agent's own safe set.
        environment: names of the variables the agent gets; nothing else of ours reaches it.
        sandbox: ``bwrap``, or ``none-accepted`` to run without one.
    """

    kind: Literal["claude", "command", "demo", "dry-run"] = "claude"
    command: tuple[str, ...] = ()
    model: str = ""
    timeout: float = 1_800.0
    silence: float = 600.0
    max_turns: int = 100
    max_budget_usd: float = 2.0
    max_budget_usd_per_day: float = 0.0
    allowed_tools: tuple[str, ...] = ()
    environment: tuple[str, ...] = DEFAULT_ENVIRONMENT
    sandbox: Literal["bwrap", "none-accepted"] = "bwrap"

    def __post_init__(self) -> None:
        """Check each value once."""
        _one_of("agent.kind", self.kind, AGENT_KINDS)
        _one_of("agent.sandbox", self.sandbox, SANDBOXES)
        if self.kind == "command" and not self.command:
            raise SettingsError("agent.command must name a program when agent.kind is 'command'")
        _at_least("agent.timeout", self.timeout, 1)
        _at_least("agent.silence", self.silence, 1)
        _at_least("agent.max_turns", self.max_turns, 1)
        _at_least("agent.max_budget_usd", self.max_budget_usd, 0)
        _at_least("agent.max_budget_usd_per_day", self.max_budget_usd_per_day, 0)
        for name in self.environment:
            if name.upper().startswith("NATS_"):
                raise SettingsError(
                    f"agent.environment must not give NATS credentials to the agent: {name!r}"
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositorySettings:
    """Say which repository is fixed and how a fix is checked.

    Args:
        path: folder of the git repository.
        base: the branch (or commit) that fixes start from.
        test_command: run in the working copy before and after; split as a shell does, without one.
        publish: ``commit`` makes the branch in the repository, ``push`` also at the remote, and
            ``pull-request`` also asks the forge to merge it.
        remote: a remote's name, or an address.
        github: ``owner/name`` at GitHub, where the remote's address does not say it.
        github_api: address of GitHub's API, or of one like it.
        token_variable: names the environment variable that holds the token for it; without a token ``gh``
            is used.
        request_command: a program that asks another forge: JSON on stdin, ``{"url": ...}`` on stdout.
        approval: hold every fix until a person approves it.
        allowed_paths: folders that end in ``/``, and patterns in which ``*`` stands for anything; a fix
            that changes another file is held. Empty allows every file.
    """

    path: Path = field(default_factory=Path)
    base: str = "main"
    test_command: str = ""
    publish: Literal["commit", "push", "pull-request"] = "commit"
    remote: str = "origin"
    github: str = ""
    github_api: str = "https://api.github.com"
    token_variable: str = "GITHUB_TOKEN"  # noqa: S105 - a name
    request_command: tuple[str, ...] = ()
    approval: bool = False
    allowed_paths: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Check each value once."""
        _one_of("repository.publish", self.publish, PUBLISHERS)
        for pattern in self.allowed_paths:
            if not pattern or pattern.startswith(("/", "./")):
                raise SettingsError(
                    f"repository.allowed_paths must hold paths in the repository, such as 'src/': {pattern!r}"
                )
        if not self.remote or self.remote.startswith("-"):
            raise SettingsError(f"repository.remote must name a remote: {self.remote!r}")
        if self.github and not _GITHUB_NAME.fullmatch(self.github):
            raise SettingsError(f"repository.github must be 'owner/name': {self.github!r}")
        if not _FORGE_API.fullmatch(self.github_api):
            raise SettingsError(
                f"repository.github_api must be an https address, or one on loopback: {self.github_api!r}"
            )
        if not self.base or self.base.startswith("-"):
            raise SettingsError(f"repository.base must name a branch: {self.base!r}")
        try:
            shlex.split(self.test_command)
        except ValueError as exc:
            raise SettingsError(
                f"repository.test_command cannot be split: {self.test_command!r} ({exc})"
            ) from exc


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreeningSettings:
    """Say how the filter differs in this project; checked by the filter itself, which knows its rules.

    Args:
        allow: ids or families of rules that never block alone.
        deny: texts that always block.
        model: name or path of a spaCy pipeline with a parser.
    """

    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()
    model: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Hold what is in force for one command.

    Args:
        namespace: whose streams are used.
        connection: how the server is reached.
        sources: files that were read, for ``aat config show``.
    """

    namespace: Namespace = field(default_factory=lambda: Namespace("default"))
    connection: Connection = field(default_factory=Connection)
    consumer: ConsumerSettings = field(default_factory=ConsumerSettings)
    agent: AgentSettings = field(default_factory=AgentSettings)
    repository: RepositorySettings = field(default_factory=RepositorySettings)
    screening: ScreeningSettings = field(default_factory=ScreeningSettings)
    alerts: AlertSettings = field(default_factory=AlertSettings)
    streams: StreamSettings = field(default_factory=StreamSettings)
    sources: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Check what no section can see alone."""
        if self.repository.publish == "commit":
            return
        for name in (self.repository.token_variable, *_PUSHES):
            if any(fnmatchcase(name, given) for given in self.agent.environment):
                raise SettingsError(f"agent.environment must not give the agent what can push: {name!r}")


def _at_least(name: str, value: float, least: float) -> None:
    if not least <= value <= MAX_NUMBER:
        raise SettingsError(f"{name} must be at least {least} and at most {MAX_NUMBER:.0f}: {value!r}")


def _one_of(name: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise SettingsError(f"{name} must be one of {', '.join(known)}: {value!r}")
