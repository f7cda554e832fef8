"""The number of threads, which numba reads from its environment once, when it is first imported."""

from __future__ import annotations

import os
import sys


def limit_threads(threads: int | None) -> None:
    """Set numba's pool to that many threads if numba is not loaded yet; afterwards `run(threads=...)` masks it."""
    if threads is not None and "numba" not in sys.modules:
        os.environ["NUMBA_NUM_THREADS"] = str(threads)
