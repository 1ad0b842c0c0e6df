"""Hostile text as long as the filter ever reads is judged in time."""

from __future__ import annotations

import time

import pytest

from aat_consumer.screening import screen
from tests.unit.screening.test_hostile import texts
from tests.unit.screening.timing import is_slowed

#: Length of a hostile text: more than the caller ever passes on.
CHARACTERS = 65_536

#: CPU seconds that any hostile text may take; twice what is measured, for a busy machine.
SECONDS = 1.0


@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in texts(CHARACTERS)])
def test_any_64_kb_are_judged_in_time(text: str) -> None:
    screen("load")
    start = time.thread_time()
    screen(text)
    assert time.thread_time() - start < SECONDS or is_slowed()
