"""Find phrases, score segments and match grammar with spaCy: the only door to it.

spaCy is imported by the first call that needs it, not by importing this module.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.matcher import PhraseMatcher
    from spacy.tokens import Doc
    from spacy.vocab import Vocab

__all__ = ["Categoriser", "Grammar", "Pipeline", "categoriser_pipeline", "features_doc", "load_parser"]

#: The label of what steers an agent, and of everything else.
ATTACK, HARMLESS = "attack", "harmless"

#: Rows of the categoriser's table: a power of two, above the number of features that are kept.
TABLE_ROWS = 262_144


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


def categoriser_pipeline() -> Language:
    """Return an untrained pipeline with the text categoriser: a linear bag of features."""
    import spacy
    from spacy.training import Example

    nlp = spacy.blank("xx")
    model = {
        "@architectures": "spacy.TextCatBOW.v3",
        "exclusive_classes": True,
        "ngram_size": 1,
        "no_output_layer": False,
        "length": TABLE_ROWS,
    }
    textcat: Any = nlp.add_pipe("textcat", config={"model": model})
    for label in (ATTACK, HARMLESS):
        textcat.add_label(label)
    sample = Example.from_dict(features_doc(nlp.vocab, {0}), {"cats": {ATTACK: 1.0, HARMLESS: 0.0}})
    nlp.initialize(lambda: [sample])
    return nlp


def features_doc(vocab: Vocab, numbers: Collection[int]) -> Doc:
    """Return a document whose words are the features of a segment."""
    from spacy.tokens import Doc

    return Doc(vocab, words=[str(number) for number in sorted(numbers)])


class Categoriser:
    """Score segments; any number of threads may use one instance.

    Only features seen in training reach spaCy, so its string store is complete once this is made.

    Args:
        known: the features that the model knows.
        weights: the trained model as thinc writes it: msgpack and plain arrays, no pickle.
    """

    def __init__(self, *, known: Collection[int], weights: bytes) -> None:
        nlp = categoriser_pipeline()
        textcat: Any = nlp.get_pipe("textcat")
        self._known = frozenset(known)
        self._vocab = nlp.vocab
        self._place = textcat.labels.index(ATTACK)
        # What spaCy keeps of a word once it is read: the word, its ends and its shape. Making
        # the words themselves now would cost 32 MB.
        for number in self._known:
            for part in (str(number), str(number)[:1], str(number)[-3:]):
                self._vocab.strings.add(part)
        for size in range(1, 5):
            self._vocab.strings.add("d" * size)
        self._model = textcat.model.from_bytes(weights)

    def known_strings(self) -> int:
        """Return how many strings spaCy keeps: as many as features in training, for good."""
        return len(self._vocab.strings)

    def scores(self, segments: Sequence[Collection[int]]) -> list[float]:
        """Return for each segment's features how likely it steers an agent, 0 to 1, not calibrated."""
        if not segments:
            return []
        docs = [features_doc(self._vocab, self._known.intersection(one)) for one in segments]
        return [float(row[self._place]) for row in self._model.predict(docs)]


class Grammar:
    """Find patterns of grammar with a parser; any number of threads may use one instance.

    Args:
        nlp: a pipeline with a parser.
        patterns: of spaCy's DependencyMatcher, by the id of their rule.
    """

    def __init__(self, nlp: Language, *, patterns: Mapping[str, list[list[dict[str, Any]]]]) -> None:
        from spacy.matcher import DependencyMatcher

        self._nlp = nlp
        self._lock = threading.Lock()
        self._matcher = DependencyMatcher(nlp.vocab, validate=True)
        for name, alternatives in patterns.items():
            self._matcher.add(name, alternatives)

    def known_strings(self) -> int:
        """Return how many strings spaCy keeps."""
        return len(self._nlp.vocab.strings)

    def find(self, text: str) -> list[tuple[str, int, int]]:
        """Return rule id, first character and end of every match; what was parsed is forgotten again."""
        with self._lock, self._nlp.memory_zone():
            doc = self._nlp(text)
            found = []
            for key, places in self._matcher(doc):
                tokens = [doc[place] for place in sorted(places)]
                end = tokens[-1].idx + len(tokens[-1])
                found.append((self._nlp.vocab.strings[key], tokens[0].idx, end))
            return found


def load_parser(name: str) -> Language | None:
    """Return a pipeline with a parser by its name or path; None if there is none of that name."""
    import spacy

    try:
        return spacy.load(name)
    except OSError:
        return None
