"""Find phrases with spaCy: the only door to it.

spaCy is imported by the first call that needs it, not by importing this module.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spacy.matcher import PhraseMatcher
    from spacy.vocab import Vocab

__all__ = ["Pipeline"]


class Pipeline:
    """Find phrases in words.

    Only words that the lexicon names ever reach spaCy, so its string store
    does not grow with what attackers write. Any number of threads may use one instance: matching
    changes nothing.

    Args:
        phrases: pairs of concept and words.
        words: every word that may ever be asked about.
    """

    def __init__(
        self,
        *,
        phrases: Iterable[tuple[str, tuple[str, ...]]],
        words: Iterable[str],
    ) -> None:
        import spacy
        from spacy.matcher import PhraseMatcher
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

    def find_phrases(self, words: Sequence[str]) -> list[tuple[str, int, int]]:
        """Return concept, first word and end of every phrase in a list of words."""
        doc = self._doc(self._vocab, words=list(words))
        return [(self._vocab.strings[key], start, end) for key, start, end in self._phrases(doc)]
