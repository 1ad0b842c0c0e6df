"""Fuzz the filter: whatever comes is judged, in time, without an exception and without repeating the text.

``AAT_FUZZ_MINUTES`` says how long; the default is short. Each round draws reports out of attacks, errors and
marks, disguises them several layers deep, and cuts, mixes and damages them.
"""

from __future__ import annotations

import json
import os
import random
import time
from collections import Counter

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from aat_consumer.screening import screen
from tests.screening.corpus import rows
from tests.unit.screening.disguises import DISGUISES
from tests.unit.screening.test_hostile import UNITS

#: Minutes of the run.
MINUTES = float(os.environ.get("AAT_FUZZ_MINUTES", "0.2"))

#: CPU seconds that any text of at most ``CHARACTERS`` may take; three times the limit, for a busy machine.
SECONDS = 1.0

#: Longest text of one field.
CHARACTERS = 65_536

#: Reports between two looks at the clock.
ROUND = 100

#: Rules that say that the filter gave up, and blocked.
GIVEN_UP = {"limits.too_slow", "limits.too_large"}

TEXTS = [row["text"] for name in ("attacks", "benign") for row in rows(name)]

_piece = st.one_of(
    st.sampled_from(TEXTS),
    st.sampled_from(UNITS).flatmap(lambda unit: st.integers(1, 400).map(lambda times: unit * times)),
    st.text(st.characters(codec="utf-8"), max_size=200),
    st.text(st.characters(max_codepoint=127), max_size=400),
    st.binary(max_size=120).map(lambda data: data.decode("latin-1")),
)
_layers = st.lists(st.sampled_from(sorted(DISGUISES)), max_size=3)


def disguised(text: str, name: str) -> str:
    """Disguise a text, or leave what a disguise cannot take: most are made for plain letters."""
    try:
        return DISGUISES[name](text)
    except ValueError:
        return text


@st.composite
def hostile_texts(draw: st.DrawFn) -> str:
    """Draw pieces, some of them in disguise, joined, cut and repeated."""
    parts = []
    for piece in draw(st.lists(_piece, min_size=1, max_size=4)):
        for name in draw(_layers):
            piece = disguised(piece[:2_000], name)
        parts.append(piece)
    text = draw(st.sampled_from(["", " ", "\n", "'", '", "', "\\", "%"])).join(parts)
    start = draw(st.integers(0, max(0, min(len(text) - 1, 40))))
    return (text[start:] * draw(st.integers(1, 6)))[:CHARACTERS]


_values = st.recursive(
    st.one_of(hostile_texts(), st.none(), st.booleans(), st.integers(), st.floats()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=30), inner, max_size=3)
    ),
    max_leaves=4,
)
_reports = st.one_of(
    hostile_texts(),
    st.dictionaries(st.sampled_from(["error", "stack", "context", "logger", "x y"]), _values, max_size=4),
)


@pytest.mark.timeout(MINUTES * 60 + 120)
def test_everything_is_judged_in_time_and_nothing_is_repeated(capsys: pytest.CaptureFixture[str]) -> None:
    screen("load")
    counts: Counter[str] = Counter()
    slowest = 0.0
    end = time.monotonic() + MINUTES * 60
    first = random.SystemRandom().randrange(2**32)

    def judge(report: object) -> None:
        nonlocal slowest
        start = time.thread_time()
        verdict = screen(report)  # type: ignore[arg-type]
        took = time.thread_time() - start
        slowest = max(slowest, took)
        counts["reports"] += 1
        counts[verdict.action] += 1
        found = {reason.rule for reason in verdict.reasons}
        counts["given up"] += bool(found & GIVEN_UP)
        assert "limits.internal_error" not in found, repr(report)[:2_000]
        assert took < SECONDS, (took, repr(report)[:2_000])
        assert json.loads(json.dumps(verdict.to_json()))["blocked"] is verdict.blocked

    while time.monotonic() < end:
        # Each round with a seed of its own, which is printed where one fails.
        now = first + counts["rounds"]
        run = seed(now)(
            settings(
                max_examples=ROUND,
                database=None,
                deadline=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )(given(_reports)(judge))
        )
        run()
        counts["rounds"] += 1
    with capsys.disabled():
        print(f"\nfuzzed {MINUTES:g} min from seed {first}: {dict(counts)}, slowest {slowest:.3f} s CPU")
