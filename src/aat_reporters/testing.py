"""Record reports instead of publishing them, in users' tests and in our own.

with recording_reporter() as (reporter, reports):
    checkout()
assert reports[0]["error"] == "ValueError: no such order"
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aat_reporters.rendering import Renderer
from aat_reporters.reporter import Reporter
from aat_reporters.settings import ReporterSettings
from aat_reporters.shared import PUBLISHERS
from aat_reporters.snapshots import Snapshot

__all__ = ["recording_reporter"]


@contextmanager
def recording_reporter(**settings: object) -> Iterator[tuple[Reporter, list[dict[str, Any]]]]:
    """Record every error that this process reports during a with block, through whichever edge.

    Reports are made on the calling thread, so they are there when the call returns. Repeats are
    recorded each time. Nothing is connected, published or spooled; the environment is not read.

    Args:
        settings: fields of ReporterSettings for the reporter that is given; others keep theirs.

    Yields:
        A reporter, and the list to which reports are added.

    Raises:
        SettingsError: a setting is unknown, mistyped or outside its limits.
    """
    reports: list[dict[str, Any]] = []
    renderers: dict[ReporterSettings, Renderer] = {}
    lock = threading.RLock()

    def record(of: ReporterSettings, snapshot: Snapshot) -> None:
        with lock:
            renderer = renderers.setdefault(of, Renderer(of))
            snapshot = renderer.fingerprinted(snapshot, renderer.signature(snapshot))
            rendered = renderer.render(snapshot, renderer.signature(snapshot))
            if rendered is not None:
                reports.append(rendered.report)

    own = ReporterSettings.resolve({"spool": "", "server": "test", **settings}, environment={})
    with PUBLISHERS.recording(record):
        reporter = Reporter.from_settings(own)
        try:
            yield reporter, reports
        finally:
            reporter.close()
