"""Open a reporter as an edge does: with the settings of the framework that this process runs.

A logging handler, a Celery hook and a middleware of one Django project must come to the same settings
from one ``AAT`` in ``settings.py``; otherwise one error would go out under two names.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

from aat_reporters.errors import SettingsError
from aat_reporters.reporter import Reporter
from aat_reporters.settings import ReporterSettings

__all__ = ["open_reporter", "resolve_settings"]


def open_reporter(
    arguments: Mapping[str, object], *, framework: object = None, project_root: object = None
) -> Reporter:
    """Open a reporter by arguments, over the framework's configuration, over the environment.

    Args:
        arguments: fields of ReporterSettings or Connection.
        framework: the same, as the edge found it in its framework's configuration; where there is none,
            ``AAT`` of the Django settings that are loaded in this process.
        project_root: the framework's base folder.

    Raises:
        SettingsError: a setting is unknown, mistyped or outside its limits.
    """
    return Reporter.from_settings(resolve_settings(arguments, framework=framework, project_root=project_root))


def resolve_settings(
    arguments: Mapping[str, object], *, framework: object = None, project_root: object = None
) -> ReporterSettings:
    """Give the settings that ``open_reporter`` would open a reporter with; opens nothing.

    Args:
        arguments: as there.
        framework: as there.
        project_root: as there.

    Raises:
        SettingsError: as there.
    """
    if framework is None:
        framework, django_root = _django()
        project_root = project_root or django_root
    if framework is None:
        framework = {}
    if not isinstance(framework, Mapping):
        raise SettingsError(f"AAT must be a dict of settings: {type(framework).__name__}")
    return ReporterSettings.resolve(
        arguments, framework=framework, environment=os.environ, project_root=str(project_root or "")
    )


def _django() -> tuple[object, object]:
    """Read ``AAT`` and ``BASE_DIR`` of Django settings that are loaded already; imports nothing."""
    configuration = sys.modules.get("django.conf")
    if configuration is None or not configuration.settings.configured:
        return None, None
    settings = configuration.settings
    return getattr(settings, "AAT", None), getattr(settings, "BASE_DIR", None)
