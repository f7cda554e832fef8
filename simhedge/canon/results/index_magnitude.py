"""How much dealers' gamma changes an index's volatility, without a free parameter: a tenth, not multiples."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simhedge.canon.cell import Cell
from simhedge.canon.finding import Finding
from simhedge.canon.street import DAYS_PER_YEAR, SIMULTANEOUS, bachelier, one_street
from simhedge.simulation.path_batches import path_batches
from simhedge.validation.estimate import Paired, paired
from simhedge.validation.moments import Moments

if TYPE_CHECKING:
    from simhedge.canon.effort import Effort

ID = "index_magnitude"
TITLE = "Volatility points that dealers' gamma adds to an index"
SOURCE = "computed from impact by volume; compare Amaya, Garcia-Ares, Pearson and Vasquez (2025)"
SETUP = (
    "$400bn of daily volume, a daily volatility of 1% for impact, and trading a day's volume moves the price by one "
    "daily standard deviation: kappa is gamma in $ per 1% over daily volume. Dealers' gamma of +$3.4bn and of -$54bn, "
    "the mean and the lowest of a daily series; volatility with and without their hedging, news at 16 points. Their "
    "results are known at second hand, and the unit of their gamma is our reading."
)
DAILY_VOLUME, DAILY_VOLATILITY, COEFFICIENT = 4e11, 0.01, 1.0  # $; per sqrt(day); Y
NEWS_POINTS = 16.0
CASES = {
    "typical": (3.4e9, "Amaya et al. are reported to find a typical effect of -0.2 points, -0.08 in the median."),
    "lowest": (-54e9, "Amaya et al. are reported to find an effect of at most +3.3 points in daily data."),
}
INDEX = 4_500.0  # $; cancels
PATHS, STEPS, SEED = 10_240, 78, 610


def gain_of_exposure(exposure: float) -> float:
    """kappa of a gamma exposure in $ per 1% move."""
    return COEFFICIENT * (DAILY_VOLATILITY / 0.01) * exposure / DAILY_VOLUME


def points_added(kappa: float) -> float:
    """Change of volatility in points (1/100 per sqrt(year)), negative where dealers damp."""
    return NEWS_POINTS * (1.0 / (1.0 + kappa) - 1.0)


def check(effort: Effort) -> Finding:
    """Two cells, the points that either gamma adds."""
    cells = []
    for name, (exposure, published_range) in CASES.items():
        found = _volatility_points(exposure, effort)
        formula = points_added(gain_of_exposure(exposure))
        observed, error = found.difference, found.difference_se
        cells.append(Cell(f"{ID}.{name}", SOURCE, "D", formula, observed, error, explanation=published_range))
    return Finding(cells)


def _volatility_points(exposure: float, effort: Effort) -> Paired:
    """Realised volatility in points, hedged and twin."""
    market = {
        "spot": INDEX,
        "fundamental": bachelier(NEWS_POINTS / 100.0 * INDEX / (DAYS_PER_YEAR * STEPS) ** 0.5, STEPS),
        "adv_notional": DAILY_VOLUME,
        "daily_volatility": DAILY_VOLATILITY,
        "impact": {"type": "adv", "coefficient": COEFFICIENT},
        "clearing": SIMULTANEOUS,
    }
    book = [{"kind": "constant_gamma", "gamma": exposure / (0.01 * INDEX * INDEX)}]
    scenario = one_street(book, market, seed=SEED, steps_per_day=STEPS)
    moments, series = Moments(2), ("spot", "twin_spot")
    paths = effort.paths(PATHS)
    for batch in path_batches(scenario, series, paths=paths, threads=effort.threads, progress=effort.progress):
        squares = [(np.diff(batch.series[name], axis=1) ** 2).mean(axis=1) for name in series]
        moments.add(np.column_stack(squares))
    return paired(moments, {0: 0.5}, 100.0 / INDEX * (DAYS_PER_YEAR * STEPS) ** 0.5)
