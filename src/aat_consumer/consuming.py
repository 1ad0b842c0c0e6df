"""Put the consumer together from settings: agent, filter, claims, loop."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from aat_consumer.agents.claude import ClaudeAgent
from aat_consumer.agents.command import CommandAgent
from aat_consumer.agents.demo import DemoAgent
from aat_consumer.agents.dry_run import DryRunAgent
from aat_consumer.claims import Claims, Owner
from aat_consumer.dead_letters import DeadLetters
from aat_consumer.dispatch import Dispatcher, Observer
from aat_consumer.dry_running import DryFixer
from aat_consumer.errors import AgentMissingError, WorkspaceError
from aat_consumer.fixing import Fixer
from aat_consumer.jetstream import JetStream
from aat_consumer.losses import in_a_line, memory_file, watch_losses
from aat_consumer.outcomes import Agent, Assignment
from aat_consumer.ports import Fixing
from aat_consumer.publishing.publisher import Publisher
from aat_consumer.queues import error_queues, task_queues
from aat_consumer.restraining import Restraints
from aat_consumer.running.bounds import Bounds, allowed_environment
from aat_consumer.running.sandbox import find_bwrap
from aat_consumer.screening import Tuning, screen
from aat_consumer.settings import AgentSettings, ScreeningSettings, Settings
from aat_consumer.worker import Worker
from aat_consumer.workspace.copies import check_repository, default_root, sweep_leftovers
from aat_reporters.errors import SettingsError

__all__ = ["build_worker", "check", "check_agent", "check_publishing", "publisher_of", "tuning_of"]

logger = logging.getLogger(__name__)

#: Families of findings for which any order is one, as it is in an error; a task is an order, so the rules,
#: which tell a hostile one, judge it nearly alone.
_LEARNED_FROM_ERRORS = ("learned", "grammar")


def check(settings: Settings) -> list[str]:
    """Look at everything that would stop the consumer later, before it takes a report.

    Returns:
        What a person should know although it stops nothing.

    Raises:
        WorkspaceError: the repository cannot be used.
        AgentMissingError: the agent's program is not installed.
        PublishingError: a remote or a way to the forge is missing.
        SettingsError: the filter cannot be tuned so, or pushing needs a sandbox.
    """
    tuning_of(settings.screening)
    if settings.agent.kind == "dry-run":
        return []
    check_agent(settings.agent)
    check_publishing(settings)
    root = default_root(os.environ)
    try:
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as exc:
        raise WorkspaceError(f"working copies cannot be made in {str(root)!r}: {exc.strerror}") from exc
    warnings = list(check_repository(settings.repository.path, base=settings.repository.base).warnings)
    if settings.agent.sandbox == "bwrap" and find_bwrap() is None:
        warnings.append(
            "bubblewrap is not installed or not permitted here: the agent and the tests it writes can read "
            "what this user can read, and use the network; install bubblewrap, or accept it with "
            "agent.sandbox = 'none-accepted'"
        )
    if not settings.repository.test_command:
        warnings.append("repository.test_command is not set: every fix is held for a person")
    return warnings


def check_agent(settings: AgentSettings) -> None:
    """Look for the agent's program.

    Raises:
        AgentMissingError: it is not installed.
    """
    program = settings.command[0] if settings.command else "claude"
    if settings.kind == "claude" and not shutil.which(program):
        raise AgentMissingError(
            f"{program} is not installed; get it with 'npm install -g @anthropic-ai/claude-code', or choose "
            "another agent with --agent"
        )
    if settings.kind == "command" and "/" not in program and not shutil.which(program):
        raise AgentMissingError(f"agent.command names a program that is not on PATH: {program!r}")


def build_worker(js: JetStream, *, settings: Settings, observe: Observer, tasks: str = "") -> Worker:
    """Build the loop of one consumer process.

    Args:
        js: a connection.
        settings: what is in force.
        observe: told of each step.
        tasks: the queue of tasks to work on; empty for the errors of the settings' environments.

    Raises:
        SettingsError: a name that cannot be a queue's.
    """
    if tasks:
        queues = task_queues(js.namespace, tasks)
    else:
        queues = error_queues(js.namespace, settings.consumer.environments)
    tuning = tuning_of(settings.screening)
    if tasks:
        tuning = _for_orders(tuning)
    claims = Claims(js, owner=Owner.this_process(), lease=settings.consumer.lease)
    fixer: Fixing = DryFixer() if settings.agent.kind == "dry-run" else _make_fixer(settings)
    restraints = Restraints(
        js,
        usd_per_day=settings.agent.max_budget_usd_per_day,
        first_pause=settings.consumer.retry_delay,
    )
    dispatcher = Dispatcher(
        js,
        settings=settings,
        fixer=fixer,
        claims=claims,
        screen=partial(screen, tuning=tuning),
        is_clean=_is_clean_by(settings),
        restraints=restraints,
        observe=observe,
    )
    letters = DeadLetters(
        js,
        claims=claims,
        lease=settings.consumer.lease,
        queues=queues,
        finishing=fixer,
        observe=observe,
    )
    memory = memory_file(js.namespace, server=settings.connection.server, environment=os.environ)

    async def sweep() -> None:
        if losses := await watch_losses(js, memory):
            logger.warning("%s", in_a_line(losses))
        await letters.sweep()

    return Worker(
        js,
        settings=settings.consumer,
        queues=queues,
        dispatcher=dispatcher,
        restraints=restraints,
        sweep=sweep,
    )


def tuning_of(settings: ScreeningSettings) -> Tuning:
    """Give a project's wishes to the filter.

    Raises:
        SettingsError: a rule that the filter does not have, or a text too short to deny.
    """
    return Tuning(allow=settings.allow, deny=settings.deny, model=settings.model)


def _make_fixer(settings: Settings) -> Fixer:
    root = default_root(os.environ)
    sweep_leftovers(root)
    bounds_for = _bounds_maker(settings.agent, hidden=settings.repository.path)
    return Fixer(
        make_agent(settings.agent, bounds_for),
        repository=settings.repository,
        bounds_of=lambda copy: bounds_for(copy.path, copy.home, False),
        root=root,
        publisher=publisher_of(settings),
    )


def publisher_of(settings: Settings) -> Publisher:
    """Make what brings a fix to where people review it.

    Raises:
        SettingsError: the filter cannot be tuned so.
    """
    return Publisher(settings.repository, is_clean=_is_clean_by(settings))


def check_publishing(settings: Settings) -> None:
    """Look at what would stop publishing later; it asks neither the remote nor the forge.

    Raises:
        PublishingError: a remote or a way to the forge is missing.
        SettingsError: pushing is asked for while an agent could write what git is told.
    """
    is_boxed = settings.agent.sandbox == "none-accepted" or find_bwrap() is not None
    if settings.repository.publish != "commit" and not is_boxed:
        raise SettingsError(
            f"repository.publish = {settings.repository.publish!r} needs bubblewrap, which is not installed "
            "or not permitted here; install it, or accept that an agent can write what git is told with "
            "agent.sandbox = 'none-accepted'"
        )
    asyncio.run(publisher_of(settings).check())


def _is_clean_by(settings: Settings) -> Callable[[str], bool]:
    """Judge what an agent wrote as orders are, which next steps and comments in code often are."""
    tuning = _for_orders(tuning_of(settings.screening))
    return lambda text: not screen(text, tuning=tuning).blocked


def _for_orders(tuning: Tuning) -> Tuning:
    return replace(tuning, allow=(*tuning.allow, *_LEARNED_FROM_ERRORS))


_BoundsMaker = Callable[[Path, Path, bool], Bounds]


def make_agent(settings: AgentSettings, bounds_for: _BoundsMaker) -> Agent:
    """Make the agent that the settings name."""

    def bounds_of(assignment: Assignment) -> Bounds:
        return bounds_for(assignment.working_copy, assignment.home, True)

    match settings.kind:
        case "claude":
            return ClaudeAgent(
                bounds_of=bounds_of,
                program=settings.command[0] if settings.command else "claude",
                model=settings.model or None,
                max_turns=settings.max_turns,
                max_budget_usd=settings.max_budget_usd,
                allowed_tools=settings.allowed_tools,
            )
        case "command":
            return CommandAgent(command=settings.command, bounds_of=bounds_of)
        case "demo":
            return DemoAgent()
        case "dry-run":
            return DryRunAgent()


def _bounds_maker(settings: AgentSettings, *, hidden: Path) -> _BoundsMaker:
    has_sandbox = settings.sandbox == "bwrap" and find_bwrap() is not None

    def bounds_for(working_copy: Path, home: Path, network: bool) -> Bounds:
        return Bounds(
            timeout=settings.timeout,
            silence_timeout=settings.silence,
            home=home,
            environment=allowed_environment(settings.environment, home=home, source=os.environ),
            sandbox="bwrap" if has_sandbox else "none",
            writable=(working_copy,),
            hidden=(hidden,),
            network=network,
            run_id=working_copy.parent.name,
        )

    return bounds_for
