"""Say why a person should look at a change before it is used: weaker tests, touched CI, other places.

Pure. What is looked for is what an agent, or whoever wrote the report, gains by: a test that cannot fail
any more, a pipeline that runs with the project's secrets, files that nobody allowed. It errs towards
holding: a person who sees a renamed test loses a minute.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

__all__ = ["suspicions"]

#: Paths, and names of tests, that one reason names.
MAX_NAMED = 5

#: Characters kept of such a name, and those that it may hold.
MAX_NAME_CHARACTERS = 100
_NOT_NAME = re.compile(r"[^A-Za-z0-9._+/:@<>\[\]-]")

_TEST_FILE = re.compile(
    r"(?:^|/)(?:tests?|specs?|__tests__|testing)/|(?:^|/)(?:test_[^/]*|conftest)\.py$|_test\.(?:py|go|rb|exs?)$"
    r"|\.(?:test|spec)\.[cm]?[jt]sx?$|(?:Test|Tests|IT)\.(?:java|kt|cs|php|scala)$|_spec\.rb$",
)

#: How tests are found and run.
_TEST_SETUP = re.compile(
    r"(?:^|/)(?:pytest\.ini|tox\.ini|noxfile\.py|\.coveragerc|phpunit\.xml(?:\.dist)?|\.rspec"
    r"|(?:jest|vitest|karma|playwright|cypress)\.[^/]*|\.mocharc[^/]*)$"
)

#: Files of a project in which lines about tests say how they are run.
_PROJECT_FILE = re.compile(
    r"(?:^|/)(?:pyproject\.toml|setup\.cfg|package\.json|Makefile|Cargo\.toml|pom\.xml)$"
)
_ABOUT_TESTS = re.compile(
    r"pytest|unittest|addopts|testpaths|deselect|jest|vitest|mocha|coverage|\btests?\b", re.I
)

#: What runs by itself with the project's rights, or tells other agents what to do.
_CI = re.compile(
    r"^(?:\.github|\.gitlab|\.circleci|\.buildkite|\.woodpecker|\.drone|\.teamcity|\.ci|\.husky|\.claude|\.cursor"
    r"|\.devcontainer|\.vscode)/"
    r"|(?:^|/)(?:\.gitlab-ci[^/]*\.ya?ml|azure-pipelines[^/]*\.ya?ml|bitbucket-pipelines\.ya?ml|\.travis\.ya?ml"
    r"|\.(?:drone|woodpecker|appveyor|cirrus|pre-commit-config)\.ya?ml|appveyor\.ya?ml|Jenkinsfile|CODEOWNERS"
    r"|\.git(?:attributes|modules)|\.mcp\.json|CLAUDE\.md|AGENTS\.md|aat\.toml)$"
)

_TEST_NAME = re.compile(
    r"^\s*(?:async\s+)?(?:def\s+(test\w*)|class\s+(Test\w*|\w+Tests?\b)|func\s+(Test\w+)"
    r"|(?:it|test|describe|scenario|context)\s*\(\s*([\"'`].+?[\"'`]))"
)

_SKIP = re.compile(
    r"\bmark\.(?:skip|skipif|xfail)\b|\bpytest\.(?:skip|xfail|importorskip)\b|\bskip(?:If|Unless|Test)?\s*\("
    r"|\bunittest\.skip|\bexpectedFailure\b|\bSkipTest\b|\bcollect_ignore|__test__\s*=\s*False"
    r"|@(?:Disabled|Ignore)\b|\bt\.Skip|#\[ignore|\b(?:it|test|describe)\.(?:skip|todo|only|failing)\b"
    r"|\bx(?:it|describe|test)\s*\(|\bf(?:it|describe)\s*\("
)

_ASSERTION = re.compile(
    r"\bassert\w*\b|\.(?:assert\w+)\s*\(|\bexpect\s*\(|\.should\b|\braises\s*\(|\brequire\.\w+\(|\bt\.(?:Error|Fatal)"
)

#: Assertions that cannot fail.
_HOLLOW = re.compile(
    r"\bassert\s+(?:True|1|not False)\b|assertTrue\s*\(\s*True|expect\s*\(\s*true\s*\)|\bor\s+True\b"
)

_COMMENT = re.compile(r"^\s*(?:#|//|\*|/\*|--)")


@dataclass(slots=True)
class _Edits:
    """Lines that a diff takes away from one file and adds to it."""

    removed: list[str] = field(default_factory=list)
    added: list[str] = field(default_factory=list)


def suspicions(
    *, paths: Iterable[str], deleted: Iterable[str], diff: str, is_cut: bool, allowed: tuple[str, ...]
) -> tuple[str, ...]:
    """Give the reasons for which a person should look, none where there is none.

    Args:
        paths: all that changed.
        deleted: those that are gone.
        diff: the change as git writes it.
        is_cut: the diff is not whole.
        allowed: folders that end in ``/``, and patterns in which ``*`` stands for anything; a change of
            another file is held. Empty allows every file.
    """
    paths, deleted = tuple(paths), frozenset(deleted)
    edits = _edits(diff)
    tests = {path: edit for path, edit in edits.items() if _TEST_FILE.search(path) and path not in deleted}
    found = [
        ("deletes test files", [path for path in sorted(deleted) if _TEST_FILE.search(path)]),
        ("removes tests", _gone(tests.values())),
        ("skips tests, or expects them to fail", [p for p, edit in tests.items() if _more(_SKIP, edit)]),
        ("removes assertions from", [p for p, edit in tests.items() if _fewer(_ASSERTION, edit)]),
        ("adds assertions that cannot fail to", [p for p, edit in tests.items() if _more(_HOLLOW, edit)]),
        ("changes how tests are run", [path for path in paths if _sets_up_tests(path, edits)]),
        ("touches CI, or what steers other programs", [path for path in paths if _CI.search(path)]),
        (
            "touches files outside repository.allowed_paths",
            [path for path in paths if allowed and not _is_allowed(path, allowed)],
        ),
    ]
    reasons = [f"{what}: {_named(names)}" for what, names in found if names]
    if is_cut:
        reasons.append("is too large to be looked through")
    return tuple(reasons)


def _edits(diff: str) -> dict[str, _Edits]:
    found: dict[str, _Edits] = {}
    here = _Edits()
    is_header, before = False, ""
    for line in diff.split("\n"):
        if line.startswith("diff --git "):
            is_header, before = True, ""
        elif is_header and line.startswith("--- "):
            before = _path(line)
        elif is_header and line.startswith("+++ "):
            here = found.setdefault(_path(line) or before, _Edits())
        elif line.startswith("@@ "):
            is_header = False
        elif not is_header and line.startswith("-"):
            here.removed.append(line[1:])
        elif not is_header and line.startswith("+"):
            here.added.append(line[1:])
    return found


def _path(line: str) -> str:
    """Read the path behind ``---`` or ``+++``; empty for /dev/null."""
    name = line[4:].rstrip("\t").strip('"')
    return name[2:] if name.startswith(("a/", "b/")) else ""


def _gone(edits: Iterable[_Edits]) -> list[str]:
    """Name the tests that are removed in one place and added in none."""
    edits = tuple(edits)
    added = Counter(name for edit in edits for name in _test_names(edit.added))
    removed = Counter(name for edit in edits for name in _test_names(edit.removed))
    return sorted((removed - added).keys())


def _test_names(lines: list[str]) -> list[str]:
    matches = (_TEST_NAME.match(line) for line in lines if not _COMMENT.match(line))
    return [next(name for name in match.groups() if name) for match in matches if match]


def _count(pattern: re.Pattern[str], lines: list[str]) -> int:
    return sum(len(pattern.findall(line)) for line in lines if not _COMMENT.match(line))


def _more(pattern: re.Pattern[str], edit: _Edits) -> bool:
    return _count(pattern, edit.added) > _count(pattern, edit.removed)


def _fewer(pattern: re.Pattern[str], edit: _Edits) -> bool:
    return _count(pattern, edit.added) < _count(pattern, edit.removed)


def _sets_up_tests(path: str, edits: dict[str, _Edits]) -> bool:
    if _TEST_SETUP.search(path):
        return True
    edit = edits.get(path)
    if edit is None or not _PROJECT_FILE.search(path):
        return False
    return any(_ABOUT_TESTS.search(line) for line in (*edit.removed, *edit.added))


def _is_allowed(path: str, allowed: tuple[str, ...]) -> bool:
    return any(
        path.startswith(pattern) if pattern.endswith("/") else fnmatchcase(path, pattern)
        for pattern in allowed
    )


def _named(names: list[str]) -> str:
    """List some of them; an agent chose these names, and another one may read the list."""
    names = [_NOT_NAME.sub("_", name)[:MAX_NAME_CHARACTERS] for name in names]
    more = f" and {len(names) - MAX_NAMED} more" if len(names) > MAX_NAMED else ""
    return ", ".join(names[:MAX_NAMED]) + more
