"""Middleware of the project's own, which raises when it is asked to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class RaisingMiddleware:
    """Raise before the view, or after it, as the request's header says; sync alone, as most are."""

    def __init__(self, get_response: Callable[[Any], Any]) -> None:
        self._get_response = get_response

    def __call__(self, request: Any) -> Any:
        when = request.META.get("HTTP_X_RAISE", "")
        if when == "before":
            raise LookupError("no such tenant")
        response = self._get_response(request)
        if when == "after":
            raise LookupError("no such tenant")
        return response
