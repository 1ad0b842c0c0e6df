"""Judge a report: read its fields in every disguise and weigh what the rules find."""

from __future__ import annotations

import gc
import logging
from collections.abc import Iterator, Mapping
from functools import lru_cache

from aat_consumer.screening.classes import Classes, load_classes
from aat_consumer.screening.features import features
from aat_consumer.screening.fields import Field
from aat_consumer.screening.grammar import DEFAULT_MODEL, GRAMMAR_WEIGHTS, grammar_patterns
from aat_consumer.screening.lexicon import Lexicon, load_lexicon, plain
from aat_consumer.screening.limits import Deadline, LimitPassedError, Limits
from aat_consumer.screening.model import Learned, ModelChangedError, load_learned
from aat_consumer.screening.nlp import Grammar, load_parser
from aat_consumer.screening.prose import reads_like_language
from aat_consumer.screening.reading import Reader, Reading
from aat_consumer.screening.rules import LEARNED_RULE, Rule, RuleSet, load_rules
from aat_consumer.screening.segments import Segment, cut
from aat_consumer.screening.sequences import Sequences
from aat_consumer.screening.symbols import Piece, pieces
from aat_consumer.screening.tuning import Tuning
from aat_consumer.screening.verdict import Passed, Reason, Verdict
from aat_consumer.screening.views import View
from aat_consumer.screening.weighing import doubted, weighed
from aat_reporters.errors import SettingsError

__all__ = ["detect_prompt_injection", "screen"]

logger = logging.getLogger(__name__)

#: Segments that the categoriser reads at once; the time is looked at between.
SEGMENTS_AT_ONCE = 128

#: What the categoriser must give a segment before it counts at all.
LEAST_WEIGHT = 0.1

#: What no segment may reach if the categoriser is to be sure that a report is harmless.
CALM_WEIGHT = 0.006

#: From what weight on a segment is also parsed, where a parser is installed.
LEAST_PARSED = 0.02

#: Most segments of a report that are parsed, and characters of each: a parser needs milliseconds for one.
PARSED_SEGMENTS, PARSED_CHARACTERS = 8, 300

#: What a report weighs that could not be judged: a person looks, since nothing says that it is an attack.
UNJUDGED_WEIGHT = 0.7

#: What the categoriser can say at most: alone it never rejects, a person looks.
MOST_WEIGHT = 0.8


