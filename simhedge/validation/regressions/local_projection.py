"""Realised variance some rows later on the gain now, a local projection (Adams, Fontaine and Ornthanalai 2024).

Variance is proportional to (1 + kappa)^-2 at its own time, so that the response to kappa now is what is left of it
then.
Ten-minute variance needs a table of ten-minute rows: a `days.Period` of so many steps. What it cannot say: no controls
are used, and where variance itself drives the gain, as it does in markets, the response is not the effect of hedging.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simhedge.validation.regressions.fitting import poisson
from simhedge.validation.regressions.slope import Slope, Study, World, distance, slope_of, without
from simhedge.validation.regressions.volatility_quartiles import relative_variance

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

SOURCE = "Adams, Fontaine and Ornthanalai (2024), The market for 0DTE, working paper"


def predicted(days: pd.DataFrame, horizon: int = 0) -> float | None:
    """The same regression of squared damping, exp(-2 ln(1 + kappa)) but for X/S, in place of the variance."""
    now, later = _gains(days, horizon)
    fitted = poisson(days, later, {"constant": np.ones(len(days)), "gain": now})
    return None if fitted.note else fitted.values["gain"]


def estimate(days: pd.DataFrame, world: World = "hedged", horizon: int = 0) -> Slope:
    """d ln E[variance `horizon` rows later in the path] / d kappa at this row's open; the twin's prediction is 0.

    z tests the prediction with ln of it as an offset, which leaves the slope of what kappa does not explain: it is
    sharper than the distance of estimate and prediction in standard errors of the estimate.
    """
    study = Study(f"local_projection_{horizon}", SOURCE)
    now, later = _gains(days, horizon)
    response = _later(days, days[f"variance_{world}"], horizon)
    regressors = {"constant": np.ones(len(days)), "gain": now}
    fitted = poisson(days, response, regressors)
    if fitted.note:
        return without(study, fitted.note, fitted.observations)
    if world == "twin":
        return slope_of(study, fitted, "gain", 0.0)
    expected = predicted(days, horizon)
    if expected is None:
        return slope_of(study, fitted, "gain")
    unexplained = poisson(days, response, regressors, offset=np.log(later))
    z = None if unexplained.note else distance(unexplained.values["gain"], 0.0, unexplained.errors["gain"])
    return slope_of(study, fitted, "gain", expected)._replace(z=z)


def _gains(days: pd.DataFrame, horizon: int) -> tuple[Floats, Floats]:
    """kappa of each row, and squared damping `horizon` rows later in the same path, NaN beyond its end."""
    later = _later(days, relative_variance(days), horizon)
    return days["feedback_gain"].to_numpy(dtype=np.float64), later


def _later(days: pd.DataFrame, values: pd.Series[float] | Floats, horizon: int) -> Floats:
    """`values` (rows,) shifted by `horizon` rows within each path."""
    numbers = np.asarray(values, dtype=np.float64)
    moved = np.full(numbers.size, np.nan)
    if horizon < numbers.size:
        path = days["path"].to_numpy()
        same = path[horizon:] == path[: numbers.size - horizon]
        moved[: numbers.size - horizon] = np.where(same, numbers[horizon:], np.nan)
    return moved
