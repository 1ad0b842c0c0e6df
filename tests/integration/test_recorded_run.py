"""The real ``claude`` program with research, implementation and review ends in a pull request."""

from __future__ import annotations

from pathlib import Path

from aat_consumer.agents.specialists import SPECIALISTS
from aat_consumer.operate.server import EmbeddedServer
from aat_reporters.wire import Namespace
from tests.claude_place import NEEDS_CLAUDE
from tests.forge import TOKEN
from tests.recorded_run import REPAIR, record
from tests.shop import git

pytestmark = NEEDS_CLAUDE


def test_the_team_of_specialists_ends_in_a_pull_request(
    tmp_path: Path, nats_server: EmbeddedServer, namespace: Namespace
) -> None:
    found = record(tmp_path / "run", namespace=namespace, url=nats_server.url)
    shop = found.shop
    ((kind, result),) = shop.results()
    assert (kind, result["agent"], result["pr_url"]) == ("fixed", "claude", found.pull["html_url"])
    assert found.pull["head"]["ref"] == result["branch"]
    assert "## Cause\n\n```text\naverage() divided by the number of prices" in found.pull["body"]
    assert REPAIR in git(shop.folder.parent / "origin.git", "show", f"{result['branch']}:shop.py")
    subject = shop.namespace.status_subject(str(result["task_id"]))
    told = [(one["agent"], one["status"]) for _, one in shop.stored(shop.namespace.investigations, subject)]
    for role in SPECIALISTS:
        assert (role.name, "started") in told
        assert (role.name, "finished") in told
    assert told[-1] == ("consumer", "fixed")
    assert not any(TOKEN in request.text for request in found.asked)
    assert shop.is_settled()
