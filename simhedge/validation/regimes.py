"""Realised volatility where dealers are long gamma, where they are short, and by distance from zero gamma.

Under simultaneous clearing a small step dX of the fundamental moves the price by dX / (1 + kappa); in log returns that
is (X / S) / (1 + kappa) of the twin's with arithmetic impact and 1 / (1 + kappa) with multiplicative impact. Applied to
the twin's own returns, step by step, with the kappa at which the step starts, that is the prediction.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from simhedge.kernels.layout import CONTINUOUS, MULTIPLICATIVE, NO_HEDGE, SIMULTANEOUS
from simhedge.validation.estimate import Estimate, contrast, estimate
from simhedge.validation.moments import Moments

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simhedge.simulation.plan import Plan
    from simhedge.validation.episodes import Worlds

    Floats = NDArray[np.float64]

LEAST_GAIN = 1e-4  # |kappa| below which a step counts on neither side: no statistic would see so little
BIN_WIDTH = 0.5  # daily standard deviations
FURTHEST = 6.0
SERIES = ("steps", "hedged", "twin", "predicted")  # of each class of steps: their number and three sums of squares
STEPS, HEDGED, TWIN, PREDICTED = range(4)


class Gains(NamedTuple):
    """At the start of each step, (paths, steps): kappa of the dealers who hedge, and the gain of all dealers' gamma."""

    hedged: Floats
    net: Floats


def clears_at_once(plan: Plan) -> bool:
    """True where the prediction applies: simultaneous clearing, and everybody who hedges does so in every step."""
    always = np.isin(plan.dealers.policy, (CONTINUOUS, NO_HEDGE)).all()
    return bool(int(plan.model["clearing"][0]) == SIMULTANEOUS and always)


def gains(plan: Plan, spot: Floats, hedged_gamma: Floats, net_gamma: Floats) -> Gains:
    """Both gains from recorded series (paths, points); where there is no impact the net gain is the gamma's sign."""
    impact = float(plan.model["impact"][0])
    price = spot[:, :-1] if int(plan.model["form"][0]) == MULTIPLICATIVE else 1.0
    net = impact * net_gamma[:, :-1] * price if impact > 0.0 else np.sign(net_gamma[:, :-1])
    return Gains(np.asarray(impact * hedged_gamma[:, :-1] * price), np.asarray(net))


def predicted_returns(plan: Plan, spot: Floats, twin: Floats, kappa: Floats) -> Floats:
    """Log returns (paths, steps) that small steps of the news of `twin` (paths, points) would make at these gains."""
    relative = 1.0 if int(plan.model["form"][0]) == MULTIPLICATIVE else twin[:, :-1] / spot[:, :-1]
    moves: Floats = np.diff(np.log(twin), axis=1) * relative / (1.0 + kappa)
    return moves


def squares_by_class(worlds: Worlds, predicted: Floats, number: NDArray[np.int64], classes: int) -> Floats:
    """Rows (paths, classes, 4) of SERIES: sums over the steps of each class; `number` (paths, steps), -1: no class."""
    paths = number.shape[0]
    place = np.where(number >= 0, np.arange(paths)[:, None] * classes + number, paths * classes).reshape(-1)
    rows = np.empty((paths * classes + 1, len(SERIES)))
    weights = (None, worlds.returns[0], worlds.returns[1], predicted)
    for k, values in enumerate(weights):
        squares = None if values is None else (values * values).reshape(-1)
        rows[:, k] = np.bincount(place, weights=squares, minlength=paths * classes + 1)
    return rows[:-1].reshape(paths, classes, len(SERIES))


def side_of_zero_gamma(net: Floats) -> NDArray[np.int64]:
    """0 where all dealers together are long gamma at the start of a step, 1 where short, -1 where neither."""
    return np.where(net > LEAST_GAIN, 0, np.where(net < -LEAST_GAIN, 1, -1))


def distance_class(spot: Floats, level: float, daily_vol: float) -> NDArray[np.int64]:
    """Number of the distance bin that each step starts in, (paths, steps), -1 beyond the furthest; `daily_vol` in $."""
    place = np.floor((spot[:, :-1] - level) / (daily_vol * BIN_WIDTH)) + FURTHEST / BIN_WIDTH
    inside = (place >= 0.0) & (place < 2.0 * FURTHEST / BIN_WIDTH)
    return np.where(inside, place, -1.0).astype(np.int64)


def bin_centres() -> Floats:
    """Middles of the distance bins in daily standard deviations, (bins,)."""
    count = int(2 * FURTHEST / BIN_WIDTH)
    return -FURTHEST + BIN_WIDTH * (np.arange(count, dtype=np.float64) + 0.5)


class Regimes(NamedTuple):
    """Annualised volatilities where dealers are long gamma (above) and short (below), below over above, predictions.

    `predicted_ratio` is NaN where `clears_at_once` is not true; `gap` is ratio less predicted ratio.
    """

    above: Estimate
    below: Estimate
    twin_above: Estimate
    twin_below: Estimate
    ratio: Estimate
    twin_ratio: Estimate
    predicted_ratio: Estimate
    gap: Estimate
    share_above: float
    share_below: float

    def as_json(self) -> dict[str, float | None]:
        """The object `regimes` of `validate --json`."""
        named = {
            "vol_above_zero_gamma": self.above,
            "vol_below_zero_gamma": self.below,
            "twin_above": self.twin_above,
            "twin_below": self.twin_below,
            "ratio": self.ratio,
            "twin_ratio": self.twin_ratio,
            "predicted_ratio": self.predicted_ratio,
            "ratio_less_predicted": self.gap,
        }
        values: dict[str, float] = {}
        for name, found in named.items():
            values |= {name: found.value, f"{name}_se": found.standard_error}
        values |= {"share_of_steps_above": self.share_above, "share_of_steps_below": self.share_below}
        return {name: value if math.isfinite(value) else None for name, value in values.items()}


def regimes(moments: Moments, plan: Plan) -> Regimes:
    """Regimes from moments of rows (paths, 2 classes * 4), long gamma first."""
    per_year = math.sqrt(1.0 / float(plan.model["years_per_step"][0]))
    size = len(SERIES)

    def volatility(side: int, series: int) -> dict[int, float]:
        return {side * size + series: 0.5, side * size + STEPS: -0.5}

    def ratio(series: int) -> dict[int, float]:
        return volatility(1, series) | {column: -power for column, power in volatility(0, series).items()}

    unknown = Estimate(math.nan, math.nan)
    at_once = clears_at_once(plan)
    steps = float(plan.steps)
    return Regimes(
        above=estimate(moments, volatility(0, HEDGED), per_year),
        below=estimate(moments, volatility(1, HEDGED), per_year),
        twin_above=estimate(moments, volatility(0, TWIN), per_year),
        twin_below=estimate(moments, volatility(1, TWIN), per_year),
        ratio=estimate(moments, ratio(HEDGED)),
        twin_ratio=estimate(moments, ratio(TWIN)),
        predicted_ratio=estimate(moments, ratio(PREDICTED)) if at_once else unknown,
        gap=contrast(moments, ratio(HEDGED), ratio(PREDICTED)) if at_once else unknown,
        share_above=float(moments.mean[STEPS]) / steps,
        share_below=float(moments.mean[size + STEPS]) / steps,
    )
