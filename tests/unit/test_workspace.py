"""What must hold of working copies and commits: real git, hostile agents, odd repositories."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from aat_consumer.errors import WorkspaceError
from aat_consumer.workspace import changes as limits
from aat_consumer.workspace.copies import (
    Workspace,
    check_repository,
    default_root,
    find_commit,
    open_workspace,
    sweep_leftovers,
)
from aat_consumer.workspace.git_program import Git

TASK = "3f1c9a52-0000-5000-8000-000000000001"
BRANCH = "aat/fix-0123456789ab-3f1c9a52"
MESSAGE = f"Fix ZeroDivisionError in shop/cart.py\n\nbecause\n\nAAT-Task-Id: {TASK}\nAAT-Signature: s1-0\n"

SHA256 = (
    subprocess.run(
        ["git", "init", "-q", "--object-format=sha256", "--bare", "/dev/null/x"], capture_output=True
    ).stderr.find(b"unknown hash")
    < 0
)


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(
        ["git", "-c", "user.name=Ann", "-c", "user.email=ann@example.org", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_OPTIONAL_LOCKS": "0"},
    )
    return done.stdout.rstrip("\n")


def write(file: Path, text: str | bytes) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def left_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


def modes_of(*paths: Path) -> list[int]:
    return [path.stat().st_mode & 0o777 for path in paths]


def anywhere(folder: Path, name: str) -> bool:
    return any(True for _ in folder.rglob(name))


def running(pid: int) -> bool:
    """Whether a process lives; it may end while it is looked at."""
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().split()[2]
    except (FileNotFoundError, ProcessLookupError):
        return False


def rename(folder: Path, to: Path) -> None:
    folder.rename(to)


def link(place: Path, target: str) -> None:
    """Put a link where something may have been."""
    subprocess.run(["rm", "-rf", str(place)], check=True)
    place.symlink_to(target)


def fifo(place: Path) -> None:
    place.unlink(missing_ok=True)
    os.mkfifo(place)


def in_place_of(place: Path, *below: str) -> None:
    """Put a file where a folder was, or a file in a folder where a file was."""
    subprocess.run(["rm", "-rf", str(place)], check=True)
    write(place.joinpath(*below), "x")


def moved(place: Path, to: str) -> None:
    place.rename(place.with_name(to))
    place.symlink_to(to)


@pytest.fixture(scope="module")
def two_commits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with two commits on main, made once, to be copied."""
    folder = tmp_path_factory.mktemp("user")
    git(folder, "init", "-q", "-b", "main")
    write(folder / "shop" / "cart.py", "def average(prices):\n    return sum(prices) / len(prices)\n")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "first")
    write(folder / "README", "read me\n")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "second")
    return folder


@pytest.fixture
def user(two_commits: Path, tmp_path: Path) -> Path:
    """The user's repository, with two commits on main."""
    folder = tmp_path / "user"
    shutil.copytree(two_commits, folder)
    git(folder, "update-index", "-q", "--refresh")
    return folder


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "copies"


def facts_of(user: Path) -> object:
    """All that must stay as it was, apart from the one new branch."""
    return (
        git(user, "status", "--porcelain"),
        git(user, "rev-parse", "HEAD"),
        (user / ".git" / "HEAD").read_text(),
        (user / ".git" / "config").read_text(),
        (user / ".git" / "index").stat().st_mtime_ns,
        sorted(path.name for path in (user / ".git").glob("hooks/*")),
        [line for line in git(user, "for-each-ref").splitlines() if BRANCH not in line],
        sorted(str(path.relative_to(user)) for path in user.rglob("*") if ".git" not in path.parts),
    )


async def opened(user: Path, root: Path, base: str = "main") -> Workspace:
    return await open_workspace(user, base=base, root=root, task_id=TASK, attempt=1)


async def commit(copy: Workspace) -> str:
    return await copy.commit(BRANCH, message=MESSAGE, task_id=TASK)


