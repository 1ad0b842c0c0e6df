"""A reporter signs in as it is told, and with credentials that cannot be used it keeps its reports."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import nats
import pytest
from nats.js.api import StreamConfig

from aat_consumer.operate.server import EmbeddedServer
from aat_reporters.errors import SettingsError
from aat_reporters.wire import Namespace
from tests.integration.reporters.conftest import OpenReporter

nkeys = pytest.importorskip("nkeys")

from tests.integration.reporters import credentials  # noqa: E402  # it needs nkeys
from tests.integration.reporters.credentials import Identity  # noqa: E402


def make_streams_as(server: EmbeddedServer, namespace: Namespace, **signing: str) -> None:
    """Make the streams of reports and counts as a user who may sign in."""

    async def make() -> None:
        client = await nats.connect(server.url, **signing)
        subjects = {
            namespace.error_stream("default"): namespace.error_subject("default"),
            namespace.occurrences: f"{namespace.name}.occurrences.>",
        }
        for name, subject in subjects.items():
            await client.jetstream().add_stream(StreamConfig(name=name, subjects=[subject]))
        await client.close()

    asyncio.run(make())


def test_by_a_key(namespace: Namespace, open_reporter: OpenReporter, tmp_path: Path) -> None:
    user = Identity.new(credentials.USER)
    seed = tmp_path / "seed"
    seed.write_bytes(user.seed)
    with EmbeddedServer(config=credentials.nkey_server(user)) as server:
        make_streams_as(server, namespace, nkeys_seed=str(seed))
        for nkey in (str(seed), user.seed.decode()):
            reporter = open_reporter(server.url, nkey=nkey)
            reporter.report(f"signed in by {'path' if nkey == str(seed) else 'seed'}", fingerprint=[nkey])
            assert reporter.flush(10)
            assert reporter.stats().published == 1
            reporter.close()


def test_by_a_credentials_file(namespace: Namespace, open_reporter: OpenReporter, tmp_path: Path) -> None:
    operator, account = Identity.new(credentials.OPERATOR), Identity.new(credentials.ACCOUNT)
    creds = credentials.credentials_file(tmp_path, account, Identity.new(credentials.USER))
    with EmbeddedServer(config=credentials.token_server(operator, account)) as server:
        make_streams_as(server, namespace, user_credentials=str(creds))
        reporter = open_reporter(server.url, creds=str(creds))
        reporter.report("signed in by a token")
        assert reporter.flush(10)
        assert reporter.stats().published == 1
        reporter.close()


@pytest.mark.parametrize(
    "content",
    [
        "no credentials at all",
        "-----BEGIN NATS USER JWT-----\nabc\n------END NATS USER JWT------\n",
        "-----BEGIN NATS USER JWT-----\nabc\n------END NATS USER JWT------\n\n"
        "-----BEGIN USER NKEY SEED-----\nSUAABCDEF\n------END USER NKEY SEED------\n",
    ],
    ids=["text", "no seed", "broken seed"],
)
def test_with_broken_credentials_reports_are_kept_and_it_is_told(
    namespace: Namespace,
    open_reporter: OpenReporter,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    content: str,
) -> None:
    user = Identity.new(credentials.USER)
    creds = tmp_path / "user.creds"
    creds.write_text(content)
    with EmbeddedServer(config=credentials.nkey_server(user)) as server:
        reporter = open_reporter(server.url, creds=str(creds))
        reporter.report("kept")
        assert reporter.flush(10)
        assert (reporter.stats().spooled, reporter.stats().dropped) == (1, {})
        reporter.close()
    warnings = [record.message for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(warnings) == 1
    assert "no NATS server at" in warnings[0]
    assert "reports are kept" in warnings[0]


def test_a_missing_file_is_a_settings_error(open_reporter: OpenReporter, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="NATS_CREDS names a file that does not exist"):
        open_reporter("nats://127.0.0.1:4222", creds=str(tmp_path / "missing"))
