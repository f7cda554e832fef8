"""What long work calls at every step: a progress bar for a person who waits, and the place to be interrupted."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from simhedge.cli.interrupts import raise_if_asked

if TYPE_CHECKING:
    from rich.progress import Progress

ProgressCallback = Callable[[int, int, str], None]
PATIENCE_SECONDS = 1.0


@contextmanager
def progress_bar(wanted: bool = True, patience: float = PATIENCE_SECONDS) -> Iterator[ProgressCallback]:
    """Yield a callback (done, total, phase) that ends the work where an interrupt was lost, and draws a bar.

    The bar appears when `patience` seconds have passed and goes without a trace at the end; there is none where it is
    not wanted or standard error is no terminal.
    """
    if not wanted or sys.stderr is None or not sys.stderr.isatty():
        yield lambda done, total, phase: raise_if_asked()
        return
    bar = _new_bar()
    task = bar.add_task("", total=None)
    begin = time.monotonic()
    started = False

    def advance(done: int, total: int, phase: str) -> None:
        nonlocal started
        raise_if_asked()
        bar.update(task, completed=done, total=total, description=phase)
        if not started and time.monotonic() - begin >= patience:
            started = True
            bar.start()

    try:
        yield advance
    finally:
        if started:
            bar.stop()


def _new_bar() -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
