"""How long this process has spent compiling kernels, so that timings can leave it out."""

from __future__ import annotations

import time
from typing import Any

from numba.core import event

_events: Any = event  # numba is not typed
_clock = _events.TimingListener()
_events.register("numba:compile", _clock)


def compile_seconds() -> float:
    """Seconds spent compiling kernels in this process so far; 0 where all came from the disk cache."""
    return float(_clock.duration) if _clock.done else 0.0


class Stopwatch:
    """Wall time since it was made, compiling left out."""

    def __init__(self) -> None:
        self.started = time.perf_counter()
        self.compiled = compile_seconds()

    def seconds(self) -> float:
        """Seconds so far, without those spent compiling."""
        return time.perf_counter() - self.started - (compile_seconds() - self.compiled)
