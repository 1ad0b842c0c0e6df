"""Every family is judged without a wrong pair, and no two families share a signature."""

from __future__ import annotations

import json

import pytest

from aat_reporters.signature import facts_of, report_fields, stable
from tests.unit.signature.families import (
    Family,
    common_words,
    dotnet,
    go,
    javascript,
    jobs,
    jvm,
    logs,
    machines,
    messages,
    pages,
    php,
    plain_words,
    python,
    ruby,
    rust,
    second_rest,
    second_servers,
    second_web,
    shell,
    tongues,
    unseen_forms,
    wild_stacks,
)
from tests.unit.signature.judging import collisions, wrong_pairs

ALL: tuple[Family, ...] = tuple(
    family
    for language in (
        python,
        javascript,
        jvm,
        go,
        ruby,
        php,
        dotnet,
        rust,
        shell,
        messages,
        second_web,
        second_servers,
        second_rest,
        plain_words,
        logs,
        wild_stacks,
        pages,
        jobs,
        unseen_forms,
        tongues,
        common_words,
        machines,
    )
    for family in language.FAMILIES
)


@pytest.mark.parametrize("family", ALL, ids=lambda family: family.name)
def test_one_bug_has_one_signature_and_another_bug_another(family: Family) -> None:
    assert wrong_pairs(family, stable) == []


def test_no_two_families_share_a_signature() -> None:
    assert collisions(ALL, stable) == []


def test_there_are_families_enough_to_mean_something() -> None:
    assert len({family.name for family in ALL}) == len(ALL) >= 100


@pytest.mark.parametrize("family", python.FAMILIES, ids=lambda family: family.name)
def test_a_published_report_gives_the_value_its_reporter_computed(family: Family) -> None:
    for member in family.members:
        facts = member.facts
        error = f"{facts['type']}: {facts['error']}" if facts["error"] else facts["type"]
        report = {"error": error, "stack": "", "context": {}, **report_fields(facts)}
        assert stable(facts_of(json.loads(json.dumps(report)))) == stable(facts)
