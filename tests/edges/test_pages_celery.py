"""The example and the page of Celery do what they say."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("celery")

from aat_consumer.operate.server import EmbeddedServer
from aat_reporters.wire import Namespace
from tests.edges.celery_workers import counted, working
from tests.edges.pages import EXAMPLES, blocks_of
from tests.integration.reporters.programs import run
from tests.integration.reporters.stream_access import eventually, reports


def test_the_example_reports_one_failure_of_its_task(
    nats_server: EmbeddedServer, streams: Namespace, variables: dict[str, str]
) -> None:
    variables = {**variables, "PYTHONPATH": str(EXAMPLES), "PYTHONWARNINGS": "ignore"}
    with working("--pool", "solo", variables=variables, module="with_celery"):
        eventually(lambda: counted(nats_server.url, streams), bool)
    assert counted(nats_server.url, streams) == {"LookupError in charge": 1}
    (report,) = [stored.body for stored in reports(nats_server.url, streams)]
    assert report["context"]["retries"] == 1


def test_the_snippets_of_the_page_report_a_failure_once(tmp_path: Path) -> None:
    snippets = blocks_of("edges/celery.md")
    assert len(snippets) == 2
    program = """
from aat_reporters.testing import recording_reporter
app.conf.task_always_eager = True
configure_logging()

@app.task
def charge():
    raise LookupError("no such card")

with recording_reporter() as (_, reports):
    charge.delay()
print([(report["error"], report["environment"]) for report in reports])
"""
    variables = {"PATH": "/usr/bin", "HOME": str(tmp_path)}
    out = run("".join(snippets) + program, variables, preamble="import sys\nsys.stderr = sys.stdout\n")
    assert out.splitlines()[-1] == "[('LookupError: no such card', 'staging')]"
