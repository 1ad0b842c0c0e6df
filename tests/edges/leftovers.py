"""Deliver what programs under test left in their spool, where the machine was too busy for their exit."""

from __future__ import annotations

from collections.abc import Mapping

from aat_reporters.reporter import Reporter
from aat_reporters.settings import ReporterSettings
from tests.integration.reporters.stream_access import PATIENCE


def deliver_leftovers(variables: Mapping[str, str]) -> None:
    """Send what is spooled, as the next process of the program would.

    Args:
        variables: of the program.
    """
    settings = ReporterSettings.resolve({}, environment=variables)
    with Reporter.from_settings(settings) as reporter:
        assert reporter.flush(PATIENCE)