class Screen:
    """Hold what is loaded once and judge one report after the other; any thread may call it."""

    __slots__ = (
        "_classes",
        "_denied",
        "_grammar",
        "_learned",
        "_limits",
        "_reader",
        "_rules",
        "_ruleset",
        "_sequences",
        "_tuning",
    )

    def __init__(
        self, *, lexicon: Lexicon, ruleset: RuleSet, learned: Learned, limits: Limits, tuning: Tuning
    ) -> None:
        self._ruleset = ruleset
        self._tuning = tuning
        self._denied = tuple(_spaced(text) for text in tuning.deny)
        self._learned = learned
        self._classes = load_classes()
        self._grammar = _load_grammar(tuning.model, self._classes)
        self._limits = limits
        self._rules: dict[str, Rule] = ruleset.by_id()
        self._sequences = Sequences((rule.id, rule.patterns) for rule in ruleset.rules)
        self._reader = Reader(lexicon=lexicon, limits=limits)

    def judge(self, report: object) -> Verdict:
        """Return the verdict on a report; whatever goes wrong inside blocks it."""
        found: list[Reason] = []
        try:
            is_calm = self._find(report, found)
        except LimitPassedError as exc:
            found.append(_failure("too_slow" if exc.unit == "s" else "too_large", passed=exc))
        except Exception as exc:
            # The one broad except of this edge: an error inside must block the report, not let it through.
            # No traceback at this level: the error's own message may quote the report.
            logger.error("screening failed: %s", type(exc).__name__)
            logger.debug("screening failed", exc_info=True)
            found.append(_failure("internal_error"))
        else:
            if is_calm:
                found = doubted(found)
        versions = {
            "rules": self._ruleset.version,
            "lexicon": self._reader.lexicon.version,
            "model": self._learned.version,
        }
        return weighed(found, tuning=self._tuning, versions=versions)

    def _find(self, report: object, found: list[Reason]) -> bool:
        """Add every finding, and return whether the categoriser sees nothing suspicious anywhere."""
        deadline = Deadline(self._limits.seconds)
        seen: set[tuple[str, ...]] = set()
        known = self._reader.lexicon.known
        segments: dict[str, tuple[Reading, Segment]] = {}
        for reading in self._reader.read(report, deadline=deadline):
            found += self._disguise(reading.field, reading.view)
            found += self._deny(reading)
            for piece in pieces(reading.stream):
                if piece.symbols not in seen:
                    seen.add(piece.symbols)
                    found += self._match(reading.field, reading.view, piece)
            for segment in cut(reading.view.text, reading.stream, known=known):
                segments.setdefault(segment.key(), (reading, segment))
            deadline.check()
        return self._learn(list(segments.values()), deadline, found)

    def _deny(self, reading: Reading) -> Iterator[Reason]:
        """Yield a reason for each text that the project always blocks."""
        if not self._denied:
            return
        text = _spaced(reading.view.text)
        for number, denied in enumerate(self._denied):
            if denied in text:
                yield _reason(f"deny.{number}", 1.0, reading, 0, len(reading.view.text))

    def _learn(
        self, segments: list[tuple[Reading, Segment]], deadline: Deadline, found: list[Reason]
    ) -> bool:
        """Add each segment that may be an attack, if only a little; return whether none may."""
        doubtful: list[tuple[float, Reading, Segment]] = []
        is_calm = True
        for first in range(0, len(segments), SEGMENTS_AT_ONCE):
            deadline.check()
            batch = segments[first : first + SEGMENTS_AT_ONCE]
            weights = self._learned.weights(
                [features(segment, classes=self._classes) for _, segment in batch]
            )
            for weight, (reading, segment) in zip(weights, batch, strict=True):
                is_calm = is_calm and weight < CALM_WEIGHT
                if weight >= LEAST_WEIGHT:
                    weight = min(weight, MOST_WEIGHT)
                    found.append(_reason(LEARNED_RULE, weight, reading, segment.start, segment.end))
                if weight >= LEAST_PARSED:
                    doubtful.append((weight, reading, segment))
        if self._grammar is not None and doubtful:
            found += self._parse(self._grammar, doubtful, deadline)
        return is_calm

    def _parse(
        self, grammar: Grammar, doubtful: list[tuple[float, Reading, Segment]], deadline: Deadline
    ) -> Iterator[Reason]:
        """Yield a reason for each pattern of grammar in the most suspicious segments."""
        doubtful.sort(key=lambda one: -one[0])
        for _, reading, segment in doubtful[:PARSED_SEGMENTS]:
            deadline.check()
            text = reading.view.text[segment.start : segment.end][:PARSED_CHARACTERS]
            for rule, start, end in grammar.find(text):
                yield _reason(
                    rule, GRAMMAR_WEIGHTS[rule], reading, segment.start + start, segment.start + end
                )

    def _match(self, one: Field, view: View, piece: Piece) -> Iterator[Reason]:
        for name, first, end in self._sequences.find(piece.symbols):
            rule = self._rules[name]
            start, stop = view.span(piece.spans[first][0], piece.spans[end - 1][1])
            yield Reason(
                rule=rule.id,
                family=rule.family,
                weight=rule.weight,
                path=one.path,
                start=start,
                end=stop,
                chain=view.chain,
            )

    def _disguise(self, one: Field, view: View) -> Iterator[Reason]:
        """Yield a reason for each decoding that hid language, since nobody hides what is harmless."""
        names = [name for name in view.chain if self._weight_of(name)]
        if not names or not reads_like_language(view.text, known=self._reader.lexicon.known):
            return
        start, end = view.span(0, len(view.text))
        name = max(names, key=self._weight_of)
        yield Reason(
            rule=f"disguise.{name}",
            family="disguise",
            weight=self._weight_of(name),
            path=one.path,
            start=start,
            end=end,
            chain=view.chain,
        )

    def _weight_of(self, name: str) -> float:
        kind = name.removesuffix("+compressed").rstrip("0123456789") if name.startswith("caesar") else name
        return self._ruleset.disguises.get(kind.removesuffix("+compressed"), 0.0)