async def test_a_fix_becomes_one_commit_on_the_base_and_nothing_else_changes(user: Path, root: Path) -> None:
    before = facts_of(user)
    copy = await opened(user, root)
    write(copy.path / "shop" / "cart.py", "fixed\n")
    write(copy.path / "tests" / "test_cart.py", "new\n")
    (copy.path / "README").unlink()
    changes = await copy.changes()
    assert (changes.added, changes.modified, changes.deleted) == (
        ("tests/test_cart.py",),
        ("shop/cart.py",),
        ("README",),
    )
    assert changes.paths == ("README", "shop/cart.py", "tests/test_cart.py")
    assert "+fixed" in changes.diff
    sha = await commit(copy)
    await copy.close()
    assert facts_of(user) == before
    assert git(user, "rev-parse", BRANCH, f"{BRANCH}^") == f"{sha}\n{git(user, 'rev-parse', 'main')}"
    assert git(user, "show", f"{BRANCH}:shop/cart.py") == "fixed"
    assert git(user, "log", "-1", "--format=%an %cn%n%B", BRANCH).startswith("aat aat\nFix ZeroDivisionError")
    assert git(user, "fsck", "--strict") == ""
    assert left_in(root) == []


async def test_the_agent_gets_a_repository_that_shares_nothing(user: Path, root: Path) -> None:
    git(user, "remote", "add", "origin", "https://example.org/secret.git")
    copy = await opened(user, root)
    own = copy.path / ".git"
    assert git(copy.path, "status", "--porcelain") == ""
    assert git(copy.path, "log", "--format=%s") == "base"
    assert git(copy.path, "remote") == ""
    assert not (own / "objects" / "info" / "alternates").exists()
    assert not (own / "hooks").exists()
    assert "example.org" not in (own / "config").read_text()
    assert str(user) not in "".join(p.read_text() for p in (own / "config", own / "HEAD"))
    first = git(user, "rev-parse", "main~1")
    with pytest.raises(subprocess.CalledProcessError):
        git(copy.path, "cat-file", "-e", first)
    assert left_in(copy.home) == []
    assert modes_of(copy.path.parent, root) == [0o700, 0o700]
    await copy.close()


async def test_what_the_agent_does_to_its_own_repository_reaches_nobody(
    user: Path, root: Path, tmp_path: Path
) -> None:
    before = facts_of(user)
    stolen = tmp_path / "stolen"
    copy = await opened(user, root)
    script = f"touch {stolen}"
    for name, value in {
        "core.fsmonitor": script,
        "core.hooksPath": str(copy.path / "hooks"),
        "core.sshCommand": script,
        "diff.external": script,
        "diff.bad.textconv": script,
        "diff.bad.command": script,
        "filter.bad.clean": script + "; cat",
        "filter.bad.smudge": script + "; cat",
        "core.pager": script,
        "alias.commit-tree": f"!{script}",
        "core.worktree": str(user),
    }.items():
        git(copy.path, "config", name, value)
    for name in ("pre-commit", "post-commit", "reference-transaction", "post-index-change", "post-checkout"):
        write(copy.path / "hooks" / name, f"#!/bin/sh\n{script}\n").chmod(0o755)
        write(copy.path / ".git" / "hooks" / name, f"#!/bin/sh\n{script}\n").chmod(0o755)
    write(
        copy.path / ".gitattributes",
        "* filter=bad diff=bad text eol=crlf ident working-tree-encoding=UTF-16\n",
    )
    write(copy.path / ".git" / "info" / "attributes", "* filter=bad diff=bad\n")
    write(copy.path / ".git" / "objects" / "info" / "alternates", f"{user}/.git/objects\n")
    write(copy.path / ".git" / "refs" / "heads" / "main", "0" * 40 + "\n")
    write(copy.path / "shop" / "cart.py", "line\r\n$Id$\n")
    changes = await copy.changes()
    assert changes.refused is None
    assert "shop/cart.py" in changes.modified
    await commit(copy)
    await copy.close()
    assert not stolen.exists()
    assert facts_of(user) == before
    assert Git(work_tree=user)("show", f"{BRANCH}:shop/cart.py") == b"line\r\n$Id$\n"


