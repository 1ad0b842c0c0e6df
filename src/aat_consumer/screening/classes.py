"""Know the classes of words that only the categoriser reads."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from aat_consumer.screening.lexicon import plain

__all__ = ["Classes", "load_classes"]

#: Letters that an open entry such as ``delet*`` has at least and at most.
SHORTEST, LONGEST = 3, 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Classes:
    """Hold words and beginnings of words with their classes; immutable."""

    exact: Mapping[str, tuple[str, ...]]
    open: Mapping[str, tuple[str, ...]]

    def of(self, word: str) -> tuple[str, ...]:
        """Return the classes of a plain lower-case word, none for most."""
        found = self.exact.get(word)
        if found is not None:
            return found
        for size in range(min(len(word), LONGEST), SHORTEST - 1, -1):
            found = self.open.get(word[:size])
            if found is not None:
                return found
        return ()

    def words(self, name: str) -> tuple[str, ...]:
        """Return the whole words of one class."""
        return tuple(word for word, names in self.exact.items() if name in names)


@lru_cache(maxsize=1)
def load_classes() -> Classes:
    """Read the classes shipped with the package, once a process."""
    text = (resources.files("aat_consumer.screening") / "data" / "classes.toml").read_text(encoding="utf-8")
    exact: dict[str, dict[str, None]] = {}
    beginnings: dict[str, dict[str, None]] = {}
    for name, words in tomllib.loads(text).items():
        for word in words:
            table = beginnings if word.endswith("*") else exact
            table.setdefault(plain(word.rstrip("*")), {})[name] = None
    return Classes(
        exact={word: tuple(names) for word, names in exact.items()},
        open={word: tuple(names) for word, names in beginnings.items()},
    )
