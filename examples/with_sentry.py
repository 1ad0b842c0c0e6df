"""Report what Sentry's SDK collects, without an account there."""

import logging

import sentry_sdk

from aat_reporters.sentry import ErrorReportTransport

# NATS_URL, NATS_NAMESPACE and the rest come from the environment; `aat dev` prints them. With a DSN,
# ErrorReportTransport(forward=True) sends everything to Sentry as well.
sentry_sdk.init(transport=ErrorReportTransport())


def price(article: int) -> float:
    """Fail for an article that nobody has priced."""
    raise LookupError(f"no price for article {article}")


if __name__ == "__main__":
    sentry_sdk.set_user({"id": 42})
    sentry_sdk.set_tag("region", "eu-1")
    try:
        price(7)
    except LookupError:
        sentry_sdk.capture_exception()
    # Sentry's logging integration makes an event of it.
    logging.error("stock is low")
