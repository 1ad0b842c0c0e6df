"""Report what structlog logs at ERROR, with what was bound."""

import structlog

from aat_reporters.structlog import ErrorReportProcessor

structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        # NATS_URL, NATS_NAMESPACE and the rest come from the environment; `aat dev` prints them.
        ErrorReportProcessor(),
        structlog.processors.format_exc_info,
        structlog.processors.JSONRenderer(),
    ]
)
log = structlog.get_logger()


def checkout(order: str) -> None:
    """Fail with an exception, and log a message that is an error without one."""
    bound = log.bind(order=order)
    try:
        raise LookupError("no price for article 7")
    except LookupError:
        bound.exception("checkout failed")
    bound.error("stock is low")


if __name__ == "__main__":
    structlog.contextvars.bind_contextvars(request_id="r-17", user_id=42)
    for number in range(3):
        checkout(f"o-{number}")
