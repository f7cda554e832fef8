"""What dealers' books look like from the price of now: levels, exposures by strike, the gain at other prices."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from simhedge.simulation.gain import gains, tipping_at
from simhedge.simulation.street_levels import street_levels
from simhedge.simulation.units import hedged_units

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simhedge.simulation.plan import Plan

    Floats = NDArray[np.float64]

REACH = 12.0  # daily standard deviations to either side for which the gain is shown
POINTS = 361


class Sight(NamedTuple):
    """Levels in $ (NaN: none); `exposure` ($ per 1%), signed from the dealers' side, by `strike` ($), both (k,).

    `gain` (n,) is kappa if the price went to `price` ($), (n,), at once; `gain_now` at the price of now.
    """

    zero_gamma: float
    call_wall: float
    put_wall: float
    tipping_below: float
    tipping_above: float
    strike: Floats
    exposure: Floats
    price: Floats
    gain: Floats
    gain_now: float


def sight_of(plan: Plan, step: int, spot: float) -> Sight:
    """The sight at the end of `step` from the price `spot` ($); nothing where the price has left its bounds (NaN)."""
    if math.isnan(spot):
        no, none = math.nan, np.empty(0)
        return Sight(no, no, no, no, no, none, none, none, none, no)
    daily = plan.gain.daily_vol
    reach = max(REACH * daily, 0.02 * spot)
    price = np.linspace(max(spot - reach, 0.05 * spot), spot + reach, POINTS)
    units = hedged_units(plan.dealers, plan.options.books.size)
    gain = gains(price, units, plan.options, plan.model, step)
    tipping = tipping_at(price, gain, units, plan.options, plan.model, step)
    below = max((level for level in tipping if level < spot), default=math.nan)
    above = min((level for level in tipping if level >= spot), default=math.nan)
    zero, call, put, strike, exposure = _levels(plan, spot, step / int(plan.model["steps_per_day"][0]))
    now = float(gains(np.array([spot]), units, plan.options, plan.model, step)[0])
    return Sight(zero, call, put, below, above, strike, exposure, price, gain, now)


def _levels(plan: Plan, spot: float, elapsed_days: float) -> tuple[float, float, float, Floats, Floats]:
    """Zero gamma, call wall, put wall, strikes and exposures; NaN and nothing where no option lives."""
    found = street_levels(plan, spot, elapsed_days)
    if found is None:
        return math.nan, math.nan, math.nan, np.empty(0), np.empty(0)
    zero, call, put = (_or_nan(level) for level in (found.zero_gamma.headline, *found.walls))
    return zero, call, put, found.strikes.strike, found.strikes.net


def _or_nan(level: float | None) -> float:
    return math.nan if level is None else level
