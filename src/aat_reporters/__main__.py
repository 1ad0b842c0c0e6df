"""Run ``aat-report`` as ``python -m aat_reporters``."""

from __future__ import annotations

import sys

from aat_reporters.cli import main

if __name__ == "__main__":
    sys.exit(main())
