"""Decide which Python frames belong to the application."""

from __future__ import annotations

import re
from functools import lru_cache

from aat_reporters.signature._failure import Roots
from aat_reporters.signature._file_names import is_typed_in

__all__ = ["is_in_app"]

_LIBRARY = re.compile(
    r"[/\\](?:site|dist)-packages[/\\]|[/\\]lib(?:64)?[/\\]python\d\.\d+[/\\]|[/\\]python\d+\.zip[/\\]", re.I
)


#: What Cython writes into frames of compiled modules: a file as it was called where the package was built.
_BUILT = re.compile(r"(?![/\\]|[A-Za-z]:).*\.(?:pyx|pxd|pxi)\Z", re.S)


def _is_below(path: str, folder: str) -> bool:
    trimmed = folder.rstrip("/\\")
    return bool(trimmed) and path.startswith(trimmed) and path[len(trimmed) : len(trimmed) + 1] in ("/", "\\")


def _is_named(module: str, prefixes: tuple[str, ...]) -> bool:
    return any(module == prefix or module.startswith(prefix + ".") for prefix in prefixes)


@lru_cache(maxsize=4096)
def is_in_app(file: str, module: str, roots: Roots) -> bool:
    """Say whether a frame belongs to the application.

    Configured modules decide first (include before exclude), so that an application installed into
    site-packages can be in-app. What is typed in at a prompt is in; then generated code (``<string>``),
    compiled packages (a relative ``.pyx``), installed packages and the standard library are out, the project
    folder is in, the rest of the interpreter's folder is out, and what remains is in.
    """
    if _is_named(module, roots.include):
        return True
    if is_typed_in(file):
        return not _is_named(module, roots.exclude)
    if _is_named(module, roots.exclude) or file.startswith("<"):
        return False
    if _LIBRARY.search(file) or _BUILT.match(file) or _is_below(file, roots.stdlib):
        return False
    if _is_below(file, roots.project):
        return True
    return not _is_below(file, roots.prefix)
