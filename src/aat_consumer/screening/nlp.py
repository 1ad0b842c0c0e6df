"""Match phrases and rules with spaCy: the only door to it.

spaCy is imported by the first call that needs it, not by importing this module.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spacy.matcher import Matcher, PhraseMatcher
    from spacy.vocab import Vocab

__all__ = ["Pipeline"]

#: Most optional symbols between two symbols of a rule.
MAX_GAP = 12


class Pipeline:
    """Find phrases in words, and rules in symbols.

    Only words and symbols that the lexicon and the rules name ever reach spaCy, so its string store
    does not grow with what attackers write. Any number of threads may use one instance: matching
    changes nothing.

    Args:
        phrases: pairs of concept and words.
        rules: for each family, pairs of rule id and patterns such as ``FORGET ~4 PREVIOUS INSTRUCTION``:
            ``A|B`` is either, ``A?`` may be missing, ``~n`` is up to n symbols of any kind.
        words: every word and symbol that may ever be asked about.
    """

    def __init__(
        self,
        *,
        phrases: Iterable[tuple[str, tuple[str, ...]]],
        rules: Mapping[str, Iterable[tuple[str, Sequence[str]]]],
        words: Iterable[str],
    ) -> None:
        import spacy
        from spacy.matcher import Matcher, PhraseMatcher
        from spacy.tokens import Doc

        nlp = spacy.blank("xx")
        self._doc = Doc
        self._vocab: Vocab = nlp.vocab
        for word in words:
            _ = self._vocab[word]
        self._phrases: PhraseMatcher = PhraseMatcher(self._vocab)
        by_concept: dict[str, list[tuple[str, ...]]] = {}
        for concept, phrase in phrases:
            by_concept.setdefault(concept, []).append(phrase)
        for concept, entries in by_concept.items():
            self._phrases.add(concept, [Doc(self._vocab, words=list(entry)) for entry in entries])
        self._families: dict[str, Matcher] = {}
        for family, entries_of_rules in rules.items():
            matcher = Matcher(self._vocab)
            for rule, patterns in entries_of_rules:
                matcher.add(rule, [_compile(pattern) for pattern in patterns])
            self._families[family] = matcher

    def find_phrases(self, words: Sequence[str]) -> list[tuple[str, int, int]]:
        """Return concept, first word and end of every phrase in a list of words."""
        doc = self._doc(self._vocab, words=list(words))
        return [(self._vocab.strings[key], start, end) for key, start, end in self._phrases(doc)]

    def find_rules(self, symbols: Sequence[str], *, families: Iterable[str]) -> list[tuple[str, int, int]]:
        """Return rule id, first symbol and end of the longest match of every rule that matches."""
        doc = self._doc(self._vocab, words=list(symbols))
        longest: dict[str, tuple[int, int]] = {}
        for family in families:
            for key, start, end in self._families[family](doc):
                rule = self._vocab.strings[key]
                held = longest.get(rule)
                if held is None or end - start > held[1] - held[0]:
                    longest[rule] = (start, end)
        return [(rule, start, end) for rule, (start, end) in longest.items()]


def _compile(pattern: str) -> list[dict[str, Any]]:
    """Return a pattern in the form that spaCy's Matcher takes."""
    compiled: list[dict[str, Any]] = []
    for atom in pattern.split():
        if atom.startswith("~"):
            compiled.append({"OP": f"{{0,{min(int(atom[1:]), MAX_GAP)}}}"})
            continue
        optional = atom.endswith("?")
        names = atom.rstrip("?").split("|")
        token: dict[str, Any] = {"ORTH": names[0] if len(names) == 1 else {"IN": names}}
        if optional:
            token["OP"] = "?"
        compiled.append(token)
    return compiled
