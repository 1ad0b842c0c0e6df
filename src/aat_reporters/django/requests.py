"""Say of a Django request what a report carries, without forcing anything that is lazy.

Called while an error is reported, also on an event loop: no database, no session is opened, and no
property of the user's own classes is read.
"""

from __future__ import annotations

import weakref
from typing import Any

from django.core.exceptions import DisallowedHost
from django.db.models.options import Options
from django.http import HttpRequest
from django.utils.encoding import escape_uri_path
from django.utils.functional import LazyObject, empty

from aat_reporters.web import request_facts

__all__ = ["RequestSource", "facts_of"]

#: Where Django keeps a request's user: given by a view, a test or Django REST framework, or else
#: looked up by ``request.user`` and ``request.auser()``.
_USERS = ("user", "_cached_user", "_acached_user")

#: Where SessionBase keeps the key; the public property may be overridden and is not ours to call.
_SESSION_KEY = "_SessionBase__session_key"


class RequestSource:
    """Give a request's facts without keeping it alive; none when it is gone.

    It lies on the request too, which a user may copy or pickle: such a copy has none.
    """

    def __init__(self, request: HttpRequest | None) -> None:
        self._reference = None if request is None else weakref.ref(request)

    def __call__(self) -> dict[str, object]:
        """Give what is known by now."""
        request = None if self._reference is None else self._reference()
        return {} if request is None else facts_of(request)

    def __reduce__(self) -> tuple[type[RequestSource], tuple[None]]:
        """Leave the weak reference behind, which cannot be pickled."""
        return RequestSource, (None,)


def facts_of(request: HttpRequest) -> dict[str, object]:
    """Give request_id, method, url, and route, user_id and session_id as far as they are known by now."""
    meta = request.META
    facts = request_facts(
        method=request.method or "",
        scheme=request.scheme,
        host=_host(request),
        path=escape_uri_path(request.path),
        query=meta.get("QUERY_STRING", ""),
        header=lambda name: meta.get("HTTP_" + name.upper().replace("-", "_")),
    )
    if request.resolver_match is not None:
        facts["route"] = request.resolver_match.route
    found = {"user_id": _user_id(request), "session_id": _session_key(request)}
    return facts | {key: value for key, value in found.items() if value is not None}


def _host(request: HttpRequest) -> str:
    try:
        return str(request.get_host())
    except DisallowedHost:
        # It may be the very error that is reported.
        return str(request.META.get("HTTP_HOST", ""))


def _user_id(request: HttpRequest) -> object:
    attributes = vars(request)
    for name in _USERS:
        user = attributes.get(name)
        # By its type, for a lazy object answers for what it wraps, and looks that up to do so.
        if issubclass(type(user), LazyObject):
            user = _attributes(user).get("_wrapped", empty)
        if user is not None and user is not empty:
            options = getattr(type(user), "_meta", None)
            name = options.pk.attname if isinstance(options, Options) else "id"
            return _attributes(user).get(name)
    return None


def _session_key(request: HttpRequest) -> object:
    return _attributes(vars(request).get("session")).get(_SESSION_KEY)


def _attributes(thing: object) -> dict[str, Any]:
    try:
        attributes: dict[str, Any] = object.__getattribute__(thing, "__dict__")
    except AttributeError:
        return {}
    return attributes
