"""Unfold a text into everything it may say once disguises are taken off, layer by layer."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping

from aat_consumer.screening.ciphers import break_ciphers, turned_blobs
from aat_consumer.screening.encodings import decode_blobs
from aat_consumer.screening.escapes import unescape
from aat_consumer.screening.initials import add_vowels, read_acrostics
from aat_consumer.screening.limits import Deadline, LimitPassedError, Limits
from aat_consumer.screening.normalise import hidden_tags, normalise
from aat_consumer.screening.repeats import without_read, without_repeats
from aat_consumer.screening.spelling import join_letters, join_list, join_strings, read_leet, strip_wrappers
from aat_consumer.screening.views import View, decoded, whole

__all__ = ["unfold"]

#: Shortest decoded text worth reading.
SHORTEST = 5


def unfold(
    text: str,
    *,
    known: frozenset[str],
    skeletons: Mapping[str, str],
    limits: Limits,
    deadline: Deadline,
) -> Iterator[View]:
    """Yield the text in plain letters, then every other reading of it, each text once.

    Args:
        text: one field of the report.
        limits: how many views, layers and characters there may be.
        deadline: checked between steps.
        known: common words, by which a broken cipher is recognised.
        skeletons: the words that consonants without vowels stand for.

    Raises:
        LimitPassedError: the time is over, or the disguises expand to more than the limits allow.
    """
    queue = deque([without_repeats(whole(text))])
    seen: set[str] = set()
    texts: set[str] = set()
    budget = whole_budget = max(limits.expansion_floor, limits.expansion * len(text)) + len(text)
    while queue:
        deadline.check()
        view = queue.popleft()
        plain = unescape(view)
        for start, end, name, told in hidden_tags(plain):
            queue.append(decoded(plain, start=start, end=end, text=told, name=name))
        base = without_repeats(normalise(unescape(normalise(plain))))
        for reading in _respelled(base, known, skeletons):
            if len(reading.text) < SHORTEST or reading.text in seen:
                continue
            seen.add(reading.text)
            budget -= len(reading.text)
            if budget < 0:
                raise LimitPassedError(
                    used=whole_budget - budget, limit=whole_budget, unit="decoded_characters"
                )
            if len(seen) > limits.views:
                raise LimitPassedError(used=len(seen), limit=limits.views, unit="readings")
            yield reading
            if len(reading.chain) < limits.layers:
                for hidden in _inside(reading, known, deadline):
                    if hidden.text not in texts:
                        texts.add(hidden.text)
                        queue.append(hidden)
                if "concatenation" in reading.chain[len(base.chain) :]:
                    queue.append(reading)
            elif next(decode_blobs(reading.text), None) is not None:
                raise LimitPassedError(used=limits.layers + 1, limit=limits.layers, unit="layers")


def _respelled(view: View, known: frozenset[str], skeletons: Mapping[str, str]) -> Iterator[View]:
    """Yield a view as it is and with its words joined, unwrapped, written out and read as leet."""
    yield view
    plain = strip_wrappers(join_strings(view))
    if plain is not view:
        yield without_read(plain, read=view)
    joined = join_letters(join_list(plain))
    if joined is not plain:
        yield without_read(joined, read=plain)
    if "leet" not in view.chain:
        leet = read_leet(joined, known=known)
        if leet is not joined:
            yield without_read(leet, read=joined)
    written_out = add_vowels(joined, skeletons=skeletons)
    if written_out is not joined:
        yield written_out


def _inside(view: View, known: frozenset[str], deadline: Deadline) -> Iterator[View]:
    """Yield what is encoded or enciphered inside a view."""
    if view.chain[-1:] == ("leet",):
        return
    for start, end, name, text in decode_blobs(view.text):
        if len(text) >= SHORTEST:
            yield decoded(view, start=start, end=end, text=text, name=name)
    deadline.check()
    if view.chain and view.chain[-1] in _CIPHERS:
        return
    for start, end, name, text in turned_blobs(view.text, known=known):
        yield decoded(view, start=start, end=end, text=text, name=name)
    deadline.check()
    for start, end, name, text in break_ciphers(view.text, known=known):
        yield decoded(view, start=start, end=end, text=text, name=name)
    if not view.chain:
        for start, end, name, text in read_acrostics(view.text, known=known):
            yield decoded(view, start=start, end=end, text=text, name=name)


#: Ciphers that are their own reverse, so that trying again would only lead back.
_CIPHERS = frozenset(
    {"rot13", "atbash", "rot47", "reversed", "reversed-words", "pig-latin", "keyboard-shift"}
)
