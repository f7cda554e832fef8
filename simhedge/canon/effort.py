"""How hard the checks work: paths, threads, and whom to tell of progress."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from simhedge.kernels.layout import LANES

Progress = Callable[[int, int, str], None]


class Effort(NamedTuple):
    """`paths_wanted` takes the place of each check's own number of paths; `progress` as in `simhedge.run`."""

    paths_wanted: int | None = None
    threads: int | None = None
    progress: Progress | None = None

    def paths(self, usual: int) -> int:
        """Paths to simulate, where `usual` make the check sharp enough; a multiple of the engine's block."""
        wanted = usual if self.paths_wanted is None else self.paths_wanted
        return -(-wanted // LANES) * LANES