async def test_commits_refs_and_remotes_in_the_working_copy_are_thrown_away(user: Path, root: Path) -> None:
    before = facts_of(user)
    copy = await opened(user, root)
    write(copy.path / "own.txt", "committed by the agent\n")
    git(copy.path, "add", ".")
    git(copy.path, "commit", "-qm", "agent")
    git(copy.path, "branch", "main")
    git(copy.path, "update-ref", "refs/heads/other", "HEAD")
    git(copy.path, "remote", "add", "origin", str(user))
    changes = await copy.changes()
    assert changes.added == ("own.txt",)
    await commit(copy)
    await copy.close()
    assert facts_of(user) == before
    assert git(user, "rev-list", "--count", f"main..{BRANCH}") == "1"


async def test_removing_its_repository_does_not_hide_the_changes(user: Path, root: Path) -> None:
    copy = await opened(user, root)
    subprocess.run(["rm", "-rf", ".git"], cwd=copy.path, check=True)  # noqa: ASYNC221
    (copy.path / "README").write_text("changed\n")
    assert (await copy.changes()).modified == ("README",)
    await copy.close()


def nested(folder: Path) -> None:
    inner = folder / "lib" / "x"
    inner.mkdir(parents=True)
    git(inner, "init", "-q")
    git(inner, "config", "core.fsmonitor", f"touch {folder.parent.parent.parent}/stolen")
    git(inner, "config", "core.worktree", "..")
    write(inner / ".git" / "hooks" / "post-index-change", "#!/bin/sh\ntouch stolen\n").chmod(0o755)
    write(inner / "f", "f")


HOSTILE: dict[str, tuple[Callable[[Path], object], str]] = {
    "nested repository": (nested, "repository inside"),
    "nested .git file": (lambda f: write(f / "lib" / ".git", "gitdir: /tmp\n"), "repository inside"),
    "nested .GIT": (lambda f: write(f / "lib" / ".GIT" / "config", "x"), "repository inside"),
    "absolute link": (lambda f: link(f / "l", "/etc/passwd"), "leads outside"),
    "climbing link": (lambda f: link(f / "l", "../../secret"), "leads outside"),
    "winding link": (lambda f: link(f / "l", "shop/../../secret"), "leads outside"),
    "link into .git": (lambda f: link(f / "l", ".git/config"), "leads outside"),
    "file replaced by link": (
        lambda f: link(f / "README", "/etc/shadow"),
        "leads outside",
    ),
    "folder replaced by link": (
        lambda f: link(f / "shop", "/etc"),
        "leads outside",
    ),
    "fifo": (lambda f: fifo(f / "README"), "neither a file"),
    "large file": (lambda f: os.truncate(write(f / "big", b""), 100 * 1024 * 1024), "104857600 bytes"),
    "many files": (
        lambda f: [write(f / "many" / str(number), "x") for number in range(limits.MAX_FILES + 1)],
        "files changed",
    ),
    "line end in a name": (lambda f: write(f / "a\nb.py", "x"), "control characters"),
    "escape in a name": (lambda f: write(f / "a\x1b[2J", "x"), "control characters"),
    "direction mark in a name": (lambda f: write(f / "a\u202egpj.py", "x"), "control characters"),
    "name not UTF-8": (lambda f: write(Path(os.fsdecode(os.fsencode(f) + b"/\xff")), "x"), "not UTF-8"),
    "deep folders": (lambda f: write(f.joinpath(*["d"] * 80, "x"), "x"), "deep"),
}


@pytest.mark.parametrize("case", HOSTILE)
async def test_what_must_not_be_committed_is_refused_with_the_reason(
    user: Path, root: Path, tmp_path: Path, case: str
) -> None:
    do, reason = HOSTILE[case]
    copy = await opened(user, root)
    do(copy.path)
    changes = await copy.changes()
    assert changes.refused is not None
    assert reason in changes.refused
    assert changes.refused.isprintable()
    with pytest.raises(WorkspaceError, match="refused"):
        await commit(copy)
    await copy.close()
    assert left_in(root) == []
    assert not anywhere(tmp_path, "stolen")
    assert git(user, "branch", "--list", "aat/*") == ""


