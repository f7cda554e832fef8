"""`simhedge warmup`: compile everything ahead of the first run."""

from __future__ import annotations

import time

from simhedge.cli.compiling import told_of_compiling
from simhedge.cli.output import say


def warmup_command() -> int:
    """Compile all kernels now, so that the first run starts at once."""
    from simhedge.simulation.warmup import needs_compiling, warmup

    if not needs_compiling():
        say("kernels are compiled already")
        return 0
    begin = time.perf_counter()
    with told_of_compiling():
        warmup()
    say(f"compiled in {time.perf_counter() - begin:.1f} s")
    return 0
