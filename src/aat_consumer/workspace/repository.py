"""Look at the user's repository, and at the very end put one branch into it.

Its work tree, index, HEAD and current branch are never touched: a fix is objects and one new ref.
"""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

from aat_consumer.errors import WorkspaceError
from aat_consumer.workspace.git_program import Git, printable

__all__ = [
    "TASK_TRAILER",
    "RepositoryState",
    "check_repository",
    "create_branch",
    "find_commit",
    "find_repository",
]

#: Trailer by which a commit is recognised as the one of a task.
TASK_TRAILER = "AAT-Task-Id"

#: Seconds that a locked ref is tried again. Git itself waits 0.1 s; a person's rebase holds locks for longer.
LOCK_SECONDS = 15.0

_LOCK_PAUSE_SECONDS = 0.1

#: Times objects are brought in again because a concurrent ``git gc --prune=now`` came between.
_GC_TRIES = 5

#: What git says of a lock that is held, and of objects that a concurrent garbage collection took away.
_PASSING = (".lock", "nonexistent object")

_SHA256_DIGITS = 64

#: Branches named in a message about a missing one.
_BRANCHES_NAMED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryState:
    """What a fix starts from.

    Args:
        git_dir: the repository's common folder (of worktrees too), absolute.
        base: the branch or commit that was asked for.
        base_commit: its full commit id.
        base_tree: the id of its files.
        object_format: ``sha1`` or ``sha256``.
        warnings: what the operator should know, in words.
    """

    git_dir: Path
    base: str
    base_commit: str
    base_tree: str
    object_format: str
    warnings: tuple[str, ...] = ()

    @property
    def git(self) -> Git:
        """The repository without its files."""
        return Git(git_dir=self.git_dir)


def check_repository(path: Path, *, base: str) -> RepositoryState:
    """Find the repository and the commit that fixes start from, without changing anything.

    Args:
        path: a folder in the work tree, or a bare repository.
        base: a branch, local or of ``origin``, a tag or a commit.

    Raises:
        WorkspaceError: no git repository, no commit yet, no such base; one line.
    """
    state = read_state(path, base=base)
    here = Git(work_tree=path)
    if here.text("rev-parse", "--is-bare-repository") == "true":
        return state
    return replace(state, warnings=_warnings(here))


def read_state(path: Path, *, base: str) -> RepositoryState:
    """Find what a fix starts from, like :func:`check_repository` but without a look for warnings.

    Raises:
        WorkspaceError: no git repository, no commit yet, no such base; one line.
    """
    git = find_repository(path)
    commit, tree = _base_ids(git, base, path)
    return RepositoryState(
        git_dir=git.git_dir or path,
        base=base,
        base_commit=commit,
        base_tree=tree,
        object_format="sha256" if len(commit) == _SHA256_DIGITS else "sha1",
    )


def find_repository(path: Path) -> Git:
    """Find the repository of a folder.

    Raises:
        WorkspaceError: there is none, or git cannot use it; one line.
    """
    where = printable(str(path))
    if not path.is_dir():
        raise WorkspaceError(f"repository.path is not a folder: {where!r}")
    answer = Git(work_tree=path).ask("rev-parse", "--path-format=absolute", "--git-common-dir")
    if answer.is_good:
        return Git(git_dir=Path(answer.text))
    if "not a git repository" in answer.stderr:
        raise WorkspaceError(f"not a git repository: {where!r}")
    raise WorkspaceError(f"{where!r} cannot be used: {answer.problem}")


def _base_ids(git: Git, base: str, path: Path) -> tuple[str, str]:
    if base and not base.startswith("-"):
        for name in (f"refs/heads/{base}", f"refs/remotes/origin/{base}", base):
            answer = git.ask("rev-parse", f"{name}^{{commit}}", f"{name}^{{tree}}")
            ids = answer.text.split()
            if answer.is_good and len(ids) == 2:  # a range gives more
                return ids[0], ids[1]
            if git.ask("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}").is_good:
                raise WorkspaceError(answer.problem)  # the commit is there, its files are not
    branches = git.text("for-each-ref", "--format=%(refname:short)", "refs/heads").splitlines()
    where = printable(str(path))
    if not branches and not git.text("for-each-ref", "--count=1", "refs"):
        raise WorkspaceError(f"the repository has no commit yet: {where!r}")
    named = ", ".join(printable(name) for name in branches[:_BRANCHES_NAMED]) or "none"
    raise WorkspaceError(
        f"no branch or commit {base!r} in {where!r} (branches: {named}); see repository.base"
    )


