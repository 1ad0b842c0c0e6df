"""Report what a WSGI application raises: ``gunicorn --chdir examples with_wsgi:app``."""

from collections.abc import Callable
from typing import Any

from aat_reporters.wsgi import ErrorReportMiddleware


def carts(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    """Fail for every cart but the first."""
    prices = {"/carts/1": b"30"}
    price = prices[environ["PATH_INFO"]]
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [price]


# NATS_URL, NATS_NAMESPACE and the rest come from the environment; `aat dev` prints them.
app = ErrorReportMiddleware(carts)
