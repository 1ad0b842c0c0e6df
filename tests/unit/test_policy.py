"""The table of outcomes, line by line."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from aat_consumer.policy import Ending, Evidence, Fix, History, branch_name, judge, judge_answer, plan, settle

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
DAY = 86_400.0


def fix(*, release: str = "1.0", age: float = 0.0, attempt: int = 1, status: str = "fixed") -> Fix:
    return Fix(
        task_id="t1",
        release=release,
        branch="aat/fix-a-b",
        at=NOW - timedelta(seconds=age),
        attempt=attempt,
        status=status,
    )


def seen(*fixes: Fix) -> History:
    history = History()
    for one in fixes:
        history = history.with_run(one)
    return history


@pytest.mark.parametrize(
    ("ending", "result", "status"),
    [
        (Ending.FIXED, "fixed", "fixed"),
        (Ending.NOT_FIXED, "failed", "not_fixed"),
        (Ending.HELD, "held", "awaiting_approval"),
        (Ending.ANSWERED, "fixed", "answered"),
        (Ending.BLOCKED, "rejected", "rejected"),
        (Ending.UNDECODABLE, "rejected", "rejected"),
        (Ending.REPEATED, None, "repeated"),
    ],
)
@pytest.mark.parametrize("delivery", [1, 2, 3])
def test_what_ended_is_acknowledged_whichever_delivery_it_was(
    ending: Ending, result: str | None, status: str, delivery: int
) -> None:
    found = settle(ending, delivery=delivery, retry_delay=60)
    assert (found.result, found.status, found.acknowledge) == (result, status, True)
    assert not found.dead


@pytest.mark.parametrize("ending", list(Ending))
def test_only_what_was_blocked_or_undecodable_is_quarantined(ending: Ending) -> None:
    found = settle(ending, delivery=1, retry_delay=60)
    assert found.quarantine is (ending in (Ending.BLOCKED, Ending.UNDECODABLE))


def test_machinery_that_fails_is_tried_three_times_and_then_a_dead_letter() -> None:
    first, second, third = (settle(Ending.MACHINERY_FAILED, delivery=n, retry_delay=60) for n in (1, 2, 3))
    assert (first.acknowledge, first.delay, first.status, first.result) == (False, 60, "retrying", None)
    assert (second.acknowledge, second.delay) == (False, 300)
    assert (third.acknowledge, third.dead, third.status, third.result) == (True, True, "dead", "failed")


def test_the_first_report_of_a_signature_runs() -> None:
    assert plan(History(), release="1.0", now=NOW, retry_after=DAY, asked_for=False).run


def test_the_same_release_is_not_run_again_within_the_waiting_time() -> None:
    found = plan(seen(fix(age=DAY - 1)), release="1.0", now=NOW, retry_after=DAY, asked_for=False)
    assert not found.run
    assert "t1" in found.reason


def test_behind_the_waiting_time_it_runs_again_at_most_three_times() -> None:
    second = plan(seen(fix(age=DAY, attempt=1)), release="1.0", now=NOW, retry_after=DAY, asked_for=False)
    assert (second.run, second.runs) == (True, 2)
    fourth = plan(seen(fix(age=DAY, attempt=3)), release="1.0", now=NOW, retry_after=DAY, asked_for=False)
    assert not fourth.run
    assert "aat errors retry" in fourth.reason


def test_a_person_may_ask_for_a_run_at_any_time() -> None:
    found = plan(seen(fix(age=1, attempt=3)), release="1.0", now=NOW, retry_after=DAY, asked_for=True)
    assert (found.run, found.runs) == (True, 4)


def test_a_fixed_error_in_another_release_is_a_regression() -> None:
    found = plan(seen(fix(release="1.0")), release="1.1", now=NOW, retry_after=DAY, asked_for=False)
    assert found.run
    assert found.earlier == fix(release="1.0")


def test_an_error_that_was_never_fixed_is_no_regression() -> None:
    last = fix(release="1.0", status="not_fixed")
    found = plan(seen(last), release="1.1", now=NOW, retry_after=DAY, asked_for=False)
    assert found.run
    assert found.earlier is None


@pytest.mark.parametrize(
    ("facts", "ending"),
    [
        ({"says_fixed": False}, Ending.NOT_FIXED),
        ({"refused": "a nested repository"}, Ending.NOT_FIXED),
        ({"has_changes": False}, Ending.NOT_FIXED),
        ({"tests_passed": False}, Ending.NOT_FIXED),
        ({"rejection": ""}, Ending.NOT_FIXED),
        ({"tests_passed": False, "suspicions": ("odd",)}, Ending.NOT_FIXED),
        ({"suspicions": ("odd",)}, Ending.HELD),
        ({}, Ending.FIXED),
    ],
)
def test_the_word_of_an_agent_alone_never_counts(facts: dict[str, object], ending: Ending) -> None:
    usual: dict[str, object] = {"says_fixed": True, "has_changes": True, "tests_passed": True}
    found, why = judge(Evidence(**(usual | facts)))  # type: ignore[arg-type]
    assert found is ending
    assert bool(why) is (ending is not Ending.FIXED)


def test_two_releases_side_by_side_do_not_make_each_other_new() -> None:
    history = seen(fix(release="1.0", age=20), fix(release="1.1", age=10))
    for release in ("1.0", "1.1"):
        assert not plan(history, release=release, now=NOW, retry_after=DAY, asked_for=False).run
    third = plan(history, release="1.2", now=NOW, retry_after=DAY, asked_for=False)
    assert third.earlier == fix(release="1.1", age=10)


def test_a_history_survives_the_bucket_and_stays_small() -> None:
    history = seen(*(fix(release=str(number)) for number in range(12)))
    assert len(history.fixes) == 10
    assert History.from_json(history.to_json()) == history
    assert History.from_json({}) == History()
    assert History.from_json(fix().to_json()) == seen(fix())


def test_of_two_histories_of_one_error_the_last_run_of_each_release_counts() -> None:
    old = seen(fix(release="1.0", age=50.0), fix(release="1.1", age=40.0))
    new = seen(fix(release="1.1", age=30.0, status="not_fixed"), fix(release="1.2", age=60.0))
    joined = old.joined_with(new)
    assert joined == new.joined_with(old)
    assert [(one.release, one.status) for one in joined.fixes] == [
        ("1.2", "fixed"),
        ("1.0", "fixed"),
        ("1.1", "not_fixed"),
    ]


def test_a_record_survives_the_bucket() -> None:
    assert Fix.from_json(fix().to_json()) == fix()


def test_a_record_of_an_older_release_may_lack_what_it_did_not_know() -> None:
    found = Fix.from_json({"at": NOW.isoformat(), "task_id": "t1", "release": "1", "attempt": "x"})
    assert (found.attempt, found.status, found.branch) == (1, "", "")


@pytest.mark.parametrize(
    ("signature", "name"),
    [
        ("s1-0123456789abcdef0123456789abcdef", "aat/fix-0123456789ab-6b1e1c9e"),
        ("custom", "aat/fix-custom-6b1e1c9e"),
    ],
)
def test_the_branch_names_signature_and_task(signature: str, name: str) -> None:
    assert branch_name(signature, "6b1e1c9e-0000-5000-8000-000000000000") == name


def test_a_task_sent_round_again_gets_a_branch_of_its_own() -> None:
    assert branch_name("s1-ab", "6b1e1c9e-0000", finished=1) == "aat/fix-ab-6b1e1c9e-2"


def test_who_changes_nothing_gives_an_answer_or_none() -> None:
    assert judge_answer(says_done=True) == (Ending.ANSWERED, "")
    assert judge_answer(says_done=False) == (Ending.NOT_FIXED, "the agent found no answer")
