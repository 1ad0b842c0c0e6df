"""Know which words, in which languages, stand for which concept.

The words are data: one file a language in ``data/lexicon``. A word that ends in ``*`` stands for every
word that begins so; several words are a phrase; words of scripts without spaces are found inside runs.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources

from aat_consumer.screening.initials import skeletons
from aat_consumer.screening.normalise import fold

__all__ = ["START", "UNKNOWN", "WORD", "Lexicon", "load_lexicon", "plain"]

#: Stands for every word that the lexicon does not know, so that no text of a report is ever stored.
UNKNOWN = "w"

#: Stands before the first word of a clause.
START = "^"

#: Shortest word read with one letter wrong or with its middle shuffled.
FUZZY_CHARACTERS = 6

#: Longest word that is looked at closely; a longer one is not a word.
WORD_CHARACTERS = 60

#: Shortest run of letters that is tried as several words written without spaces.
GLUED_CHARACTERS = 14

_MARKS = "\u0900-\u0963\u0970-\u0d7f\u0e00-\u0eff\u1000-\u109f\u1780-\u17d3"
#: One word of any script, vowel signs included.
WORD = re.compile(rf"(?:[^\W\d_]|[{_MARKS}])+")
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17d3\u3040-\u30ff\u3400-\u9fff"
_UNSPACED_WORD = re.compile(f"[{_UNSPACED}]")


def plain(text: str) -> str:
    """Return lower-case text with every letter in its plain form, as the lexicon stores words."""
    return "".join(one if one < "\x80" else fold(one) for one in text).lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class Lexicon:
    """Hold the words of all languages; immutable, so any thread may read it."""

    exact: Mapping[str, frozenset[str]]
    prefixes: Mapping[str, frozenset[str]]
    phrases: tuple[tuple[str, tuple[str, ...]], ...]
    unspaced: Mapping[str, frozenset[str]]
    unspaced_pattern: re.Pattern[str]
    phrase_words: frozenset[str]
    known: frozenset[str]
    fuzzy: Mapping[str, str]
    skeletons: Mapping[str, str]
    version: str
    longest_prefix: int = field(default=0)

    def concepts(self, word: str) -> frozenset[str]:
        """Return what a lower-case word may stand for; empty for an unknown word."""
        found = self.exact.get(word, frozenset())
        for size in range(min(len(word), self.longest_prefix), 1, -1):
            hit = self.prefixes.get(word[:size])
            if hit:
                return found | hit
        return found

    def canonical(self, word: str) -> str:
        """Return the word under which phrases know a lower-case word."""
        if word in self.phrase_words:
            return word
        for size in range(min(len(word), self.longest_prefix), 1, -1):
            if word[:size] + "*" in self.phrase_words:
                return word[:size] + "*"
        return UNKNOWN

    def read(self, word: str) -> tuple[str, ...]:
        """Return the known words that a run of letters is: itself, corrected, or cut apart."""
        word = word[:WORD_CHARACTERS]
        if word in self.known or self.concepts(word) or len(word) < FUZZY_CHARACTERS:
            return (word,)
        if len(word) >= GLUED_CHARACTERS:
            pieces = self._cut(word)
            if pieces:
                return pieces
        for key in _fuzzy_keys(word):
            if key in self.fuzzy:
                return (self.fuzzy[key],)
        return (word,)

    def _cut(self, word: str) -> tuple[str, ...]:
        """Return the words of which a run is glued together; empty if it is not."""
        best: list[tuple[str, ...] | None] = [()] + [None] * len(word)
        for end in range(1, len(word) + 1):
            for start in range(max(0, end - 16), end):
                before = best[start]
                piece = word[start:end]
                if before is None or piece not in self.known or (len(piece) == 1 and piece not in "ai"):
                    continue
                candidate = (*before, piece)
                held = best[end]
                if held is None or len(candidate) < len(held):
                    best[end] = candidate
        pieces = best[-1] or ()
        return pieces if 3 <= len(pieces) <= len(word) / 3 else ()


def _fuzzy_keys(word: str) -> Iterable[str]:
    """Yield the keys under which a misspelt word may be found."""
    yield "~" + word[0] + "".join(sorted(word[1:-1])) + word[-1]
    yield "-" + word
    for place in range(len(word)):
        yield "-" + word[:place] + word[place + 1 :]


@lru_cache(maxsize=1)
def load_lexicon() -> Lexicon:
    """Read the lexicon shipped with the package; about 50 ms, once a process."""
    data = resources.files("aat_consumer.screening") / "data"
    exact: dict[str, set[str]] = {}
    prefixes: dict[str, set[str]] = {}
    unspaced: dict[str, set[str]] = {}
    phrases: list[tuple[str, tuple[str, ...]]] = []
    english: set[str] = set()
    version = ""
    for file in sorted((data / "lexicon").iterdir(), key=lambda one: one.name):
        if not file.name.endswith(".toml"):
            continue
        table = tomllib.loads(file.read_text(encoding="utf-8"))
        version = max(version, str(table.pop("version", "")))
        for concept, entries in table.items():
            for entry in entries:
                words = tuple(plain(entry).split())
                if len(words) == 1 and _UNSPACED_WORD.search(words[0]):
                    unspaced.setdefault(words[0], set()).add(concept)
                elif len(words) > 1:
                    phrases.append((concept, words))
                elif words[0].endswith("*"):
                    prefixes.setdefault(words[0][:-1], set()).add(concept)
                else:
                    exact.setdefault(words[0], set()).add(concept)
                if file.name == "en.toml":
                    english.update(words)
    common = set(plain((data / "common.txt").read_text(encoding="utf-8")).split())
    phrase_words = frozenset(word for _, words in phrases for word in words)
    known = frozenset(common | exact.keys() | prefixes.keys() | {word.rstrip("*") for word in phrase_words})
    return Lexicon(
        exact={word: frozenset(concepts) for word, concepts in exact.items()},
        prefixes={word: frozenset(concepts) for word, concepts in prefixes.items()},
        phrases=_spelled_out(phrases, phrase_words),
        unspaced={word: frozenset(concepts) for word, concepts in unspaced.items()},
        unspaced_pattern=re.compile(
            "|".join(sorted(map(re.escape, unspaced), key=len, reverse=True)) or r"(?!)"
        ),
        phrase_words=phrase_words,
        known=known,
        fuzzy=_misspellings(english, known),
        skeletons=_skeletons(english, common),
        version=version,
        longest_prefix=max((len(word) for word in (*prefixes, *phrase_words)), default=0),
    )


def _spelled_out(
    phrases: list[tuple[str, tuple[str, ...]]], words: frozenset[str]
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return the phrases with each open word in all the forms that other phrases spell out."""
    result = []
    for concept, phrase in phrases:
        variants: list[tuple[str, ...]] = [()]
        for word in phrase:
            forms = [word]
            if word.endswith("*"):
                forms += sorted(one for one in words if one != word and one.startswith(word[:-1]))
            variants = [(*variant, form) for variant in variants for form in forms]
        result += [(concept, variant) for variant in variants]
    return tuple(result)


def _misspellings(english: set[str], known: frozenset[str]) -> dict[str, str]:
    """Return for every way to misspell an English word of the lexicon the word that was meant."""
    found: dict[str, str] = {}
    for word in sorted(english):
        if len(word) < FUZZY_CHARACTERS or word.endswith("*"):
            continue
        for key in _fuzzy_keys(word):
            if key[1:] not in known or key[0] == "~":
                found.setdefault(key, word)
    return found


def _skeletons(english: set[str], common: set[str]) -> dict[str, str]:
    """Return for each group of consonants the word that it stands for, those of the lexicon first."""
    found: dict[str, str] = {}
    for words in (english, common):
        for word in sorted(words, key=lambda one: (len(one), one)):
            for short in skeletons(word) if not word.endswith("*") else ():
                if 2 <= len(short) < len(word):
                    found.setdefault(short, word)
                    found.setdefault(f"{short}s", f"{word}s")
    return found