FINE: dict[str, tuple[Callable[[Path], object], tuple[str, ...]]] = {
    "nothing": (lambda f: f, ()),
    "touched only": (lambda f: (f / "README").touch(), ()),
    "link inside": (lambda f: link(f / "shop" / "l", "../README"), ("shop/l",)),
    "names like options": (lambda f: write(f / "--help", "x"), ("--help",)),
    "names with blanks and quotes": (lambda f: write(f / " a'\"$(x)*", "x"), (" a'\"$(x)*",)),
    "unicode": (lambda f: write(f / "größe.py", "x"), ("größe.py",)),
    "executable": (lambda f: (f / "README").chmod(0o755), ("README",)),
    "file to folder": (
        lambda f: in_place_of(f / "README", "x"),
        ("README", "README/x"),
    ),
    "folder to file": (
        lambda f: in_place_of(f / "shop"),
        ("shop", "shop/cart.py"),
    ),
    "folder to link inside": (
        lambda f: moved(f / "shop", "shop2"),
        ("shop", "shop/cart.py", "shop2/cart.py"),
    ),
    "what tests leave": (
        lambda f: (write(f / "shop" / "__pycache__" / "cart.pyc", "x"), write(f / ".coverage", "x")),
        (),
    ),
    "an untracked fifo": (lambda f: fifo(f / "fifo"), ()),
    "binary": (lambda f: write(f / "b", b"\0\xff" * 100), ("b",)),
    "not UTF-8 text": (lambda f: write(f / "latin", b"caf\xe9\n"), ("latin",)),
}


@pytest.mark.parametrize("case", FINE)
async def test_what_may_be_committed_is(user: Path, root: Path, case: str) -> None:
    do, paths = FINE[case]
    copy = await opened(user, root)
    do(copy.path)
    changes = await copy.changes()
    assert changes.refused is None
    assert changes.paths == paths
    if paths:
        await commit(copy)
        named = (
            git(user, "diff", "-z", "--no-renames", "--name-only", "main", BRANCH).rstrip("\0").split("\0")
        )
        assert sorted(named) == sorted(paths)
    else:
        with pytest.raises(WorkspaceError, match="nothing to commit"):
            await commit(copy)
    await copy.close()
    assert left_in(root) == []


async def test_ignored_secrets_are_neither_given_nor_committed(user: Path, root: Path) -> None:
    write(user / ".gitignore", ".env\n")
    git(user, "add", ".")
    git(user, "commit", "-qm", "ignore")
    write(user / ".env", "TOKEN=canary")
    copy = await opened(user, root)
    assert not (copy.path / ".env").exists()
    write(copy.path / ".env", "TOKEN=made by the agent")
    write(copy.path / "README", "changed")
    assert (await copy.changes()).paths == ("README",)
    await copy.close()


async def test_attributes_cannot_hide_a_change_from_the_diff(user: Path, root: Path) -> None:
    copy = await opened(user, root)
    write(copy.path / ".gitattributes", "* binary -diff\n")
    write(copy.path / "README", "a hidden change\n")
    assert "+a hidden change" in (await copy.changes()).diff
    await copy.close()


async def test_a_long_diff_is_cut(user: Path, root: Path) -> None:
    copy = await opened(user, root)
    write(copy.path / "long", "line\n" * 200_000)
    changes = await copy.changes()
    assert len(changes.diff) == limits.MAX_DIFF_CHARACTERS
    await copy.close()


async def test_a_second_look_ignores_what_tests_leave_and_refuses_what_they_rewrite(
    user: Path, root: Path
) -> None:
    copy = await opened(user, root)
    write(copy.path / "README", "fixed\n")
    first = await copy.changes()
    write(copy.path / "report.xml", "<left behind/>")
    assert await copy.changes(only=first) == first
    write(copy.path / "README", "rewritten by a test\n")
    refused = (await copy.changes(only=first)).refused
    assert refused is not None
    assert "README" in refused
    await copy.close()


async def test_what_is_committed_is_what_was_looked_at(user: Path, root: Path) -> None:
    copy = await opened(user, root)
    write(copy.path / "README", "looked at\n")
    first = await copy.changes()
    write(copy.path / "left", "x")
    await copy.changes(only=first)
    write(copy.path / "README", "later\n")
    await commit(copy)
    await copy.close()
    assert git(user, "show", f"{BRANCH}:README") == "looked at"
    assert git(user, "diff", "--name-only", "main", BRANCH) == "README"


