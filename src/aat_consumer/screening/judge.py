"""Judge a report: read its fields in every disguise and weigh what the rules find."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from aat_consumer.screening.decode import unfold
from aat_consumer.screening.fields import Field, joins, read_fields
from aat_consumer.screening.lexicon import UNKNOWN, Lexicon, load_lexicon
from aat_consumer.screening.limits import Deadline, Limits
from aat_consumer.screening.nlp import Pipeline
from aat_consumer.screening.prose import reads_like_language
from aat_consumer.screening.rules import Rule, RuleSet, load_rules
from aat_consumer.screening.sequences import Sequences
from aat_consumer.screening.symbols import Piece, pieces
from aat_consumer.screening.verdict import Reason, Verdict
from aat_consumer.screening.views import View

__all__ = ["detect_prompt_injection", "screen"]

logger = logging.getLogger(__name__)

#: Most reasons in a verdict; the strongest are kept.
REASONS = 20


class Screen:
    """Hold what is loaded once and judge one report after the other; any thread may call it."""

    __slots__ = ("_lexicon", "_limits", "_pipeline", "_rules", "_ruleset", "_sequences")

    def __init__(self, *, lexicon: Lexicon, ruleset: RuleSet, limits: Limits) -> None:
        self._lexicon = lexicon
        self._ruleset = ruleset
        self._limits = limits
        self._rules: dict[str, Rule] = ruleset.by_id()
        self._sequences = Sequences((rule.id, rule.patterns) for rule in ruleset.rules)
        self._pipeline = Pipeline(phrases=lexicon.phrases, words=(UNKNOWN, *sorted(lexicon.phrase_words)))

    def judge(self, report: object) -> Verdict:
        """Return the verdict on a report; whatever goes wrong inside blocks it."""
        found: list[Reason] = []
        try:
            found = list(self._find(report))
        except OverflowError:
            found = [_failure("too_large")]
        except TimeoutError:
            found = [_failure("too_slow")]
        except Exception as exc:
            # The one broad except of this edge: an error inside must block the report, not let it through.
            # No traceback at this level: the error's own message may quote the report.
            logger.error("screening failed: %s", type(exc).__name__)
            logger.debug("screening failed", exc_info=True)
            found = [_failure("internal_error")]
        return self._decide(found)

    def _find(self, report: object) -> Iterator[Reason]:
        limits = self._limits
        deadline = Deadline(limits.seconds)
        fields = read_fields(report, limits=limits)
        seen: set[tuple[str, ...]] = set()
        texts: set[str] = set()
        for one in (*fields, *joins(fields)):
            if one.text in texts:
                continue
            texts.add(one.text)
            for view in unfold(one.text, known=self._lexicon.known, limits=limits, deadline=deadline):
                deadline.check()
                yield from self._disguise(one, view)
                for piece in pieces(view.text, lexicon=self._lexicon, pipeline=self._pipeline):
                    if piece.symbols not in seen:
                        seen.add(piece.symbols)
                        yield from self._match(one, view, piece)
                deadline.check()

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
        if not names or not reads_like_language(view.text, known=self._lexicon.known):
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

    def _decide(self, found: Iterable[Reason]) -> Verdict:
        """Return the verdict that findings add up to: families count as independent evidence."""
        ordered = sorted(found, key=lambda reason: -reason.weight)
        reasons: dict[tuple[str, str], Reason] = {}
        families: dict[str, float] = {}
        for reason in ordered:
            reasons.setdefault((reason.rule, reason.path), reason)
            families[reason.family] = max(families.get(reason.family, 0.0), reason.weight)
        innocent = 1.0
        for weight in families.values():
            innocent *= 1.0 - weight
        return Verdict(
            score=1.0 - innocent,
            reasons=tuple(reasons.values())[:REASONS],
            versions={"rules": self._ruleset.version, "lexicon": self._lexicon.version},
        )


def _failure(name: str) -> Reason:
    return Reason(rule=f"limits.{name}", family="limits", weight=1.0)


@lru_cache(maxsize=1)
def _default_screen() -> Screen:
    """Return the screen of this process: lexicon, rules and spaCy, loaded by the first call."""
    return Screen(lexicon=load_lexicon(), ruleset=load_rules(), limits=Limits())


def screen(report: Mapping[str, object] | str) -> Verdict:
    """Judge whether a report may reach an agent.

    Never raises: an error inside, or work beyond the limits, gives a blocked verdict that says so. The
    first call loads spaCy and the lexicon (1 to 2 s). May be called from several threads.

    Args:
        report: the report as a mapping, or any text; a text that is JSON is read as a report as well.

    Returns:
        The verdict; its ``score`` from 0.5 on means blocked.
    """
    try:
        loaded = _default_screen()
    except Exception as exc:
        # Broken package data or spaCy missing: nothing may pass unread.
        logger.exception("screening cannot be loaded: %s", type(exc).__name__)
        return Verdict(score=1.0, reasons=(_failure("not_loaded"),))
    return loaded.judge(report)


def detect_prompt_injection(text: str) -> bool:
    """Return whether a text tries to steer the agent that reads it; True as well if it cannot be judged."""
    return screen(text).blocked
