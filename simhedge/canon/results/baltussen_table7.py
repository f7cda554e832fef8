"""The last half hour continues the day where dealers are short gamma (Baltussen et al. 2021, Table 7)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from simhedge.canon.cell import Cell
from simhedge.canon.finding import Finding, Line, Panel
from simhedge.canon.street import STEP_NEWS, constant_gain
from simhedge.simulation.path_batches import path_batches
from simhedge.validation.estimate import TWO_SIDED_95, Estimate
from simhedge.validation.regressions.last_half_hour import predicted as slope
from simhedge.validation.regressions.last_half_hour import predicted_r_squared as r_squared

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simhedge.canon.effort import Effort

    Floats = NDArray[np.float64]

ID = "baltussen_table7"
TITLE = "Last half hour on the rest of the day, by sign of dealers' gamma"
SOURCE = "Baltussen, Da, Lammers and Martens (2021), Journal of Financial Economics 142:377, Table 7"
SETUP = (
    "One-day paths. At the start of the last half hour dealers trade a share c of the gap that the day left, and the "
    "order fills in its first step; with feedback gain kappa the slope is -c kappa. c kappa is set to the published "
    "slope, and the variance of the day before to 76/9 = 8.44 times that of the half hour, which slope and R-squared "
    "imply. What is tested is therefore the mechanism and the regression, not the size of either. Errors are robust "
    "(HC1)."
)
SLOPE, SLOPE_PRECISION = 6.63e-2, 0.005e-2  # days with negative net gamma
R_SQUARED, R_SQUARED_PRECISION = 3.58e-2, 0.005e-2
T_STATISTIC, T_PRECISION, DAYS = 4.78, 0.005, 2_930
POSITIVE_SLOPE, POSITIVE_T = 0.82e-2, 1.03
SHARE = 0.5  # c
DAY_STEPS, LAST_STEPS = 76, 9
PATHS, SEED = 2_048_000, 600
T_EXPLANATION = (
    "Days that are alike and independent have t = sqrt(n R2 / (1 - R2)). The published t means a standard error 2.2 "
    "times as wide: volatility that changes from day to day, and heavy tails, which the news here does not have."
)


class Regression(NamedTuple):
    """Ordinary least squares with a constant: slope with its robust error, R-squared, t."""

    slope: Estimate
    r_squared: float
    t: float


def gain_for(slope: float, share: float) -> float:
    """kappa that makes the slope."""
    return -slope / share


def t_statistic(r_squared: float, days: int) -> float:
    """Usual t of the slope for `days` like, independent days with this R-squared."""
    return math.sqrt((days - 2) * r_squared / (1.0 - r_squared))


def check(effort: Effort) -> Finding:
    """Slope, R-squared and t where gamma is negative; the slope where it is positive, which is not available."""
    kappa, variance_ratio = gain_for(SLOPE, SHARE), DAY_STEPS / LAST_STEPS
    before, last = _days(kappa, effort)
    whole = regress(last, before)
    fit = Estimate(whole.r_squared, 2.0 * math.sqrt(whole.r_squared / last.size) * (1.0 - whole.r_squared))
    expected_slope = slope(SHARE, kappa)
    expected_t = t_statistic(r_squared(expected_slope, variance_ratio), min(DAYS, last.size))
    t = _t_of_samples(before, last)
    name = f"{ID}.negative_gamma"
    cells = [
        Cell(f"{name}.slope", SOURCE, "P2", SLOPE, *whole.slope, SLOPE_PRECISION),
        Cell(f"{name}.r_squared", SOURCE, "P2", R_SQUARED, *fit, R_SQUARED_PRECISION),
        Cell(f"{name}.t", SOURCE, "P2", T_STATISTIC, *t, T_PRECISION, expected_t, 0.0, T_EXPLANATION),
        Cell(f"{ID}.positive_gamma.slope", SOURCE, "P2", POSITIVE_SLOPE, None, explanation=_positive_gamma()),
    ]
    return Finding(cells, [_panel(before, last, expected_slope)])


def regress(last: Floats, before: Floats) -> Regression:
    """Last half hours (n,) on the days before (n,)."""
    import statsmodels.api as sm

    fit = sm.OLS(last, sm.add_constant(before)).fit(cov_type="HC1")
    return Regression(Estimate(float(fit.params[1]), float(fit.bse[1])), float(fit.rsquared), float(fit.tvalues[1]))


def _days(kappa: float, effort: Effort) -> tuple[Floats, Floats]:
    """Returns until the last half hour and in it, each (paths,), in units of a step's news."""
    steps = DAY_STEPS + LAST_STEPS
    clearing = {"type": "lagged", "participation": SHARE}
    policy = {"type": "fixed_interval", "every_steps": steps, "offset": DAY_STEPS}
    scenario = constant_gain(kappa, clearing, seed=SEED, steps=steps, policy=policy)
    paths = effort.paths(PATHS)
    batches = path_batches(scenario, ("spot",), paths=paths, threads=effort.threads, progress=effort.progress)
    corners = np.concatenate([batch.series["spot"][:, [0, DAY_STEPS, steps]] for batch in batches])
    before, last = np.diff(corners, axis=1).T / STEP_NEWS
    return before, last


def _t_of_samples(before: Floats, last: Floats) -> Estimate:
    """Mean t of samples as long as the published one; a t has standard deviation 1."""
    starts = range(0, max(last.size - DAYS, 0) + 1, DAYS)
    values = [regress(last[k : k + DAYS], before[k : k + DAYS]).t for k in starts]
    return Estimate(float(np.mean(values)), 1.0 / math.sqrt(len(values)))


def _positive_gamma() -> str:
    error = POSITIVE_SLOPE / POSITIVE_T
    most = TWO_SIDED_95 * error - POSITIVE_SLOPE
    return (
        "The model's slope is -c kappa, negative here; how large depends on how much gamma dealers were long on these "
        "days, which the table does not tell. The published slope is one standard error "
        f"({error:.4f}) from zero, so that its 95% interval allows c kappa up to {most:.4f}, a ninth of that of the "
        "other days, and rules out their mirror image."
    )


def _panel(before: Floats, last: Floats, expected_slope: float) -> Panel:
    """Mean last half hour in twentieths of days by what came before."""
    order = np.argsort(before)
    groups = [order[k * order.size // 20 : (k + 1) * order.size // 20] for k in range(20)]
    x = np.array([before[group].mean() for group in groups])
    y = np.array([last[group].mean() for group in groups])
    errors = np.array([last[group].std() / math.sqrt(group.size) for group in groups])
    lines = [Line("slope −cκ", x, expected_slope * x, "formula"), Line("simulated days", x, y, "ours", errors)]
    axes = ("Return until the last half hour (news of a step)", "Return of the last half hour (news of a step)")
    return Panel("Dealers short gamma", *axes, lines)
