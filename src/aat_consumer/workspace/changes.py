"""Find out what an agent changed, and refuse what must not become a commit.

The look is made with a repository of the consumer's own, made after the agent ended: its configuration, its
index and its rules are ours, and every file is read again. What was looked at is what is committed.
"""

from __future__ import annotations

import os
import posixpath
import stat
from dataclasses import dataclass
from pathlib import Path

from aat_consumer.workspace.git_program import Git, printable

__all__ = ["RAW_FILES", "Changes", "look"]

#: Attributes by which git takes files as they are and shows all of them: filters, line ends and encodings are
#: off, also those that an agent writes into ``.gitattributes``.
RAW_FILES = "* -text !eol -filter -ident -working-tree-encoding !diff !merge\n"

#: What tests and tools leave behind, in repositories that do not ignore it.
_LEFT_BEHIND = (
    *("__pycache__/", "*.py[co]", ".pytest_cache/", ".mypy_cache/", ".ruff_cache/", ".hypothesis/", ".tox/"),
    *(".coverage", ".coverage.*", "node_modules/", ".venv/", ".DS_Store", "*.swp"),
)

#: Limits of what a fix of one error may change. Above them it is no fix but an accident, or worse.
MAX_FILE_BYTES = 5 * 1024 * 1024
MAX_TOTAL_BYTES = 20 * 1024 * 1024
MAX_FILES = 300

#: Characters kept of the text of a diff; the commit has all of it.
MAX_DIFF_CHARACTERS = 200_000

#: Folders within folders; deeper ones are made to break the programs that walk through them.
MAX_DEPTH = 64

_GITLINK = "160000"
_SYMLINK = "120000"


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What differs from the base commit.

    Args:
        added: paths that are new.
        modified: paths with another content or mode.
        deleted: paths that are gone.
        diff: the differences as text, cut at :data:`MAX_DIFF_CHARACTERS`.
        refused: why nothing of it may be committed, or None.
        tree: the git tree of the files as they were looked at; empty if refused.
        is_cut: the diff is not whole.
    """

    added: tuple[str, ...] = ()
    modified: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()
    diff: str = ""
    refused: str | None = None
    tree: str = ""
    is_cut: bool = False

    @property
    def paths(self) -> tuple[str, ...]:
        """All paths that differ, sorted."""
        return tuple(sorted((*self.added, *self.modified, *self.deleted)))


def look(folder: Path, *, git_dir: Path, base: str) -> Changes:
    """Compare the files of a folder with a commit.

    Args:
        folder: the working copy; nothing may be running in it any more.
        git_dir: a fresh repository with :data:`RAW_FILES` that has the base commit; gets the changed objects.
        base: the commit.

    Raises:
        WorkspaceError: git refused.
        OSError: a file cannot be read.
    """
    refused = _nested_repository(folder)
    if refused:
        return Changes(refused=refused)
    (git_dir / "info" / "exclude").write_text("\n".join(_LEFT_BEHIND) + "\n")
    git = Git(git_dir=git_dir, work_tree=folder)
    git("read-tree", base)
    # Exit code 1 says that files differ, which is what we came to see.
    git.ask("update-index", "-q", "--refresh", "--ignore-submodules")
    changed = git("diff-files", "--name-only", "-z", "--ignore-submodules=all").split(b"\0")
    new = git("ls-files", "--others", "--exclude-standard", "-z").split(b"\0")
    paths = [path for path in dict.fromkeys((*changed, *new)) if path]
    refused = _unfit(folder, paths)
    if refused:
        return Changes(refused=refused)
    here = {path: _is_here(folder, os.fsdecode(path)) for path in paths}
    gone = b"\0".join(path for path in paths if not here[path])
    kept = b"\0".join(path for path in paths if here[path])
    git("update-index", "--force-remove", "-z", "--stdin", given=gone)
    git("update-index", "--add", "--remove", "--replace", "-z", "--stdin", given=kept)
    return _compare(git, base=base, tree=git.text("write-tree"))


def _compare(git: Git, *, base: str, tree: str) -> Changes:
    options = ("--no-renames", "--no-ext-diff", "--no-textconv", "--no-color")
    raw = git("diff-tree", "-r", "-z", "--raw", *options, base, tree).decode().split("\0")
    found: dict[str, list[str]] = {"A": [], "M": [], "D": [], "T": []}
    for facts, path in zip(raw[:-1:2], raw[1::2], strict=True):
        old_mode, new_mode, _, _, kind = facts.removeprefix(":").split()
        if _GITLINK in (old_mode, new_mode):
            return Changes(refused=f"a submodule was changed: {path!r}")
        found[kind[0]].append(path)
    diff = git("diff-tree", "-r", "-p", *options, base, tree).decode(errors="replace")
    return Changes(
        added=tuple(found["A"]),
        modified=tuple(sorted(found["M"] + found["T"])),
        deleted=tuple(found["D"]),
        diff=diff[:MAX_DIFF_CHARACTERS],
        tree=tree,
        is_cut=len(diff) > MAX_DIFF_CHARACTERS,
    )


def _nested_repository(folder: Path) -> str:
    """Find a repository within the files, before git does: it would run with that one's configuration."""
    waiting = [(folder, 0)]
    while waiting:
        here, depth = waiting.pop()
        try:
            with os.scandir(here) as found:
                entries = list(found)
        except OSError as exc:
            return f"a folder that cannot be read ({exc.strerror}): {_relative(here, folder)!r}"
        for entry in entries:
            is_own = depth == 0 and entry.name == ".git"
            if entry.name.lower() == ".git" and not is_own:
                return f"a repository inside the repository: {_relative(Path(entry.path), folder)!r}"
            if entry.is_dir(follow_symlinks=False) and not is_own:
                if depth == MAX_DEPTH:
                    return f"folders more than {MAX_DEPTH} deep: {_relative(here, folder)!r}"
                waiting.append((Path(entry.path), depth + 1))
    return ""


