"""The examples and pages of logging and WSGI, and the page about all reporters, do what they say."""

from __future__ import annotations

import logging
import logging.config
import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

import aat_reporters
from aat_consumer.operate.server import EmbeddedServer
from aat_reporters.connection import CONNECTION_VARIABLES
from aat_reporters.wire import Namespace
from tests.edges.conftest import Reports
from tests.edges.pages import EXAMPLES, ROOT, shown, text_of
from tests.edges.web_servers import serving
from tests.integration.reporters.stream_access import reports as published


def test_the_example_of_logging_reports_what_it_logs(
    nats_server: EmbeddedServer, streams: Namespace, variables: dict[str, str]
) -> None:
    program = [sys.executable, str(EXAMPLES / "with_logging.py")]
    done = subprocess.run(program, env=variables, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    (report,) = published(nats_server.url, streams)
    assert report.body["error"] == "KeyError: 7"
    assert report.body["context"]["cart"] == 7


def test_the_example_of_wsgi_is_served_and_its_error_arrives(
    nats_server: EmbeddedServer, streams: Namespace, variables: dict[str, str]
) -> None:
    pytest.importorskip("gunicorn")
    command = ("gunicorn", "--bind", "127.0.0.1:0", "with_wsgi:app")
    with serving(*command, folder=EXAMPLES, variables=variables) as server:
        assert server.get("/carts/1") == 200
        assert server.get("/carts/7") == 500
    (report,) = published(nats_server.url, streams)
    assert report.body["error"] == "KeyError: '/carts/7'"


def test_the_page_about_logging(reports: Reports) -> None:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    try:
        names = shown("edges/logging.md")
        logging.config.dictConfig(names["LOGGING"])
        root.error("disk full")
    finally:
        root.handlers[:], root.level = before
    names["handler"].close()
    names["reporter"].close()
    assert [report["error"] for report in reports] == ["disk full"]


def test_the_page_about_wsgi(reports: Reports) -> None:
    with pytest.raises(LookupError):
        shown("edges/wsgi.md")["app"]({}, lambda *_: None)
    assert reports[0]["id"].startswith("shop-")


def test_the_page_about_all_reporters_runs_and_names_every_setting(reports: Reports) -> None:
    shown("reporters.md")
    text = text_of("reporters.md")
    settings = {field.name for field in fields(aat_reporters.ReporterSettings)}
    assert not {name for name in settings if f"`{name}`" not in text}
    assert not {name for name in CONNECTION_VARIABLES if f"`{name}`" not in text}


@pytest.mark.parametrize("example", sorted(EXAMPLES.rglob("*.*")), ids=lambda path: path.name)
def test_an_example_is_short(example: Path) -> None:
    if example.suffix in {".py", ".sh"}:
        assert len(example.read_text(encoding="utf-8").splitlines()) < 40


def test_the_tests_that_answer_complaints_exist() -> None:
    named = set(re.findall(r"`(test_\w+)`", text_of("complaints.md")))
    files = (ROOT / "tests").rglob("test_*.py")
    found = {
        name for file in files for name in re.findall(r"def (test_\w+)\(", file.read_text(encoding="utf-8"))
    }
    assert len(re.findall(r"^\| \d+ \|", text_of("complaints.md"), flags=re.MULTILINE)) == 19
    assert not named - found
