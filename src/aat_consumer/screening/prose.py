"""Tell language from data."""

from __future__ import annotations

from collections.abc import Collection

from aat_consumer.screening.lexicon import WORD, plain

__all__ = ["reads_like_language"]

#: Known words that a text must have before it counts as language.
KNOWN_WORDS = 3

#: Share of its words that must be known.
KNOWN_SHARE = 0.4

#: Most words looked at.
WORDS = 200

#: Letters of a word that may make up a text; the rest is marks and digits.
LETTER_SHARE = 0.55


def reads_like_language(text: str, *, known: Collection[str]) -> bool:
    """Return whether a text is made of words that some language knows."""
    sample = text[:4_000]
    words = [plain(word) for word in WORD.findall(sample)[:WORDS]]
    hits = {word for word in words if word in known}
    letters = sum(len(word) for word in words)
    return (
        len(hits) >= KNOWN_WORDS
        and sum(word in hits for word in words) >= KNOWN_SHARE * len(words)
        and letters >= LETTER_SHARE * min(len(sample), 1_000) * min(1.0, WORDS / max(len(words), 1))
    )