def _relative(path: Path, folder: Path) -> str:
    return printable(str(path.relative_to(folder)))


def _unfit(folder: Path, paths: list[bytes]) -> str:
    """Say why these files must not be committed; empty if they may."""
    if len(paths) > MAX_FILES:
        return f"{len(paths)} files changed; the limit is {MAX_FILES}"
    total = 0
    for raw in paths:
        try:
            path = raw.decode()
        except UnicodeDecodeError:
            return f"a file name that is not UTF-8: {raw!r}"
        if not path.isprintable():
            return f"a file name with control characters: {path!r}"
        if not _is_here(folder, path):
            continue
        facts = (folder / path).lstat()
        if stat.S_ISLNK(facts.st_mode):
            target = (folder / path).readlink()
            if _leads_out(path, str(target)):
                return f"a symbolic link that leads outside: {path!r} -> {printable(str(target))!r}"
        elif stat.S_ISREG(facts.st_mode):
            total += facts.st_size
            if facts.st_size > MAX_FILE_BYTES:
                return f"a file of {facts.st_size} bytes: {path!r}; the limit is {MAX_FILE_BYTES}"
        elif not stat.S_ISDIR(facts.st_mode):
            return f"neither a file nor a link: {path!r}"
    if total > MAX_TOTAL_BYTES:
        return f"{total} bytes in changed files; the limit is {MAX_TOTAL_BYTES}"
    return ""


def _is_here(folder: Path, path: str) -> bool:
    """Whether a path is there, and not only by way of a link that took the place of a folder."""
    place = folder / path
    if any(
        parent.is_symlink() for parent in place.parents if parent.is_relative_to(folder) and parent != folder
    ):
        return False
    return place.is_symlink() or place.exists()


def _leads_out(path: str, target: str) -> bool:
    """Judge a link by its text alone: what it passes through could be another link."""
    parts = target.split("/")
    climbing = [part == ".." for part in parts]
    if target.startswith("/") or sorted(climbing, reverse=True) != climbing:
        return True
    end = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
    return end.split("/")[0] in ("..", ".git")
