"""Say of a web request what a report carries; pure, and the same words for every framework."""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["Header", "request_facts"]

#: Gives a header by its name in lower case, or None.
Header = Callable[[str], str | None]

#: Headers in which proxies and other services hand on a request's id, the most explicit first.
_ID_HEADERS = ("x-request-id", "x-correlation-id")

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


def _request_id(header: Header) -> str:
    for name in _ID_HEADERS:
        if given := header(name):
            return given[:_MAX_ID]
    # W3C trace context: version-trace-parent-flags.
    parts = (header("traceparent") or "").split("-")
    return parts[1][:_MAX_ID] if len(parts) == 4 else ""
