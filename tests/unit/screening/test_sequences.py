"""How rules are matched against symbols."""

from __future__ import annotations

import pytest

from aat_consumer.screening.rules import load_rules
from aat_consumer.screening.sequences import Sequences


@pytest.mark.parametrize(
    ("pattern", "symbols", "matches"),
    [
        ("A B", "A B", True),
        ("A B", "B A", False),
        ("A B", "A w B", False),
        ("A B", "A X Y B", True),
        ("A B", "A X Y Z B", False),
        ("A ~2 B", "A w w B", True),
        ("A ~2 B", "A w w w w w B", False),
        ("A ~1 B|C", "A w C", True),
        ("A B? C", "A C", True),
        ("A B? C", "A B C", True),
        ("A ~9 B ~9 C", "A A B w C B", True),
        ("A ~1 A", "A", False),
    ],
)
def test_pattern_matches(pattern: str, symbols: str, matches: bool) -> None:
    assert bool(Sequences([("r", [pattern])]).find(symbols.split())) is matches


def test_match_tells_where_it_lies() -> None:
    assert Sequences([("r", ["A ~3 B"])]).find(["w", "A", "w", "B", "w"]) == [("r", 1, 4)]


def test_pattern_must_begin_with_a_symbol() -> None:
    with pytest.raises(ValueError, match="must begin with a symbol"):
        Sequences([("r", ["A? B"])])


def test_every_shipped_rule_has_a_unique_id_and_compiles() -> None:
    rules = load_rules().rules
    assert len({rule.id for rule in rules}) == len(rules)
    Sequences((rule.id, rule.patterns) for rule in rules)


def test_every_symbol_of_a_rule_exists() -> None:
    """A misspelt concept in a pattern would silently never match."""
    from aat_consumer.screening.entities import ENTITIES
    from aat_consumer.screening.lexicon import START, load_lexicon

    lexicon = load_lexicon()
    known = {START, *(name for name, _, _ in ENTITIES), *(concept for concept, _ in lexicon.phrases)}
    for table in (lexicon.exact, lexicon.prefixes, lexicon.unspaced):
        known |= {concept for concepts in table.values() for concept in concepts}
    used = {
        name
        for rule in load_rules().rules
        for pattern in rule.patterns
        for atom in pattern.split()
        if not atom.startswith("~")
        for name in atom.rstrip("?").split("|")
    }
    assert used - known == set()
