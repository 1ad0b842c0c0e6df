"""What an agent must not get past without a person: a review that says no, weaker tests, an approval."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from aat_consumer.operate.server import EmbeddedServer
from aat_reporters.wire import Namespace
from tests.shop import MENDING_AGENT, Shop, git, make_shop

MakeShop = Callable[..., Shop]

#: Mends the mistake, and takes the test away beside it; another is left, for without any newer versions of
#: unittest fail.
WEAKENING_AGENT = (
    MENDING_AGENT
    + 'pathlib.Path("test_shop.py").unlink()\n'
    + 'pathlib.Path("test_other.py").write_text("import unittest\\n\\n\\n'
    + "class Other(unittest.TestCase):\\n"
    + '    def test_one(self) -> None:\\n        self.assertEqual(1, 1)\\n")\n'
)


def reviewing(*said: tuple[str, str]) -> str:
    """Mend the mistake, and tell what the review said."""
    progress = [{"agent": "review", "status": status, "findings": words} for status, words in said]
    lines = [f'print(json.dumps({{"progress": {one!r}}}))' for one in progress]
    return "import json\n" + "\n".join(lines) + MENDING_AGENT


@pytest.fixture
def new_shop(tmp_path: Path, nats_server: EmbeddedServer, namespace: Namespace) -> MakeShop:
    def make(*, agent: str = MENDING_AGENT, repository_settings: str = "") -> Shop:
        return make_shop(
            tmp_path,
            namespace=namespace,
            url=nats_server.url,
            agent=agent,
            repository_settings=repository_settings,
        )

    return make


def only_result(shop: Shop) -> tuple[str, dict[str, object]]:
    shop.publish(shop.report())
    shop.work()
    (found,) = shop.results()
    assert shop.is_settled()
    return found


@pytest.mark.parametrize(
    ("agent", "repository_settings", "reason"),
    [
        (WEAKENING_AGENT, "", "the change deletes test files: test_shop.py"),
        (MENDING_AGENT, "approval = true", "repository.approval is set"),
        (
            MENDING_AGENT,
            'allowed_paths = ["src/"]',
            "the change touches files outside repository.allowed_paths: shop.py",
        ),
        (
            reviewing(("finished", "hard to say")),
            "",
            "the review said neither approved nor rejected",
        ),
    ],
    ids=["weaker tests", "approval", "another path", "unclear review"],
)
def test_a_fix_that_a_person_should_see_is_kept_and_held(
    agent: str, repository_settings: str, reason: str, new_shop: MakeShop
) -> None:
    shop = new_shop(agent=agent, repository_settings=repository_settings)
    kind, result = only_result(shop)
    assert (kind, result["status"], result["held_for"]) == ("held", "awaiting_approval", [reason])
    (branch,) = shop.branches()
    assert result["branch"] == branch
    assert git(shop.folder, "rev-parse", branch).strip() == result["commit"]


@pytest.mark.parametrize(
    "said",
    [
        [("finished", "Rejected: it hides the mistake")],
        [("rejected", "it hides the mistake")],
        [("approved", ""), ("rejected", "it hides the mistake")],
    ],
)
def test_a_review_that_says_no_blocks_the_commit(said: list[tuple[str, str]], new_shop: MakeShop) -> None:
    shop = new_shop(agent=reviewing(*said))
    kind, result = only_result(shop)
    assert (kind, result["status"]) == ("failed", "not_fixed")
    assert "the review rejected the fix" in str(result["findings"])
    assert "it hides the mistake" in str(result["findings"])
    assert shop.branches() == []


def test_a_review_that_changes_its_mind_lets_the_fix_pass(new_shop: MakeShop) -> None:
    shop = new_shop(agent=reviewing(("finished", "rejected: no test"), ("finished", "**approved**")))
    kind, _ = only_result(shop)
    assert kind == "fixed"


def test_a_task_that_changes_files_is_held_as_a_fix_is(new_shop: MakeShop) -> None:
    shop = new_shop(repository_settings="approval = true")
    asked = shop.publish_task("cleanup", "--description=mend average()")
    shop.work(tasks="cleanup")
    ((kind, result),) = shop.results()
    assert (kind, result["status"], result["task_id"]) == ("held", "awaiting_approval", asked["task_id"])
    assert shop.branches() == [result["branch"]]