# -- the branch ------------------------------------------------------------------------------------


async def test_a_task_commits_once_however_often_it_is_tried(user: Path, root: Path) -> None:
    shas = []
    for attempt in ("one", "two"):
        copy = await opened(user, root)
        write(copy.path / "README", attempt)
        await copy.changes()
        shas += [await commit(copy), await commit(copy)]
        await copy.close()
    assert len(set(shas)) == 1
    assert await find_commit(user, branch=BRANCH, task_id=TASK) == shas[0]
    assert git(user, "rev-list", "--count", f"main..{BRANCH}") == "1"


async def test_a_branch_of_somebody_else_is_left_alone(user: Path, root: Path) -> None:
    git(user, "branch", BRANCH)
    assert await find_commit(user, branch=BRANCH, task_id=TASK) is None
    copy = await opened(user, root)
    write(copy.path / "README", "x")
    await copy.changes()
    with pytest.raises(WorkspaceError, match="is not of task"):
        await commit(copy)
    await copy.close()
    assert git(user, "rev-parse", BRANCH) == git(user, "rev-parse", "main")


async def test_two_consumers_make_one_commit(user: Path, root: Path) -> None:
    copies = [await opened(user, root) for _ in range(2)]
    for number, copy in enumerate(copies):
        write(copy.path / "README", str(number))
        await copy.changes()
    shas = await asyncio.gather(*(commit(copy) for copy in copies))
    assert shas[0] == shas[1]
    for copy in copies:
        await copy.close()


async def test_a_branch_that_is_in_the_way_is_named(user: Path, root: Path) -> None:
    git(user, "branch", "aat")
    copy = await opened(user, root)
    write(copy.path / "README", "x")
    await copy.changes()
    with pytest.raises(WorkspaceError, match="'refs/heads/aat' exists"):
        await commit(copy)
    await copy.close()


async def test_a_locked_ref_is_waited_for_and_a_locked_index_does_not_matter(user: Path, root: Path) -> None:
    copy = await opened(user, root)
    write(copy.path / "README", "x")
    await copy.changes()
    write(user / ".git" / "index.lock", "")
    lock = write(user / ".git" / "refs" / "heads" / f"{BRANCH}.lock", "")
    threading.Timer(0.5, lock.unlink).start()
    sha = await commit(copy)
    assert (user / ".git" / "refs" / "heads" / BRANCH).read_text().strip() == sha
    await copy.close()


async def test_a_hook_of_the_user_is_not_run(user: Path, root: Path, tmp_path: Path) -> None:
    for name in ("reference-transaction", "post-update", "pre-commit", "post-checkout"):
        write(user / ".git" / "hooks" / name, f"#!/bin/sh\ntouch {tmp_path}/ran\nexit 1\n").chmod(0o755)
    copy = await opened(user, root)
    write(copy.path / "README", "x")
    await copy.changes()
    await commit(copy)
    await copy.close()
    assert not (tmp_path / "ran").exists()


async def test_a_message_without_its_trailer_is_a_mistake_of_ours(user: Path, root: Path) -> None:
    copy = await opened(user, root)
    write(copy.path / "README", "x")
    await copy.changes()
    with pytest.raises(ValueError, match="trailer"):
        await copy.commit(BRANCH, message=f"AAT-Task-Id: {TASK}\n\nno trailer", task_id=TASK)
    await copy.close()


# -- odd repositories ------------------------------------------------------------------------------


async def fixed_in(repository: Path, root: Path, base: str = "main") -> str:
    copy = await opened(repository, root, base)
    write(copy.path / "README", "fixed\n")
    assert (await copy.changes()).paths == ("README",)
    sha = await commit(copy)
    await copy.close()
    assert await find_commit(repository, branch=BRANCH, task_id=TASK) == sha
    assert git(repository, "rev-list", "--count", f"{base}..{BRANCH}") == "1"
    git(repository, "fsck", "--connectivity-only")
    return sha


async def test_a_dirty_repository_is_used_and_warned_of(user: Path, root: Path) -> None:
    write(user / "README", "my own change\n")
    write(user / "untracked", "mine\n")
    before = facts_of(user)
    assert check_repository(user, base="main").warnings == (
        "2 uncommitted changes are not part of what the agent sees",
    )
    await fixed_in(user, root)
    assert facts_of(user) == before


