"""Report what fails in Celery's tasks: ``report_failures()`` beside the app.

Settings come from ``aat``, a dict, in the app's configuration (``CELERY_AAT`` in Django's settings with
``namespace="CELERY"``), else from ``AAT`` in Django's settings, else from the environment.
"""

from __future__ import annotations

import inspect
import logging
import sys
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from celery import Celery, signals
from celery.exceptions import Ignore, Reject, Retry, TimeLimitExceeded, WorkerLostError

from aat_reporters.capture import message_of
from aat_reporters.celery_records import watch
from aat_reporters.context import bind, current, gathered, unbind
from aat_reporters.errors import SettingsError
from aat_reporters.opening import open_reporter
from aat_reporters.reporter import Reporter
from aat_reporters.shared import PUBLISHERS

__all__ = ["report_failures"]

logger = logging.getLogger(__name__)

#: Header of a task's message, and so attribute of its request, with the id of the web request that sent it.
REQUEST_ID_HEADER = "aat_request_id"

#: Characters kept of an id that came with a message.
MAX_ID = 200

#: Tasks over their hard time limit that are remembered until Celery tells of them a second time.
MAX_TIMED_OUT = 1_000

#: Where a running task's request keeps what unbinds its facts.
_BOUND = "aat_bound"

#: What a task raises to tell Celery something; no failures.
_CONTROL_FLOW = (Ignore, Reject, Retry)

#: Failures of which the worker's parent process tells, because the task's process is gone.
_DEATHS = (TimeLimitExceeded, WorkerLostError)


def report_failures(
    app: Celery | None = None, *, reporter: Reporter | None = None, **settings: object
) -> None:
    """Report the failures of tasks, and give task, id, retries and queue to whatever is logged in them.

    Call it where the app is made, in the worker and in programs that send tasks. Called again for the
    same app, the last call counts.

    Args:
        app: whose tasks are reported; all apps of the process where None.
        reporter: one that is open already, instead of settings.
        settings: fields of ReporterSettings or Connection; they win over the app's configuration.

    Raises:
        SettingsError: a setting is unknown, mistyped or outside its limits. Where the app is not
            configured yet, a worker says so at its start and exits with status 1.
    """
    failures = _Failures(app, reporter=reporter, settings=settings)
    if app is not None and app.configured:
        failures.open(app)
    identity = f"{__name__}.{id(app)}"
    for signal, receiver in failures.receivers():
        signal.disconnect(dispatch_uid=identity)
        signal.connect(receiver, weak=False, dispatch_uid=identity)
    watch(identity, failures.told_by_log)


