"""Run the ``aat`` command as ``python -m aat_consumer``."""

from aat_consumer.cli import main

if __name__ == "__main__":
    main()
