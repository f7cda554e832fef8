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
