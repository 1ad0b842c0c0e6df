"""Find what people mean by a stream's or consumer's name, and refuse what is not the namespace's. Pure."""

from __future__ import annotations

from difflib import get_close_matches

from aat_reporters.errors import SettingsError
from aat_reporters.wire import ENVIRONMENTS, Namespace

__all__ = ["check_token", "stream_named"]

#: What ends a subject's token: a consumer's name with one of these would be another request.
_NOT_TOKEN = frozenset(" \t\r\n.*>/\\")


def stream_named(namespace: Namespace, word: str) -> str:
    """Give the stream that is meant: by its name, without the namespace, or by an environment.

    Raises:
        SettingsError: it is no stream of this namespace, whatever its prefix.
    """
    names = namespace.stream_names()
    if word in names:
        return word
    short = word.upper().replace("-", "_")
    if word in ENVIRONMENTS:
        return namespace.error_stream(word)
    if word == "state":
        return namespace.bucket_spec.name
    if (full := f"{namespace.name.upper()}_{short}") in names:
        return full
    near = get_close_matches(word.upper(), sorted(names), n=1, cutoff=0.5)
    hint = f"; did you mean {near[0]}?" if near else f": {', '.join(sorted(names))}"
    raise SettingsError(f"{word[:80]!r} is no stream of {namespace.name}{hint}")


def check_token(word: str) -> str:
    """Refuse a consumer's name that could not be one.

    Raises:
        SettingsError: it is empty, or holds what ends a token of a subject.
    """
    if not word or not _NOT_TOKEN.isdisjoint(word):
        raise SettingsError(f"{word[:80]!r} is no name of a consumer")
    return word
