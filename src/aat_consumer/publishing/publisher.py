"""Publish a fix as the settings say, so that doing it again after a crash changes nothing."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from aat_consumer.describing import request_text
from aat_consumer.errors import PublishingError
from aat_consumer.publishing.github import GitHub
from aat_consumer.publishing.programs import GhProgram, RequestCommand
from aat_consumer.publishing.publication import Publication, without_password
from aat_consumer.publishing.pushing import address_of, push
from aat_consumer.settings import RepositorySettings
from aat_consumer.workspace.branches import find_branch

__all__ = ["Publisher"]

_GITHUB_ADDRESS = re.compile(r"github\.com[:/]+([\w.-]+/[\w.-]+?)(?:\.git)?/?\Z")

_Observer = Callable[[str, Mapping[str, object]], None]


class _Forge(Protocol):
    async def request(self, publication: Publication, /) -> str: ...


class Publisher:
    """Push and ask for pull requests, as far as the settings say; use it from one event loop.

    Args:
        repository: what is published, and where to.
        is_clean: whether a text of an agent's may be shown to people and other agents.
    """

    def __init__(self, repository: RepositorySettings, *, is_clean: Callable[[str], bool]) -> None:
        self._repository = repository
        self._is_clean = is_clean

    async def publish(
        self,
        facts: Mapping[str, Any],
        body: Mapping[str, Any],
        *,
        branch: str,
        commit: str,
        observe: _Observer,
    ) -> dict[str, object]:
        """Publish one commit; what an earlier try did is found and not repeated.

        Args:
            facts: of the task: task_id, attempt, signature, environment, release.
            body: of the result, as far as it is known.
            branch: where the fix lies.
            commit: what was verified.
            observe: told of each step.

        Returns:
            Keys of the result: ``pushed_to`` and ``pr_url``; none where a commit is all that is wanted.

        Raises:
            PublishingError: the remote or the forge refused or did not answer.
            WorkspaceError: the repository cannot be used.
        """
        settings = self._repository
        if settings.publish == "commit":
            return {}
        publication = await self._publication(facts, body, branch=branch, commit=commit)
        was_sent = await push(publication, repository=settings.path, remote=settings.remote)
        task_id = publication.task_id
        observe("pushed", {"task_id": task_id, "branch": branch, "was_sent": was_sent})
        done: dict[str, object] = {"pushed_to": without_password(settings.remote)}
        if settings.publish == "pull-request":
            url = await (await self.forge()).request(publication)
            observe("requested", {"task_id": task_id, "pr_url": url})
            done["pr_url"] = url
        return done

    async def check(self) -> None:
        """Look at what would stop publishing later: the remote's name, the way to the forge.

        Raises:
            PublishingError: what is missing, and what to set.
        """
        if self._repository.publish != "commit":
            await address_of(self._repository.remote, repository=self._repository.path)
        if self._repository.publish == "pull-request":
            await self.forge()

    async def forge(self) -> _Forge:
        """Choose the way to the forge: a command, the token in the environment, or ``gh``.

        Raises:
            PublishingError: there is none.
        """
        settings = self._repository
        if settings.request_command:
            return RequestCommand(command=settings.request_command, cwd=settings.path)
        name = settings.github or await self._name_at_github()
        token = os.environ.get(settings.token_variable, "").strip()
        if token:
            return GitHub(api=settings.github_api, repository=name, token=token)
        if shutil.which("gh"):
            return GhProgram(repository=name, cwd=settings.path)
        raise PublishingError(
            f"no way to ask for a pull request: set {settings.token_variable} (another name: "
            "repository.token_variable), install gh and log in, or set repository.request_command"
        )

    async def _name_at_github(self) -> str:
        address = await address_of(self._repository.remote, repository=self._repository.path)
        match = _GITHUB_ADDRESS.search(address)
        if match is None:
            raise PublishingError(
                f"the remote {without_password(self._repository.remote)!r} is not at github.com: set "
                "repository.github to 'owner/name', or repository.request_command for another forge"
            )
        return match[1]

    async def _publication(
        self, facts: Mapping[str, Any], body: Mapping[str, Any], *, branch: str, commit: str
    ) -> Publication:
        settings = self._repository
        found = await find_branch(settings.path, branch=branch, base=settings.base)
        if found is None or found.tip != commit:
            raise PublishingError(f"branch {branch} does not end with commit {commit[:12]} any more")
        return Publication(
            task_id=str(facts["task_id"]),
            signature=str(facts.get("signature", "")),
            branch=branch,
            commit=commit,
            base=settings.base.removeprefix("origin/"),
            title=found.subject,
            body=request_text(facts, body, is_clean=self._is_clean),
        )
