"""Report by hand: an exception that was caught, one that was never raised, a message, a group."""

import aat_reporters


def price(article: int) -> float:
    """Fail for an article that nobody has priced."""
    raise LookupError(f"no price for article {article}")


def failure(article: int) -> LookupError | None:
    """Give what the price of an article fails with."""
    try:
        price(article)
    except LookupError as error:
        return error
    return None


def main() -> None:
    """Report four errors, one of them twice, and print what became of them."""
    # NATS_URL, NATS_NAMESPACE and the rest come from the environment; `aat dev` prints them.
    with aat_reporters.Reporter.open() as reporter:
        with aat_reporters.bound(request_id="r-17"):
            for article in (7, 8):
                if error := failure(article):
                    reporter.report(error, article=article)
        reporter.report(ValueError("the cart is empty, which nobody noticed"))
        reporter.report("stock is low", article=9)
        reporter.report(ExceptionGroup("no prices", [error for n in (11, 12) if (error := failure(n))]))
        reporter.flush()
        print(reporter.stats())


if __name__ == "__main__":
    main()
