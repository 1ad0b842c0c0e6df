"""Report what a program logs at ERROR: ``python examples/with_logging.py``."""

import logging
import logging.config

# NATS_URL, NATS_NAMESPACE and the rest come from the environment; `aat dev` prints them.
logging.config.dictConfig(
    {
        "version": 1,
        "disable_existing_loggers": False,
        "handlers": {"errors": {"class": "aat_reporters.logging.ErrorReportHandler", "level": "ERROR"}},
        "root": {"handlers": ["errors"], "level": "INFO"},
    }
)
logger = logging.getLogger("shop")


def price(number: int) -> int:
    """Fail for every cart but the first."""
    return {1: 30}[number]


for cart in (1, 7):
    try:
        price(cart)
    except KeyError:
        logger.exception("cart %d has no price", cart, extra={"cart": cart})
