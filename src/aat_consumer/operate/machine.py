"""Look at what this machine lacks for running the consumer; blocks for the second that spaCy takes."""

from __future__ import annotations

import shutil
from pathlib import Path

from aat_consumer import consuming
from aat_consumer.errors import AgentMissingError, WorkspaceError
from aat_consumer.operate.diagnosis import Machine
from aat_consumer.screening import screen
from aat_consumer.settings import Settings
from aat_consumer.workspace.repository import find_repository
from aat_reporters.errors import SettingsError

__all__ = ["look"]

#: A text that no filter blocks unless it cannot judge at all.
_HARMLESS = "ZeroDivisionError: division by zero"

#: What our own program has in it, as pip writes it.
_OURS = b"aat_consumer"


def look(settings: Settings) -> Machine:
    """Look at agent, repository, filter and PATH; nothing is raised, what is wrong is in words."""
    repository, warnings = _repository(settings)
    return Machine(
        agent=_agent(settings),
        repository=repository,
        filter=_filter(settings),
        warnings=warnings,
        foreign_aat=_foreign_aat(),
        fixes=_fixes(settings),
    )


def _agent(settings: Settings) -> str:
    try:
        consuming.check_agent(settings.agent)
    except AgentMissingError as exc:
        return str(exc)
    return ""


def _repository(settings: Settings) -> tuple[str, tuple[str, ...]]:
    try:
        return "", tuple(consuming.check(settings))
    except WorkspaceError as exc:
        return str(exc), ()
    except (AgentMissingError, SettingsError):  # told by agent and filter
        return "", ()


def _filter(settings: Settings) -> str:
    try:
        verdict = screen(_HARMLESS, tuning=consuming.tuning_of(settings.screening))
    except SettingsError as exc:
        return str(exc)
    if verdict.blocked:
        return f"it blocks a harmless line: {', '.join(reason.rule for reason in verdict.reasons)}"
    return ""


def _foreign_aat() -> str:
    """Find a program of our name that comes before ours on PATH."""
    found = shutil.which("aat")
    if found is None:
        return ""
    try:
        with Path(found).open("rb") as file:
            return "" if _OURS in file.read(65_536) else found
    except OSError:
        return ""


def _fixes(settings: Settings) -> int:
    try:
        git = find_repository(settings.repository.path)
        return len(git.text("for-each-ref", "--format=%(refname)", "refs/heads/aat").split())
    except (WorkspaceError, OSError):
        return 0