def _reason(rule: str, weight: float, reading: Reading, first: int, behind: int) -> Reason:
    """Return a finding between two characters of a reading."""
    start, end = reading.view.span(first, behind)
    return Reason(
        rule=rule,
        family=rule.partition(".")[0],
        weight=weight,
        path=reading.field.path,
        start=start,
        end=end,
        chain=reading.view.chain,
    )


def _failure(name: str, *, passed: LimitPassedError | None = None) -> Reason:
    """Return why a report could not be judged to its end."""
    told = None if passed is None else Passed(used=passed.used, limit=passed.limit, unit=passed.unit)
    return Reason(rule=f"limits.{name}", family="limits", weight=UNJUDGED_WEIGHT, passed=told)


def _load_grammar(model: str, classes: Classes) -> Grammar | None:
    """Return the patterns of grammar over a parser, or None where none is installed.

    Raises:
        SettingsError: the pipeline that was asked for cannot be loaded.
    """
    nlp = load_parser(model or DEFAULT_MODEL)
    if nlp is None and model:
        raise SettingsError(f"screening.model names no spaCy pipeline that is installed: {model!r}")
    return None if nlp is None else Grammar(nlp, patterns=grammar_patterns(classes))


def _spaced(text: str) -> str:
    """Return plain lower-case text with one space wherever there are any."""
    return " ".join(plain(text).split())


@lru_cache(maxsize=4)
def _loaded(tuning: Tuning) -> Screen:
    """Return the screen of this process: lexicon, rules, model and spaCy, loaded by the first call."""
    loaded = Screen(
        lexicon=load_lexicon(), ruleset=load_rules(), learned=load_learned(), limits=Limits(), tuning=tuning
    )
    # Importing spaCy leaves 65,000 objects that live as long as the process. Looking through them takes the
    # garbage collector 60 ms, and a long report sets it off once or twice.
    gc.collect()
    gc.freeze()
    return loaded


def screen(report: Mapping[str, object] | str, *, tuning: Tuning | None = None) -> Verdict:
    """Judge whether a report may reach an agent.

    Never raises: an error inside, or work beyond the limits, gives a blocked verdict that says so. The
    first call loads spaCy, the lexicon and the model (1 to 2 s), and then exempts what lives in the process
    from the search for garbage (``gc.freeze``). May be called from several threads.

    Args:
        report: the report as a mapping, or any text; a text that is JSON is read as a report as well.
        tuning: a project's own wishes.

    Returns:
        The verdict; its ``score`` from 0.5 on means blocked.
    """
    try:
        loaded = _loaded(tuning or Tuning())
    except SettingsError as exc:
        logger.error("screening cannot be loaded: %s", exc)
        return Verdict(score=UNJUDGED_WEIGHT, reasons=(_failure("not_loaded"),))
    except ModelChangedError as exc:
        logger.error("screening cannot be loaded: %s", exc)
        return Verdict(score=UNJUDGED_WEIGHT, reasons=(_failure("model_changed"),))
    except Exception as exc:
        # Broken package data or spaCy missing: nothing may pass unread.
        logger.exception("screening cannot be loaded: %s", type(exc).__name__)
        return Verdict(score=UNJUDGED_WEIGHT, reasons=(_failure("not_loaded"),))
    return loaded.judge(report)


def detect_prompt_injection(text: str) -> bool:
    """Return whether a text tries to steer the agent that reads it; True as well if it cannot be judged."""
    return screen(text).blocked
