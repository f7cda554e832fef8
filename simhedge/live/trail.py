"""The one table behind the time series of the page: a row for each point drawn in this cycle."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simhedge.live.sight import Sight
    from simhedge.live.street import Steps

    Floats = NDArray[np.float64]

LEVELS = ("zero_gamma", "call_wall", "put_wall", "tipping_below", "tipping_above")
NEAR, ROOM = 5.0, 0.15
COLUMNS = ("day", "spot", "twin", "flow", "hedge", "hedged_vol", "twin_vol", "long", "short", "zero", *LEVELS)


def columns_of(steps: Steps, sight: Sight) -> dict[str, Floats]:
    """Rows for some points, by column of COLUMNS; the levels are those of now for all of them.

    `long` and `short` are 1 where dealers are long or short gamma and 0 elsewhere; volatilities in per cent a year.
    """
    of_step = {
        "day": steps.day,
        "spot": steps.spot,
        "twin": steps.twin,
        "flow": steps.flow,
        "hedge": steps.hedge,
        "hedged_vol": 100.0 * steps.hedged_vol,
        "twin_vol": 100.0 * steps.twin_vol,
        "long": (steps.net_gamma > 0.0).astype(np.float64),
        "short": (steps.net_gamma < 0.0).astype(np.float64),
        "zero": np.zeros_like(steps.day),
    }
    return of_step | {name: np.full_like(steps.day, getattr(sight, name)) for name in LEVELS}


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
