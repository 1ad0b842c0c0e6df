"""Train the text categoriser of the filter."""

from __future__ import annotations

import os

# Before numpy is imported: several threads would add the same numbers in another order each time.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS"):
    os.environ[_name] = "1"
