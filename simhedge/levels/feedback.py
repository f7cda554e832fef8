"""The feedback gain kappa over spot under an impact model, and the tipping levels at which it falls to -1."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from simhedge.errors import InputError
from simhedge.levels.profile import gamma_at

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from simhedge.levels.positions import Positions
    from simhedge.levels.profile import Profile

    Floats = NDArray[np.float64]


class Impact(NamedTuple):
    """Price impact of hedging: trading a day's volume (`adv_notional`, $) moves the price by `coefficient` daily vols.

    `daily_vol` is the standard deviation of a day's return.
    """

    adv_notional: float
    daily_vol: float
    coefficient: float = 1.0

    def kyle_lambda(self, spot: float) -> float:
        """$ per share: coefficient * daily_vol * spot / (shares a day), fixed at the present spot."""
        return self.coefficient * self.daily_vol * spot * spot / self.adv_notional


@dataclass(frozen=True)
class Feedback:
    """kappa (dimensionless, positive damps) at `spot` (m,), at the present spot, and at its least; tipping levels ($).

    Beyond a tipping level the clearing price is not unique. `distances` of the tipping levels in daily standard
    deviations, signed (above spot: positive).
    """

    spot: Floats
    gain: Floats
    gain_at_spot: float
    gain_min: float
    gain_min_spot: float
    tipping_levels: tuple[float, ...]
    distances: tuple[float, ...]
    impact: Impact


def feedback(positions: Positions, profile: Profile, spot: float, impact: Impact) -> Feedback:
    """The gain over the profile's spots: kappa(S) = lambda * gamma(S), lambda fixed at `spot` (arithmetic impact)."""
    for key, value in impact._asdict().items():
        if not (math.isfinite(value) and value > 0.0):
            raise InputError("must be a positive number", key=key, value=value, remedy="such as adv_notional=4e11")
    kyle_lambda = impact.kyle_lambda(spot)
    gain = kyle_lambda * profile.net * 100.0 / (profile.spot * profile.spot)

    def gain_at(price: float) -> float:
        return kyle_lambda * gamma_at(positions, price)

    levels = crossings(profile.spot, gain, -1.0, gain_at)
    least = int(np.argmin(gain))
    return Feedback(
        spot=profile.spot,
        gain=gain,
        gain_at_spot=gain_at(spot),
        gain_min=float(gain[least]),
        gain_min_spot=float(profile.spot[least]),
        tipping_levels=levels,
        distances=tuple((level - spot) / (impact.daily_vol * spot) for level in levels),
        impact=impact,
    )


def crossings(grid: Floats, values: Floats, threshold: float, value_at: Callable[[float], float]) -> tuple[float, ...]:
    """Where `value_at` crosses the threshold between neighbours of the ascending grid (m,) with values (m,)."""
    beyond = values <= threshold
    places = np.flatnonzero(beyond[1:] != beyond[:-1])
    if places.size == 0:
        return ()
    from scipy.optimize import brentq

    def above(x: float) -> float:
        return value_at(x) - threshold

    def crossing(low: float, high: float) -> float:
        at_low, at_high = above(low), above(high)
        if at_low * at_high > 0.0:  # the grid's own values differ from these by rounding: the end is the crossing
            return low if abs(at_low) < abs(at_high) else high
        return float(brentq(above, low, high, xtol=1e-12 * high))

    return tuple(crossing(float(grid[k]), float(grid[k + 1])) for k in places)
