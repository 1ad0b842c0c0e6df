"""What is judged on facts is what reporters publish for exceptions that are really raised."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from aat_reporters.logging import ErrorReportHandler
from aat_reporters.reporter import Reporter
from aat_reporters.signature import stable
from aat_reporters.testing import recording_reporter
from tests.unit.signature.families.python import PROGRAMS
from tests.unit.signature.raising import Deploy, Program, facts_from, raised

CASES = [(name, expression) for name, (_, expressions) in PROGRAMS.items() for _, expression in expressions]
DEPLOY = Deploy(root="/srv/app/live", lines_above=4)


def by_hand(reporter: Reporter, error: BaseException) -> None:
    reporter.report(error, request_id="r-1")


def by_logging(reporter: Reporter, error: BaseException) -> None:
    logger = logging.Logger("shop")
    logger.addHandler(ErrorReportHandler(reporter=reporter))
    logger.error("request %s failed", "r-1", exc_info=error)


@pytest.mark.parametrize("edge", [by_hand, by_logging])
@pytest.mark.parametrize(("name", "expression"), CASES, ids=lambda value: value[:40])
def test_a_live_exception_is_signed_as_its_facts(
    name: str, expression: str, edge: Callable[[Reporter, BaseException], None]
) -> None:
    program = Program(name, PROGRAMS[name][0], DEPLOY)
    error = raised(lambda: eval(expression, program.module.__dict__))
    expected = stable(facts_from(error, root=DEPLOY.root))
    with recording_reporter(project_root=DEPLOY.root) as (reporter, reports):
        edge(reporter, error)
    assert reports[0]["signature"]["stable"] == expected


_SHOP = """
def pay(n):
    raise ValueError(f"cart {n} is empty")

async def pay_later(n):
    pay(n)

def guarded(call):
    def inner(*args):
        return call(*args)
    return inner
"""


def _in_a_thread(shop: Any) -> BaseException:
    found: list[BaseException] = []

    def run() -> None:
        try:
            shop.pay(8)
        except ValueError as exc:
            found.append(exc)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return found[0]


def _in_a_pool(shop: Any) -> BaseException:
    with ThreadPoolExecutor(1) as pool:
        error = pool.submit(shop.pay, 9).exception()
    assert error is not None
    return error


def _in_a_task_group(shop: Any) -> BaseException:
    async def both() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(shop.pay_later(1))
            group.create_task(shop.pay_later(2))

    return raised(lambda: asyncio.run(both()))


WAYS: list[Callable[[Any], BaseException]] = [
    lambda shop: raised(lambda: shop.pay(7)),
    lambda shop: raised(lambda: shop.guarded(shop.pay)("Ann")),
    lambda shop: raised(lambda: asyncio.run(shop.pay_later(None))),
    _in_a_thread,
    _in_a_pool,
    _in_a_task_group,
]


def test_how_an_exception_came_about_does_not_matter() -> None:
    shop = Program("ways", _SHOP, DEPLOY).module
    with recording_reporter(project_root=DEPLOY.root) as (reporter, reports):
        for way in WAYS:
            reporter.report(way(shop))
    assert len({report["signature"]["stable"] for report in reports}) == 1
    assert len(reports) == len(WAYS)


def test_a_logged_line_is_signed_by_the_template_in_its_source() -> None:
    """A log call has no traceback; its place and the literal in its line are read from the source."""
    source = """
def warn(logger, n):
    logger.error(f"cart {n} is odd")

def warn_lazily(logger, n):
    logger.error("cart %s is odd", n)
"""
    module = Program("logs", source, DEPLOY).module
    with recording_reporter(project_root=DEPLOY.root) as (reporter, reports):
        logger = logging.Logger("shop")
        logger.addHandler(ErrorReportHandler(reporter=reporter))
        for function in (module.warn, module.warn_lazily):
            for n in (7, "Ann Lee", None):
                function(logger, n)
    signatures = [report["signature"]["stable"] for report in reports]
    assert len(set(signatures[:3])) == len(set(signatures[3:])) == 1
    assert signatures[0] != signatures[3]
