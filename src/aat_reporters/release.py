"""Find out which release of the program runs: from variables that platforms set, or from git.

The start time is never one: every restart would make old errors new.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

__all__ = ["find_release"]

#: Ours first, then what platforms and build servers set, the most specific first.
RELEASE_VARIABLES = (
    "AAT_RELEASE",
    "HEROKU_SLUG_COMMIT",
    "HEROKU_BUILD_COMMIT",
    "RENDER_GIT_COMMIT",
    "RAILWAY_GIT_COMMIT_SHA",
    "VERCEL_GIT_COMMIT_SHA",
    "K_REVISION",
    "CONTAINER_APP_REVISION",
    "CODEBUILD_RESOLVED_SOURCE_VERSION",
    "GITHUB_SHA",
    "CI_COMMIT_SHA",
    "CIRCLE_SHA1",
    "BUILDKITE_COMMIT",
    "BITBUCKET_COMMIT",
    "SOURCE_VERSION",
    "SOURCE_COMMIT",
    "GIT_COMMIT",
    "COMMIT_SHA",
)

#: Characters of a commit that are kept; enough to name it among millions.
COMMIT_CHARACTERS = 12


def find_release(environment: Mapping[str, str], root: str) -> str:
    """Give the release, or an empty string where nothing tells it.

    Args:
        environment: the process's variables.
        root: folder of the program; its git repository, if any, is the last resort.
    """
    for name in RELEASE_VARIABLES:
        if value := environment.get(name, "").strip():
            return value
    return _commit(Path(root)) if root else ""


def _commit(root: Path) -> str:
    """Read the checked-out commit from git's files; starting git would cost and may be forbidden."""
    try:
        for folder in (root, *root.parents):
            if (folder / ".git").exists():
                return _head(folder / ".git")[:COMMIT_CHARACTERS]
    except (OSError, UnicodeDecodeError):
        pass
    return ""


def _head(git: Path) -> str:
    if git.is_file():
        # A worktree or submodule: the file names the folder.
        git = (git.parent / git.read_text(encoding="utf-8").partition(":")[2].strip()).resolve()
    head = (git / "HEAD").read_text(encoding="utf-8").strip()
    if not head.startswith("ref: "):
        return head
    reference = head.removeprefix("ref: ")
    shared = git / "commondir"
    common = (git / shared.read_text(encoding="utf-8").strip()).resolve() if shared.is_file() else git
    for folder in (git, common):
        if (folder / reference).is_file():
            return (folder / reference).read_text(encoding="utf-8").strip()
    packed = (
        (common / "packed-refs").read_text(encoding="utf-8") if (common / "packed-refs").is_file() else ""
    )
    for line in packed.splitlines():
        commit, _, name = line.partition(" ")
        if name == reference:
            return commit
    return ""
