"""Say of a web request what a report carries; pure, and the same words for every framework.

What a framework keeps of user and session is read without running any code of theirs: a property of a
model may ask a database, and a lazy object be loaded by a look at its class.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

__all__ = ["Header", "kept", "request_facts", "user_id_of"]

#: Gives a header by its name in lower case, or None.
Header = Callable[[str], str | None]

#: Headers in which proxies and other services hand on a request's id, the most explicit first.
_ID_HEADERS = ("x-request-id", "x-correlation-id")

#: What identifies a user, the surest first; ``sub`` is that of a token.
_USER_KEYS = ("id", "user_id", "pk", "sub", "username")

#: Where Django's lazy objects, which Channels puts into a scope, hold what they were loaded as.
_LAZY = "_wrapped"

#: Characters kept of what a client may have written.
_MAX_ID = 200
_MAX_URL = 2_000


def request_facts(
    *, method: str, scheme: str, host: str, path: str, query: str, header: Header
) -> dict[str, object]:
    """Give ``request_id``, ``method`` and ``url``; secrets in the query are scrubbed in the background.

    Args:
        method: of the request.
        scheme: ``http`` or ``https``.
        host: with the port where it is not the scheme's own.
        path: as the client sent it.
        query: what stands behind the question mark.
        header: gives the request's headers.
    """
    address = f"{scheme}://{host}{path}" + (f"?{query}" if query else "")
    facts: dict[str, object] = {"method": method, "url": address[:_MAX_URL]}
    identity = _request_id(header)
    return {"request_id": identity, **facts} if identity else facts


def user_id_of(user: object) -> object:
    """Give what a user is known by: a plain id, or what an object or a dict holds as its id; else None."""
    return user if type(user) in (str, int) else kept(user, _USER_KEYS)


def kept(holder: object, names: Iterable[str]) -> object:
    """Give the first of these that a dict holds, or that an object has as an attribute of its own; else None.

    Args:
        holder: anything; a lazy object counts as what it was loaded as, if it was.
        names: of entries or attributes, the best first.
    """
    try:
        attributes: dict[str, object] = object.__getattribute__(holder, "__dict__")
    except AttributeError:
        attributes = {}
    if _LAZY in attributes:
        return kept(attributes[_LAZY], names)
    for name in names:
        # Not isinstance, which asks a lazy object for its class and so loads it.
        value = dict.get(holder, name) if issubclass(type(holder), dict) else None  # type: ignore[call-overload]
        if value is None:
            value = attributes.get(name)
        if value is not None:
            return value
    return None


def _request_id(header: Header) -> str:
    for name in _ID_HEADERS:
        if given := header(name):
            return given[:_MAX_ID]
    # W3C trace context: version-trace-parent-flags.
    parts = (header("traceparent") or "").split("-")
    return parts[1][:_MAX_ID] if len(parts) == 4 else ""
