"""Report exceptions that nothing caught, of the process, its threads and asyncio: ``hooks.install()``.

Each hook calls the one that was there before, so tracebacks are printed as ever.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any

from aat_reporters.opening import open_reporter
from aat_reporters.records import error_of
from aat_reporters.reporter import Reporter

__all__ = ["install", "uninstall"]

#: Exceptions by which programs end or are told to stop; by name, for most of their modules are not loaded.
_CONTROL_FLOW = frozenset(
    {
        ("builtins", "KeyboardInterrupt"),
        ("builtins", "SystemExit"),
        ("builtins", "GeneratorExit"),
        ("asyncio.exceptions", "CancelledError"),
        ("concurrent.futures._base", "CancelledError"),
        ("greenlet", "GreenletExit"),
        ("trio", "Cancelled"),
        ("bdb", "BdbQuit"),
    }
)

#: How the interpreter begins to tell of an exit function that failed, which no other hook sees.
_AT_EXIT = "Exception ignored in atexit callback"

#: Before the publisher's own at 100, which sends what this one reports.
_BEFORE_SENDING = 200

_Kind = type[BaseException]


def install(*, reporter: Reporter | None = None, **settings: object) -> None:
    """Report uncaught exceptions from now on; again, with the settings that are given then.

    KeyboardInterrupt, SystemExit, GeneratorExit and CancelledError are no errors, nor is what a person
    types at a prompt. Call it after logging is configured: ``dictConfig`` silences asyncio's logger
    unless ``disable_existing_loggers`` is false.

    Args:
        reporter: one that is open already, instead of settings; it stays yours.
        settings: fields of ReporterSettings or Connection; the rest comes from ``AAT`` in Django's
            settings, where they are loaded, and from the environment.

    Raises:
        SettingsError: a setting is unknown, mistyped or outside its limits; nothing is changed then.
    """
    _HOOKS.install(open_reporter(settings) if reporter is None else reporter, is_owner=reporter is None)


def uninstall() -> None:
    """Report uncaught exceptions no longer; harmless where they were not."""
    _HOOKS.uninstall()


class _Hooks:
    """Hold what was there before, and the reporter while there is one."""

    def __init__(self) -> None:
        self._reporter: Reporter | None = None
        self._is_owner = False
        self._is_told_of_forks = False
        self._process_before: Callable[..., Any] = sys.__excepthook__
        self._thread_before: Callable[..., Any] = threading.__excepthook__
        self._unraisable_before: Callable[..., Any] = sys.__unraisablehook__
        # Bound once: a bound method is another object each time it is asked for.
        self._own_process, self._own_thread = self._process, self._thread
        self._own_unraisable, self._own_record = self._unraisable, self._record

    def install(self, reporter: Reporter, *, is_owner: bool) -> None:
        self._give_back()
        self._reporter, self._is_owner = reporter, is_owner
        if sys.excepthook is not self._own_process:
            self._process_before, sys.excepthook = sys.excepthook, self._own_process
        if threading.excepthook is not self._own_thread:
            self._thread_before, threading.excepthook = threading.excepthook, self._own_thread
        if sys.unraisablehook is not self._own_unraisable:
            self._unraisable_before, sys.unraisablehook = sys.unraisablehook, self._own_unraisable
        # A filter and no handler: with a handler on it, logging would no longer print what nobody else
        # handles. The logger's own filters also outlive dictConfig.
        logging.getLogger("asyncio").addFilter(self._own_record)
        if not self._is_told_of_forks:
            # Neither of these can be taken back.
            self._is_told_of_forks = True
            os.register_at_fork(after_in_child=self._follow_children)
            self._follow_children()

    def uninstall(self) -> None:
        self._give_back()
        # A hook that was put over ours stays, and ours below it only hands on.
        if sys.excepthook is self._own_process:
            sys.excepthook = self._process_before
        if threading.excepthook is self._own_thread:
            threading.excepthook = self._thread_before
        if sys.unraisablehook is self._own_unraisable:
            sys.unraisablehook = self._unraisable_before
        logging.getLogger("asyncio").removeFilter(self._own_record)

    def _give_back(self) -> None:
        reporter, self._reporter = self._reporter, None
        if reporter is not None and self._is_owner:
            reporter.close(wait=False)

    def _report(
        self, error: BaseException | None, trace: object, *, level: str = "ERROR", **context: object
    ) -> None:
        reporter = self._reporter
        if reporter is not None and error is not None and _is_error(error):
            reporter.report_raised(error, trace=trace, level=level, context=context)

    def _process(self, kind: _Kind, error: BaseException, trace: TracebackType | None) -> None:
        # At a prompt each mistake of the person there comes by.
        if not hasattr(sys, "ps1"):
            self._report(error, trace, level="CRITICAL")
        self._process_before(kind, error, trace)

    def _thread(self, args: threading.ExceptHookArgs) -> None:
        thread = args.thread.name if args.thread is not None else ""
        self._report(args.exc_value, args.exc_traceback, thread=thread)
        self._thread_before(args)

    def _unraisable(self, args: sys.UnraisableHookArgs) -> None:
        if args.err_msg is not None and args.err_msg.startswith(_AT_EXIT):
            self._report(args.exc_value, args.exc_traceback)
        self._unraisable_before(args)

    def _record(self, record: logging.LogRecord) -> bool:
        """Report what asyncio logs of an exception that nobody asked for; every record passes."""
        error, _ = error_of(record)
        reporter = self._reporter
        is_error = error is not None and record.levelno >= logging.ERROR and _is_error(error)
        if reporter is not None and is_error:
            reporter.report_record(record)
        return True

    def _follow_children(self) -> None:
        """Have multiprocessing tell at a child's end: it prints what a target raises, and calls no hook."""
        util = sys.modules.get("multiprocessing.util")
        if util is not None:
            # A forked child forgets the second, and is told by the first to do it again; a spawned one,
            # which comes here when it imports the main module, is not.
            util.register_after_fork(self, _Hooks._follow_child)
            self._follow_child()

    def _follow_child(self) -> None:
        util = sys.modules["multiprocessing.util"]
        util.Finalize(None, self._child, exitpriority=_BEFORE_SENDING)

    def _child(self) -> None:
        """Run at a child's end, where up to Python 3.12 what its target raised is still at hand."""
        error = sys.exception()
        if error is not None:
            process = sys.modules["multiprocessing.process"].current_process()
            self._report(error, None, level="CRITICAL", process=process.name)


def _is_error(error: BaseException) -> bool:
    """Tell an error from control flow; a group is one if any of its members is."""
    if isinstance(error, BaseExceptionGroup):
        return any(_is_error(member) for member in error.exceptions)
    return not any((kind.__module__, kind.__qualname__) in _CONTROL_FLOW for kind in type(error).__mro__)


#: The hooks of this process: the places where they hang are the process's own.
_HOOKS = _Hooks()
