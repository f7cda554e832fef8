"""The one long wait of a first run: what is said of it, and how it is interrupted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from simhedge.cli.interrupts import raise_if_asked
from simhedge.cli.output import say


def tell_of_compiling(seconds: int = 25) -> None:
    """Say that kernels are compiled, and how long that takes."""
    say(f"compiling kernels, once: about {seconds} s")


@contextmanager
def told_of_compiling(seconds: int = 25) -> Iterator[None]:
    """Say so where kernels have to be compiled while this lasts, which takes about so many seconds.

    The compiler calls back into Python where an interrupt gets lost; it is looked up between the compiler's passes.
    """
    from simhedge.simulation.warmup import needs_compiling

    if not needs_compiling():
        yield
        return
    tell_of_compiling(seconds)
    from numba.core import event

    events: Any = event  # numba is not typed

    class Look(events.Listener):  # type: ignore[misc]
        def on_start(self, event: Any) -> None:
            raise_if_asked()

        def on_end(self, event: Any) -> None:
            """A pass that has ended needs nobody to look."""

    with events.install_listener("numba:run_pass", Look()):
        yield