def _warnings(here: Git) -> tuple[str, ...]:
    """Say what the agent will not see, or sees more of; a look that fails warns of nothing."""
    warnings = []
    if subfolder := here.ask("rev-parse", "--show-prefix").text.rstrip("/"):
        warnings.append(
            f"{printable(subfolder)!r} is not the root of its repository: fixes start at the root"
        )
    answer = here.ask("status", "--porcelain", "-z", "--no-renames", "--ignore-submodules=all")
    changed = answer.stdout.count(b"\0")
    if changed:
        what = "1 uncommitted change is" if changed == 1 else f"{changed} uncommitted changes are"
        warnings.append(f"{what} not part of what the agent sees")
    return tuple(warnings)


def find_commit(git: Git, *, branch: str, task_id: str) -> str | None:
    """Give the commit of a task, if its branch is there and ends with it.

    Raises:
        WorkspaceError: git cannot be used.
    """
    name = f"refs/heads/{branch}"
    form = f"--format=%(objectname)%00%(contents:trailers:key={TASK_TRAILER},valueonly)"
    found, _, trailers = git.text("for-each-ref", form, name).partition("\0")
    return found if trailers.split() == [task_id] else None


def create_branch(
    repository: RepositoryState, *, branch: str, commit: str, task_id: str, source: Git, scratch: Path
) -> str:
    """Bring a commit into the user's repository and make the branch, exactly once.

    Blocks for as long as the ref is locked, :data:`LOCK_SECONDS` at most.

    Args:
        repository: where to.
        branch: the branch to make.
        commit: the commit, made on the repository's base commit.
        task_id: its task; a branch that ends with a commit of the same task is left as it is.
        source: the repository that holds the commit.
        scratch: a folder for the objects on their way.

    Returns:
        The commit that the branch now ends with: this one, or the one that was there.

    Raises:
        WorkspaceError: the branch is there with something else, or git refused.
    """
    deadline = time.monotonic() + LOCK_SECONDS
    nothing = "0" * len(repository.base_commit)
    message = "aat: made by the consumer"
    while True:
        existing = find_commit(repository.git, branch=branch, task_id=task_id)
        if existing is not None:
            return existing
        _bring_in(repository, commit=commit, source=source, scratch=scratch)
        answer = repository.git.ask(
            *("update-ref", "--create-reflog", "-m", message, f"refs/heads/{branch}", commit, nothing)
        )
        if answer.is_good:
            _complete(repository, commit=commit, source=source, scratch=scratch)
            return commit
        if _exists(repository, branch):
            if find_commit(repository.git, branch=branch, task_id=task_id) is not None:
                continue  # another consumer was quicker
            raise WorkspaceError(f"branch {branch!r} exists and is not of task {task_id}")
        if not any(sign in answer.stderr for sign in _PASSING) or time.monotonic() > deadline:
            raise WorkspaceError(answer.problem)
        time.sleep(_LOCK_PAUSE_SECONDS)


def _exists(repository: RepositoryState, branch: str) -> bool:
    return bool(repository.git.text("for-each-ref", "--format=%(refname)", f"refs/heads/{branch}"))


def _bring_in(repository: RepositoryState, *, commit: str, source: Git, scratch: Path) -> None:
    """Copy the objects that the base commit does not have.

    A concurrent ``git gc`` removes folders that are just being written to (measured), so it is tried again.
    """
    wanted = f"{commit}\n^{repository.base_commit}\n".encode()
    for tries in range(_GC_TRIES):
        with tempfile.TemporaryFile(dir=scratch) as pack:
            answer = source.ask("pack-objects", "--revs", "--stdout", "-q", given=wanted, into=pack)
            if answer.is_good:
                pack.seek(0)
                answer = repository.git.ask("unpack-objects", "-q", given=pack)
        if answer.is_good:
            return
        time.sleep(_LOCK_PAUSE_SECONDS * tries)
    raise WorkspaceError(answer.problem)


def _complete(repository: RepositoryState, *, commit: str, source: Git, scratch: Path) -> None:
    """Make sure no concurrent garbage collection took objects away before the ref kept them."""
    for _ in range(_GC_TRIES):
        answer = repository.git.ask("rev-list", "--objects", "--quiet", commit, f"^{repository.base_commit}")
        if answer.is_good:
            return
        _bring_in(repository, commit=commit, source=source, scratch=scratch)
