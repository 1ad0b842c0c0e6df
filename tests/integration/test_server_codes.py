"""What is explained about the server's error codes is what the server means by them."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from aat_consumer.errors import RefusedError
from aat_consumer.jetstream import JetStream, connect
from aat_consumer.operate.diagnosis.server_codes import SERVER_CODES
from aat_consumer.operate.server import EmbeddedServer
from aat_reporters.connection import Connection
from aat_reporters.wire import Namespace

_STREAM: dict[str, object] = {
    "name": "CODES",
    "subjects": ["codes.>"],
    "retention": "workqueue",
    "storage": "memory",
}
_OTHER: dict[str, object] = {"name": "OTHERS", "subjects": ["codes.a"], "storage": "memory"}


def _consumer(name: str, **more: object) -> dict[str, object]:
    return {"stream_name": "CODES", "config": {"durable_name": name, "ack_policy": "explicit", **more}}


#: Code to the requests of which the last brings it about.
_CASES: dict[int, list[tuple[str, dict[str, object]]]] = {
    10014: [("CONSUMER.INFO.CODES.nobody", {})],
    10037: [("STREAM.MSG.GET.CODES", {"seq": 99})],
    10052: [
        ("STREAM.CREATE.BAD", {"name": "BAD", "subjects": ["bad"], "max_age": 1, "duplicate_window": 10**12})
    ],
    10058: [("STREAM.CREATE.CODES", {**_STREAM, "subjects": ["codes.b"]})],
    10059: [("STREAM.INFO.NOBODY", {})],
    10065: [("STREAM.CREATE.OTHERS", _OTHER)],
    10074: [("STREAM.CREATE.COPIES", {"name": "COPIES", "subjects": ["copies"], "num_replicas": 3})],
    10047: [("STREAM.CREATE.BIG", {"name": "BIG", "subjects": ["big"], "max_bytes": 2**50})],
    10099: [
        ("CONSUMER.DURABLE.CREATE.CODES.one", _consumer("one")),
        ("CONSUMER.DURABLE.CREATE.CODES.two", _consumer("two")),
    ],
    10100: [
        ("CONSUMER.DURABLE.CREATE.CODES.one", _consumer("one", filter_subject="codes.a")),
        ("CONSUMER.DURABLE.CREATE.CODES.two", _consumer("two", filter_subject="codes.a")),
    ],
}


@pytest.mark.parametrize("code", _CASES)
def test_the_server_means_what_is_explained(
    own_server: EmbeddedServer, namespace: Namespace, code: int
) -> None:
    async def work(js: JetStream) -> RefusedError:
        await js.ask("STREAM.CREATE.CODES", _STREAM)
        *before, last = _CASES[code]
        for request, body in before:
            await js.ask(request, body)
        with pytest.raises(RefusedError) as caught:
            await js.ask(*last)
        return caught.value

    refused = asyncio.run(_with(own_server.url, namespace, work))
    assert refused.code == code
    if code != 10052:  # whose text says which setting is at fault
        assert SERVER_CODES[code][0].split()[0].lower() in str(refused).lower()


async def _with(url: str, namespace: Namespace, work: Any) -> Any:
    js = await connect(Connection(url=url), namespace=namespace, name="test")
    try:
        return await work(js)
    finally:
        await js.close()