async def test_a_detached_head_stays_detached(user: Path, root: Path) -> None:
    git(user, "checkout", "-q", "--detach", "HEAD~1")
    before = facts_of(user)
    await fixed_in(user, root)
    assert facts_of(user) == before


async def test_a_bare_repository(user: Path, root: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", "--bare", str(user), "bare")
    assert check_repository(tmp_path / "bare", base="main").warnings == ()
    await fixed_in(tmp_path / "bare", root)


async def test_a_shallow_clone(user: Path, root: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{user}", "shallow")
    await fixed_in(tmp_path / "shallow", root)


async def test_a_worktree_of_a_worktree(user: Path, root: Path, tmp_path: Path) -> None:
    git(user, "worktree", "add", "-q", "-b", "one", str(tmp_path / "one"))
    git(tmp_path / "one", "worktree", "add", "-q", "-b", "two", str(tmp_path / "two"))
    await fixed_in(tmp_path / "two", root, base="two")
    assert git(tmp_path / "two", "status", "--porcelain") == ""


async def test_a_clone_with_borrowed_objects(user: Path, root: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", "--shared", str(user), "borrower")
    await fixed_in(tmp_path / "borrower", root)


async def test_a_base_that_only_origin_has(user: Path, root: Path, tmp_path: Path) -> None:
    git(user, "branch", "release")
    git(tmp_path, "clone", "-q", str(user), "clone")
    copy = await opened(tmp_path / "clone", root, "release")
    assert copy.base_commit == git(user, "rev-parse", "main")
    await copy.close()


@pytest.mark.skipif(not SHA256, reason="this git knows no SHA-256")
async def test_a_sha256_repository(root: Path, tmp_path: Path) -> None:
    folder = tmp_path / "sha256"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main", "--object-format=sha256")
    write(folder / "README", "x")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "first")
    assert len(await fixed_in(folder, root)) == 64


async def test_a_submodule_stays_as_it_is_and_cannot_be_changed(
    user: Path, root: Path, tmp_path: Path
) -> None:
    git(tmp_path, "clone", "-q", str(user), "library")
    git(user, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(tmp_path / "library"), "sub")
    git(user, "commit", "-qm", "submodule")
    await fixed_in(user, root)
    assert git(user, "diff", "--name-only", "main", BRANCH) == "README"
    for case in ("files", "gone", "file"):
        copy = await opened(user, root)
        if case == "files":
            write(copy.path / "sub" / "x.py", "x")
        else:
            (copy.path / "sub").rmdir()
            if case == "file":
                write(copy.path / "sub", "x")
        changes = await copy.changes()
        assert changes.refused or changes.paths == ()
        await copy.close()


async def test_names_that_git_itself_quotes(root: Path, tmp_path: Path, user: Path) -> None:
    odd = tmp_path / '#odd "na\'me"\nü:x'
    rename(user, odd)
    await fixed_in(odd, root)


async def test_a_large_and_strange_base_is_no_obstacle(user: Path, root: Path) -> None:
    write(user / "big.bin", os.urandom(6 * 1024 * 1024))
    write(user / "a\nb", "x")
    (user / "out").symlink_to("/etc/passwd")
    write(user / ".gitattributes", "*.txt eol=crlf filter=lfs\n")
    write(user / "crlf.txt", "a\n")
    write(user / ".gitignore", "tracked.log\n")
    write(user / "tracked.log", "x")
    git(user, "add", "-f", ".")
    git(user, "commit", "-qm", "odd")
    copy = await opened(user, root)
    assert (await copy.changes()).paths == ()
    assert git(copy.path, "status", "--porcelain") == ""
    await copy.close()


def test_problems_are_told_in_one_line(tmp_path: Path, user: Path) -> None:
    empty, plain = tmp_path / "empty", tmp_path / "plain"
    for folder in (empty, plain):
        folder.mkdir()
    git(empty, "init", "-q")
    cases = {
        (empty, "main"): "no commit yet",
        (plain, "main"): "not a git repository",
        (tmp_path / "missing", "main"): "not a folder",
        (user, "develop"): r"no branch or commit 'develop' .*branches: main",
        (user, "--all"): "no branch or commit '--all'",
        (user, ""): "no branch or commit ''",
        (user, "main..main"): "no branch or commit 'main..main'",
        (user, "0" * 40): "(no branch or commit|git rev-parse)",
        (user, "a\nb"): r"no branch or commit 'a\\nb'",
    }
    for (path, base), expected in cases.items():
        with pytest.raises(WorkspaceError, match=expected) as caught:
            check_repository(path, base=base)
        assert "\n" not in str(caught.value)


def test_a_folder_within_the_repository_is_told(user: Path) -> None:
    assert "'shop' is not the root" in check_repository(user / "shop", base="main").warnings[0]


async def test_a_corrupt_repository_is_told_and_leaves_nothing(user: Path, root: Path) -> None:
    tree = git(user, "rev-parse", "main^{tree}")
    (user / ".git" / "objects" / tree[:2] / tree[2:]).unlink()
    with pytest.raises(WorkspaceError, match=r"^git "):
        await opened(user, root)
    assert left_in(root) == []


# -- folders ---------------------------------------------------------------------------------------


async def test_nothing_stays_whatever_the_agent_made(user: Path, root: Path) -> None:
    copy = await opened(user, root)
    closed = copy.path / "closed"
    write(closed / "inner" / "f", "x")
    (closed / "inner").chmod(0)
    closed.chmod(0)
    deep = "import os\nfor _ in range(1500): os.mkdir('d'), os.chdir('d')"
    subprocess.run([sys.executable, "-c", deep], cwd=copy.path, check=True)  # noqa: ASYNC221
    await copy.close()
    await copy.close()
    assert left_in(root) == []


def test_working_copies_of_dead_consumers_are_swept_with_their_processes(user: Path, root: Path) -> None:
    program = f"""
import asyncio, os, pathlib, subprocess
from aat_consumer.workspace.copies import open_workspace
async def main():
    copy = await open_workspace(pathlib.Path({str(user)!r}), base="main", root=pathlib.Path({str(root)!r}),
                                task_id="dead", attempt=1)
    child = subprocess.Popen(["sleep", "300"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                             env={{"PATH": os.defpath, "AAT_RUN_ID": copy.run_id}})
    print(child.pid, flush=True)
    os._exit(9)
asyncio.run(main())
"""
    child = int(subprocess.run([sys.executable, "-c", program], capture_output=True, check=False).stdout)
    live = asyncio.run(opened(user, root))
    (root / "stray").mkdir()
    removed = sweep_leftovers(root)
    assert [name.split("-")[0] for name in removed] == ["dead", "stray"]
    assert live.path.is_dir()
    deadline = time.monotonic() + 5
    while running(child):
        assert time.monotonic() < deadline
    asyncio.run(live.close())
    assert sweep_leftovers(root) == []
    assert left_in(root) == []


def test_sweeping_where_nothing_is(tmp_path: Path) -> None:
    assert sweep_leftovers(tmp_path / "missing") == []


async def test_cancelling_leaves_nothing_behind(user: Path, root: Path) -> None:
    task = asyncio.create_task(opened(user, root))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert sweep_leftovers(root) == []
    assert left_in(root) == []


def test_the_default_folder_is_in_the_users_cache() -> None:
    assert default_root({"XDG_CACHE_HOME": "/c", "HOME": "/h"}) == Path("/c/aat/work")
    assert default_root({"XDG_CACHE_HOME": "relative", "HOME": "/h"}) == Path("/h/.cache/aat/work")
    assert str(os.geteuid()) in str(default_root({}))


def test_git_gets_nothing_of_our_environment(
    user: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "GIT_DIR": "/nonexistent",
        "GIT_INDEX_FILE": "/x",
        "GIT_EXTERNAL_DIFF": "false",
    }.items():
        monkeypatch.setenv(name, value)
    write(tmp_path / ".gitconfig", "[core]\n\tfsmonitor = false\n[alias]\n\trev-parse = !false\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert len(Git(work_tree=user).text("rev-parse", "HEAD")) == 40
