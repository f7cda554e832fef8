"""The feedback gain kappa over spot at the start, and the tipping levels at which it falls to -1."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from simhedge.kernels.layout import MULTIPLICATIVE, NO_HEDGE, Options, Records
from simhedge.kernels.options import exact_delta_gamma

if TYPE_CHECKING:
    from numpy.typing import NDArray

POINTS = 601


@dataclass(frozen=True)
class GainProfile:
    """kappa (dimensionless, positive damps) at prices `spot` ($), of the dealers who hedge, at the start.

    `tipping_levels` are the prices at which kappa crosses -1; beyond one the clearing price is not unique.
    `daily_vol` is one daily standard deviation of the fundamental, in $.
    """

    spot: NDArray[np.float64]
    gain: NDArray[np.float64]
    tipping_levels: list[float]
    start_spot: float
    start_gain: float
    daily_vol: float


def hedged_units(dealers: Records, books: int) -> NDArray[np.float64]:
    """How many units of each book are hedged, shape (books,): number of dealers times what each holds."""
    hedging = dealers.policy != NO_HEDGE
    units = dealers.number * dealers.scale * hedging
    return np.bincount(dealers.book, weights=units, minlength=books).astype(np.float64)


def gain_at(spot: float, weights: NDArray[np.float64], options: Options, model: Records) -> float:
    """kappa at one price at the start, exact; `weights` (books,): hedged units of each book."""
    gamma = sum(w * exact_delta_gamma(spot, options, b, 0, model)[1] for b, w in enumerate(weights))
    price = spot if model["form"][0] == MULTIPLICATIVE else 1.0
    return float(model["impact"][0] * price * gamma)


def gain_profile(weights: NDArray[np.float64], options: Options, model: Records, daily_vol: float) -> GainProfile:
    """The profile over the prices within reach: eight standard deviations of the run, at least 10% each way."""
    spot = float(model["spot"][0])
    days = float(model["steps"][0] / model["steps_per_day"][0])
    reach = min(max(8.0 * daily_vol * np.sqrt(days), 0.1 * spot), 0.9 * spot)
    grid = np.linspace(spot - reach, spot + reach, POINTS)
    gain = np.array([gain_at(float(s), weights, options, model) for s in grid])
    beyond = gain <= -1.0
    levels = [
        _crossing(float(grid[k]), float(grid[k + 1]), weights, options, model)
        for k in np.flatnonzero(beyond[1:] != beyond[:-1])
    ]
    return GainProfile(grid, gain, levels, spot, gain_at(spot, weights, options, model), daily_vol)


def _crossing(low: float, high: float, weights: NDArray[np.float64], options: Options, model: Records) -> float:
    """Price between `low` and `high` at which kappa crosses -1."""
    from scipy.optimize import brentq

    return float(brentq(lambda s: gain_at(s, weights, options, model) + 1.0, low, high, xtol=1e-9))
