"""From where to where the axes of the page go: what is drawn is in sight, and they move seldom."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simhedge.live.trail import LEVELS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

NEAR, ROOM = 5.0, 0.15


def price_range(columns: dict[str, Floats], daily: float) -> tuple[float, float]:
    """Lowest and highest price ($) of both worlds, and of levels within NEAR `daily` deviations ($) of them."""
    prices = np.concatenate([columns["spot"], columns["twin"]])
    low, high = float(np.nanmin(prices)) - 0.4 * daily, float(np.nanmax(prices)) + 0.4 * daily
    for name in LEVELS:
        level = float(columns[name][-1])
        if low - NEAR * daily <= level <= high + NEAR * daily:
            low, high = min(low, level - 0.2 * daily), max(high, level + 0.2 * daily)
    return low, high


def calm(before: tuple[float, float], wanted: tuple[float, float]) -> tuple[float, float]:
    """The limits of an axis: those `before`, as long as what is wanted fits into them and fills a third of them.

    Else those wanted, with room to move: an axis that creeps is hard to read, and costs the browser a new layout.
    """
    size = wanted[1] - wanted[0]
    if before[0] <= wanted[0] and wanted[1] <= before[1] and size > (before[1] - before[0]) / 3.0:
        return before
    return (
        wanted[0] - ROOM * size if wanted[0] != 0.0 else 0.0,
        wanted[1] + ROOM * size if wanted[1] != 0.0 else 0.0,
    )


def spread(values: Floats, usual: float = 1.0) -> tuple[float, float]:
    """Lowest and highest of finite values and zero; from 0 to `usual` where there is nothing else."""
    finite = values[np.isfinite(values)]
    low, high = min(float(np.min(finite, initial=0.0)), 0.0), max(float(np.max(finite, initial=0.0)), 0.0)
    return (low, high) if high > low else (0.0, usual)
