"""Read a report in every disguise: fields, then the readings of each, then words with their concepts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from aat_consumer.screening.decode import unfold
from aat_consumer.screening.fields import Field, joins, read_fields
from aat_consumer.screening.lexicon import UNKNOWN, Lexicon, load_lexicon
from aat_consumer.screening.limits import Deadline, Limits
from aat_consumer.screening.nlp import Pipeline
from aat_consumer.screening.symbols import Word, read_symbols
from aat_consumer.screening.views import View

__all__ = ["Reader", "Reading"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Hold one reading of one field.

    Args:
        field: what was read.
        view: the text as read, with the way back.
        stream: its words and entities in order, each with its concepts.
    """

    field: Field
    view: View
    stream: list[Word]


class Reader:
    """Hold what reading needs; any thread may use it.

    Args:
        lexicon: the words of all languages.
        limits: how much work there may be.
    """

    __slots__ = ("_limits", "_pipeline", "lexicon")

    def __init__(self, *, lexicon: Lexicon, limits: Limits) -> None:
        self.lexicon = lexicon
        self._limits = limits
        self._pipeline = Pipeline(phrases=lexicon.phrases, words=(UNKNOWN, *sorted(lexicon.phrase_words)))

    @classmethod
    def load(cls, *, limits: Limits) -> Reader:
        """Return a reader with the lexicon shipped with the package."""
        return cls(lexicon=load_lexicon(), limits=limits)

    def read(self, report: object, *, deadline: Deadline) -> Iterator[Reading]:
        """Yield every reading of every field, and of the joins of fields, each text once.

        Raises:
            LimitPassedError: the report, or what it decodes to, needs more than the limits allow.
        """
        fields = read_fields(report, limits=self._limits)
        texts: set[str] = set()
        for one in (*fields, *joins(fields)):
            if one.text in texts:
                continue
            texts.add(one.text)
            views = unfold(
                one.text,
                known=self.lexicon.known,
                skeletons=self.lexicon.skeletons,
                limits=self._limits,
                deadline=deadline,
            )
            for view in views:
                deadline.check()
                stream = read_symbols(view.text, lexicon=self.lexicon, pipeline=self._pipeline)
                yield Reading(field=one, view=view, stream=stream)
                deadline.check()