class _Failures:
    """Receive Celery's signals; what a receiver raises is caught and logged by Celery."""

    def __init__(
        self, app: Celery | None, *, reporter: Reporter | None, settings: Mapping[str, object]
    ) -> None:
        self._app = app
        self._reporter = reporter
        self._settings = settings
        self._is_refused = False
        self._timed_out: OrderedDict[str, bool] = OrderedDict()

    def receivers(self) -> list[tuple[Any, Any]]:
        """Pair signals with what receives them."""
        return [
            (signals.worker_init, self._worker_starts),
            (signals.worker_process_shutdown, self._child_ends),
            (signals.before_task_publish, self._task_is_sent),
            (signals.task_prerun, self._task_starts),
            (signals.task_postrun, self._task_ends),
            (signals.task_failure, self._task_failed),
            (signals.task_internal_error, self._tracing_failed),
            (signals.task_unknown, self._task_is_unknown),
            (signals.task_rejected, self._message_is_invalid),
        ]

    def open(self, app: Celery) -> Reporter:
        """Open the reporter by the app's configuration, once.

        Raises:
            SettingsError: a setting is wrong.
        """
        if self._reporter is None:
            self._reporter = open_reporter(self._settings, framework=app.conf.get("aat"))
        return self._reporter

    def _reporter_of(self, app: Celery) -> Reporter | None:
        """Give the reporter for an app's failures; None if they are not ours, or settings are wrong."""
        if self._is_refused or (self._app is not None and self._app != app):
            return None
        try:
            return self.open(app)
        except SettingsError as exc:
            # Not in a worker, which has exited; a program that sends tasks must go on.
            self._is_refused = True
            logger.error("failures of tasks are not reported: %s", exc)
            return None

    def _worker_starts(self, sender: Any, **_: object) -> None:
        if self._app is None or self._app == sender.app:
            try:
                self.open(sender.app)
            except SettingsError as exc:
                raise SystemExit(f"aat_reporters.celery: {exc}") from None

    def _child_ends(self, **_: object) -> None:
        """Send or spool everything: a pool's process leaves by os._exit, which runs no atexit."""
        PUBLISHERS.finish()

    def _task_is_sent(self, headers: object = None, **_: object) -> None:
        facts, sources = current()
        identity = (gathered(facts, sources) if sources else facts).get("request_id")
        if isinstance(headers, dict) and isinstance(identity, str) and identity:
            headers.setdefault(REQUEST_ID_HEADER, identity[:MAX_ID])

    def _task_starts(self, task_id: str, task: Any, **_: object) -> None:
        request = task.request
        if self._reporter_of(task.app) is not None and _BOUND not in request.__dict__:
            setattr(request, _BOUND, bind(**_facts(task, task_id, request)))

    def _task_ends(self, task: Any, **_: object) -> None:
        # The request lives as long as one run of the task, and runs may be inside each other.
        token = task.request.__dict__.pop(_BOUND, None)
        if token is not None:
            unbind(token)

    def _task_failed(
        self,
        sender: Any,
        task_id: str,
        exception: BaseException,
        traceback: object = None,
        einfo: Any = None,
        **_: object,
    ) -> None:
        reporter = self._reporter_of(sender.app)
        if reporter is None:
            return
        context = _facts(sender, task_id, sender.request)
        is_told = isinstance(exception, _DEATHS) or isinstance(traceback, str)
        error = exception if is_told else _original(exception)
        if isinstance(error, _CONTROL_FLOW) or (sender.throws and isinstance(error, sender.throws)):
            return
        if not is_told:
            reporter.report_raised(error, context=context)
        elif not self._is_second_telling(task_id, exception, is_text=isinstance(traceback, str)):
            text = traceback if isinstance(traceback, str) else getattr(einfo, "traceback", "")
            reporter.report_told(_in_words(exception, text, sender), context=context)
        # Celery logs stand-ins: an exception that survives pickling, and one that carries a traceback.
        for stand_in in (exception, getattr(einfo, "exception", None)):
            if isinstance(stand_in, BaseException):
                reporter.pass_over(stand_in)

    def told_by_log(self, failed: BaseException) -> bool:
        """Report the loss of a process whose task is put back: Celery logs it and sends no signal.

        Of a hard time limit a signal always tells.
        """
        if isinstance(failed, WorkerLostError) and self._reporter is not None:
            self._reporter.report_raised(failed)
        return isinstance(failed, _DEATHS) and self._reporter is not None

    def _is_second_telling(self, task_id: str, exception: BaseException, *, is_text: bool) -> bool:
        """Tell whether this is the other of two signals for one hard time limit.

        Recent versions of Celery send two, with a traceback and with its text; older ones only the latter.
        """
        if not isinstance(exception, TimeLimitExceeded):
            return False
        if self._timed_out.get(task_id) is (not is_text):
            del self._timed_out[task_id]
            return True
        self._timed_out[task_id] = is_text
        if len(self._timed_out) > MAX_TIMED_OUT:
            self._timed_out.popitem(last=False)
        return False

    def _tracing_failed(
        self, sender: Any, task_id: str, exception: BaseException, request: Any = None, **_: object
    ) -> None:
        """Report what went wrong around a task's own code, such as a result that could not be stored."""
        reporter = self._reporter_of(sender.app)
        if reporter is not None:
            reporter.report_raised(exception, context=_facts(sender, task_id, request or {}))

    def _task_is_unknown(self, sender: Any, name: str, id: str, **_: object) -> None:  # noqa: A002
        """Report a task that this worker does not know: Celery throws its message away."""
        reporter = self._reporter_of(sender.app)
        if reporter is not None:
            kind = "celery.exceptions.NotRegistered"
            told = {"error": f"{kind}: {name!r}", "type": kind, "logger": "celery.worker.consumer.consumer"}
            reporter.report_told(told, context={"task": name, "task_id": id})

    def _message_is_invalid(self, sender: Any, message: Any, exc: BaseException | None, **_: object) -> None:
        """Report a message that Celery throws away because it cannot be run as a task.

        Without an exception it was never a task's, which Celery warns of.
        """
        reporter = self._reporter_of(sender.app)
        if reporter is not None and exc is not None:
            named = (("task", "task"), ("task_id", "id"))
            headers = message.headers or {}
            reporter.report_raised(
                exc, context={key: headers[name] for key, name in named if name in headers}
            )


def _facts(task: Any, task_id: str, request: Any) -> dict[str, object]:
    """Say which run of which task it is; a request of another run says nothing of it.

    Args:
        task: the task.
        task_id: of the run.
        request: Celery's, or what its message said.
    """
    facts: dict[str, object] = {"task": task.name, "task_id": task_id}
    if request.get("id") != task_id:
        return facts
    facts["retries"] = request.get("retries") or 0
    # Celery does not hand on the queue's name; it is the routing key unless somebody routes by topic.
    queue = (request.get("delivery_info") or {}).get("routing_key")
    if queue:
        facts["queue"] = queue
    identity = request.get(REQUEST_ID_HEADER)
    if isinstance(identity, str) and identity:
        facts["request_id"] = identity[:MAX_ID]
    return facts


def _original(exception: BaseException) -> BaseException:
    """Give what the task raised; Celery hands on a stand-in where that does not survive pickling."""
    # The signal is sent while the error is handled.
    handled = sys.exc_info()[1]
    return handled if handled is not None else exception


def _in_words(exception: BaseException, text: str, task: Any) -> dict[str, object]:
    """Describe an exception of another process, or of one that is gone.

    The traceback of a task's death ends in the worker's own code; its place is the task.
    """
    kind = f"{type(exception).__module__}.{type(exception).__qualname__}".removeprefix("builtins.")
    told: dict[str, object] = {"error": f"{kind}: {message_of(exception)}", "type": kind, "stack": text}
    code = getattr(inspect.unwrap(getattr(task, "_orig_run", task.run)), "__code__", None)
    if isinstance(exception, _DEATHS) and code is not None:
        place = {"file": code.co_filename, "line": code.co_firstlineno, "function": code.co_name}
        frame = place | {"qualname": code.co_qualname, "module": type(task).__module__, "in_app": True}
        told |= {"context": place, "frames": [frame]}
    return told
