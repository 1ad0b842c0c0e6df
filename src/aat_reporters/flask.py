"""Report the errors of Flask applications: ``ErrorReports(app)``, or ``.init_app(app)`` in a factory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Flask, current_app, g, got_request_exception, has_request_context, request, request_started
from flask.globals import request_ctx
from werkzeug.exceptions import HTTPException

from aat_reporters.opening import open_reporter
from aat_reporters.reporter import Reporter
from aat_reporters.web import kept, user_id_of
from aat_reporters.wsgi import ErrorReportMiddleware

__all__ = ["ErrorReports"]

#: Key of the application's reporter in ``app.extensions``, and of what is ours in a request's environ.
_NAME = "aat_reporters"
_ROUTE = "aat_reporters.route"


class ErrorReports:
    """Report exceptions that no error handler took, each once, with its request.

    One instance serves any number of applications, each with settings of its own from
    ``app.config["AAT"]``, a dict. What an application's error handlers answer is not reported, nor is
    ``abort``; a handler that answers for what is an error after all calls ``report``.

    Args:
        app: the application; without it, call ``init_app``.
        reporter: one that is open already, instead of settings.
        settings: fields of ReporterSettings or Connection, over ``app.config["AAT"]``; the rest comes
            from the environment.

    Raises:
        SettingsError: a setting is unknown, mistyped or outside its limits.
    """

    def __init__(
        self, app: Flask | None = None, *, reporter: Reporter | None = None, **settings: object
    ) -> None:
        self._reporter = reporter
        self._settings = settings
        if app is not None:
            self.init_app(app)

    def init_app(self, app: Flask) -> None:
        """Have an application's errors reported; a second time does nothing.

        Args:
            app: the application, with its configuration loaded.

        Raises:
            SettingsError: a setting is unknown, mistyped or outside its limits.
        """
        if _NAME in app.extensions:
            return
        reporter = self._reporter
        if reporter is None:
            reporter = open_reporter(self._settings, framework=_in_lower_case(app.config.get("AAT")))
        app.extensions[_NAME] = reporter
        # Functions of this module and nothing that holds the application, so that it can go.
        got_request_exception.connect(_report, app)
        request_started.connect(_remember_route, app)
        app.wsgi_app = ErrorReportMiddleware(  # type: ignore[method-assign]  # the documented way
            app.wsgi_app, reporter=reporter, facts=_facts
        )

    def report(self, error: BaseException | str, /, **context: object) -> None:
        """Report, for the application at hand, an error that is handled and must still be looked into.

        Args:
            error: an exception or a message.
            context: facts for whoever looks for the cause.

        Raises:
            RuntimeError: there is no application at hand, as Flask says.
        """
        reporter: Reporter = current_app.extensions[_NAME]
        reporter.report(error, **context)


def _in_lower_case(configured: object) -> object:
    """Spell names as settings are: ``FLASK_AAT__NAMESPACE`` gives them in upper case."""
    if not isinstance(configured, Mapping):
        return configured
    return {str(name).lower(): value for name, value in configured.items()}


def _report(app: Flask, *, exception: BaseException, **_: object) -> None:
    reporter: Reporter = app.extensions[_NAME]
    if isinstance(exception, HTTPException):
        # An answer, trapped for the debugger by the debug mode or TRAP_HTTP_EXCEPTIONS.
        reporter.pass_over(exception)
    else:
        reporter.report_raised(exception)


def _remember_route(*_: object, **__: object) -> None:
    # Flask forgets the request before its answer is streamed, and before its teardown functions fail.
    rule = request.url_rule
    if rule is not None:
        request.environ[_ROUTE] = rule.rule


def _facts(environ: dict[str, Any]) -> dict[str, object]:
    facts = {"route": environ.get(_ROUTE), **(_of_session() if has_request_context() else {})}
    return {name: value for name, value in facts.items() if value is not None}


def _of_session() -> dict[str, object]:
    # By way of ``flask.session`` it would count as read, and the answer would be sent with "Vary: Cookie".
    context = request_ctx._get_current_object()  # type: ignore[attr-defined]  # it is a proxy
    session = kept(context, ("_session", "session"))
    user_id = kept(session, ("_user_id",))
    if user_id is None:
        # Where Flask-Login keeps a user that it has loaded.
        user_id = user_id_of(g.get("_login_user"))
    return {"user_id": user_id, "session_id": kept(session, ("sid",))}
