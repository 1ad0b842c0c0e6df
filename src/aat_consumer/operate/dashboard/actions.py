"""Do what a person asks for with a form: release, drop, retry, approve, reject. Only where it is allowed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, quote

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from aat_consumer.by_hand import deciding, releasing
from aat_consumer.by_hand.kept import KeptFix, kept_fix
from aat_consumer.operate.dashboard.guard import COOKIE, Access
from aat_consumer.operate.dashboard.pages import refusal
from aat_consumer.operate.dashboard.rendering import render
from aat_consumer.operate.dashboard.running import Watching
from aat_consumer.settings import Settings
from aat_consumer.workspace.branches import find_branch

if TYPE_CHECKING:
    from aat_consumer.publishing.publisher import Publisher

__all__ = ["Actions"]

logger = logging.getLogger(__name__)

#: Bytes of a form; ours have a few hundred.
MAX_FORM_BYTES = 16_384

#: Characters of a reason that are kept.
MAX_REASON = 500


class Actions:
    """Carry out forms.

    Args:
        watching: whose connection is used.
        settings: of the repository that an approved fix is published from.
        access: what is allowed.
        by: who takes the responsibility, as the streams will tell.
    """

    def __init__(self, watching: Watching, *, settings: Settings, access: Access, by: str) -> None:
        self._watching = watching
        self._settings = settings
        self._access = access
        self._by = by

    async def release(self, request: Request) -> Response:
        """Let a quarantined report pass the filter once."""
        form = await self._form(request)
        if isinstance(form, Response):
            return form
        task_id = str(request.path_params["task_id"])
        reason = form.get("reason", "")[:MAX_REASON]
        await releasing.release(self._watching.js, task_id, by=self._by, reason=reason)
        return RedirectResponse("/quarantine", status_code=303)

    async def drop(self, request: Request) -> Response:
        """Delete a quarantined report for good."""
        form = await self._form(request)
        if isinstance(form, Response):
            return form
        await releasing.drop(self._watching.js, str(request.path_params["task_id"]), by=self._by)
        return RedirectResponse("/quarantine", status_code=303)

    async def retry(self, request: Request) -> Response:
        """Ask for another run of a task that ended."""
        form = await self._form(request)
        if isinstance(form, Response):
            return form
        task_id = str(request.path_params["task_id"])
        reason = form.get("reason", "")[:MAX_REASON]
        await releasing.retry(self._watching.js, task_id, by=self._by, reason=reason)
        return RedirectResponse(f"/tasks/{task_id}", status_code=303)

    async def approve(self, request: Request) -> Response:
        """Publish a fix that waits for a person, as repository.publish says."""
        form = await self._form(request)
        if isinstance(form, Response):
            return form
        js, repository = self._watching.js, self._settings.repository
        kept = await kept_fix(js, str(request.path_params["task_id"]))
        branch = await find_branch(repository.path, branch=str(kept.body.get("branch")), base=repository.base)
        publisher = await asyncio.to_thread(_publisher, self._settings)
        await deciding.approve(js, kept, branch=branch, publisher=publisher, by=self._by, observe=_observe)
        return self._to_issue(kept)

    async def reject(self, request: Request) -> Response:
        """Turn a fix down that waits for a person; its branch stays."""
        form = await self._form(request)
        if isinstance(form, Response):
            return form
        kept = await kept_fix(self._watching.js, str(request.path_params["task_id"]))
        reason = form.get("reason", "")[:MAX_REASON]
        await deciding.reject(self._watching.js, kept, by=self._by, reason=reason, observe=_observe)
        return self._to_issue(kept)

    def _to_issue(self, kept: KeptFix) -> Response:
        signature = self._watching.history.issue_of.get(kept.task_id, "")
        path = f"/issues/{quote(signature, safe='')}" if signature else f"/tasks/{kept.task_id}"
        return RedirectResponse(path, status_code=303)

    async def sign_in(self, request: Request) -> Response:
        """Ask for the token, and remember in a cookie that it was given."""
        if not self._access.token:
            return RedirectResponse("/", status_code=303)
        if request.method != "POST":
            return _login("", status=200)
        form = await _read_form(request)
        if not self._access.is_token(form.get("token", "")):
            return _login("That is not the token.", status=403)
        response = RedirectResponse("/", status_code=303)
        is_secure = request.url.scheme == "https"
        response.set_cookie(COOKIE, self._access.session, httponly=True, samesite="strict", secure=is_secure)
        return response

    async def sign_out(self, _: Request) -> Response:
        """Forget the token."""
        response = RedirectResponse("/login" if self._access.token else "/", status_code=303)
        response.delete_cookie(COOKIE, httponly=True, samesite="strict")
        return response

    async def _form(self, request: Request) -> dict[str, str] | Response:
        """Read a form that may be carried out; anything else is answered with why not."""
        if not self._access.allow_actions:
            return refusal(
                "This dashboard only shows. Start it with --allow-actions to act here.", status=403
            )
        form = await _read_form(request)
        if not self._access.is_form_key(form.get("key", "")):
            text = (
                "This form is older than the dashboard, which was started again. Go back and reload the page."
            )
            return refusal(text, status=403)
        return form


def _publisher(settings: Settings) -> Publisher:
    from aat_consumer.consuming import publisher_of  # imports spaCy, which takes a second

    return publisher_of(settings)


def _observe(step: str, facts: Mapping[str, object]) -> None:
    logger.debug("%s: %s", step, facts)


def _login(problem: str, *, status: int) -> Response:
    return HTMLResponse(render("login.html", {"problem": problem}), status_code=status)


async def _read_form(request: Request) -> dict[str, str]:
    """Read a plain form; what is too long, or no form, counts as empty."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_FORM_BYTES:
            return {}
    try:
        found = parse_qs(body.decode("utf-8", "replace"), max_num_fields=20)
    except ValueError:
        return {}
    return {name: values[-1] for name, values in found.items()}
