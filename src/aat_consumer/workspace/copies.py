"""Give each attempt a throw-away working copy, and commit what was done in it.

The agent gets the files of the base commit in a repository of their own, which shares nothing with the
user's: no objects, references, hooks, configuration or remotes. Whatever it does to that repository is thrown
away; the consumer looks at the files alone.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

from aat_consumer.errors import WorkspaceError
from aat_consumer.workspace.changes import RAW_FILES, Changes, look
from aat_consumer.workspace.copy_folders import release, sweep_leftovers, take_lock
from aat_consumer.workspace.git_program import IDENTITY, Git, printable
from aat_consumer.workspace.repository import (
    TASK_TRAILER,
    RepositoryState,
    check_repository,
    create_branch,
    find_repository,
    read_state,
)
from aat_consumer.workspace.repository import find_commit as _find_commit

__all__ = [
    "Changes",
    "RepositoryState",
    "Workspace",
    "check_repository",
    "default_root",
    "find_commit",
    "open_workspace",
    "sweep_leftovers",
]

_Value = TypeVar("_Value")

#: The one branch of the agent's repository.
_BASE_BRANCH = "base"


def default_root(source: Mapping[str, str]) -> Path:
    """Name the folder for working copies: in the user's cache, which is theirs alone.

    Args:
        source: the environment to read ``XDG_CACHE_HOME`` and ``HOME`` from.
    """
    cache = source.get("XDG_CACHE_HOME", "")
    if cache.startswith("/"):
        return Path(cache) / "aat" / "work"
    if source.get("HOME", "").startswith("/"):
        return Path(source["HOME"]) / ".cache" / "aat" / "work"
    return Path(tempfile.gettempdir()) / f"aat-work-{os.geteuid()}"


async def open_workspace(repository: Path, *, base: str, root: Path, task_id: str, attempt: int) -> Workspace:
    """Make a working copy with the files of the base commit.

    Args:
        repository: a folder in the user's repository, which is only read.
        base: the branch or commit to start from.
        root: folder for all working copies; made if need be, for this user alone.
        task_id: the task.
        attempt: which attempt at it.

    Raises:
        WorkspaceError: the repository cannot be used, or the disk is full; nothing is left behind.
    """
    name = f"{task_id}-{attempt}"
    opening = asyncio.ensure_future(
        asyncio.to_thread(lambda: _open(repository, base=base, root=root, name=name))
    )
    try:
        return await asyncio.shield(opening)
    except asyncio.CancelledError:
        await asyncio.wait([opening])
        if opening.exception() is None:
            await opening.result().close()
        raise


async def find_commit(repository: Path, *, branch: str, task_id: str) -> str | None:
    """Give the commit of a task, if its branch is there and ends with it.

    Raises:
        WorkspaceError: the repository cannot be used.
    """
    return await _in_thread(lambda: _find_commit(find_repository(repository), branch=branch, task_id=task_id))


class Workspace:
    """One working copy; use :func:`open_workspace`, and close it.

    Attributes:
        path: the folder with the files, for the agent to change.
        home: an empty folder, the agent's HOME.
        run_id: marks the agent's processes (``Bounds.run_id``), so that they are found after a crash.
        repository: what the working copy was made from.
    """

    def __init__(self, repository: RepositoryState, *, folder: Path, lock: int) -> None:
        self.repository = repository
        self.path = folder / "work"
        self.home = folder / "home"
        self.run_id = folder.name
        self._folder = folder
        self._lock = lock
        self._own = folder / "no-look-yet"
        self._looked_at = Changes()

    @property
    def base_commit(self) -> str:
        """The commit that the working copy started from."""
        return self.repository.base_commit

    async def changes(self, *, only: Changes | None = None) -> Changes:
        """Look at what differs from the base; this is what a commit will hold.

        Call it when nothing is running in the working copy any more.

        Args:
            only: an earlier look, to find out whether its files are still the same: what appeared since is
                ignored, but if something changed the files of the fix, they are refused.

        Raises:
            WorkspaceError: git refused, or a file cannot be read.
        """
        self._looked_at = await _in_thread(lambda: self._look(only))
        return self._looked_at

    async def commit(self, branch: str, *, message: str, task_id: str) -> str:
        """Commit what was last looked at, on a new branch of the user's repository.

        Args:
            branch: the branch to make.
            message: the whole message; its last paragraph must hold the trailer ``AAT-Task-Id: <task_id>``.
            task_id: the task; if the branch is there with a commit of this task, that one is given back.

        Raises:
            WorkspaceError: nothing was changed, the changes were refused, the branch is somebody else's, or
                git refused.
        """
        return await _in_thread(lambda: self._commit(branch, message=message, task_id=task_id))

    async def close(self) -> None:
        """Remove the working copy and all that belongs to it. Closing twice is fine."""
        await _in_thread(self._close)

    def _look(self, only: Changes | None) -> Changes:
        """Look with a repository made for this look, which nothing that ran before can have reached."""
        with _readable_errors("the working copy cannot be looked at"):
            own = self._make_own()
            found = look(self.path, git_dir=own, base=self.base_commit)
            if only is None:
                self._own = own
            if only is None or found.refused:
                return found
            git, earlier = Git(git_dir=own), Git(git_dir=self._own)
            touched = [
                path
                for path in only.paths
                if git.text("ls-tree", found.tree, path) != earlier.text("ls-tree", only.tree, path)
            ]
        if touched:
            return Changes(refused=f"the tests changed files of the fix: {', '.join(touched[:5])}")
        return only

    def _commit(self, branch: str, *, message: str, task_id: str) -> str:
        changes = self._looked_at
        if changes.refused:
            raise WorkspaceError(f"the changes were refused: {changes.refused}")
        if not changes.paths:
            raise WorkspaceError("there is nothing to commit: no file was changed")
        if f"{TASK_TRAILER}: {task_id}" not in message.rstrip().rpartition("\n\n")[2].splitlines():
            raise ValueError(f"the message must end with the trailer {TASK_TRAILER}: {task_id}")
        git = Git(git_dir=self._own)
        clean = message.replace("\0", "").encode(errors="replace")
        commit = git("commit-tree", changes.tree, "-p", self.base_commit, given=clean).decode().strip()
        return create_branch(
            self.repository, branch=branch, commit=commit, task_id=task_id, source=git, scratch=self._folder
        )

    def _make_own(self) -> Path:
        own = Path(tempfile.mkdtemp(prefix="own-", dir=self._folder))
        _make_repository(own, self.repository.object_format)
        objects = self.repository.git_dir / "objects"
        (own / "objects" / "info" / "alternates").write_bytes(_quoted(objects) + b"\n")
        with contextlib.suppress(FileNotFoundError):
            shutil.copy(self.repository.git_dir / "shallow", own / "shallow")
        return own

    def _close(self) -> None:
        if self._lock >= 0:
            release(self._folder, self._lock)
            self._lock = -1


def _open(repository: Path, *, base: str, root: Path, name: str) -> Workspace:
    state = read_state(repository, base=base)
    with _readable_errors(f"no working copy in {printable(str(root))!r}"):
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        if root.stat().st_uid != os.geteuid():
            raise WorkspaceError(
                f"folder for working copies belongs to another user: {printable(str(root))!r}"
            )
        root.chmod(0o700)
        folder = root.resolve() / f"{name}-{secrets.token_hex(4)}"
        lock = take_lock(folder)
        if lock is None:
            raise WorkspaceError(f"the working copy is in use: {folder.name}")
        workspace = Workspace(state, folder=folder, lock=lock)
        try:
            for path in (folder, workspace.home, workspace.path):
                path.mkdir(mode=0o700)
            _fill(workspace)
        except BaseException:
            workspace._close()
            raise
    return workspace


def _fill(workspace: Workspace) -> None:
    """Copy the base commit's files, and only them, into a repository of the agent's own."""
    state = workspace.repository
    git_dir = workspace.path / ".git"
    _make_repository(git_dir, state.object_format)
    git = Git(git_dir=git_dir, work_tree=workspace.path)
    with tempfile.TemporaryFile(dir=workspace.path.parent) as pack:
        state.git(
            "pack-objects", "--revs", "--stdout", "-q", given=f"{state.base_tree}\n".encode(), into=pack
        )
        pack.seek(0)
        git("index-pack", "--stdin", given=pack)
    commit = git("commit-tree", state.base_tree, "-m", "base").decode().strip()
    (git_dir / "refs" / "heads" / _BASE_BRANCH).write_text(f"{commit}\n")
    git("read-tree", "-m", "-u", state.base_tree)


def _make_repository(git_dir: Path, object_format: str) -> None:
    """Lay an empty repository out; ``git init`` would do the same in a process of its own, twice a run."""
    for name in ("objects/info", "objects/pack", "refs/heads", "refs/tags", "info"):
        (git_dir / name).mkdir(parents=True, exist_ok=True)
    (git_dir / "HEAD").write_text(f"ref: refs/heads/{_BASE_BRANCH}\n")
    is_sha1 = object_format == "sha1"
    form = "" if is_sha1 else f"[extensions]\n\tobjectformat = {object_format}\n"
    (git_dir / "config").write_text(
        f"[core]\n\trepositoryformatversion = {0 if is_sha1 else 1}\n\tfilemode = true\n\tbare = false\n"
        f"\tlogallrefupdates = true\n{form}[user]\n\tname = {IDENTITY[0]}\n\temail = {IDENTITY[1]}\n"
    )
    (git_dir / "info" / "attributes").write_text(RAW_FILES)


def _quoted(path: Path) -> bytes:
    """Write a path for the alternates file, in which ``#`` and line ends mean something."""
    escaped = "".join(
        chr(byte) if 0x20 <= byte < 0x7F and byte not in b'"\\' else f"\\{byte:03o}"
        for byte in os.fsencode(path)
    )
    return f'"{escaped}"'.encode()


@contextlib.contextmanager
def _readable_errors(what: str) -> Iterator[None]:
    try:
        yield
    except OSError as exc:
        if isinstance(exc, WorkspaceError):
            raise
        raise WorkspaceError(f"{what}: {exc.strerror or exc}") from exc


async def _in_thread(work: Callable[[], _Value]) -> _Value:
    """Do blocking work beside the loop; a cancellation waits for its end, so nothing is left half done."""
    task = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise
