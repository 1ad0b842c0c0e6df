"""Register the checks as early as Django allows: with the apps, before any middleware is imported."""

from __future__ import annotations

from django.apps import AppConfig
from django.core.checks import register

from aat_reporters.django.checks import check_settings

__all__ = ["ErrorReportsConfig"]


class ErrorReportsConfig(AppConfig):  # type: ignore[misc]  # Django has no types
    """Be the optional app ``aat_reporters.django``; it has checks and nothing else."""

    name = "aat_reporters.django"
    label = "aat_reporters"
    verbose_name = "Error reports"

    def ready(self) -> None:
        """Register the checks."""
        register(check_settings, "aat")
