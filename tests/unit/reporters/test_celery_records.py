"""Celery's log records that a signal tells better are marked; everything else is left as it is."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from logging import LogRecord

import pytest

from aat_reporters.celery_records import watch
from aat_reporters.logging import TOLD


class ChordError(Exception):
    """Named as Celery's."""


class TimeoutError(Exception):  # noqa: A001
    """Named as Celery's."""


@pytest.fixture
def told() -> list[BaseException]:
    return []


@pytest.fixture
def _watched(told: list[BaseException]) -> Iterator[None]:
    def by_log(failed: BaseException) -> bool:
        told.append(failed)
        return isinstance(failed, LookupError)

    watch("test", by_log)
    yield
    for name in ("celery.worker.request", "celery.app.builtins", "celery.worker.consumer.consumer"):
        logging.getLogger(name).filters.clear()


def is_marked(
    logger: str, function: str, *arguments: object, error: Exception | None = None, level: int = logging.ERROR
) -> bool:
    info = (type(error), error, error.__traceback__) if error else None
    record = LogRecord(logger, level, "/celery.py", 1, "%r", arguments, info, function)
    assert logging.getLogger(logger).filter(record), "a filter must drop nothing"
    return TOLD in record.__dict__


def join(error: Exception) -> None:
    """Raise as the results of a group do."""
    raise error


def raised(error: Exception, how: Callable[[Exception], None] = join) -> Exception:
    try:
        how(error)
    except Exception as caught:
        return caught
    raise AssertionError


def publish(error: Exception) -> None:
    raise error


@pytest.mark.usefixtures("_watched")
def test_what_a_signal_tells_is_marked() -> None:
    assert is_marked("celery.worker.request", "on_timeout", 1)
    assert is_marked("celery.worker.consumer.consumer", "on_unknown_task", "name")
    assert is_marked("celery.worker.consumer.consumer", "on_invalid_task", "name")
    # A soft time limit is a warning; the task's own exception follows.
    assert not is_marked("celery.worker.request", "on_timeout", 1, level=logging.WARNING)
    assert not is_marked("celery.worker.consumer.consumer", "on_decode_error", "body")


@pytest.mark.usefixtures("_watched")
def test_a_chord_whose_part_failed_is_marked_and_other_failures_of_it_are_not() -> None:
    name = "celery.app.builtins"
    assert is_marked(name, "unlock_chord", 1, error=raised(LookupError("of the part")))
    assert is_marked(name, "unlock_chord", 1, error=ChordError("part failed"))
    assert not is_marked(name, "unlock_chord", 1, error=raised(TimeoutError("still running")))
    assert not is_marked(name, "unlock_chord", 1, error=raised(OSError("no broker"), publish))
    assert not is_marked(name, "unlock_chord", 1)


@pytest.mark.usefixtures("_watched")
def test_a_failure_that_only_the_log_tells_is_handed_on(told: list[BaseException]) -> None:
    lost, other = LookupError("lost"), ValueError("other")
    assert is_marked("celery.worker.request", "on_failure", lost)
    assert not is_marked("celery.worker.request", "on_failure", other)
    assert not is_marked("celery.worker.request", "on_failure", "no exception")
    assert told == [lost, other]


@pytest.mark.usefixtures("_watched")
def test_another_watch_of_the_same_name_takes_its_place(told: list[BaseException]) -> None:
    watch("test", lambda failed: False)
    assert not is_marked("celery.worker.request", "on_failure", LookupError("lost"))
    assert told == []
    filters = logging.getLogger("celery.worker.request").filters
    assert [getattr(one, "name", "") for one in filters].count("test") == 1
