"""Prices cut into episodes with a level each, and the kernels' sums over them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from simhedge.kernels.touches import COLUMNS, path_sums
from simhedge.simulation.threads import share_work

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]


class Rules(NamedTuple):
    """What counts as near, beyond and a leap, all in $; `horizon` in steps from the touch."""

    near: float
    beyond: float
    leap: float
    horizon: int

    def distances(self) -> Floats:
        """As the kernels take them."""
        return np.array([self.near, self.beyond, self.leap])


class Worlds(NamedTuple):
    """Prices ($) of both worlds, (2, paths, points), contiguous, and their log returns (2, paths, steps).

    `alive` (paths given,) says which of the paths given these are: those that live to the end in both worlds.
    """

    prices: Floats
    returns: Floats
    alive: NDArray[np.bool_]

    @property
    def paths(self) -> int:
        """Number of paths."""
        return int(self.prices.shape[1])


class Episodes(NamedTuple):
    """Steps at which episodes begin, and the last one ends, (episodes + 1,), and the step of each one's pin."""

    edges: Integers
    pins: Integers


def worlds_of(hedged: Floats, twin: Floats) -> Worlds:
    """Both worlds of paths (paths, points), those left out that have a price in either which is none."""
    prices = np.stack([hedged, twin])
    alive = np.asarray((np.isfinite(prices) & (prices > 0.0)).all(axis=(0, 2)))
    prices = np.ascontiguousarray(prices[:, alive])
    return Worlds(prices, np.ascontiguousarray(np.diff(np.log(prices), axis=2)), alive)


def one_episode(steps: int, expiries: Integers | None = None) -> Episodes:
    """The whole of a run as one episode; its pin is looked for at the first expiry step within it, else at its end."""
    within = [] if expiries is None else [int(step) for step in expiries if 0 < step <= steps]
    return Episodes(np.array([0, steps], dtype=np.int64), np.array([min(within, default=steps)], dtype=np.int64))


def daily_episodes(days: int, steps_per_day: int) -> Episodes:
    """Each day an episode, its pin looked for at the close."""
    edges = np.arange(days + 1, dtype=np.int64) * steps_per_day
    return Episodes(edges, edges[1:].copy())


def sums_by_path(
    worlds: Worlds, levels: Floats, episodes: Episodes, rules: Rules, *, by_side: bool, threads: int = 1
) -> Floats:
    """Rows (paths, 2 * columns): the hedged world's sums, then the twin's; `levels` (2, paths, episodes) in $."""
    out = np.empty((worlds.paths, 2, len(COLUMNS)))
    held = np.ascontiguousarray(levels, dtype=np.float64)

    def fill(part: slice) -> None:
        path_sums(
            worlds.prices, worlds.returns, held, episodes.edges, episodes.pins, rules.distances(), rules.horizon,
            by_side, part.start, out[part],
        )  # fmt: skip

    share_work(fill, worlds.paths, threads)
    return out.reshape(worlds.paths, 2 * len(COLUMNS))
