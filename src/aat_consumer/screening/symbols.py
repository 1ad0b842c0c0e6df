"""Turn a text into the sequence of concepts that the rules are written in."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from aat_consumer.screening.entities import ENTITIES
from aat_consumer.screening.lexicon import START, UNKNOWN, WORD, Lexicon, plain
from aat_consumer.screening.limits import LimitPassedError
from aat_consumer.screening.nlp import Pipeline

__all__ = ["Piece", "Word", "pieces", "read_symbols"]

#: Begins the name of a concept that takes another away, as "password policy" is no password.
TAKEN = "NO_"

#: Words such as "how to" part a request for help from what it is about.
BARRIER = "BARRIER"

#: Unknown words in a row after which two concepts no longer belong together.
GAP_WORDS = 10

#: Changes of case in one run of letters that no name has.
RANDOM_HUMPS = 6

#: Most words of one text; 64 KB of any language stay below.
WORDS = 25_000

#: Length from which on entities are looked for near their hints only.
HINTED_CHARACTERS = 2_000

#: Places of hints from which on the whole text is searched after all.
HINTS = 250

#: Longest entity.
ENTITY_CHARACTERS = 500

#: Most symbols in one piece.
PIECE_SYMBOLS = 300

#: Unknown words that the end of a sentence counts as.
SENTENCE_GAP = 2

_BREAK = re.compile(r"[.!?;。！？।](?=[\s'\"”»)\]]|$)|[。！？]|\n\s*\n")
_CLAUSE = re.compile(r"\n|[\"'`“”«»:>\]|*#=(\[{]|--|//|^|,")
_CAMEL = re.compile(r"[A-Z][a-z]+|[a-z]{2,}|[A-Z]{2,}(?![a-z])|[A-Za-z]")


_ADDRESSES = frozenset(
    {"URL", "ADDRESS", "SECRETFILE", "SECRETNAME", "SHELLPIPE", "AGENTFILE", "PROJECTFILE"}
)

#: Frames and identifiers of two parts: names that a programmer gave, not words that somebody wrote.
_NAMES = re.compile(
    r'File "[^"\n ]{1,300}", line \d{1,9}(?:, in \S{1,100})?'
    r"|\bat [\w.<>$]{1,100} (?:\[as \w{1,60}\] )?\([^()\s]{1,300}:\d{1,9}\)"
    r"|\bat (?:\w{1,20}:)?[^()\s]{1,300}:\d{1,9}:\d{1,9}|\b[a-z0-9]{1,60}_[a-z0-9]{1,60}\b(?!_)"
    r"|\b[A-Z]\w{1,60}(?:Error|Exception|Warning)\b"
    r"|\b[a-z]\w{0,60}(?:\.[a-z]\w{0,60}){1,8}(?=[\s(:,;'\")\]]|$)"
)
#: Installers that really are fetched and run like that.
_INSTALLERS = re.compile(
    r"https://(?:sh\.rustup\.rs|get\.docker\.com|astral\.sh/|install\.python-poetry\.org|deb\.nodesource\.com/)"
)


#: The concepts of a word that stands for none.
_NOTHING = (UNKNOWN,)


class Word(NamedTuple):
    """Hold one word, or one concept that is not a word, with its place in the view."""

    text: str
    start: int
    end: int
    concepts: tuple[str, ...] = _NOTHING


@dataclass(frozen=True, slots=True)
class Piece:
    """Hold a stretch of symbols close enough to form a phrase, with the place of each in the view."""

    symbols: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]


def read_words(text: str, *, lexicon: Lexicon) -> list[Word]:
    """Return the words of a text in order, misspelt ones corrected and glued ones cut apart."""
    words: list[Word] = []
    seen: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {}
    for match in WORD.finditer(text):
        raw = match[0]
        readings = seen.get(raw)
        if readings is None:
            if not raw.isascii() and lexicon.unspaced_pattern.search(plain(raw)):
                words += islice(_unspaced(raw, match.start(), lexicon), WORDS + 1)
                readings = ()
            else:
                readings = seen[raw] = tuple(
                    (word, _combined(tuple(sorted(lexicon.concepts(word))), ()))
                    for word in _parts(raw, lexicon)
                )
        start, end = match.span()
        for word, concepts in readings:
            words.append(Word(word, start, end, concepts))
        if len(words) > WORDS:
            raise LimitPassedError(used=len(words), limit=WORDS, unit="words")
    return words


def _parts(raw: str, lexicon: Lexicon) -> Iterator[str]:
    """Yield the lower-case words of which a run of letters consists."""
    lower = plain(raw)
    plain_case = raw.islower() or raw.isupper() or raw.istitle() or not raw.isascii()
    humps = [] if plain_case or lower in lexicon.known else [hump.lower() for hump in _CAMEL.findall(raw)]
    if len(humps) > 1 and sum(hump in lexicon.known for hump in humps) * 2 > len(humps):
        yield from humps
    elif len(humps) > RANDOM_HUMPS:
        # Letters at random, such as base64: not worth a closer look.
        yield lower
    else:
        yield from lexicon.read(lower)


def _unspaced(raw: str, start: int, lexicon: Lexicon) -> Iterator[Word]:
    """Yield the known words inside a run of a script without spaces, and fillers for the rest."""
    folded = plain(raw)
    scale = len(raw) / len(folded)
    done = 0
    for match in lexicon.unspaced_pattern.finditer(folded):
        yield from (
            Word(UNKNOWN, start + int(place * scale), start + int(place * scale))
            for place in range(done, min(match.start(), done + 4 * GAP_WORDS + 4), 4)
        )
        first, last = int(match.start() * scale), int(match.end() * scale)
        yield Word(
            match[0], start + first, start + last, _combined(tuple(sorted(lexicon.unspaced[match[0]])), ())
        )
        done = match.end()
    if done < len(folded):
        yield Word(UNKNOWN, start + int(done * scale), start + len(raw))


def read_symbols(text: str, *, lexicon: Lexicon, pipeline: Pipeline) -> list[Word]:
    """Return words, entities and the ends of clauses and sentences in order, each with its concepts."""
    words = _without_names(text, read_words(text, lexicon=lexicon))
    marked: dict[int, list[str]] = {}
    if words:
        names = {word: lexicon.canonical(word) for word in {word.text for word in words}}
        for concept, start, _ in pipeline.find_phrases([names[word.text] for word in words]):
            marked.setdefault(start, []).append(concept)
    for place, phrases in marked.items():
        word = words[place]
        words[place] = word._replace(concepts=_combined(word.concepts, phrases))
    lower = text.lower()
    marks = [
        Word("", match.start(), match.end(), (name,))
        for name, hints, pattern in ENTITIES
        for first, behind in _near_hints(hints, lower, len(text))
        for match in pattern.finditer(text, first, behind)
        if name != "SHELLPIPE" or not _INSTALLERS.search(match[0])
    ]
    marks += [Word(START, match.start(), match.end(), (START,)) for match in _CLAUSE.finditer(text)]
    marks += [
        Word("", match.start(), match.end(), (UNKNOWN,) * SENTENCE_GAP + (START,))
        for match in _BREAK.finditer(text)
    ]
    stream = _outside(words, [(mark.start, mark.end) for mark in marks if mark.concepts[0] in _ADDRESSES])
    stream += marks
    # One number each, since a sort by tuples makes thousands of them: first place, then marks of clauses.
    stream.sort(key=lambda word: word.start * 4 + (word.text != START) * 2 + (word.text != ""))
    return stream


def pieces(stream: list[Word]) -> list[Piece]:
    """Return the stretches in which concepts stand close together, each only once."""
    return list(_cut(stream))


def _near_hints(hints: Sequence[str], lower: str, length: int) -> list[tuple[int, int]]:
    """Return the parts of a text, cut between words, in which a pattern with these hints could match."""
    if length < HINTED_CHARACTERS or length != len(lower):
        return [(0, length)] if any(hint in lower for hint in hints) else []
    places: list[int] = []
    for hint in hints:
        place = lower.find(hint)
        while place >= 0:
            places.append(place)
            if len(places) > HINTS:
                return [(0, length)]
            place = lower.find(hint, place + len(hint))
    parts: list[tuple[int, int]] = []
    for place in sorted(places):
        if parts and place + ENTITY_CHARACTERS <= parts[-1][1]:
            continue
        first = _edge(lower.rfind, max(0, place - 2 * ENTITY_CHARACTERS), max(0, place - ENTITY_CHARACTERS))
        behind = _edge(lower.find, place + ENTITY_CHARACTERS, place + 2 * ENTITY_CHARACTERS)
        first, behind = max(first, 0), behind if 0 <= behind < length else length
        if parts and first <= parts[-1][1]:
            parts[-1] = (parts[-1][0], max(behind, parts[-1][1]))
        else:
            parts.append((first, behind))
    return parts


def _edge(find: Callable[[str, int, int], int], first: int, behind: int) -> int:
    """Return where a line ends between two places, or else a word; the first place if none does."""
    line = find("\n", first, behind)
    return line if line >= 0 else max(find(" ", first, behind), first)


def _combined(single: tuple[str, ...], phrases: Sequence[str]) -> tuple[str, ...]:
    """Return what a word stands for, given the phrases that begin with it."""
    if single == _NOTHING:
        single = ()
    taken = {one.removeprefix(TAKEN) for one in phrases if one.startswith(TAKEN)}
    concepts = [one for one in (*single, *phrases) if one not in taken and not one.startswith(TAKEN)]
    return tuple(concepts) or _NOTHING


def _outside(stream: list[Word], spans: list[tuple[int, int]]) -> list[Word]:
    """Return the words without unknown ones inside addresses, which would only count as distance."""
    if not spans:
        return stream
    spans = sorted(spans)
    result: list[Word] = []
    place = 0
    for word in stream:
        while place < len(spans) and spans[place][1] <= word.start:
            place += 1
        inside = place < len(spans) and spans[place][0] <= word.start
        if not inside or word.concepts != _NOTHING:
            result.append(word)
    return result


def _without_names(text: str, words: list[Word]) -> list[Word]:
    """Return the words with those inside frames and identifiers made unknown."""
    names = [match.span() for match in _NAMES.finditer(text)]
    if not names:
        return words
    result: list[Word] = []
    place = 0
    for word in words:
        while place < len(names) and names[place][1] <= word.start:
            place += 1
        if place < len(names) and names[place][0] <= word.start:
            if not result or result[-1].start != names[place][0] or result[-1].text != UNKNOWN:
                result.append(Word(UNKNOWN, names[place][0], names[place][1]))
        else:
            result.append(word)
    return result


def _cut(stream: list[Word]) -> Iterator[Piece]:
    """Yield the stretches between long gaps; equal ones once."""
    seen: set[tuple[str, ...]] = set()
    symbols: list[str] = []
    spans: list[tuple[int, int]] = []
    gap = 0

    def flush() -> Iterator[Piece]:
        key = tuple(symbols)
        if any(one not in (UNKNOWN, START) for one in key) and key not in seen:
            seen.add(key)
            yield Piece(key, tuple(spans))
        symbols.clear()
        spans.clear()

    for word in stream:
        for symbol in word.concepts:
            gap = gap + 1 if symbol == UNKNOWN else gap if symbol == START else 0
            if symbol == BARRIER or gap > GAP_WORDS or len(symbols) > PIECE_SYMBOLS:
                yield from flush()
            elif symbol == UNKNOWN or symbols[-1:] != [symbol]:
                symbols.append(symbol)
                spans.append((word.start, word.end))
    yield from flush()
