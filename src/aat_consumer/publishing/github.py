"""Ask for a pull request through GitHub's REST API, which Forgejo and Gitea speak as well."""

from __future__ import annotations

import asyncio
import http.client
import json
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from typing import IO

from aat_consumer.errors import PublishingError
from aat_consumer.publishing.publication import Publication, checked_url, one_line

__all__ = ["GitHub"]

#: Seconds for one request.
REQUEST_SECONDS = 30.0

#: Bytes read of an answer; one pull request is some 20 KB.
MAX_ANSWER_BYTES = 4 * 1024 * 1024

#: GitHub's answer to a request for what is there already.
_UNPROCESSABLE = 422


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Follow no redirect: the token would go along to whatever host it names."""

    def redirect_request(
        self,
        req: urllib.request.Request,  # noqa: ARG002 - the names are urllib's
        fp: IO[bytes],  # noqa: ARG002
        code: int,  # noqa: ARG002
        msg: str,  # noqa: ARG002
        headers: http.client.HTTPMessage,  # noqa: ARG002
        newurl: str,  # noqa: ARG002
    ) -> None:
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class GitHub:
    """One repository at GitHub.

    Args:
        api: address of the API.
        repository: ``owner/name``.
        token: may read and write pull requests.
    """

    api: str
    repository: str
    token: str = field(repr=False)

    async def request(self, publication: Publication) -> str:
        """Give the address of the branch's pull request, made unless there is one, open or closed.

        Raises:
            PublishingError: GitHub did not answer or refused, in one line.
        """
        return await asyncio.to_thread(self._request, publication)

    def _request(self, publication: Publication) -> str:
        existing = self._find(publication.branch)
        if existing:
            return existing
        wanted = {
            "title": publication.title,
            "head": publication.branch,
            "base": publication.base,
            "body": publication.body,
        }
        try:
            made = self._ask("POST", "", wanted)
        except _RefusedError as exc:
            # Another consumer may have made it between the look and the request.
            existing = self._find(publication.branch) if exc.code == _UNPROCESSABLE else ""
            if existing:
                return existing
            raise
        return checked_url(made.get("html_url") if isinstance(made, dict) else None, told_by="the forge")

    def _find(self, branch: str) -> str:
        owner = self.repository.partition("/")[0]
        query = urllib.parse.urlencode({"state": "all", "head": f"{owner}:{branch}", "per_page": "100"})
        found = self._ask("GET", f"?{query}")
        for one in found if isinstance(found, list) else ():
            # A forge that does not know the filter lists others too.
            head = one.get("head") if isinstance(one, dict) else None
            if isinstance(head, dict) and head.get("ref") == branch:
                return checked_url(one.get("html_url"), told_by="the forge")
        return ""

    def _ask(self, method: str, query: str, body: dict[str, str] | None = None) -> object:
        path = f"/repos/{self.repository}/pulls"
        request = urllib.request.Request(  # noqa: S310 - the scheme was checked with the settings
            f"{self.api.rstrip('/')}{path}{query}",
            method=method,
            data=json.dumps(body).encode() if body is not None else None,
            headers={
                "Accept": "application/vnd.github+json",
                "Authorization": f"Bearer {self.token}",
                "Content-Type": "application/json",
                "User-Agent": "aat-reporters",
                "X-GitHub-Api-Version": "2022-11-28",
            },
        )
        opener = urllib.request.build_opener(_NoRedirect)
        try:
            with opener.open(request, timeout=REQUEST_SECONDS) as answer:
                return json.loads(answer.read(MAX_ANSWER_BYTES))
        except urllib.error.HTTPError as exc:
            with exc:
                words = _words(exc.read(MAX_ANSWER_BYTES))
            raise _RefusedError(
                f"the forge answered {exc.code} to {method} {path}: {words}", code=exc.code
            ) from exc
        except (OSError, http.client.HTTPException) as exc:
            reason = getattr(exc, "reason", None) or exc
            raise PublishingError(
                f"the forge did not answer {method} {path}: {one_line(str(reason))}"
            ) from exc
        except ValueError as exc:
            raise PublishingError(
                f"the forge answered {method} {path} with something else than JSON"
            ) from exc


class _RefusedError(PublishingError):
    """Keep the forge's status code beside its words."""

    def __init__(self, message: str, *, code: int) -> None:
        super().__init__(message)
        self.code = code


def _words(answer: bytes) -> str:
    """Take the message, and the first detail, of an error in GitHub's form."""
    try:
        found = json.loads(answer)
    except (ValueError, RecursionError):
        return "no reason given"
    if not isinstance(found, dict):
        return "no reason given"
    errors = found.get("errors")
    detail = errors[0] if isinstance(errors, list) and errors else ""
    detail = detail.get("message") or detail.get("code") or "" if isinstance(detail, dict) else detail
    return one_line(f"{found.get('message', '')} {detail}".strip()) or "no reason given"
