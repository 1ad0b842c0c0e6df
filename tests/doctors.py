"""Ask the doctor in this process, without what it says of this machine."""

from __future__ import annotations

import asyncio

from aat_consumer.operate.collecting import Question, collect
from aat_consumer.operate.diagnosis import Finding, diagnose
from aat_consumer.settings import Settings
from aat_reporters.connection import Connection
from aat_reporters.wire import Namespace


def findings_of(
    server: str | Connection,
    namespace: Namespace,
    *,
    monitoring: str = "http://127.0.0.1:1",
    subject: str = "",
) -> list[Finding]:
    """Collect the signals of a server and judge them; without monitoring unless it is named."""
    connection = Connection(url=server) if isinstance(server, str) else server
    settings = Settings(namespace=namespace, connection=connection)
    question = Question(subject=subject, monitoring_url=monitoring)
    return diagnose(asyncio.run(collect(settings, question, name="test-doctor")))


def ids_of(
    server: str | Connection,
    namespace: Namespace,
    *,
    monitoring: str = "http://127.0.0.1:1",
    subject: str = "",
) -> set[str]:
    """Give the ids alone."""
    return {f.id for f in findings_of(server, namespace, monitoring=monitoring, subject=subject)}
