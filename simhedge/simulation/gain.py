"""The feedback gain kappa over spot, at the start and later, and the tipping levels at which it falls to -1."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from simhedge.kernels.layout import MULTIPLICATIVE, Options, Records
from simhedge.kernels.options import exact_gammas
from simhedge.levels.feedback import crossings

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEAST_POINTS, MOST_POINTS = 601, 8001
RESOLUTION = 0.25  # grid spacing, of the narrowest option's standard deviation
LATER = (0.5, 0.9)  # of the run: where else the profile is taken, the options' implied vols unchanged


@dataclass(frozen=True)
class LaterGain:
    """kappa at the prices of the profile `elapsed_days` trading days after the start, and its tipping levels then."""

    elapsed_days: float
    gain: NDArray[np.float64]
    tipping_levels: list[float]


@dataclass(frozen=True)
class GainProfile:
    """kappa (dimensionless, positive damps) at prices `spot` ($), of the dealers who hedge, at the start.

    `tipping_levels` are the prices at which kappa crosses -1; beyond one the clearing price is not unique. `daily_vol`
    is one daily standard deviation of the fundamental, in $. `later`: the same half-way and near the end of the run,
    for gamma at a strike grows as its expiry comes near.
    """

    spot: NDArray[np.float64]
    gain: NDArray[np.float64]
    tipping_levels: list[float]
    start_spot: float
    start_gain: float
    daily_vol: float
    later: list[LaterGain] = field(default_factory=list)

    def first_tipping_levels(self) -> tuple[list[float], float]:
        """Tipping levels ($) at the earliest time of the profile that has any, and that time in trading days."""
        if self.tipping_levels:
            return sorted(self.tipping_levels), 0.0
        for later in self.later:
            if later.tipping_levels:
                return sorted(later.tipping_levels), later.elapsed_days
        return [], 0.0

    def as_json(self) -> dict[str, Any]:
        """The profile as a JSON object; infinite gains are null."""
        return {
            "spot": self.spot.tolist(),
            "gain": _listed(self.gain),
            "tipping_levels": self.tipping_levels,
            "start_spot": self.start_spot,
            "start_gain": self.start_gain,
            "daily_vol": self.daily_vol,
            "later": [
                {"elapsed_days": g.elapsed_days, "gain": _listed(g.gain), "tipping_levels": g.tipping_levels}
                for g in self.later
            ],
        }

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> GainProfile:
        """The profile that `as_json` wrote."""
        later = [LaterGain(**(g | {"gain": _array(g["gain"])})) for g in values["later"]]
        return cls(**(values | {"spot": _array(values["spot"]), "gain": _array(values["gain"]), "later": later}))


def _listed(values: NDArray[np.float64]) -> list[float | None]:
    return [float(value) if math.isfinite(value) else None for value in values]


def _array(values: list[float | None]) -> NDArray[np.float64]:
    return np.array([math.nan if value is None else value for value in values], dtype=np.float64)


def gammas(
    spots: NDArray[np.float64], units: NDArray[np.float64], options: Options, model: Records, step: int
) -> NDArray[np.float64]:
    """Gamma (shares per $) at prices `spots` (n,) at the end of `step`, exact; `units` (books,): units of each book."""
    gamma = np.zeros_like(spots)
    own = np.empty_like(spots)
    for book, held in enumerate(units):
        exact_gammas(spots, np.empty_like(spots), own, options, book, step, model)
        gamma += held * own
    return gamma


def gains(
    spots: NDArray[np.float64], units: NDArray[np.float64], options: Options, model: Records, step: int
) -> NDArray[np.float64]:
    """kappa at prices `spots` (n,) at the end of `step`, exact; `units` (books,): hedged units of each book."""
    price = spots if model["form"][0] == MULTIPLICATIVE else 1.0
    return np.asarray(model["impact"][0] * price * gammas(spots, units, options, model, step), dtype=np.float64)


def gain_profile(units: NDArray[np.float64], options: Options, model: Records, daily_vol: float) -> GainProfile:
    """The profile over the prices within reach: eight standard deviations of the run, at least 10% each way."""
    spot = float(model["spot"][0])
    steps, steps_per_day = int(model["steps"][0]), int(model["steps_per_day"][0])
    reach = min(max(8.0 * daily_vol * math.sqrt(steps / steps_per_day), 0.1 * spot), 0.9 * spot)
    later_steps = sorted({round(share * steps) for share in LATER} - {0, steps})
    later_steps = [step for step in later_steps if (options.calendar.live[:, step] < options.books.last).any()]
    width = min([_narrowest(options, model, step) for step in (0, *later_steps)])
    points = int(np.clip(2.0 * reach / (RESOLUTION * width) + 1, LEAST_POINTS, MOST_POINTS))
    grid = np.linspace(spot - reach, spot + reach, points)
    gain = gains(grid, units, options, model, 0)
    later = []
    for step in later_steps:
        own = gains(grid, units, options, model, step)
        later.append(LaterGain(step / steps_per_day, own, tipping_at(grid, own, units, options, model, step)))
    start = float(gains(np.array([spot]), units, options, model, 0)[0])
    return GainProfile(grid, gain, tipping_at(grid, gain, units, options, model, 0), spot, start, daily_vol, later)


def _narrowest(options: Options, model: Records, step: int) -> float:
    """The smallest standard deviation ($) of the underlying until expiry among the options that live at `step`."""
    groups = options.groups[(options.groups.expiry_step > step) & (options.groups.implied_vol > 0.0)]
    years = (groups.expiry_step - step) * float(model["years_per_step"][0])
    return float(np.min(groups.strike * groups.implied_vol * np.sqrt(years), initial=math.inf))


def tipping_at(
    grid: NDArray[np.float64],
    gain: NDArray[np.float64],
    units: NDArray[np.float64],
    options: Options,
    model: Records,
    step: int,
) -> list[float]:
    """Prices at which kappa crosses -1 between neighbours of the grid."""

    def gain_at(price: float) -> float:
        return float(gains(np.array([price]), units, options, model, step)[0])

    return list(crossings(grid, gain, -1.0, gain_at))
