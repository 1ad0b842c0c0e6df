"""Push one commit to the configured remote, with the operator's own credentials.

This is the one place where git runs with the user's configuration: credentials stand in it. Hooks stay
off. An agent cannot have written that configuration as long as it runs in a sandbox.
"""

from __future__ import annotations

import os
from pathlib import Path

from aat_consumer.errors import PublishingError
from aat_consumer.publishing.publication import Publication, one_line, run_program
from aat_consumer.running.bounds import Finished

__all__ = ["address_of", "push"]

_GIT = ("git", "-c", f"core.hooksPath={os.devnull}", "-c", "safe.directory=*")

#: What git says is wrong stands behind one of these.
_SIGNS = ("! ", "remote: ", "fatal: ", "error: ")


async def push(publication: Publication, *, repository: Path, remote: str) -> bool:
    """Make the branch at the remote; one that is there with this commit is left as it is.

    Nothing is forced: a branch that is there with another commit is refused.

    Returns:
        Whether anything was sent.

    Raises:
        PublishingError: the remote did not answer or refused, in one line.
    """
    if await _is_there(publication, repository=repository, remote=remote):
        return False
    options = ("--porcelain", "--no-verify", "--no-follow-tags", "--recurse-submodules=no")
    wanted = f"{publication.commit}:{_name(publication)}"
    pushed = await run_program([*_GIT, "push", *options, "--", remote, wanted], cwd=repository)
    if pushed.returncode == 0:
        return True
    # Somebody else may have been quicker with the same commit.
    if await _is_there(publication, repository=repository, remote=remote):
        return False
    raise PublishingError(f"the remote refused the push: {_problem(pushed)}")


async def _is_there(publication: Publication, *, repository: Path, remote: str) -> bool:
    name = _name(publication)
    listed = await run_program([*_GIT, "ls-remote", "--", remote, name], cwd=repository)
    if listed.returncode != 0:
        raise PublishingError(f"the remote could not be asked: {_problem(listed)}")
    found = {
        there: commit for commit, _, there in (line.partition("\t") for line in listed.stdout.splitlines())
    }
    if name in found and found[name] != publication.commit:
        raise PublishingError(f"branch {publication.branch} is at the remote with another commit already")
    return name in found


def _name(publication: Publication) -> str:
    return f"refs/heads/{publication.branch}"


async def address_of(remote: str, *, repository: Path) -> str:
    """Look up where a remote is, without its password.

    Raises:
        PublishingError: there is no such remote.
    """
    # ls-remote knows what stands for an address, and takes any word for one.
    is_name = not set(remote) & set("/:")
    ask = ("remote", "get-url", "--push", remote) if is_name else ("ls-remote", "--get-url", "--", remote)
    found = await run_program([*_GIT, *ask], cwd=repository)
    if found.returncode != 0:
        raise PublishingError(f"repository.remote is not known: {_problem(found)}")
    return found.stdout.strip()


def _problem(finished: Finished) -> str:
    lines = [line.strip() for line in (finished.stdout + finished.stderr).splitlines() if line.strip()]
    told = [line for sign in _SIGNS for line in lines if line.startswith(sign)]
    return one_line((told or lines or [f"exit code {finished.returncode}"])[0])
