"""Read one text as the filter does, for tests of its parts."""

from __future__ import annotations

from functools import cached_property

from aat_consumer.screening.classes import Classes, load_classes
from aat_consumer.screening.lexicon import UNKNOWN, load_lexicon
from aat_consumer.screening.nlp import Pipeline
from aat_consumer.screening.symbols import Word, read_symbols

__all__ = ["read"]


class Read:
    """Hold what reading needs, loaded by the first test that asks."""

    @cached_property
    def classes(self) -> Classes:
        """Return the classes of words."""
        return load_classes()

    @property
    def known(self) -> frozenset[str]:
        """Return the words of all languages."""
        return load_lexicon().known

    @cached_property
    def _pipeline(self) -> Pipeline:
        lexicon = load_lexicon()
        return Pipeline(phrases=lexicon.phrases, words=(UNKNOWN, *lexicon.phrase_words))

    def stream(self, text: str) -> list[Word]:
        """Return words and entities of a plain text."""
        return read_symbols(text, lexicon=load_lexicon(), pipeline=self._pipeline)


read = Read()
