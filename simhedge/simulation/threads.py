"""Sharing blocks of paths among threads; kernels run without the GIL, so plain threads are enough."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from itertools import pairwise

from simhedge.errors import InputError

MOST_THREADS = 1024


def available_threads() -> int:
    """Processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def threads_to_use(threads: int | None) -> int:
    """The number of threads asked for, or all processors where none is given; results do not depend on it."""
    if threads is None:
        return available_threads()
    if not 1 <= threads <= MOST_THREADS:
        raise InputError(
            "the number of threads is out of range", key="threads", value=threads, remedy=f"use 1 to {MOST_THREADS}"
        )
    return threads


@lru_cache(maxsize=1)
def _pool(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, thread_name_prefix="simhedge")


def share_work(work: Callable[[slice], None], items: int, threads: int) -> None:
    """Call `work` on slices that cover range(items), one for each thread, and wait for all of them."""
    parts = min(threads, items)
    if parts <= 1:
        work(slice(0, items))
        return
    edges = [items * k // parts for k in range(parts + 1)]
    pool = _pool(threads)
    for done in [pool.submit(work, slice(a, b)) for a, b in pairwise(edges)]:
        done.result()
