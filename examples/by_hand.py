"""Report by hand: an exception that was caught, one that was never raised, a message, a group."""

import aat_reporters


def price(article: int) -> float:
    """Fail for an article that nobody has priced."""
    raise LookupError(f"no price for article {article}")


def main() -> None:
    """Report four errors, and print what became of them."""
    # NATS_URL, NATS_NAMESPACE and the rest come from the environment; `aat dev` prints them.
    with aat_reporters.Reporter.open() as reporter:
        failures = []
        with aat_reporters.bound(request_id="r-17"):
            for article in (7, 8):
                try:
                    price(article)
                except LookupError as error:
                    reporter.report(error, article=article)
                    failures.append(error)
        reporter.report(ValueError("the cart is empty, which nobody noticed"))
        reporter.report("stock is low", article=9)
        reporter.report(ExceptionGroup("no prices", failures))
        reporter.flush()
        print(reporter.stats())


if __name__ == "__main__":
    main()
